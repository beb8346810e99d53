"""The audit log: who did what, in order, in Spanish, for administrators only."""

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import event, text

from crm_api.audit.sentences import FIELDS, SILENT, VERBS, sentence
from pymeai.database.connections import engine_for
from pymeai.database.tables.partitions import TENANT_METADATA
from pymeai.settings import Settings
from pymeai.tenancy.provisioning import AUDITED
from pymeai.tenancy.sessions import tenant_session
from tests.crm_api.conftest import Company, fields, problem


@pytest.fixture(scope="module")
def seller(company_a: Company, colleague: Callable[[Company, str], Company]) -> Company:
    return colleague(company_a, "seller")


def _log(company: Company, **parameters: Any) -> list[dict[str, Any]]:
    response = company.get("/api/audit", params=parameters)
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


def test_the_life_of_a_customer(company_a: Company, seller: Company) -> None:
    made = seller.post(
        "/api/customers", {"first_name": "Juan", "last_name": "Mora"}, headers={"X-Request-ID": "abcdef-123"}
    )
    key = made.json()["customer_id"]
    company_a.put(f"/api/customers/{key}", {"email": "juan@ejemplo.cr", "phone": "8888-7777", "tags": ["vip"]})
    company_a.put(f"/api/customers/{key}", {"email": "juan@ejemplo.cr"})
    company_a.delete(f"/api/customers/{key}")
    deleted, updated, created = _log(company_a, entity="customer", entity_id=key)
    assert [line["action"] for line in (deleted, updated, created)] == ["deleted", "updated", "created"]
    assert created["user_id"] == str(seller.user_id)
    assert created["user_name"] == seller.email
    assert created["request_id"] == "abcdef-123"
    assert created["entity_name"] == "Juan Mora"
    assert created["before"] is None
    assert created["after"]["first_name"] == "Juan"
    assert created["summary"] == f"{seller.email} creó el cliente «Juan Mora»"
    assert updated["before"] == {"email": None, "phone": None, "tags": []}
    assert updated["after"] == {"email": "juan@ejemplo.cr", "phone": "+50688887777", "tags": ["vip"]}
    assert updated["summary"] == "Ana Mora cambió correo, etiquetas y teléfono del cliente «Juan Mora»"
    assert deleted["summary"] == "Ana Mora borró el cliente «Juan Mora»"
    assert [line["created_at"] for line in (created, updated, deleted)] == sorted(
        line["created_at"] for line in (created, updated, deleted)
    )


def test_filters(company_a: Company, seller: Company) -> None:
    made = seller.post("/api/customers", {"first_name": "Filtro"}).json()
    key = made["customer_id"]
    company_a.post("/api/opportunities", {"title": "Techo nuevo", "currency": "CRC"})
    assert [line["entity_id"] for line in _log(company_a, user_id=seller.user_id, limit=1)] == [key]
    assert {line["entity"] for line in _log(company_a, entity=["customer", "opportunity"])} == {
        "customer",
        "opportunity",
    }
    assert {line["action"] for line in _log(company_a, action="created")} == {"created"}
    assert _log(company_a, entity_id=key, action="deleted") == []
    moment = made["created_at"]
    assert [line["entity_id"] for line in _log(company_a, created_at_from=moment, created_at_to=moment)] == [key]
    assert _log(company_a, created_at_to="2020-01-01") == []


def test_pages_go_through_all_without_a_gap(company_a: Company, settings: Settings) -> None:
    # One transaction: all of one moment, so that the key alone orders them.
    with tenant_session(settings, company_a.tenant) as session:
        session.execute(text("insert into customers (first_name) select 'P' || n from generate_series(1, 25) as n"))
    for sort in ("-created_at", "created_at"):
        seen: list[str] = []
        cursor = None
        while True:
            page = company_a.get(
                "/api/audit", params={"limit": 10, "sort": sort} | ({"cursor": cursor} if cursor else {})
            ).json()
            seen += [line["audit_id"] for line in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) == page["total"]


def test_names_are_read_at_once(company_a: Company, settings: Settings, app: FastAPI) -> None:
    """However many lines: as many queries for a hundred as for one."""
    engine = engine_for(app.state.settings, "api")
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    counts = []
    for limit in (1, 100):
        statements.clear()
        assert _log(company_a, limit=limit)
        counts.append(len([one for one in statements if "webhook_deliveries" not in one]))
    event.remove(engine, "before_cursor_execute", note)
    assert counts[0] == counts[1]


def test_what_nobody_in_particular_did(company_a: Company, settings: Settings) -> None:
    with tenant_session(settings, company_a.tenant) as session:
        session.execute(text("insert into pipelines (name) values ('De la plataforma')"))
    line = _log(company_a, entity="pipeline", limit=1)[0]
    assert (line["user_id"], line["user_name"]) == (None, None)
    assert line["summary"] == "PymeAI creó el embudo «De la plataforma»"


def test_what_changed_has_a_spanish_name(register: Callable[..., Company]) -> None:
    company = register("De una industria a otra")
    assert company.post("/api/onboarding", {"template": "turismo"}).status_code == 200
    company.put("/api/organization", {"settings": {"currency": "USD"}})
    lines = _log(company, entity="organization", action="updated")
    assert [line["summary"] for line in lines] == [
        "Ana Mora cambió ajustes de la organización",
        "Ana Mora cambió industria de la organización",
    ]


def test_every_column_that_the_log_may_name_has_one() -> None:
    columns = {
        column.name
        for table in TENANT_METADATA.sorted_tables
        if table.name in AUDITED
        for column in table.columns
        if not column.primary_key and not column.info.get("computed")
    }
    of_the_platform = {"name", "industry_type", "settings", "url", "events", "description", "is_active", "role"}
    english = {column for column in columns | of_the_platform if column not in FIELDS.keys() | SILENT}
    assert english == set()


def test_nobody_changes_the_log(company_a: Company) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        problem(company_a.request(method, "/api/audit", json={}), 405)


@pytest.mark.parametrize("role", ["manager", "seller", "viewer"])
def test_only_administrators_read_it(
    company_a: Company, colleague: Callable[[Company, str], Company], role: str
) -> None:
    problem(colleague(company_a, role).get("/api/audit"), 403, "forbidden")


def test_another_organizations_log_is_not_there(company_a: Company, company_b: Company) -> None:
    made = company_a.post("/api/customers", {"first_name": "Solo de A"}).json()
    assert _log(company_b, entity_id=made["customer_id"]) == []
    assert "Solo de A" not in company_b.get("/api/audit").text
    assert _log(company_b, user_id=company_a.user_id) == []


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"entity_id": "x"}, "entity_id"),
        ({"created_at_from": "ayer"}, "created_at_from"),
        ({"limit": 501}, "limit"),
        ({"sort": "action"}, "sort"),
        ({"cursor": "x"}, "cursor"),
        ({"entity": "a\x00b"}, "entity"),
        ({"quien": "x"}, "quien"),
    ],
)
def test_questions_that_are_none(company_a: Company, parameters: dict[str, Any], field: str) -> None:
    assert field in fields(problem(company_a.get("/api/audit", params=parameters), 422))


@pytest.mark.parametrize(
    ("action", "entity", "name", "after", "expected"),
    [
        ("created", "opportunity", "Techo", None, "Ana creó la oportunidad «Techo»"),
        ("won", "opportunity", "Techo", {"status": "won"}, "Ana marcó como ganada la oportunidad «Techo»"),
        ("updated", "opportunity", "Techo", {"stage_id": "x", "last_stage_change": "y"}, "Ana cambió etapa de la oportunidad «Techo»"),
        ("updated", "customer", None, dict.fromkeys("abcdef"), "Ana cambió a, b, c, d y 2 datos más del cliente"),
        ("exported", "customer", "Juan", None, "Ana exportó los datos del cliente «Juan»"),
        ("invited", "user", "Luis", None, "Ana invitó a la persona «Luis»"),
        ("invited", "invitation", None, {"email": "l@x.cr"}, "Ana invitó a l@x.cr"),
        ("role_changed", "user", "Luis", {"role": "admin"}, "Ana cambió el rol de la persona «Luis»"),
        ("refresh_token_reused", "session", None, None, "Ana usó dos veces el mismo token de la sesión"),
        ("deactivated", "user", "Luis", None, "Ana desactivó a la persona «Luis»"),
        ("something_new", "new_thing", None, None, "Ana: something new (new thing)"),
    ],
)  # fmt: skip
def test_sentences(action: str, entity: str, name: str | None, after: dict[str, Any] | None, expected: str) -> None:
    assert sentence("Ana", action, entity, name, after) == expected


def test_a_file_is_of_many() -> None:
    assert sentence("Ana", "exported", "sale", None, None, of_many=True) == "Ana descargó un archivo de ventas"


def test_every_act_of_the_services_has_its_words() -> None:
    """Whatever is written into the log by name in a source of the API has a verb."""
    written: set[str] = set()
    for path in (Path(__file__).resolve().parents[2] / "crm_api").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if called == "AuditLog":
                written |= {
                    str(word.value.value)
                    for word in node.keywords
                    if word.arg == "action" and isinstance(word.value, ast.Constant)
                }
            elif called == "record" and len(node.args) == 6:
                written |= {str(node.args[3].value)} if isinstance(node.args[3], ast.Constant) else set()
            elif called in {"_line", "_audit", "_record_changes"}:
                words = [part.value for part in node.args if isinstance(part, ast.Constant)]
                written |= {str(word) for word in words[:1] if isinstance(word, str)}
    assert {"exported", "erased", "merged", "role_changed", "login_blocked"} <= written
    assert written - set(VERBS) == set()


def test_what_is_gone_keeps_the_name_it_had(company_a: Company) -> None:
    made = company_a.post("/api/dashboards", {"name": "Efímero", "widgets": []}).json()
    company_a.delete(f"/api/dashboards/{made['dashboard_id']}")
    lines = _log(company_a, entity_id=made["dashboard_id"])
    assert [line["summary"] for line in lines] == [
        "Ana Mora borró el tablero «Efímero»",
        "Ana Mora creó el tablero «Efímero»",
    ]


def test_a_sentence_of_a_program() -> None:
    assert sentence("Ana", "created", "sale", None, None, by_key=True) == "Ana (con una clave de API) creó la venta"
