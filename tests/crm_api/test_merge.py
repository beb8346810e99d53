"""Duplicates found, customers merged in one transaction, and separated again exactly as they were."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from pymeai.database.tables.tenant import Interaction
from pymeai.settings import Settings
from pymeai.tenancy.sessions import Actor, tenant_session
from tests.crm_api.conftest import Company, fields, problem

NOBODY = "0190a000-0000-7000-8000-000000000000"
# What a change of the row, or the passing of time, changes by itself.
_TICKING = {"updated_at"}


def _make(company: Company, path: str, **values: Any) -> dict[str, Any]:
    response = company.post(path, values)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def _customer(company: Company, **values: Any) -> str:
    return str(_make(company, "/api/customers", **values)["customer_id"])


def _rows(settings: Settings, company: Company) -> dict[str, list[dict[str, Any]]]:
    """Everything in the tenant's tables that a merge may touch, but the time of the last change."""
    with tenant_session(settings, company.tenant) as session:
        found = {
            table: list(session.execute(text(f"select to_jsonb(t) from {table} t order by 1")).scalars())
            for table in ("customers", "interactions", "opportunities", "stage_history", "sales")
        }
    return {
        table: [{k: v for k, v in row.items() if k not in _TICKING} for row in rows] for table, rows in found.items()
    }


def _contact(settings: Settings, company: Company, customer_id: str, day: int, notes: str) -> str:
    with tenant_session(settings, company.tenant, actor=Actor(company.user_id)) as session:
        contact = Interaction(
            customer_id=UUID(customer_id), type="Llamada", notes=notes, date_time=datetime(2026, 4, day, tzinfo=UTC)
        )
        session.add(contact)
        session.flush()
        return str(contact.interaction_id)


@pytest.fixture
def twins(register: Callable[..., Company], settings: Settings) -> tuple[Company, str, str]:
    """A company where the same person is a customer twice, with a history in each; and a third who is somebody else."""
    company = register("Gemelos", "ferreteria")
    keep = _customer(
        company,
        first_name="María",
        email="maria@uno.cr",
        phone="8888-1111",
        tags=["VIP", "Norte"],
        custom_fields={"obra": "Casa"},
        consent={
            "whatsapp": {"granted": False, "at": "2026-01-01T00:00:00Z"},
            "email": {"granted": True, "at": "2026-06-01"},
        },
    )
    double = _customer(
        company,
        first_name="Maria",
        last_name="Núñez Mora",
        identification_number="1-0613-0584",
        external_id="C-9",
        email="maria@dos.cr",
        phone="8888-2222",
        province="Limón",
        tags=["Norte", "Mayorista"],
        custom_fields={"obra": "Otra", "plazo_dias": 15},
        consent={
            "whatsapp": {"granted": True, "at": "2026-03-01T00:00:00Z"},
            "email": {"granted": False, "at": "2026-02-01"},
        },
    )
    third = _customer(company, first_name="Pedro")
    for customer, day in ((keep, 1), (double, 20), (third, 25)):
        _contact(settings, company, customer, day, f"de {customer}")
        _make(company, "/api/sales", customer_id=customer, sold_at=f"2026-04-{day:02}", amount=1000 * day)
        _make(company, "/api/opportunities", customer_id=customer, title=f"de {customer}")
    return company, keep, double


def test_a_merge_fills_joins_and_moves(twins: tuple[Company, str, str], settings: Settings) -> None:
    company, keep, double = twins
    answer = company.post("/api/customers/merge", {"keep": keep, "merge": [double]})
    assert answer.status_code == 200, answer.text
    merged = answer.json()["customer"]
    assert (merged["first_name"], merged["last_name"]) == ("María", "Núñez Mora")
    assert (merged["identification_type"], merged["identification_number"]) == ("01", "106130584")
    assert (merged["email"], merged["external_id"], merged["province"]) == ("maria@uno.cr", "C-9", "7")
    assert (merged["phone"], merged["phone_alt"]) == ("+50688881111", "+50688882222")
    assert merged["tags"] == ["VIP", "Norte", "Mayorista"]
    assert merged["custom_fields"] == {"obra": "Casa", "plazo_dias": 15}
    assert merged["consent"]["whatsapp"]["granted"] is True
    assert merged["consent"]["email"]["granted"] is True
    assert merged["last_interaction"].startswith("2026-04-20")
    assert answer.json()["merges"][0]["moved"] == {"interactions": 1, "opportunities": 1, "sales": 1}
    assert company.get(f"/api/customers/{keep}").json()["tags"] == ["VIP", "Norte", "Mayorista"]
    problem(company.get(f"/api/customers/{double}"), 404, "not_found")
    assert company.get("/api/customers").json()["total"] == 2
    assert company.get("/api/sales", params={"customer_id": keep}).json()["total"] == 2
    rows = _rows(settings, company)
    for table in ("interactions", "opportunities", "sales"):
        owners = [row["customer_id"] for row in rows[table]]
        assert owners.count(keep) == 2
        assert double not in owners
    gone = next(row for row in rows["customers"] if row["customer_id"] == double)
    assert (gone["merged_into"], gone["first_name"]) == (keep, "Maria")
    listed = company.get(f"/api/customers/{keep}/merges").json()
    assert listed["total"] == 1
    assert (listed["items"][0]["merged_customer_id"], listed["items"][0]["merged_name"]) == (double, "Maria Núñez Mora")


def test_undo_brings_back_everything(twins: tuple[Company, str, str], settings: Settings) -> None:
    company, keep, double = twins
    before = _rows(settings, company)
    merge_id = company.post("/api/customers/merge", {"keep": keep, "merge": [double]}).json()["merges"][0]["merge_id"]
    assert _rows(settings, company) != before
    answer = company.post(f"/api/customers/merges/{merge_id}/undo")
    assert answer.status_code == 200, answer.text
    assert _rows(settings, company) == before
    assert answer.json()["kept"] == {k: v for k, v in company.get(f"/api/customers/{keep}").json().items()
                                     if k not in ("segment_reasons", "flags")}  # fmt: skip
    assert answer.json()["restored"]["customer_id"] == double
    assert company.get(f"/api/customers/{keep}/merges").json()["items"][0]["undone_at"] is not None
    problem(company.post(f"/api/customers/merges/{merge_id}/undo"), 409, "already_undone")
    with tenant_session(settings, company.tenant) as session:
        actions = session.execute(
            text("select action from audit_log where entity_id = :key and action like '%merged' order by created_at"),
            {"key": keep},
        ).scalars()
        assert list(actions) == ["merged", "unmerged"]


def test_several_are_merged_and_undone_one_by_one(twins: tuple[Company, str, str], settings: Settings) -> None:
    company, keep, double = twins
    other = _customer(company, first_name="Mary", last_name="Mora", address="Limón centro", tags=["Sur"])
    _make(company, "/api/sales", customer_id=other, sold_at="2026-05-01", amount=5)
    before = _rows(settings, company)
    merges = company.post("/api/customers/merge", {"keep": keep, "merge": [double, other]}).json()["merges"]
    assert [merge["merged_customer_id"] for merge in merges] == [double, other]
    # The first one's tags are under the second one's: it has to wait.
    found = problem(company.post(f"/api/customers/merges/{merges[0]['merge_id']}/undo"), 409, "merge_cannot_be_undone")
    assert "tags" in fields(found)
    assert "fusión con «Mary Mora»" in found["detail"]
    for merge in reversed(merges):
        assert company.post(f"/api/customers/merges/{merge['merge_id']}/undo").status_code == 200
    assert _rows(settings, company) == before


def test_one_chooses_whose_value_stays(twins: tuple[Company, str, str]) -> None:
    company, keep, double = twins
    chosen = {"first_name": double, "email": double, "phone": keep, "province": keep, "identification_number": keep}
    merged = company.post("/api/customers/merge", {"keep": keep, "merge": [double], "fields": chosen}).json()[
        "customer"
    ]
    assert (merged["first_name"], merged["email"], merged["phone"]) == ("Maria", "maria@dos.cr", "+50688881111")
    assert (merged["province"], merged["identification_number"], merged["identification_type"]) == (None, None, None)


def test_what_was_changed_after_is_not_lost(twins: tuple[Company, str, str], settings: Settings) -> None:
    company, keep, double = twins
    merge_id = company.post("/api/customers/merge", {"keep": keep, "merge": [double]}).json()["merges"][0]["merge_id"]
    path = f"/api/customers/merges/{merge_id}/undo"
    assert company.put(f"/api/customers/{keep}", {"last_name": "Otro", "address": "Nueva"}).status_code == 200
    third = _customer(company, first_name="Tercera")
    with tenant_session(settings, company.tenant) as session:
        key = session.execute(
            select(Interaction.interaction_id).where(Interaction.notes == f"de {double}")
        ).scalar_one()
        session.execute(
            text("update interactions set customer_id = :third where interaction_id = :key"),
            {"third": third, "key": key},
        )
    assert list(fields(problem(company.post(path), 409, "merge_cannot_be_undone"))) == ["interactions"]
    with tenant_session(settings, company.tenant) as session:
        session.execute(
            text("update interactions set customer_id = :keep where interaction_id = :key"), {"keep": keep, "key": key}
        )
    # What came after and contradicts nothing stays where it is.
    later = _make(company, "/api/sales", customer_id=keep, sold_at="2026-06-01", amount=9)["sale_id"]
    assert company.post(path).status_code == 200
    kept = company.get(f"/api/customers/{keep}").json()
    assert (kept["address"], kept["last_name"], kept["identification_number"]) == ("Nueva", "Otro", None)
    assert company.get(f"/api/sales/{later}").json()["customer_id"] == keep
    assert company.get("/api/sales", params={"customer_id": double}).json()["total"] == 1


def test_only_what_the_merge_brought_is_taken_back(twins: tuple[Company, str, str]) -> None:
    company, keep, double = twins
    merge_id = company.post("/api/customers/merge", {"keep": keep, "merge": [double]}).json()["merges"][0]["merge_id"]
    merged = company.get(f"/api/customers/{keep}").json()
    changes = {
        "tags": [*merged["tags"], "Nueva"],
        "phone_alt": "8888-3333",
        "custom_fields": {"plazo_dias": 30, "obra": "Edificio"},
        "consent": {"whatsapp": {"granted": False, "at": "2026-08-01T00:00:00Z"}},
        "canton": "702",
        "external_id": "C-10",
    }
    assert company.put(f"/api/customers/{keep}", changes).status_code == 200
    answer = company.post(f"/api/customers/merges/{merge_id}/undo")
    assert answer.status_code == 200, answer.text
    kept, restored = answer.json()["kept"], answer.json()["restored"]
    assert kept["tags"] == ["VIP", "Norte", "Nueva"]
    assert (kept["phone"], kept["phone_alt"], kept["external_id"]) == ("+50688881111", "+50688883333", "C-10")
    assert kept["custom_fields"] == {"plazo_dias": 30, "obra": "Edificio"}
    assert kept["consent"]["whatsapp"]["at"].startswith("2026-08-01")
    assert kept["consent"]["email"]["granted"] is True
    # One place: whoever wrote the canton since meant the province with it.
    assert (kept["province"], kept["canton"]) == ("7", "702")
    assert (kept["last_name"], kept["identification_number"]) == (None, None)
    assert (restored["external_id"], restored["identification_number"]) == ("C-9", "106130584")
    assert restored["phone"] == "+50688882222"


def test_an_identification_that_was_taken_since_is_not_taken_back(twins: tuple[Company, str, str]) -> None:
    company, keep, double = twins
    chosen = {"keep": keep, "merge": [double], "fields": {"identification_number": keep, "external_id": keep}}
    merge_id = company.post("/api/customers/merge", chosen).json()["merges"][0]["merge_id"]
    _customer(company, first_name="Nueva", identification_number="1-0613-0584")
    found = problem(company.post(f"/api/customers/merges/{merge_id}/undo"), 409, "duplicate")
    assert list(fields(found)) == ["identification_number"]
    problem(company.get(f"/api/customers/{double}"), 404)


def test_a_merge_of_nobody_merges_nobody(
    twins: tuple[Company, str, str], company_b: Company, settings: Settings
) -> None:
    company, keep, double = twins
    foreign = _customer(company_b, first_name="Ajena")
    before = _rows(settings, company)
    for other in (NOBODY, foreign):
        problem(company.post("/api/customers/merge", {"keep": keep, "merge": [double, other]}), 404, "not_found")
        problem(company.post("/api/customers/merge", {"keep": other, "merge": [double]}), 404, "not_found")
    for body in (
        {"keep": keep, "merge": []},
        {"keep": keep, "merge": [keep]},
        {"keep": keep, "merge": [double, double]},
        {"keep": keep, "merge": [double], "fields": {"email": NOBODY}},
        {"keep": keep, "merge": [double], "fields": {"segment": keep}},
    ):
        problem(company.post("/api/customers/merge", body), 422, "invalid")
    assert _rows(settings, company) == before
    merge_id = company.post("/api/customers/merge", {"keep": keep, "merge": [double]}).json()["merges"][0]["merge_id"]
    answers = [company_b.post(f"/api/customers/merges/{key}/undo") for key in (merge_id, NOBODY)]
    assert answers[0].json() == answers[1].json()
    problem(answers[0], 404, "not_found")


def test_a_merge_comes_once(twins: tuple[Company, str, str]) -> None:
    company, keep, double = twins
    key = {"Idempotency-Key": uuid4().hex}
    body = {"keep": keep, "merge": [double]}
    first, second = (company.post("/api/customers/merge", body, headers=key) for _ in range(2))
    assert first.json() == second.json()
    assert company.get(f"/api/customers/{keep}/merges").json()["total"] == 1


def _pages(company: Company) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        response = company.get(
            "/api/customers/duplicates", params={"limit": 2} | ({"cursor": cursor} if cursor else {})
        )
        assert response.status_code == 200, response.text
        groups += response.json()["items"]
        cursor = response.json()["next_cursor"]
        if cursor is None:
            return groups


def test_duplicates_are_found_by_what_they_share(register: Callable[..., Company], settings: Settings) -> None:
    company = register("Dobles")
    mail = [_customer(company, first_name=name, email="uno@dobles.cr") for name in ("Ana", "Beto", "Anita")]
    phone = [
        _customer(company, first_name="Carlos", last_name="Rojas", phone="8888-3333"),
        _customer(company, first_name="Carlos", last_name="Rojas Soto", phone_alt="8888-3333"),
    ]
    # A family's telephone does not make one person of it.
    _customer(company, first_name="Yamileth", last_name="Quirós", phone="8888-3333")
    passport = [
        _customer(company, first_name="John", identification_type="05", identification_number="AB-12 34"),
        _customer(company, first_name="Johnny", identification_type="05", identification_number="ZZ99"),
    ]
    # As a program of old may have written it.
    with tenant_session(settings, company.tenant) as session:
        session.execute(text("update customers set identification_number = 'ab 1234' where first_name = 'Johnny'"))
    name = [
        _customer(company, first_name="Priscilla", last_name="Zeledón Víquez"),
        _customer(company, first_name="Prisila", last_name="Zeledon Viquez"),
    ]
    _customer(company, first_name="Priscilla", last_name="Mora")
    groups = _pages(company)
    found = {tuple(item["customer_id"] for item in group["customers"]): group for group in groups}
    assert set(found) == {tuple(keys) for keys in (mail, phone, passport, name)}
    assert found[tuple(mail)]["reasons"] == ["email"]
    assert found[tuple(phone)]["reasons"][0] in ("name", "phone")
    assert found[tuple(passport)]["reasons"] == ["identification"]
    assert found[tuple(passport)]["score"] == 1.0
    assert found[tuple(name)]["reasons"] == ["name"]
    assert all(0 < group["score"] <= 1 for group in groups)


def test_what_was_dismissed_or_separated_is_not_proposed_again(register: Callable[..., Company]) -> None:
    company = register("Descartes")
    first, second = (_customer(company, first_name=name, email="a@descartes.cr") for name in ("Ana", "Beto"))
    third, fourth = (_customer(company, first_name=name, email="b@descartes.cr") for name in ("Clara", "Dora"))
    assert len(_pages(company)) == 2
    dismissed = company.post("/api/customers/duplicates/dismiss", {"customer_ids": [second, first]})
    assert dismissed.json() == {"dismissed": 1}
    again = company.post("/api/customers/duplicates/dismiss", {"customer_ids": [first, second]})
    assert again.json() == {"dismissed": 0}
    merge = company.post("/api/customers/merge", {"keep": third, "merge": [fourth]}).json()["merges"][0]
    assert _pages(company) == []
    assert company.post(f"/api/customers/merges/{merge['merge_id']}/undo").status_code == 200
    assert _pages(company) == []
    # To dismiss is no merge.
    assert company.get(f"/api/customers/{first}/merges").json()["total"] == 0
    problem(company.post("/api/customers/duplicates/dismiss", {"customer_ids": [first, NOBODY]}), 404, "not_found")
    problem(company.post("/api/customers/duplicates/dismiss", {"customer_ids": [first, first]}), 422, "invalid")


def test_what_many_share_proves_nothing(register: Callable[..., Company]) -> None:
    company = register("Relleno")
    for number in range(21):
        _customer(company, first_name=f"Cliente{number}", email="info@relleno.cr")
    assert _pages(company) == []


def test_no_duplicates_with_another_company(company_a: Company, company_b: Company) -> None:
    ours = _customer(company_a, first_name="Frontera", email="frontera@ambas.cr")
    theirs = _customer(company_b, first_name="Frontera", email="frontera@ambas.cr")
    for company in (company_a, company_b):
        seen = {item["customer_id"] for group in _pages(company) for item in group["customers"]}
        assert not seen & {ours, theirs}


@pytest.mark.parametrize("cursor", ["x", "ñ", "W10", "WyJkdXBsaWNhdGVzIiwgW10sIG51bGxd"])
def test_a_wrong_cursor_is_refused(company_a: Company, cursor: str) -> None:
    found = problem(company_a.get("/api/customers/duplicates", params={"cursor": cursor}), 422, "invalid")
    assert list(fields(found)) == ["cursor"]


def test_sellers_do_not_merge(company_a: Company, colleague: Callable[[Company, str], Company]) -> None:
    seller = colleague(company_a, "seller")
    keep, double = (_customer(seller, first_name=name) for name in ("Uno", "Dos"))
    problem(seller.post("/api/customers/merge", {"keep": keep, "merge": [double]}), 403, "forbidden")
    problem(seller.get("/api/customers/duplicates"), 403, "forbidden")
    assert seller.get(f"/api/customers/{double}").status_code == 200
