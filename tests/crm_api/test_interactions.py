"""Contacts with customers: their types and fields, follow-ups, filters, and who may."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from crm_api.interactions.filters import InteractionFilters
from pymeai.clock import end_of_today
from pymeai.database.tables.platform import Organization
from pymeai.database.tables.tenant import CustomField, InteractionType
from pymeai.database.tables.workspace import AuditLog
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session, tenant_connection, tenant_session
from tests.conftest import TODAY
from tests.crm_api.conftest import Company, fields, problem

NOBODY = "0190a000-0000-7000-8000-000000000000"
NOON = f"{TODAY.isoformat()}T12:00:00-06:00"


@pytest.fixture(scope="module")
def customer(company_a: Company) -> str:
    return _customer(company_a, first_name="Ana", last_name="Mora", phone="8888-7777")


@pytest.fixture(scope="module", autouse=True)
def types(company_a: Company, settings: Settings) -> None:
    """A type with fields of its own, one that is archived, and a custom field of all interactions."""
    with tenant_session(settings, company_a.tenant) as session:
        session.add(
            InteractionType(
                name="Cobro en sitio",
                followup_days=5,
                fields=[
                    {"name": "monto", "label": "Monto", "type": "money", "required": True},
                    {"name": "resultado", "label": "Resultado", "type": "dropdown", "options": ["Pagó", "Promesa"]},
                ],
            )
        )
        session.add(InteractionType(name="Fax", archived_at=text("now()")))
        session.add(CustomField(entity_type="interaction", field_name="lugar", label="Lugar", field_type="text"))


def _customer(company: Company, **values: Any) -> str:
    response = company.post("/api/customers", values)
    assert response.status_code == 201, response.text
    return str(response.json()["customer_id"])


def _create(company: Company, customer_id: str, **values: Any) -> dict[str, Any]:
    response = company.post(f"/api/customers/{customer_id}/interactions", {"type": "WhatsApp"} | values)
    assert response.status_code == 201, response.text
    created: dict[str, Any] = response.json()
    return created


def test_what_is_stored_comes_back(company_a: Company, customer: str) -> None:
    opportunity = company_a.post("/api/opportunities", {"title": "Techo", "customer_id": customer}).json()
    created = _create(
        company_a,
        customer,
        type="cobro en SITIO",
        direction="out",
        channel="visit",
        date_time=NOON,
        notes="Pidió una semana",
        outcome="Promesa de pago",
        opportunity_id=opportunity["opportunity_id"],
        external_id="I-1",
        custom_fields={"monto": 15000, "resultado": "Promesa", "lugar": "Bodega"},
    )
    assert created == created | {
        "customer_id": customer,
        "customer_name": "Ana Mora",
        "opportunity_title": "Techo",
        "user_id": str(company_a.user_id),
        "type": "Cobro en sitio",
        "direction": "outbound",
        "channel": "visit",
        "date_time": f"{TODAY.isoformat()}T18:00:00Z",
        "followup_date": (TODAY + timedelta(days=5)).isoformat(),
        "followup_done_at": None,
        "custom_fields": {"monto": 15000, "resultado": "Promesa", "lugar": "Bodega"},
    }
    path = f"/api/interactions/{created['interaction_id']}"
    assert company_a.get(path).json() == created
    listed = company_a.get(f"/api/customers/{customer}/interactions").json()["items"]
    assert created in listed
    assert company_a.get(f"/api/customers/{customer}").json()["last_interaction"] is not None
    activities = company_a.get(f"/api/opportunities/{opportunity['opportunity_id']}/activities").json()
    assert activities == {"items": [created], "total": 1, "next_cursor": None}


@pytest.mark.parametrize(
    ("type_name", "channel"),
    [("WhatsApp", "whatsapp"), ("Llamada", "call"), ("Correo", "email"), ("Pago SINPE", "sinpe")],
)
def test_the_type_says_the_channel(company_a: Company, customer: str, type_name: str, channel: str) -> None:
    assert _create(company_a, customer, type=type_name)["channel"] == channel
    assert _create(company_a, customer, type=type_name, channel="other")["channel"] == "other"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"type": None}, "type"),
        ({"type": "Paloma mensajera"}, "type"),
        ({"type": "Fax"}, "type"),
        ({"direction": "lado"}, "direction"),
        ({"channel": "humo"}, "channel"),
        ({"date_time": "ayer"}, "date_time"),
        ({"date_time": "0000-01-01T00:00:00"}, "date_time"),
        ({"followup_date": "31/12/2026"}, "followup_date"),
        ({"notes": "a\x00"}, "notes"),
        ({"opportunity_id": NOBODY}, "opportunity_id"),
        ({"user_id": NOBODY}, "user_id"),
        ({"customer_id": NOBODY}, "customer_id"),
        ({"custom_fields": {"monto": 5}}, "custom_fields.monto"),
        ({"custom_fields": {"lugar": 5}}, "custom_fields.lugar"),
        ({"type": "Cobro en sitio"}, "custom_fields.monto"),
        ({"type": "Cobro en sitio", "custom_fields": {"monto": 1, "resultado": "No"}}, "custom_fields.resultado"),
    ],
)
def test_bad_values_are_named_in_spanish(company_a: Company, customer: str, values: dict[str, Any], field: str) -> None:
    path = f"/api/customers/{customer}/interactions"
    before = company_a.get(path).json()["total"]
    found = problem(company_a.post(path, {"type": "WhatsApp"} | values), 422, "invalid")
    assert list(fields(found)) == [field]
    assert company_a.get(path).json()["total"] == before


def test_the_types_there_are_is_said(company_a: Company, customer: str) -> None:
    response = company_a.post(f"/api/customers/{customer}/interactions", {"type": "Humo"})
    message = fields(problem(response, 422))["type"]
    assert "WhatsApp" in message
    assert "Fax" not in message


def test_an_opportunity_of_another_customer_is_refused(company_a: Company, customer: str) -> None:
    other = _customer(company_a, first_name="Otra")
    opportunity = company_a.post("/api/opportunities", {"title": "X", "customer_id": other}).json()["opportunity_id"]
    body = {"type": "WhatsApp", "opportunity_id": opportunity}
    found = problem(company_a.post(f"/api/customers/{customer}/interactions", body), 422)
    assert fields(found) == {"opportunity_id": "Esa oportunidad es de otro cliente."}


def test_the_followup_is_the_types_unless_it_is_said(company_a: Company, customer: str) -> None:
    def followup(**values: Any) -> str | None:
        day: str | None = _create(company_a, customer, **values)["followup_date"]
        return day

    # The template's WhatsApp asks again after two days, a payment never.
    assert followup(date_time=NOON) == (TODAY + timedelta(days=2)).isoformat()
    assert followup(date_time=f"{TODAY - timedelta(days=1)}T23:59:00") == (TODAY + timedelta(days=1)).isoformat()
    assert followup(type="Pago SINPE") is None
    assert followup(followup_date=None) is None
    assert followup(followup_date="2027-01-15") == "2027-01-15"
    # What is written down long after is not overdue at once.
    assert followup(date_time="2026-01-05T10:00:00") is None


def test_what_is_planned_is_no_contact(company_a: Company, settings: Settings) -> None:
    customer = _customer(company_a, first_name="Futura")
    path = f"/api/customers/{customer}/interactions"
    end = end_of_today(settings)
    for moment in ("2090-01-01T00:00:00Z", (end + timedelta(hours=2)).isoformat()):
        refused = problem(company_a.post(path, {"type": "WhatsApp", "date_time": moment}), 422, "invalid")
        assert "seguimiento" in fields(refused)["date_time"]
    # Of another clock, or of later today.
    for moment in (end + timedelta(minutes=30), end - timedelta(seconds=1)):
        created = _create(company_a, customer, date_time=moment.isoformat())
    change = f"/api/interactions/{created['interaction_id']}"
    assert list(fields(problem(company_a.put(change, {"date_time": "2090-01-01"}), 422, "invalid"))) == ["date_time"]
    with tenant_session(settings, company_a.tenant) as session:
        # As a file may bring it.
        statement = text("update interactions set date_time = '2090-01-01' where interaction_id = :key")
        session.execute(statement, {"key": created["interaction_id"]})
    read = company_a.get(change).json()["date_time"]
    assert company_a.put(change, {"date_time": read, "notes": "Igual"}).status_code == 200


def test_a_change_keeps_what_is_not_sent(company_a: Company, customer: str) -> None:
    created = _create(company_a, customer, notes="Uno", custom_fields={"lugar": "Taller"})
    path = f"/api/interactions/{created['interaction_id']}"
    tag = company_a.get(path).headers["etag"]
    changed = company_a.put(path, {"notes": "Dos", "type": "llamada"}, headers={"If-Match": tag})
    assert changed.status_code == 200, changed.text
    expected = created | {"notes": "Dos", "type": "Llamada", "updated_at": changed.json()["updated_at"]}
    assert changed.json() == expected == company_a.get(path).json()
    problem(company_a.put(path, {"notes": "Tres"}, headers={"If-Match": tag}), 412)
    for body, field in (
        ({"type": None}, "type"),
        ({"date_time": None}, "date_time"),
        ({"type": "Fax"}, "type"),
        ({"opportunity_id": NOBODY}, "opportunity_id"),
        ({"custom_fields": {"nada": 1}}, "custom_fields.nada"),
    ):
        assert list(fields(problem(company_a.put(path, body), 422, "invalid"))) == [field]
    assert company_a.get(path).json() == expected


def test_another_type_asks_what_it_requires(company_a: Company, customer: str) -> None:
    path = f"/api/interactions/{_create(company_a, customer, custom_fields={'lugar': 'Taller'})['interaction_id']}"
    for body in ({}, {"custom_fields": {}}, {"custom_fields": {"resultado": "Pagó"}}):
        refused = problem(company_a.put(path, {"type": "Cobro en sitio"} | body), 422, "invalid")
        assert list(fields(refused)) == ["custom_fields.monto"]
    changed = company_a.put(path, {"type": "Cobro en sitio", "custom_fields": {"monto": 5}})
    assert changed.json()["custom_fields"] == {"lugar": "Taller", "monto": 5}
    # Of another type again, what was read can be sent back.
    assert company_a.put(path, {"type": "WhatsApp"}).status_code == 200
    read = company_a.get(path).json()["custom_fields"]
    assert read == {"lugar": "Taller", "monto": 5}
    assert company_a.put(path, {"custom_fields": read, "notes": "Igual"}).status_code == 200


def test_a_type_that_a_file_brought_may_stay(company_a: Company, customer: str, settings: Settings) -> None:
    with tenant_connection(settings, company_a.tenant) as connection:
        key = connection.scalar(
            text("insert into interactions (customer_id, type) values (:id, 'nota') returning interaction_id"),
            {"id": customer},
        )
    changed = company_a.put(f"/api/interactions/{key}", {"type": "nota", "notes": "Vino de un archivo"})
    assert (changed.json()["type"], changed.json()["notes"]) == ("nota", "Vino de un archivo")


def test_a_deleted_interaction_is_gone_and_audited(company_a: Company, settings: Settings) -> None:
    customer = _customer(company_a, first_name="Sola")
    created = _create(company_a, customer, notes="Nada")
    path = f"/api/interactions/{created['interaction_id']}"
    assert company_a.delete(path).status_code == 204
    problem(company_a.get(path), 404, "not_found")
    assert company_a.get(f"/api/customers/{customer}").json()["last_interaction"] is None
    with tenant_session(settings, company_a.tenant) as session:
        rows = session.query(AuditLog).filter_by(entity_id=created["interaction_id"]).all()
    assert sorted(row.action for row in rows) == ["created", "deleted"]


def test_followups_by_when_they_are_due(
    register: Callable[..., Company], colleague: Callable[[Company, str], Company]
) -> None:
    company = register("Seguimientos")
    seller = colleague(company, "seller")
    customer = _customer(company, company_name="Soda Uno", phone="8765-4321", owner_user_id=str(seller.user_id))

    def due(day: date, person: Company = company) -> dict[str, Any]:
        return _create(person, customer, followup_date=day.isoformat())

    late, now, soon, later = (due(TODAY + timedelta(days=days)) for days in (-3, 0, 6, 7))
    sellers = due(TODAY, seller)
    _create(company, customer, followup_date=None)

    def listed(person: Company, **parameters: Any) -> list[str]:
        found = person.get("/api/interactions/followups", params=parameters).json()
        assert found["total"] == len(found["items"])
        return [item["interaction_id"] for item in found["items"]]

    def ids(*interactions: dict[str, Any]) -> list[str]:
        return [interaction["interaction_id"] for interaction in interactions]

    assert listed(company) == ids(late, now, soon, later)
    assert listed(company, due="overdue") == ids(late)
    assert listed(company, due="today") == ids(now)
    assert listed(company, due="week") == ids(now, soon)
    assert listed(company, due="today", whose="all") == ids(now, sellers)
    assert listed(seller) == ids(sellers)
    assert listed(company, q="soda uno", due="overdue") == ids(late)
    first = company.get("/api/interactions/followups").json()["items"][0]
    assert (first["days_overdue"], first["customer_phone"], first["customer_name"]) == (3, "+50687654321", "Soda Uno")
    # Nobody had the contact (a file brought it): it is for whose customer it is.
    company.put(f"/api/interactions/{soon['interaction_id']}", {"user_id": None})
    assert listed(seller) == ids(sellers, soon)


def test_a_followup_is_done_once_and_again_on_another_day(company_a: Company, customer: str) -> None:
    created = _create(company_a, customer, followup_date=TODAY.isoformat())
    path = f"/api/interactions/{created['interaction_id']}"
    done = company_a.post(f"{path}/followup-done", {"outcome": "Compró"})
    assert done.status_code == 200, done.text
    assert (done.json()["outcome"], done.json()["followup_done_at"] is None) == ("Compró", False)
    again = company_a.post(f"{path}/followup-done")
    assert again.json() == done.json()
    pending = company_a.get("/api/interactions", params={"followup_pending": "true", "limit": 500}).json()["items"]
    assert created["interaction_id"] not in [item["interaction_id"] for item in pending]
    same_day = company_a.put(path, {"followup_date": TODAY.isoformat()}).json()
    assert same_day["followup_done_at"] == done.json()["followup_done_at"]
    moved = company_a.put(path, {"followup_date": "2027-02-01"}).json()
    assert (moved["followup_date"], moved["followup_done_at"]) == ("2027-02-01", None)
    none = _create(company_a, customer, followup_date=None)
    problem(company_a.post(f"/api/interactions/{none['interaction_id']}/followup-done"), 409, "no_followup")


def test_every_column_has_a_filter_and_each_one_filters(register: Callable[..., Company]) -> None:
    company = register("Filtros de interacciones")
    customer = _customer(company, first_name="Una")
    opportunity = company.post("/api/opportunities", {"title": "T", "customer_id": customer}).json()["opportunity_id"]
    wanted = _create(
        company, customer, type="Llamada", direction="in", channel="call", notes="Hola", outcome="Interesada",
        opportunity_id=opportunity, external_id="X-1", date_time=NOON, followup_date="2026-12-01",
    )  # fmt: skip
    company.post(f"/api/interactions/{wanted['interaction_id']}/followup-done")
    wanted = company.get(f"/api/interactions/{wanted['interaction_id']}").json()
    other = _create(
        company, _customer(company, first_name="Otra"), date_time="2026-01-01T00:00:00", followup_date="2026-11-20"
    )
    company.put(f"/api/interactions/{other['interaction_id']}", {"user_id": None, "channel": None})
    other = company.get(f"/api/interactions/{other['interaction_id']}").json()
    tried = set()
    for name in ("interaction_id", "customer_id", "opportunity_id", "user_id", "type", "direction", "channel",
                 "outcome", "external_id"):  # fmt: skip
        found = company.get("/api/interactions", params={name: wanted[name]}).json()
        assert [item["interaction_id"] for item in found["items"]] == [wanted["interaction_id"]], name
        tried.add(name)
    for name in ("date_time", "followup_date", "created_at", "updated_at"):
        low, high = sorted((wanted[name], other[name]))
        for parameter, value in ((f"{name}_from", high), (f"{name}_to", low)):
            assert company.get("/api/interactions", params={parameter: value}).json()["total"] == 1, parameter
            tried.add(parameter)
    for parameter in ("followup_done_at_from", "followup_done_at_to"):
        found = company.get("/api/interactions", params={parameter: wanted["followup_done_at"]}).json()
        assert [item["interaction_id"] for item in found["items"]] == [wanted["interaction_id"]]
        tried.add(parameter)
    for name in ("opportunity_id", "user_id", "direction", "channel", "notes", "outcome", "external_id",
                 "followup_done_at", "followup_date"):  # fmt: skip
        empty = company.get("/api/interactions", params={f"{name}_empty": "true"}).json()["items"]
        full = company.get("/api/interactions", params={f"{name}_empty": "false"}).json()["items"]
        assert all(item[name] is None for item in empty), name
        assert len(empty) + len(full) == 2, name
        tried.add(f"{name}_empty")
    for pending, expected in (("true", other), ("false", wanted)):
        found = company.get("/api/interactions", params={"followup_pending": pending}).json()
        assert [item["interaction_id"] for item in found["items"]] == [expected["interaction_id"]]
    assert tried | {"custom", "followup_pending"} == set(InteractionFilters.model_fields)
    assert company.get("/api/interactions", params={"direction": "in"}).json()["total"] == 1
    assert company.get("/api/interactions", params={"q": "INTERESADA una"}).json()["total"] == 1


def test_custom_fields_filter(company_a: Company, customer: str) -> None:
    created = _create(company_a, customer, custom_fields={"lugar": "Puriscal"})
    found = company_a.get("/api/interactions", params={"custom": "lugar:eq:Puriscal"}).json()
    assert [item["interaction_id"] for item in found["items"]] == [created["interaction_id"]]
    assert list(fields(problem(company_a.get("/api/interactions", params={"custom": "nada:eq:1"}), 422))) == ["custom"]


def test_a_deleted_customers_contacts_are_not_shown(company_a: Company) -> None:
    customer = _customer(company_a, first_name="Fugaz")
    created = _create(company_a, customer, followup_date=TODAY.isoformat())
    company_a.delete(f"/api/customers/{customer}")
    problem(company_a.get(f"/api/interactions/{created['interaction_id']}"), 404)
    problem(company_a.get(f"/api/customers/{customer}/interactions"), 404)
    assert company_a.get("/api/interactions", params={"customer_id": customer}).json()["total"] == 0
    pending = company_a.get("/api/interactions/followups", params={"limit": 500, "whose": "all"}).json()["items"]
    assert created["interaction_id"] not in [item["interaction_id"] for item in pending]


def test_sellers_change_their_own(
    company_a: Company, colleague: Callable[[Company, str], Company], customer: str
) -> None:
    seller, viewer = colleague(company_a, "seller"), colleague(company_a, "viewer")
    own = _create(seller, customer, user_id=str(company_a.user_id))
    assert own["user_id"] == str(seller.user_id)
    others = _create(company_a, customer)
    assert seller.put(f"/api/interactions/{own['interaction_id']}", {"notes": "X"}).status_code == 200
    for method, path in (("PUT", ""), ("DELETE", ""), ("POST", "/followup-done")):
        for person, thing in ((seller, others), (viewer, own)):
            body = {"notes": "X"} if method == "PUT" else None
            problem(person.request(method, f"/api/interactions/{thing['interaction_id']}{path}", json=body), 403)
    problem(seller.put(f"/api/interactions/{own['interaction_id']}", {"user_id": str(company_a.user_id)}), 403)
    problem(viewer.post(f"/api/customers/{customer}/interactions", {"type": "WhatsApp"}), 403)


def test_sellers_see_their_own_where_the_organization_says_so(
    register: Callable[..., Company], colleague: Callable[[Company, str], Company], settings: Settings
) -> None:
    company = register("Cada quien lo suyo")
    seller = colleague(company, "seller")
    mine = _customer(company, first_name="A", owner_user_id=str(company.user_id))
    theirs = _customer(company, first_name="B", owner_user_id=str(seller.user_id))
    hidden, shown = _create(company, mine), _create(company, theirs)
    own = _create(seller, mine)
    with platform_session(settings) as session:
        organization = session.get_one(Organization, company.tenant.organization_id)
        organization.settings = organization.settings | {"sellers_see": "own"}
    listed = seller.get("/api/interactions", params={"sort": "created_at"}).json()
    assert [item["interaction_id"] for item in listed["items"]] == [shown["interaction_id"], own["interaction_id"]]
    never = seller.get(f"/api/interactions/{NOBODY}").json()
    assert seller.get(f"/api/interactions/{hidden['interaction_id']}").json() == never
    problem(seller.get(f"/api/customers/{mine}/interactions"), 404)
    problem(seller.post(f"/api/customers/{mine}/interactions", {"type": "WhatsApp"}), 404)
    assert company.get("/api/interactions").json()["total"] == 3


def test_the_same_key_is_one_contact(company_a: Company, customer: str) -> None:
    path, body = f"/api/customers/{customer}/interactions", {"type": "WhatsApp", "notes": "Una vez"}
    headers = {"Idempotency-Key": "interaccion-1"}
    answers = [company_a.post(path, body, headers=headers) for _ in range(2)]
    assert answers[0].status_code == answers[1].status_code == 201
    assert answers[0].json() == answers[1].json()
    assert company_a.get("/api/interactions", params={"customer_id": customer, "q": "una vez"}).json()["total"] == 1


def test_the_other_company_sees_none_of_it(company_a: Company, company_b: Company, customer: str) -> None:
    created = _create(company_a, customer)
    path = f"/api/interactions/{created['interaction_id']}"
    for method, body in (("GET", None), ("PUT", {"notes": "X"}), ("DELETE", None)):
        foreign = company_b.request(method, path, json=body)
        assert problem(foreign, 404) == company_b.request(method, f"/api/interactions/{NOBODY}", json=body).json()
    assert company_b.get("/api/interactions", params={"customer_id": customer}).json()["total"] == 0
    assert company_a.get(path).json() == created
