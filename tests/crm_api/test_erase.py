"""One person's data, all of it or none of it any more: export and erasure (law 8968)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from pymeai.database.connections import engine_for
from pymeai.database.tables.partitions import TENANT_METADATA
from pymeai.database.tables.tenant import Customer, Interaction, StageHistory
from pymeai.database.tables.workspace import AnalyticsData, Dashboard, Import, ImportChange, KulaMessage
from pymeai.settings import Settings
from pymeai.tenancy.sessions import Actor, tenant_session
from tests.crm_api.conftest import Company, fields, problem

NOBODY = "0190a000-0000-7000-8000-000000000000"
PERSON: dict[str, Any] = {
    "first_name": "Zenobia",
    "last_name": "Wanchope Ñurinda",
    "company_name": "Wanchope & Hijas",
    "email": "zenobia@wanchope.cr",
    "phone": "8765-4321",
    "phone_alt": "2765-1234",
    "identification_number": "1-0999-0777",
    "address": "Del higuerón de Zenobia, 100 sur",
    "external_id": "ZEN-0999",
    "tags": ["Zenobia VIP"],
    "source": "Recomendada por Zenobia",
    "consent": {"whatsapp": {"granted": True, "how": "Lo firmó Zenobia"}},
    "custom_fields": {"obra": "Casa de Zenobia"},
}
# Whatever is said of her says one of these.
TRACES = re.compile(
    r"zenobia|wanchope|zen-0999|8765-?4321|2765-?1234|1-?0999-?0777|pérgola amarilla|hermana|6111-?2222|zeno\.vieja",
    re.IGNORECASE,
)
TOTALS = """
    select (select count(*) from sales), (select sum(amount * exchange_rate) from sales), (select sum(tax) from sales),
        (select count(*) from customers where deleted_at is null), (select count(*) from interactions),
        (select count(*) from opportunities), (select sum(value) from opportunities), (select count(*) from stage_history),
        (select jsonb_agg(jsonb_build_array(sale_id, customer_id, sold_at, amount, document_type, lines -> 0 -> 'quantity',
            lines -> 0 -> 'code') order by sale_id) from sales),
        (select jsonb_agg(jsonb_build_array(interaction_id, customer_id, type, date_time) order by interaction_id)
            from interactions),
        (select jsonb_agg(jsonb_build_array(opportunity_id, customer_id, stage_id, value, status, product)
            order by opportunity_id) from opportunities)
"""


def _make(company: Company, path: str, **values: Any) -> dict[str, Any]:
    response = company.post(path, values, headers={"Idempotency-Key": uuid4().hex})
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def _table_texts(settings: Settings, company: Company) -> dict[str, list[str]]:
    """Every row of every table of the tenant's schema, and of the answers kept for retries, as text."""
    with engine_for(settings, "owner").begin() as connection:
        connection.execute(text(f'set local search_path = "{company.tenant.schema}", public'))
        found = {
            table: list(connection.execute(text(f"select t::text from {table} t")).scalars())
            for table in TENANT_METADATA.tables
        }
        found["idempotency_keys"] = list(
            connection.execute(
                text("select k::text from platform.idempotency_keys k where organization_id = :key"),
                {"key": company.tenant.organization_id},
            ).scalars()
        )
    return found


def _traces(settings: Settings, company: Company) -> dict[str, list[str]]:
    found = _table_texts(settings, company)
    traced = {table: [row for row in rows if TRACES.search(row)] for table, rows in found.items()}
    return {table: rows for table, rows in traced.items() if rows}


def _totals(settings: Settings, company: Company) -> list[Any]:
    with tenant_session(settings, company.tenant) as session:
        return list(session.execute(text(TOTALS)).one())


def _plant(settings: Settings, company: Company, customer: str, deal: str) -> None:
    """Her traces in all that is not hers alone."""
    with tenant_session(settings, company.tenant, actor=Actor(company.user_id)) as session:
        session.add(
            Interaction(
                customer_id=UUID(customer), type="Llamada", date_time=datetime(2026, 4, 1, tzinfo=UTC),
                notes="Zenobia pidió arena", outcome="Zenobia dijo que sí", custom_fields={"nota": "zenobia"},
                external_id="ZEN-0999-1",
            )
        )  # fmt: skip
        stranger = Customer(
            first_name="Otro", address="Llamar al 8765-4321", custom_fields={"obra": "zenobia@wanchope.cr"}
        )
        session.add(stranger)
        session.flush()
        session.add(
            Interaction(
                customer_id=stranger.customer_id, type="Llamada", date_time=datetime(2026, 4, 2, tzinfo=UTC),
                notes="Que hablen con zenobia@wanchope.cr",
            )
        )  # fmt: skip
        history = session.query(StageHistory).filter_by(opportunity_id=UUID(deal)).one()
        history.notes = "Zenobia la trajo"
        load = Import(
            file_hash=uuid4().hex, file_name="Wanchope & Hijas.csv", kind="customers", status="done",
            mapping={"columns": [{"source": "Nombre", "target": "customer.name", "samples": ["Zenobia Wanchope Ñurinda"]}]},
        )  # fmt: skip
        session.add(load)
        session.flush()
        session.add_all(
            [
                ImportChange(
                    import_id=load.import_id, action="update", table_name="customers", row_id=UUID(customer),
                    before={"first_name": "Zenobia", "phone": "+50687654321"},
                ),
                ImportChange(
                    import_id=load.import_id, action="rejected", row_number=3,
                    original={"Nombre": "Zenobia Wanchope", "Cédula": "109990777", "Teléfono": "8765-4321"},
                    reasons=[{"column": "Teléfono", "message": "«8765-4321» se repite."}],
                ),
                KulaMessage(
                    conversation_id=uuid4(), question="¿Cuánto compró zenobia wanchope?", plan={"filter": "Zenobia Wanchope"},
                    answer={"text": "Zenobia Wanchope compró ₡5", "rows": [["Zenobia Wanchope", 5]]},
                ),
                KulaMessage(
                    conversation_id=uuid4(), question="¿Y a Zenobia Wanchope?", plan=None,
                    answer={"text": "No conozco «Zenobia» ni «Wanchope».", "understood": ["zenobia"]},
                ),
                KulaMessage(conversation_id=uuid4(), question="¿Cuánto vendí ayer?", answer={"text": "₡5"}),
                Dashboard(name="Wanchope & Hijas", widgets=[{"title": "Zenobia Wanchope", "query": {"metrics": ["net_sales"]}}]),
                AnalyticsData(
                    data_type="top", period_start=datetime(2026, 1, 1, tzinfo=UTC).date(),
                    period_end=datetime(2026, 2, 1, tzinfo=UTC).date(), data={"items": [{"name": "Wanchope & Hijas", "value": 5}]},
                ),
            ]
        )  # fmt: skip


def _live_on(company: Company, customer: str) -> None:
    """What became of her since: deleted, won, lost, asked of Kula, reached elsewhere; and somebody else's own."""
    reached = {"email": "zeno.vieja@correo.cr", "phone_alt": "6111-2222"}
    for values in (reached, {name: PERSON[name] for name in reached}):
        assert company.put(f"/api/customers/{customer}", values).status_code == 200
    other = str(_make(company, "/api/customers", first_name="Otra")["customer_id"])
    contacts = f"/api/customers/{other}/interactions"
    _make(company, contacts, type="Llamada", notes="Le dieron el 6111-2222 de una clienta")
    _make(company, contacts, type="Llamada", notes="También zeno.vieja@correo.cr")
    deleted = _make(company, f"/api/customers/{customer}/interactions", type="Llamada", notes="Zenobia está enferma")
    assert company.delete(f"/api/interactions/{deleted['interaction_id']}").status_code == 204
    line = {"description": "Arena para Zenobia", "quantity": 1, "unit_price": 7}
    deleted = _make(company, "/api/sales", customer_id=customer, sold_at="2026-04-05", lines=[line])
    assert company.delete(f"/api/sales/{deleted['sale_id']}").status_code == 204
    won = _make(company, "/api/opportunities", customer_id=customer, title="Pérgola amarilla", value=50)
    lost = {"value": 70, "source": "La hermana", "title": "Cerca"}
    lost = _make(company, "/api/opportunities", customer_id=customer, **lost)
    theirs = {"value": 1, "title": "Cerca", "source": "Facebook"}
    same = [_make(company, "/api/opportunities", customer_id=key, **theirs) for key in (customer, other)]
    stages = company.get(f"/api/pipelines/{won['pipeline_id']}/stages").json()["items"]
    ends = {stage["kind"]: stage["stage_id"] for stage in stages}
    for deal, kind, reason in (
        (won, "won", None),
        (lost, "lost", "La hermana vende"),
        *((d, "lost", "Precio") for d in same),
    ):
        body = {"stage_id": ends[kind]} | ({"lost_reason": reason} if reason else {})
        answer = company.put(f"/api/opportunities/{deal['opportunity_id']}/stage", body)
        assert answer.status_code == 200, answer.text


@pytest.fixture
def known(register: Callable[..., Company], settings: Settings) -> tuple[Company, str]:
    """A company that knows one person well: twice, merged, in every table there is."""
    company = register("Conocidos", "ferreteria")
    customer = str(_make(company, "/api/customers", **PERSON)["customer_id"])
    double = str(
        _make(company, "/api/customers", first_name="Zenobia", last_name="Wanchope", tags=["Doble de Zenobia"])[
            "customer_id"
        ]
    )
    line = {"code": "AR-1", "description": "Arena para Zenobia Wanchope", "quantity": 2, "unit_price": 500}
    sale = {"sold_at": "2026-04-01", "lines": [line], "source": "Zenobia Wanchope", "tax": 130}
    for key in (customer, double):
        _make(company, "/api/sales", customer_id=key, **sale)
    deal = _make(
        company, "/api/opportunities", customer_id=customer, title="Techo de Zenobia", value=900,
        description="Zenobia quiere zinc", lost_reason=None, external_id="ZEN-0999-2",
    )  # fmt: skip
    _plant(settings, company, customer, str(deal["opportunity_id"]))
    _live_on(company, customer)
    assert company.put(f"/api/customers/{customer}", {"address": "Otra de Zenobia"}).status_code == 200
    merged = company.post("/api/customers/merge", {"keep": customer, "merge": [double]})
    assert merged.status_code == 200, merged.text
    return company, customer


def test_an_erasure_leaves_no_trace_and_all_totals(known: tuple[Company, str], settings: Settings) -> None:
    company, customer = known
    # The test would prove nothing of a table in which there was nothing to find.
    assert set(_traces(settings, company)) == {
        "customers", "interactions", "opportunities", "stage_history", "sales", "customer_merges", "imports",
        "import_changes", "kula_messages", "dashboards", "analytics_data", "audit_log", "idempotency_keys",
    }  # fmt: skip
    before = _totals(settings, company)
    answer = company.post(f"/api/customers/{customer}/erase", {"confirm": True})
    assert answer.status_code == 200, answer.text
    assert _traces(settings, company) == {}
    assert _totals(settings, company) == before
    assert answer.json()["rows"]["sales"] >= 2
    problem(company.get(f"/api/customers/{customer}"), 404, "not_found")
    assert company.get("/api/customers", params={"q": "Zenobia"}).json()["total"] == 0
    assert company.get("/api/customers").json()["total"] == 2
    # What somebody else's opportunity says too is no personal word.
    lost = company.get("/api/opportunities", params={"status": "lost"}).json()["items"]
    assert [(deal["lost_reason"], deal["source"]) for deal in lost].count(("Precio", "Facebook")) == 2
    lines = _audit(settings, company, customer)
    assert [line["action"] for line in lines][-1] == "erased"
    assert lines[-1]["user_id"] == str(company.user_id)
    assert {line["after"] is None and line["before"] is None for line in lines[:-1]} == {True}


def test_what_is_somebody_elses_stays(known: tuple[Company, str], settings: Settings) -> None:
    company, customer = known
    namesake = _make(
        company, "/api/customers", first_name="Zenobia", last_name="Wanchope", email="otra@wanchope.example"
    )
    sale = _make(
        company,
        "/api/sales",
        customer_id=namesake["customer_id"],
        sold_at="2026-04-03",
        amount=3,
        seller="Zenobia Wanchope",
    )
    assert company.post(f"/api/customers/{customer}/erase", {"confirm": True}).status_code == 200
    kept = company.get(f"/api/customers/{namesake['customer_id']}").json()
    assert (kept["first_name"], kept["email"]) == ("Zenobia", "otra@wanchope.example")
    assert company.get(f"/api/sales/{sale['sale_id']}").json()["seller"] == "Zenobia Wanchope"
    with tenant_session(settings, company.tenant) as session:
        questions = set(session.execute(text("select question from kula_messages")).scalars())
    assert questions == {"(borrado)", "¿Cuánto vendí ayer?"}


def test_an_import_that_is_undone_later_does_not_write_what_was_blanked(
    known: tuple[Company, str], settings: Settings
) -> None:
    company, customer = known
    neighbour = UUID(_make(company, "/api/customers", first_name="Luis")["customer_id"])
    with tenant_session(settings, company.tenant) as session:
        import_id = session.execute(text("select import_id from imports limit 1")).scalar_one()
        for phone in ("+50687654321", "+50622220000"):
            before = {"first_name": "Luis", "phone": phone}
            session.add(
                ImportChange(
                    import_id=import_id, action="update", table_name="customers", row_id=neighbour, before=before
                )
            )
    assert company.post(f"/api/customers/{customer}/erase", {"confirm": True}).status_code == 200
    with tenant_session(settings, company.tenant) as session:
        images = session.execute(text("select before from import_changes where row_id = :key"), {"key": neighbour})
        assert images.scalars().all() == [{"first_name": "Luis", "phone": "+50622220000"}]


def test_an_erasure_is_for_good(known: tuple[Company, str]) -> None:
    company, customer = known
    merge_id = company.get(f"/api/customers/{customer}/merges").json()["items"][0]["merge_id"]
    for body in ({}, {"confirm": False}, {"confirm": "si"}, {"confirm": True, "otra": 1}):
        problem(company.post(f"/api/customers/{customer}/erase", body), 422, "invalid")
    key = {"Idempotency-Key": uuid4().hex}
    first, again = (company.post(f"/api/customers/{customer}/erase", {"confirm": True}, headers=key) for _ in range(2))
    assert first.status_code == 200
    assert first.json() == again.json()
    problem(company.post(f"/api/customers/{customer}/erase", {"confirm": True}), 404, "not_found")
    problem(company.put(f"/api/customers/{customer}", {"first_name": "Zenobia"}), 404, "not_found")
    problem(company.post(f"/api/customers/merges/{merge_id}/undo"), 409, "merge_cannot_be_undone")
    for path, body in (("opportunities", {"title": "Otra"}), ("sales", {"amount": 1, "sold_at": "2026-11-01"})):
        refused = problem(company.post(f"/api/{path}", {**body, "customer_id": customer}), 422)
        assert fields(refused).keys() == {"customer_id"}


def test_only_who_administers_erases(
    known: tuple[Company, str], company_b: Company, colleague: Callable[[Company, str], Company]
) -> None:
    company, customer = known
    for role in ("manager", "seller", "viewer"):
        problem(colleague(company, role).post(f"/api/customers/{customer}/erase", {"confirm": True}), 403, "forbidden")
    for path in ("erase", "export"):
        method, body = ("POST", {"confirm": True}) if path == "erase" else ("GET", None)
        answers = [company_b.request(method, f"/api/customers/{key}/{path}", json=body) for key in (customer, NOBODY)]
        assert answers[0].json() == answers[1].json()
        problem(answers[0], 404, "not_found")
    assert company.get(f"/api/customers/{customer}").json()["first_name"] == "Zenobia"


def test_an_export_has_everything_about_one_person(known: tuple[Company, str], settings: Settings) -> None:
    company, customer = known
    answer = company.get(f"/api/customers/{customer}/export")
    assert answer.status_code == 200, answer.text
    assert f'filename="cliente-{customer}.json"' in answer.headers["content-disposition"]
    data = answer.json()
    assert data["customer"]["email"] == "zenobia@wanchope.cr"
    assert data["organization"] == "Conocidos"
    counts = {name: len(rows) for name, rows in data.items() if isinstance(rows, list)}
    assert counts == {
        "merged_customers": 1, "interactions": 1, "opportunities": 4, "stage_history": 7, "sales": 3, "imports": 1,
        "merges": 1, "questions_to_kula": 2, "audit_log": counts["audit_log"],
    }  # fmt: skip
    assert {"created", "updated", "merged"} <= {line["action"] for line in data["audit_log"]}
    assert {sale["customer_id"] for sale in data["sales"]} == {customer}
    assert {line["entity"] for line in data["audit_log"] if line["action"] == "deleted"} == {
        "customer", "interaction", "sale",
    }  # fmt: skip
    assert "Que hablen con" not in answer.text
    # What the platform computes for its searches says nothing new.
    assert "search_text" not in answer.text
    line = _audit(settings, company, customer)[-1]
    assert (line["action"], line["user_id"]) == ("exported", str(company.user_id))


def test_who_does_not_manage_does_not_export(company_a: Company, colleague: Callable[[Company, str], Company]) -> None:
    customer = str(_make(company_a, "/api/customers", first_name="Una")["customer_id"])
    for role in ("seller", "viewer"):
        problem(colleague(company_a, role).get(f"/api/customers/{customer}/export"), 403, "forbidden")
    assert colleague(company_a, "manager").get(f"/api/customers/{customer}/export").status_code == 200


def test_an_erasure_must_be_confirmed_in_so_many_words(company_a: Company) -> None:
    customer = str(_make(company_a, "/api/customers", first_name="Una")["customer_id"])
    found = problem(company_a.post(f"/api/customers/{customer}/erase", {"confirm": False}), 422)
    assert list(fields(found)) == ["confirm"]


def _audit(settings: Settings, company: Company, customer: str) -> list[dict[str, Any]]:
    with tenant_session(settings, company.tenant) as session:
        statement = text("select to_jsonb(a) from audit_log a where entity_id = :key order by created_at, audit_id")
        return list(session.execute(statement, {"key": customer}).scalars())
