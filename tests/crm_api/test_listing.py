"""Lists in the order that readers expect, page by page: each row once."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from crm_api.customers import repository, service
from crm_api.listing import ListRequest, fetch_slice
from pymeai.costa_rica.text import fold
from pymeai.database.tables.tenant import Customer
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_session
from tests.crm_api.conftest import Company

NAMES = st.one_of(st.none(), st.text("aAáÁbñÑnzZéoÓ -'", max_size=4))


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        ("first_name", ["Álvaro", "ana mora", "Ñato", "Óscar", "Zulma", None]),
        ("-first_name", ["Zulma", "Óscar", "Ñato", "ana mora", "Álvaro", None]),
    ],
)
def test_names_come_as_in_a_telephone_book(
    register: Callable[..., Company], sort: str, found: list[str | None]
) -> None:
    company = register("Orden")
    for name in ("Zulma", "ana mora", "Óscar", "Álvaro", "Ñato"):
        assert company.post("/api/customers", {"first_name": name}).status_code == 201
    assert company.post("/api/customers", {"company_name": "Sin nombre"}).status_code == 201
    items = company.get("/api/customers", params={"sort": sort}).json()["items"]
    assert [item["first_name"] for item in items] == found


@pytest.mark.parametrize("sort", sorted(service.SORTABLE))
def test_each_order_has_pages(register: Callable[..., Company], sort: str) -> None:
    company = register("Páginas")
    for name in ("Ana", "Luis"):
        values = {"first_name": name, "owner_user_id": str(company.user_id), "email": f"{name}@paginas.cr"}
        assert company.post("/api/customers", values).status_code == 201
    assert company.post("/api/customers", {"company_name": "Beta"}).status_code == 201
    for sign in ("", "-"):
        query: dict[str, Any] = {"sort": sign + sort, "limit": 1}
        seen = []
        while True:
            answer = company.get("/api/customers", params=query)
            assert answer.status_code == 200, answer.text
            seen += [item["customer_id"] for item in answer.json()["items"]]
            if answer.json()["next_cursor"] is None:
                break
            query["cursor"] = answer.json()["next_cursor"]
        assert len(seen) == len(set(seen)) == 3


@pytest.fixture(scope="module")
def company(register: Callable[..., Company]) -> Company:
    return register("Libreta")


@given(names=st.lists(NAMES, max_size=25), limit=st.integers(1, 7), sign=st.sampled_from(["", "-"]))
@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_give_each_row_once_in_order(
    company: Company, settings: Settings, names: list[str | None], limit: int, sign: str
) -> None:
    with tenant_session(settings, company.tenant) as session:
        session.execute(delete(Customer))
        if names:
            session.execute(insert(Customer), [{"first_name": name, "last_name": "x"} for name in names])
        cursor, seen = None, list[tuple[bool, str, Any]]()
        while True:
            page = fetch_slice(
                session,
                repository.living(),
                ListRequest(limit, cursor, f"{sign}first_name"),
                key=Customer.customer_id,
                sortable=service.SORTABLE,
                default_sort="created_at",
            )
            assert page.total == len(names)
            seen += [(row.first_name is None, _folded(row.first_name), row.customer_id) for row in page.rows]
            cursor = page.next_cursor
            if cursor is None:
                break
    assert len({key for _, _, key in seen}) == len(names)
    filled, empty = [row for row in seen if not row[0]], [row for row in seen if row[0]]
    assert seen == sorted(filled, reverse=bool(sign)) + sorted(empty, reverse=bool(sign))


def _folded(name: str | None) -> str:
    # As stored: spaces at the ends or twice in a row stay, which the importer's comparison takes away.
    return "".join(fold(letter) or letter for letter in name or "")
