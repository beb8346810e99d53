"""Lists in the order of a custom field: of every type, page by page, each row once and the empty ones last."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from crm_api.custom_fields.ordering import SORTED_LENGTH, with_custom_fields
from crm_api.customers import repository
from crm_api.listing import ListRequest, fetch_slice
from pymeai.costa_rica.text import fold
from pymeai.database.tables.tenant import Customer
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_session
from tests.crm_api.conftest import Company, fields, problem
from tests.crm_api.custom_fields import add

SIZES = ["Única", "S", "M", "L"]
TEXTS = st.text("aAáÁbñÑzZ0 -'", min_size=1, max_size=4)
LONG = "á" * SORTED_LENGTH
DAYS = st.dates().map(lambda day: day.isoformat())
NUMBERS = st.one_of(st.integers(-(10**13), 10**13), st.decimals(-999, 999, places=2).map(float))


def _folded(value: Any) -> str:
    # As stored: spaces at the ends or twice in a row stay, which the importer's comparison takes away.
    return "".join(fold(letter) or letter for letter in str(value)[:SORTED_LENGTH])


def _exact(value: Any) -> Decimal | None:
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else None


TYPES: dict[str, tuple[st.SearchStrategy[Any], Callable[[Any], Any]]] = {
    "text": (st.one_of(TEXTS, TEXTS.map(lambda text: LONG + text)), _folded),
    "phone": (st.sampled_from(["+50688887777", "+50622223333", "+15551112222"]), _folded),
    "email": (st.sampled_from(["ana@ejemplo.cr", "ána@ejemplo.cr", "beto@ejemplo.cr"]), _folded),
    "url": (st.sampled_from(["https://a.cr", "https://b.cr"]), _folded),
    # What stayed from another type is no number, and nothing to sort by.
    "number": (st.one_of(NUMBERS, st.sampled_from(["diez", True])), _exact),
    "money": (NUMBERS, _exact),
    "date": (st.one_of(DAYS, DAYS.map(lambda day: f"{day}T10:30:00")), str),
    "dropdown": (st.sampled_from([*SIZES, "XL"]), lambda size: SIZES.index(size) if size in SIZES else len(SIZES)),
    "boolean": (st.one_of(st.booleans(), st.just("quizás")), lambda value: value if isinstance(value, bool) else None),
}
"""Of each type its values, and what Python sorts them by (None: as if it were empty)."""


@pytest.fixture(scope="module")
def company(register: Callable[..., Company]) -> Company:
    company = register("Orden de campos")
    for kind in TYPES:
        add(company, f"Campo {kind}", kind, **({"options": SIZES} if kind == "dropdown" else {}))
    return company


@pytest.mark.parametrize("kind", list(TYPES))
@given(data=st.data(), limit=st.integers(1, 6), sign=st.sampled_from(["", "-"]), searched=st.booleans())
@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_give_each_row_once_in_order(
    company: Company, settings: Settings, kind: str, data: st.DataObject, limit: int, sign: str, *, searched: bool
) -> None:
    values, sorted_by = TYPES[kind]
    name = f"campo_{kind}"
    stored = data.draw(st.lists(st.one_of(st.none(), values), max_size=16))
    seen: list[tuple[Any, Any]] = []
    with tenant_session(settings, company.tenant) as session:
        session.execute(delete(Customer))
        rows = [{"first_name": "Ana", "custom_fields": {} if value is None else {name: value}} for value in stored]
        if rows:
            session.execute(insert(Customer), rows)
        cursor, query = None, "ana" if searched else None
        words = repository.has_words("ana") if searched else []
        while True:
            request = ListRequest(limit, cursor, f"{sign}custom_fields.{name}", query)
            sortable = with_custom_fields(session, "customer", Customer.custom_fields, {}, request)
            page = fetch_slice(
                session, repository.living().where(*words), request, key=Customer.customer_id, sortable=sortable,
                default_sort="",
            )  # fmt: skip
            assert page.total == len(stored)
            for row in page.rows:
                value = row.custom_fields.get(name)
                seen.append((None if value is None else sorted_by(value), row.customer_id))
            cursor = page.next_cursor
            if cursor is None:
                break
    assert len({key for _, key in seen}) == len(stored)
    filled, empty = [row for row in seen if row[0] is not None], [row for row in seen if row[0] is None]
    assert seen == sorted(filled, reverse=bool(sign)) + sorted(empty, reverse=bool(sign))


@pytest.fixture(scope="module")
def neighbour(register: Callable[..., Company]) -> Company:
    """Another company, whose field of the same name is a text."""
    neighbour = register("Otro orden")
    add(neighbour, "Plazo", "text")
    for value in ("9", "10"):
        body = {"first_name": "Ajena", "custom_fields": {"plazo": value}}
        assert neighbour.post("/api/customers", body).status_code == 201
    return neighbour


@pytest.mark.parametrize("entity", ["customer", "opportunity", "interaction", "sale"])
def test_all_four_lists_have_the_order(register: Callable[..., Company], neighbour: Company, entity: str) -> None:
    company = register(f"Orden de {entity}")
    add(company, "Plazo", "number", entity_type=entity)
    customer = company.post("/api/customers", {"first_name": "Ana"}).json()["customer_id"]
    path, write, body = {
        "customer": ("/api/customers", "/api/customers", {"first_name": "Luis"}),
        "opportunity": ("/api/opportunities", "/api/opportunities", {"title": "Techo"}),
        "interaction": ("/api/interactions", f"/api/customers/{customer}/interactions", {"type": "Llamada"}),
        "sale": ("/api/sales", "/api/sales", {"sold_at": "2026-11-01", "amount": 1}),
    }[entity]
    for value in (30, 8, None, 100, 8):
        made = company.post(write, body | {"custom_fields": {"plazo": value}})
        assert made.status_code == 201, made.text
    expected = [8, 8, 30, 100]
    for sort, order in (("custom_fields.plazo", expected), ("-custom_fields.plazo", expected[::-1])):
        query: dict[str, Any] = {"sort": sort, "limit": 2}
        shown = []
        while True:
            answer = company.get(path, params=query).json()
            shown += [item["custom_fields"].get("plazo") for item in answer["items"]]
            if answer["next_cursor"] is None:
                break
            query["cursor"] = answer["next_cursor"]
        assert [value for value in shown if value is not None] == order
        assert shown[: len(order)] == order
    items = neighbour.get("/api/customers", params={"sort": "custom_fields.plazo"}).json()["items"]
    assert [item["custom_fields"]["plazo"] for item in items] == ["10", "9"]


@pytest.mark.parametrize("sort", ["custom_fields.nada", "-custom_fields.", "custom_fields.plazo;", "custom_fields"])
def test_an_unknown_field_is_refused(neighbour: Company, sort: str) -> None:
    refused = problem(neighbour.get("/api/customers", params={"sort": sort}), 422, "invalid")
    assert list(fields(refused)) == ["sort"]


def test_an_archived_field_and_the_cursor_of_another_order_are_refused(register: Callable[..., Company]) -> None:
    company = register("Orden archivado")
    field = add(company, "Plazo", "number")
    add(company, "Vip", "boolean")
    for value in (1, 2):
        body = {"first_name": "Ana", "custom_fields": {"plazo": value, "vip": True}}
        assert company.post("/api/customers", body).status_code == 201
    query = {"sort": "custom_fields.plazo", "limit": 1}
    cursor = company.get("/api/customers", params=query).json()["next_cursor"]
    other = query | {"cursor": cursor, "sort": "custom_fields.vip"}
    assert list(fields(problem(company.get("/api/customers", params=other), 422))) == ["cursor"]
    assert company.delete(f"/api/custom-fields/{field['field_id']}").status_code == 204
    assert list(fields(problem(company.get("/api/customers", params=query), 422))) == ["sort"]


def test_contacts_are_sorted_by_the_fields_of_their_kinds_too(register: Callable[..., Company]) -> None:
    company = register("Orden de contactos")
    kind = {"name": "Entrega", "fields": [{"label": "Peso", "type": "number"}]}
    assert company.post("/api/interaction-types", kind).status_code == 201
    customer = company.post("/api/customers", {"first_name": "Ana"}).json()["customer_id"]
    for weight in (9, 10, 1):
        body = {"type": "Entrega", "custom_fields": {"peso": weight}}
        assert company.post(f"/api/customers/{customer}/interactions", body).status_code == 201
    items = company.get("/api/interactions", params={"sort": "-custom_fields.peso"}).json()["items"]
    assert [item["custom_fields"]["peso"] for item in items] == [10, 9, 1]
