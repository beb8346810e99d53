"""Customers: create, find, change, delete, and who may."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from pymeai.database.connections import engine_for
from pymeai.settings import Settings
from pymeai.tenancy.readers import forget_readers
from tests.crm_api.conftest import Company, fields, problem
from tests.crm_api.customers import create_customer

NOBODY = "0190a000-0000-7000-8000-000000000000"


def test_what_is_stored_is_normal(company_a: Company) -> None:
    created = create_customer(
        company_a,
        first_name="  José ",
        last_name="Núñez",
        email="JOSE@Ejemplo.CR",
        phone="8888-7777",
        identification_number="1-0613-0584",
        province="Limón",
        tags=["VIP"],
        custom_fields={"tipo_cliente": "Contratista", "plazo_dias": 30, "credito": True},
    )
    assert created["first_name"] == "José"
    assert created["email"] == "jose@ejemplo.cr"
    assert created["phone"] == "+50688887777"
    assert (created["identification_type"], created["identification_number"]) == ("01", "106130584")
    assert created["province"] == "7"
    assert created["custom_fields"] == {"tipo_cliente": "Contratista", "plazo_dias": 30, "credito": True}
    assert (created["kind"], created["status"], created["segment"]) == ("person", "active", None)
    read = company_a.get(f"/api/customers/{created['customer_id']}")
    assert read.json() == created | {"segment_reasons": [], "flags": []}
    assert read.headers["etag"].startswith('"')


def test_a_company_name_alone_makes_a_company(company_a: Company) -> None:
    assert create_customer(company_a, company_name="Soda La Uno S.A.")["kind"] == "company"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "first_name"),
        ({"first_name": "  "}, "first_name"),
        ({"first_name": "A\x00"}, "first_name"),
        ({"first_name": 5}, "first_name"),
        ({"first_name": "A" * 301}, "first_name"),
        ({"first_name": "A", "email": "nada"}, "email"),
        ({"first_name": "A", "phone": "123"}, "phone"),
        ({"first_name": "A", "identification_number": "12"}, "identification_number"),
        ({"first_name": "A", "province": "Texas"}, "province"),
        ({"first_name": "A", "kind": "robot"}, "kind"),
        ({"first_name": "A", "owner_user_id": "x"}, "owner_user_id"),
        ({"first_name": "A", "owner_user_id": NOBODY}, "owner_user_id"),
        ({"first_name": "A", "segment": "frecuente"}, "segment"),
        ({"first_name": "A", "organization_id": NOBODY}, "organization_id"),
        ({"first_name": "A", "custom_fields": {"nada": 1}}, "custom_fields.nada"),
        ({"first_name": "A", "custom_fields": {"plazo_dias": "x"}}, "custom_fields.plazo_dias"),
        ({"first_name": "A", "custom_fields": {"plazo_dias": 181}}, "custom_fields.plazo_dias"),
        ({"first_name": "A", "custom_fields": {"tipo_cliente": "Otro"}}, "custom_fields.tipo_cliente"),
        ({"first_name": "A", "custom_fields": {"obra": "a\x00b"}}, "custom_fields"),
        ({"first_name": "A", "consent": {"paloma": {"granted": True}}}, "consent.paloma.[key]"),
        ({"first_name": "A", "consent": {"call": {"granted": "x"}}}, "consent.call.granted"),
        ({"first_name": "A", "consent": {"call": {}}}, "consent.call.granted"),
        ({"first_name": "A", "custom_fields": {"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}}, "custom_fields"),
        ({"first_name": "A", "canton": "801"}, "canton"),
        ({"first_name": "A", "canton": "201", "province": "San José"}, "canton"),
        ({"first_name": "A", "canton": "101", "district": "20101"}, "district"),
        (
            {"first_name": "A", "identification_type": "02", "identification_number": "1-0613-0584"},
            "identification_number",
        ),
    ],
)
def test_bad_values_are_named_in_spanish(company_a: Company, values: dict[str, Any], field: str) -> None:
    before = company_a.get("/api/customers").json()["total"]
    found = problem(company_a.post("/api/customers", values), 422, "invalid")
    assert list(fields(found)) == [field]
    assert company_a.get("/api/customers").json()["total"] == before


def test_half_a_surrogate_is_refused(company_a: Company) -> None:
    body = b'{"first_name": "A", "custom_fields": {"obra": "\\ud800"}}'
    response = company_a.request("POST", "/api/customers", content=body, headers={"Content-Type": "application/json"})
    assert list(fields(problem(response, 422))) == ["custom_fields"]


def test_an_identification_is_one_customers(company_a: Company) -> None:
    create_customer(company_a, company_name="Uno", identification_number="3-101-111111")
    found = problem(
        company_a.post("/api/customers", {"company_name": "Dos", "identification_number": "3101111111"}),
        409,
        "duplicate",
    )
    assert fields(found) == {"identification_number": "Ya hay un cliente con esta identificación."}


def test_the_same_identification_is_free_in_the_other_company(company_a: Company, company_b: Company) -> None:
    for company in (company_a, company_b):
        create_customer(company, company_name="Común", identification_number="3-101-222222")


def test_a_customer_comes_with_the_reasons_of_their_segment(
    register: Callable[..., Company], refresh_marts: Callable[..., None]
) -> None:
    ours, theirs = register("Con razones"), register("Sin razones")
    bought = create_customer(ours, first_name="Ana")
    foreign = create_customer(theirs, first_name="Eva")
    for day in ("2026-07-01", "2026-08-01", "2026-09-01"):
        sale = {"customer_id": bought["customer_id"], "sold_at": f"{day}T15:00:00-06:00", "amount": 1000}
        assert ours.post("/api/sales", sale).status_code == 201
    refresh_marts(ours, theirs)
    found = ours.get(f"/api/customers/{bought['customer_id']}").json()
    assert found["segment"] == "frecuente"
    assert found["segment_reasons"][0] == "Compró en 3 días distintos de los últimos 365 días."
    assert found["segment_reasons"][1:] == ["Suele comprar cada 31 días y lleva 76 días sin hacerlo."]
    assert found["flags"] == ["en_riesgo"]
    other = theirs.get(f"/api/customers/{foreign['customer_id']}").json()
    assert (other["segment"], other["flags"]) == ("nuevo", [])
    assert [reason[:23] for reason in other["segment_reasons"]] == ["Se registró hace 0 días"]


def test_a_card_stands_where_the_reasons_cannot_be_read(
    register: Callable[..., Company], refresh_marts: Callable[..., None], settings: Settings
) -> None:
    company = register("Marts rotos")
    path = f"/api/customers/{create_customer(company, first_name='Ana')['customer_id']}"
    refresh_marts(company)
    assert company.get(path).json()["segment_reasons"]
    with engine_for(settings, "owner").begin() as connection:
        connection.execute(text(f'alter role "{company.tenant.reader_role}" connection limit 0'))
    forget_readers()
    found = company.get(path)
    assert found.status_code == 200
    assert (found.json()["segment"], found.json()["segment_reasons"]) == ("nuevo", [])


@pytest.mark.parametrize("sort", ["created_at", "-created_at", "last_name", "-last_name", "segment", "-lifetime_value"])
def test_pages_cover_the_list_once_and_in_order(company_b: Company, sort: str) -> None:
    if company_b.get("/api/customers").json()["total"] < 23:
        for number in range(23):
            create_customer(
                company_b, first_name=f"N{number}", last_name=None if number % 4 == 0 else f"Apellido {number % 5}"
            )
    seen: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        parameters = {"limit": 5, "sort": sort} | ({"cursor": cursor} if cursor else {})
        page = company_b.get("/api/customers", params=parameters).json()
        seen += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        assert len(page["items"]) == 5
    assert len({item["customer_id"] for item in seen}) == len(seen) == page["total"]
    values = [item[sort.removeprefix("-")] for item in seen]
    present = [value for value in values if value is not None]
    assert values == present + [None] * (len(values) - len(present))
    assert present == sorted(present, reverse=sort.startswith("-"))


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 501}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"sort": "password"}, "sort"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "W10"}, "cursor"),
        ({"cursor": "eyJhIjoxfQ"}, "cursor"),
        ({"cursor": "ñ"}, "cursor"),
        ({"q": "a\x00"}, "q"),
        ({"status": "x"}, "status"),
        ({"owner_user_id": "x"}, "owner_user_id"),
    ],
)
def test_bad_list_parameters(company_a: Company, parameters: dict[str, Any], field: str) -> None:
    found = problem(company_a.get("/api/customers", params=parameters), 422, "invalid")
    assert list(fields(found)) == [field]


def test_a_cursor_is_of_one_order(company_b: Company) -> None:
    cursor = company_b.get("/api/customers", params={"limit": 1, "sort": "last_name"}).json()["next_cursor"]
    found = problem(company_b.get("/api/customers", params={"cursor": cursor, "sort": "-last_name"}), 422)
    assert list(fields(found)) == ["cursor"]


def test_filters_hold_together(register: Callable[..., Company]) -> None:
    company = register("Filtros")
    wanted = create_customer(company, company_name="A", tags=["Mayorista", "Norte"], province="Alajuela")
    create_customer(company, company_name="B", tags=["Mayorista"], province="Cartago")
    create_customer(company, first_name="C", province="Alajuela")
    answer = company.get("/api/customers", params={"tag": "Mayorista", "province": "2", "kind": "company"}).json()
    assert [item["customer_id"] for item in answer["items"]] == [wanted["customer_id"]]
    assert company.get("/api/customers", params={"segment": "frecuente"}).json()["total"] == 0
    assert company.get("/api/customers/segments").json() == {"items": [{"segment": None, "customers": 3}], "total": 1}


def test_a_change_keeps_what_is_not_sent(company_a: Company) -> None:
    created = create_customer(
        company_a, first_name="Rosa", phone="88887776", custom_fields={"obra": "Casa", "plazo_dias": 8}
    )
    path = f"/api/customers/{created['customer_id']}"
    changed = company_a.put(path, {"last_name": "Vega", "custom_fields": {"obra": None}}).json()
    assert (changed["first_name"], changed["last_name"], changed["phone"]) == ("Rosa", "Vega", "+50688887776")
    assert changed["custom_fields"] == {"plazo_dias": 8}
    assert company_a.put(path, {"phone": None}).json()["phone"] is None
    assert list(fields(problem(company_a.put(path, {"first_name": None, "last_name": None}), 422))) == ["first_name"]


def test_consent_is_kept_channel_by_channel(company_a: Company) -> None:
    said = {"granted": True, "at": "2026-01-02T03:04:05-06:00", "how": "Firmó la boleta"}
    created = create_customer(
        company_a, first_name="Consentida", consent={"whatsapp": said, "email": {"granted": False}}
    )
    stored = created["consent"]
    assert stored["whatsapp"] == {"granted": True, "at": "2026-01-02T09:04:05Z", "how": "Firmó la boleta"}
    assert stored["email"]["granted"] is False
    assert stored["email"]["at"] is not None
    path = f"/api/customers/{created['customer_id']}"
    changed = company_a.put(path, {"consent": {"email": {"granted": True}, "whatsapp": None}}).json()["consent"]
    assert set(changed) == {"email"}
    assert changed["email"]["granted"] is True
    assert company_a.put(path, {"consent": None}).json()["consent"] == {}


def test_a_place_is_one_place(company_a: Company) -> None:
    created = create_customer(company_a, first_name="Mudada", district="10203")
    assert (created["province"], created["canton"], created["district"]) == ("1", "102", "10203")
    path = f"/api/customers/{created['customer_id']}"
    moved = company_a.put(path, {"canton": "201"}).json()
    assert (moved["province"], moved["canton"], moved["district"]) == ("2", "201", None)
    away = company_a.put(path, {"province": "Limón"}).json()
    assert (away["province"], away["canton"]) == ("7", None)


def test_type_and_identification_are_checked_together(company_a: Company) -> None:
    created = create_customer(company_a, first_name="Tipa", identification_number="1-0613-0599")
    path = f"/api/customers/{created['customer_id']}"
    found = problem(company_a.put(path, {"identification_type": "02"}), 422)
    assert list(fields(found)) == ["identification_number"]
    emptied = company_a.put(path, {"identification_number": None}).json()
    assert (emptied["identification_type"], emptied["identification_number"]) == (None, None)


def test_a_lost_update_is_refused(company_a: Company) -> None:
    path = f"/api/customers/{create_customer(company_a, first_name='Eva')['customer_id']}"
    tag = company_a.get(path).headers["etag"]
    first = company_a.put(path, {"last_name": "Uno"}, headers={"If-Match": tag})
    assert first.status_code == 200
    assert first.headers["etag"] != tag
    problem(company_a.put(path, {"last_name": "Dos"}, headers={"If-Match": tag}), 412, "precondition_failed")
    problem(company_a.delete(path, headers={"If-Match": tag}), 412, "precondition_failed")
    assert company_a.get(path).json()["last_name"] == "Uno"
    assert company_a.put(path, {"last_name": "Tres"}, headers={"If-Match": first.headers["etag"]}).status_code == 200


def test_one_of_two_changes_at_once_wins(company_a: Company) -> None:
    path = f"/api/customers/{create_customer(company_a, first_name='Eva')['customer_id']}"
    tag = company_a.get(path).headers["etag"]
    with ThreadPoolExecutor(2) as pool:
        names = ["Uno", "Dos"]
        answers = list(
            pool.map(lambda name: company_a.put(path, {"last_name": name}, headers={"If-Match": tag}), names)
        )
    assert sorted(answer.status_code for answer in answers) == [200, 412]


def test_a_deleted_customer_is_gone(company_a: Company) -> None:
    created = create_customer(company_a, first_name="Borrable", identification_number="3-101-333333")
    path = f"/api/customers/{created['customer_id']}"
    assert company_a.delete(path).status_code == 204
    for response in (company_a.get(path), company_a.put(path, {}), company_a.delete(path)):
        problem(response, 404, "not_found")
    assert company_a.get("/api/customers", params={"q": "Borrable"}).json()["total"] == 0
    create_customer(company_a, first_name="Otra", identification_number="3-101-333333")


def test_a_foreign_customer_is_like_one_that_never_was(company_a: Company, company_b: Company) -> None:
    foreign = create_customer(company_a, first_name="Ajena")["customer_id"]
    answers = [company_b.get(f"/api/customers/{key}") for key in (foreign, NOBODY)]
    assert answers[0].json() == answers[1].json()
    problem(answers[0], 404, "not_found")


def test_a_customer_with_open_opportunities_stays(company_a: Company) -> None:
    created, other = create_customer(company_a, first_name="Con tratos"), create_customer(company_a, first_name="Otra")
    path, customer = f"/api/customers/{created['customer_id']}", {"customer_id": created["customer_id"]}
    opened = [
        company_a.post("/api/opportunities", {"title": f"Trato {number}", "value": 5} | customer).json()
        for number in range(4)
    ]
    deals = [f"/api/opportunities/{opportunity['opportunity_id']}" for opportunity in opened]
    stages = company_a.get("/api/pipelines").json()["items"][0]["stages"]
    lost, won = (next(stage["stage_id"] for stage in stages if stage["kind"] == kind) for kind in ("lost", "won"))
    found = problem(company_a.delete(path), 409, "customer_has_open_opportunities")
    assert "4 oportunidades abiertas" in found["detail"]
    assert company_a.put(f"{deals[0]}/stage", {"stage_id": lost, "lost_reason": "Precio"}).status_code == 200
    assert company_a.put(f"{deals[1]}/stage", {"stage_id": won}).status_code == 200
    assert company_a.delete(deals[2]).status_code == 204
    found = problem(company_a.delete(path), 409, "customer_has_open_opportunities")
    assert "1 oportunidad abierta:" in found["detail"]
    assert company_a.put(deals[3], {"customer_id": other["customer_id"]}).status_code == 200
    assert company_a.delete(path).status_code == 204
    # What was closed is not sold to somebody who is gone.
    body = {"stage_id": won}
    found = problem(company_a.put(f"{deals[0]}/stage", body), 409, "customer_deleted")
    assert "otro cliente" in found["detail"]
    assert company_a.get(deals[0]).json()["status"] == "lost"
    assert company_a.get("/api/sales", params={"opportunity_id": opened[0]["opportunity_id"]}).json()["total"] == 0
    assert company_a.put(f"{deals[0]}/stage", body | {"sale": False}).json()["status"] == "won"
    assert company_a.put(f"{deals[0]}/stage", {"stage_id": stages[0]["stage_id"]}).status_code == 200
    assert company_a.put(deals[0], {"customer_id": None}).status_code == 200
    assert company_a.put(f"{deals[0]}/stage", body).json()["sale_id"] is not None


def test_retries_with_a_key_have_one_effect(company_a: Company) -> None:
    key = {"Idempotency-Key": uuid4().hex}
    body = {"first_name": "Única", "last_name": uuid4().hex}
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: company_a.post("/api/customers", body, headers=key), range(6)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["customer_id"] for answer in answers}) == 1
    assert company_a.get("/api/customers", params={"q": body["last_name"]}).json()["total"] == 1
    changed = body | {"first_name": "Otra"}
    problem(company_a.post("/api/customers", changed, headers=key), 409, "idempotency_key_reused")


def test_a_refused_request_does_not_use_up_its_key(company_a: Company, company_b: Company) -> None:
    key = {"Idempotency-Key": uuid4().hex}
    problem(company_a.post("/api/customers", {"first_name": "A", "owner_user_id": NOBODY}, headers=key), 422)
    assert company_a.post("/api/customers", {"first_name": "A"}, headers=key).status_code == 201
    # Somebody else's key is another key.
    assert company_b.post("/api/customers", {"first_name": "B"}, headers=key).json()["first_name"] == "B"
