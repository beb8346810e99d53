"""POST /api/imports/:id/undo: what it answers, who may, and that it happens once."""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest

from ingest import imports
from pymeai.settings import Settings
from tests.crm_api.conftest import Company, problem

NOBODY = "0190a000-0000-7000-8000-000000000000"
Importer = Callable[[Company, str], str]


@pytest.fixture
def imported(settings: Settings) -> Importer:
    """Import customers into a company; gives the address of the undo."""

    def run(company: Company, content: str) -> str:
        import_id = imports.create_import(
            settings,
            company.tenant,
            kind="customers",
            file_name="clientes.csv",
            stream=io.BytesIO(content.encode()),
            user_id=company.user_id,
        )
        proposed = imports.propose(settings, company.tenant, import_id).columns
        imports.set_mapping(settings, company.tenant, import_id, proposed, {"default_policy": "overwrite"})
        prepared = imports.prepare(settings, company.tenant, import_id, with_gate=False)
        imports.commit(settings, company.tenant, prepared)
        return f"/api/imports/{import_id}/undo"

    return run


@pytest.fixture
def customers() -> str:
    """Two customers whom nobody has imported before."""
    code = uuid4().hex[:8]
    return f"Código,Nombre,Correo\nA{code},Ana Mora,ana@{code}.cr\nB{code},Luis Soto,luis@{code}.cr\n"


def _customers(company: Company) -> dict[str, dict[str, Any]]:
    found = company.get("/api/customers", params={"limit": 200}).json()["items"]
    return {item["external_id"]: item for item in found}


def test_an_import_is_undone_and_what_was_changed_stays(
    company_a: Company, company_b: Company, imported: Importer, customers: str
) -> None:
    for company in (company_a, company_b):
        assert company.post("/api/customers", {"first_name": "Eva", "external_id": "E1"}).status_code in (201, 409)
    before, beside = _customers(company_a), _customers(company_b)
    path = imported(company_a, customers + "E1,Eva María,eva@ejemplo.cr\n")
    ana, luis = (customers.splitlines()[row].split(",")[0] for row in (1, 2))
    key = _customers(company_a)[ana]["customer_id"]
    assert company_a.put(f"/api/customers/{key}", {"address": "San José"}).status_code == 200
    answer = company_a.post(path).json()
    import_id = path.split("/")[3]
    assert {name: answer[name] for name in answer if name != "undone_at"} == {
        "import_id": import_id,
        "status": "undone",
        "restored": {"customers": 1},
        "removed": {"customers": 1},
        "kept": {"customers": 1},
        "kept_total": 1,
        "kept_rows": [
            {
                "table": "customers",
                "row_id": key,
                "name": "Ana Mora",
                "reason": "changed",
                "message": "Cambió después de la importación.",
            }
        ],
    }
    after = _customers(company_a)
    assert luis not in after
    assert after[ana]["address"] == "San José"
    assert {**after["E1"], "updated_at": None} == {**before["E1"], "updated_at": None}
    assert _customers(company_b) == beside
    shown = company_a.get(f"/api/imports/{import_id}").json()
    assert (shown["status"], shown["undone_at"]) == ("undone", answer["undone_at"])
    line = company_a.get("/api/audit", params={"entity": "import", "entity_id": import_id}).json()["items"][0]
    assert line["summary"] == "Ana Mora deshizo la importación «clientes.csv»"
    assert line["after"] == {"restored": {"customers": 1}, "removed": {"customers": 1}, "kept": {"customers": 1}}


def test_the_file_can_be_imported_again(company_a: Company, imported: Importer, customers: str) -> None:
    path, codes = imported(company_a, customers), {row.split(",")[0] for row in customers.splitlines()[1:]}
    assert company_a.post(path).json()["removed"] == {"customers": 2}
    assert not codes & set(_customers(company_a))
    problem(company_a.post(f"{path.removesuffix('/undo')}/commit"), 409, "already_imported")
    imported(company_a, customers)
    assert codes <= set(_customers(company_a))


def test_what_is_not_done_or_undone_already_is_refused(
    company_a: Company, settings: Settings, imported: Importer, customers: str
) -> None:
    files = {"file": ("clientes.csv", customers.encode())}
    uploaded = company_a.request("POST", "/api/imports", files=files, data={"kind": "customers"}).json()["id"]
    assert (
        "nada que deshacer"
        in problem(company_a.post(f"/api/imports/{uploaded}/undo"), 409, "import_not_done")["detail"]
    )
    imports.fail(settings, company_a.tenant, UUID(uploaded), "No se pudo.")
    assert "falló" in problem(company_a.post(f"/api/imports/{uploaded}/undo"), 409, "import_not_done")["detail"]
    path = imported(company_a, customers)
    assert company_a.post(path).status_code == 200
    assert "ya se deshizo" in problem(company_a.post(path), 409, "already_undone")["detail"]


def test_a_foreign_import_is_like_one_that_never_was(
    company_a: Company, company_b: Company, imported: Importer, customers: str
) -> None:
    path = imported(company_a, customers)
    before = _customers(company_a)
    answers = [company_b.post(each) for each in (path, f"/api/imports/{NOBODY}/undo")]
    problem(answers[0], 404, "import_not_found")
    assert answers[0].json() == answers[1].json()
    assert _customers(company_a) == before


def test_sellers_and_viewers_undo_nothing(
    company_a: Company, imported: Importer, customers: str, colleague: Callable[[Company, str], Company]
) -> None:
    path = imported(company_a, customers)
    before = _customers(company_a)
    for role in ("viewer", "seller"):
        problem(colleague(company_a, role).post(path), 403, "forbidden")
    assert _customers(company_a) == before
    assert colleague(company_a, "manager").post(path).status_code == 200


def test_of_many_at_once_one_undoes(company_a: Company, imported: Importer, customers: str) -> None:
    path = imported(company_a, customers)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: company_a.post(path), range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    for answer in answers:
        if answer.status_code == 409:
            problem(answer, 409, "already_undone")


def test_a_retry_with_the_same_key_gets_the_same_answer(company_a: Company, imported: Importer, customers: str) -> None:
    path, headers = imported(company_a, customers), {"Idempotency-Key": uuid4().hex}
    first, second = (company_a.post(path, headers=headers) for _ in range(2))
    assert (first.status_code, first.json()) == (200, second.json())
