"""Contacts with customers: their types and fields, filters, and who may."""

from collections.abc import Callable
from datetime import timedelta
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
from tests.crm_api.interactions import NOON, create_interaction, id_of_new_customer

NOBODY = "0190a000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def customer(company_a: Company) -> str:
    return id_of_new_customer(company_a, first_name="Ana", last_name="Mora", phone="8888-7777")


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


def test_what_is_stored_comes_back(company_a: Company, customer: str) -> None:
    opportunity = company_a.post("/api/opportunities", {"title": "Techo", "customer_id": customer}).json()
    created = create_interaction(
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
    assert create_interaction(company_a, customer, type=type_name)["channel"] == channel
    assert create_interaction(company_a, customer, type=type_name, channel="other")["channel"] == "other"


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
    other = id_of_new_customer(company_a, first_name="Otra")
    opportunity = company_a.post("/api/opportunities", {"title": "X", "customer_id": other}).json()["opportunity_id"]
    body = {"type": "WhatsApp", "opportunity_id": opportunity}
    found = problem(company_a.post(f"/api/customers/{customer}/interactions", body), 422)
    assert fields(found) == {"opportunity_id": "Esa oportunidad es de otro cliente."}


def test_what_is_planned_is_no_contact(company_a: Company, settings: Settings) -> None:
    customer = id_of_new_customer(company_a, first_name="Futura")
    path = f"/api/customers/{customer}/interactions"
    end = end_of_today(settings)
    for moment in ("2090-01-01T00:00:00Z", (end + timedelta(hours=2)).isoformat()):
        refused = problem(company_a.post(path, {"type": "WhatsApp", "date_time": moment}), 422, "invalid")
        assert "seguimiento" in fields(refused)["date_time"]
    # Of another clock, or of later today.
    for moment in (end + timedelta(minutes=30), end - timedelta(seconds=1)):
        created = create_interaction(company_a, customer, date_time=moment.isoformat())
    change = f"/api/interactions/{created['interaction_id']}"
    assert list(fields(problem(company_a.put(change, {"date_time": "2090-01-01"}), 422, "invalid"))) == ["date_time"]
    with tenant_session(settings, company_a.tenant) as session:
        # As a file may bring it.
        statement = text("update interactions set date_time = '2090-01-01' where interaction_id = :key")
        session.execute(statement, {"key": created["interaction_id"]})
    read = company_a.get(change).json()["date_time"]
    assert company_a.put(change, {"date_time": read, "notes": "Igual"}).status_code == 200


def test_a_change_keeps_what_is_not_sent(company_a: Company, customer: str) -> None:
    created = create_interaction(company_a, customer, notes="Uno", custom_fields={"lugar": "Taller"})
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
    path = f"/api/interactions/{create_interaction(company_a, customer, custom_fields={'lugar': 'Taller'})['interaction_id']}"
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
    customer = id_of_new_customer(company_a, first_name="Sola")
    created = create_interaction(company_a, customer, notes="Nada")
    path = f"/api/interactions/{created['interaction_id']}"
    assert company_a.delete(path).status_code == 204
    problem(company_a.get(path), 404, "not_found")
    assert company_a.get(f"/api/customers/{customer}").json()["last_interaction"] is None
    with tenant_session(settings, company_a.tenant) as session:
        rows = session.query(AuditLog).filter_by(entity_id=created["interaction_id"]).all()
    assert sorted(row.action for row in rows) == ["created", "deleted"]


def test_every_column_has_a_filter_and_each_one_filters(register: Callable[..., Company]) -> None:
    company = register("Filtros de interacciones")
    customer = id_of_new_customer(company, first_name="Una")
    opportunity = company.post("/api/opportunities", {"title": "T", "customer_id": customer}).json()["opportunity_id"]
    wanted = create_interaction(
        company, customer, type="Llamada", direction="in", channel="call", notes="Hola", outcome="Interesada",
        opportunity_id=opportunity, external_id="X-1", date_time=NOON, followup_date="2026-12-01",
    )  # fmt: skip
    company.post(f"/api/interactions/{wanted['interaction_id']}/followup-done")
    wanted = company.get(f"/api/interactions/{wanted['interaction_id']}").json()
    other = create_interaction(
        company,
        id_of_new_customer(company, first_name="Otra"),
        date_time="2026-01-01T00:00:00",
        followup_date="2026-11-20",
    )
    company.put(f"/api/interactions/{other['interaction_id']}", {"user_id": None, "channel": None})
    other = company.get(f"/api/interactions/{other['interaction_id']}").json()
    tried = set()
    for name in ("interaction_id", "customer_id", "opportunity_id", "user_id", "type", "direction", "channel",
                 "outcome", "external_id", "customer_name", "opportunity_title", "notes"):  # fmt: skip
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
    created = create_interaction(company_a, customer, custom_fields={"lugar": "Puriscal"})
    found = company_a.get("/api/interactions", params={"custom": "lugar:eq:Puriscal"}).json()
    assert [item["interaction_id"] for item in found["items"]] == [created["interaction_id"]]
    assert list(fields(problem(company_a.get("/api/interactions", params={"custom": "nada:eq:1"}), 422))) == ["custom"]


def test_a_deleted_customers_contacts_are_not_shown(company_a: Company) -> None:
    customer = id_of_new_customer(company_a, first_name="Fugaz")
    created = create_interaction(company_a, customer, followup_date=TODAY.isoformat())
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
    own = create_interaction(seller, customer, user_id=str(company_a.user_id))
    assert own["user_id"] == str(seller.user_id)
    others = create_interaction(company_a, customer)
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
    mine = id_of_new_customer(company, first_name="A", owner_user_id=str(company.user_id))
    theirs = id_of_new_customer(company, first_name="B", owner_user_id=str(seller.user_id))
    hidden, shown = create_interaction(company, mine), create_interaction(company, theirs)
    own = create_interaction(seller, mine)
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
    created = create_interaction(company_a, customer)
    path = f"/api/interactions/{created['interaction_id']}"
    for method, body in (("GET", None), ("PUT", {"notes": "X"}), ("DELETE", None)):
        foreign = company_b.request(method, path, json=body)
        assert problem(foreign, 404) == company_b.request(method, f"/api/interactions/{NOBODY}", json=body).json()
    assert company_b.get("/api/interactions", params={"customer_id": customer}).json()["total"] == 0
    assert company_a.get(path).json() == created
