"""Imports over HTTP: upload, mapping, dry run, commit, and who may."""

import io
from collections.abc import Callable
from uuid import UUID, uuid4

import openpyxl
import pytest
from fastapi.testclient import TestClient

from ingest import imports
from pymeai.settings import Settings
from tests.crm_api.conftest import Company, problem
from tests.crm_api.imports import create_import, stored_files, unique_customers, upload

NOBODY = "0190a000-0000-7000-8000-000000000000"


def test_an_upload_is_read_and_mapped(company_a: Company) -> None:
    path = create_import(company_a, unique_customers())
    found = company_a.get(path).json()
    assert (found["status"], found["kind"], found["file_name"]) == ("uploaded", "customers", "clientes.csv")
    assert [column["source"] for column in found["mapping"]["columns"]] == ["Nombre", "Teléfono", "Correo"]
    targets = {column["source"]: column["target"] for column in found["mapping"]["columns"]}
    assert (targets["Teléfono"], targets["Correo"]) == ("customer.phone", "customer.email")
    assert found["mapping"]["columns"][1]["samples"][0] == "8888-1111"
    read = [found["mapping"][name] for name in ("encoding", "delimiter", "header_row", "rows")]
    assert read == ["utf-8", ",", 1, 3]
    listed = company_a.get("/api/imports", params={"q": "CLIENTES"}).json()
    assert listed["items"][0]["import_id"] == found["import_id"]


def test_a_whole_import_but_for_dagster(company_a: Company, settings: Settings) -> None:
    path = create_import(company_a, unique_customers())
    proposed = company_a.get(path).json()["mapping"]["columns"]
    columns = [{"source": column["source"], "target": column["target"]} for column in proposed]
    ready = company_a.put(f"{path}/mapping", {"columns": columns, "options": {"default_policy": "fill"}})
    assert ready.status_code == 200, ready.text
    assert (ready.json()["status"], ready.json()["options"]["default_policy"]) == ("ready", "fill")
    report = company_a.post(f"{path}/dry-run").json()
    assert report["counts"]["rows"] == 3
    assert {reason["column"] for row in report["rejected"] for reason in row["reasons"]} | {
        reason["column"] for reason in report["warnings"]
    } == {"Teléfono", "Correo"}
    before = company_a.get("/api/customers").json()["total"]
    # Dagster is down: the import is queued all the same, and the answer says so.
    assert "en cola" in problem(company_a.post(f"{path}/commit"), 503, "dagster_unavailable")["detail"]
    assert company_a.get(path).json()["status"] == "queued"
    import_id = UUID(path.rsplit("/", 1)[1])
    imports.commit(settings, company_a.tenant, imports.prepare(settings, company_a.tenant, import_id, with_gate=False))
    done = company_a.get(path).json()
    assert (done["status"], done["error"]) == ("done", None)
    inserted = done["counts"]["inserted"]["customers"]
    assert inserted == report["counts"]["inserted"]["customers"] == 3 - done["counts"]["rejected"]
    assert company_a.get("/api/customers").json()["total"] == before + inserted
    rejected = company_a.get(f"{path}/rejected")
    assert rejected.headers["content-type"] == "text/csv; charset=utf-8"
    assert "rechazadas-clientes.csv" in rejected.headers["content-disposition"]
    assert rejected.content.decode("utf-8-sig").splitlines()[0] == "Nombre,Teléfono,Correo,motivo"
    problem(company_a.post(f"{path}/commit"), 409, "already_imported")
    problem(company_a.put(f"{path}/mapping", {"columns": columns}), 409, "import_started")


def test_the_same_file_is_noticed(company_b: Company, settings: Settings) -> None:
    content = unique_customers()
    path = create_import(company_b, content)
    problem(company_b.post(f"{path}/commit"), 503, "dagster_unavailable")
    import_id = UUID(path.rsplit("/", 1)[1])
    imports.commit(settings, company_b.tenant, imports.prepare(settings, company_b.tenant, import_id, with_gate=False))
    again = upload(company_b, content, name="otro nombre.csv").json()
    assert any("ya se importó" in notice for notice in again["notices"])
    problem(company_b.post(f"/api/imports/{again['id']}/commit"), 409, "already_imported")


def test_a_workbook_and_its_sheets(company_a: Company) -> None:
    book = openpyxl.Workbook()
    first, second = book.active, book.create_sheet("Clientes 2025")
    assert first is not None
    for sheet, header in ((first, ["Nombre", "Correo"]), (second, ["Nombre", "Teléfono"])):
        sheet.append(header)
        sheet.append([f"Ana {uuid4().hex[:6]}", "ana@ejemplo.cr" if header[1] == "Correo" else "8888-1111"])
    content = io.BytesIO()
    book.save(content)
    path = create_import(company_a, content.getvalue(), name="libro.xlsx")
    assert len(company_a.get(path).json()["mapping"]["sheets"]) == 2
    chosen = company_a.put(f"{path}/sheet", {"sheet": "Clientes 2025"})
    assert [column["source"] for column in chosen.json()["mapping"]["columns"]] == ["Nombre", "Teléfono"]


def test_strangers_and_readers_upload_nothing(
    client: TestClient, company_a: Company, settings: Settings, colleague: Callable[[Company, str], Company]
) -> None:
    files = stored_files(settings, company_a)
    content = {"file": ("a.csv", unique_customers().encode())}
    problem(client.post("/api/imports", files=content, data={"kind": "customers"}), 401)
    for role in ("viewer", "seller"):
        problem(upload(colleague(company_a, role), unique_customers()), 403, "forbidden")
    assert stored_files(settings, company_a) == files


def test_what_is_in_a_file_is_for_who_imports(company_a: Company, colleague: Callable[[Company, str], Company]) -> None:
    path = create_import(company_a, unique_customers())
    whole = company_a.get(path).json()["mapping"]["columns"]
    assert any(column["samples"] for column in whole)
    for role in ("viewer", "seller"):
        person = colleague(company_a, role)
        for shown in (person.get(path).json(), person.get("/api/imports").json()["items"][0]):
            columns = shown["mapping"]["columns"]
            assert [column["samples"] for column in columns] == [[] for _ in whole]
            assert [column["source"] for column in columns] == [column["source"] for column in whole]
        problem(person.get(f"{path}/rejected"), 403, "forbidden")


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.csv", "C:\\datos\\clientes.csv", "a\x07b.csv", "ñandú ₡.csv", "x" * 500 + ".csv"]
)
def test_names_of_files_are_but_names(company_a: Company, settings: Settings, name: str) -> None:
    stored = company_a.get(create_import(company_a, unique_customers(), name=name)).json()["file_name"]
    assert "/" not in stored
    assert "\\" not in stored
    assert stored.endswith(".csv")
    assert len(stored) <= 200
    assert all(len(file) == 64 for file in stored_files(settings, company_a))


def test_a_foreign_import_is_like_one_that_never_was(company_a: Company, company_b: Company) -> None:
    foreign = create_import(company_a, unique_customers())
    columns = {"columns": [{"source": "Nombre", "target": "customer.name"}]}
    for method, path, body in (
        ("GET", "", None),
        ("PUT", "/mapping", columns),
        ("PUT", "/sheet", {"sheet": "x"}),
        ("POST", "/dry-run", None),
        ("POST", "/commit", None),
        ("GET", "/rejected", None),
    ):
        answers = [
            company_b.request(method, f"{base}{path}", json=body) for base in (foreign, f"/api/imports/{NOBODY}")
        ]
        problem(answers[0], 404, "import_not_found")
        assert answers[0].json() == answers[1].json()
    assert company_a.get(foreign).json()["status"] == "uploaded"


def test_targets_have_the_organizations_own_fields(company_a: Company) -> None:
    found = {
        item["name"]: item
        for item in company_a.get("/api/imports/targets", params={"kind": "customers"}).json()["items"]
    }
    assert found["customer.email"]["group"] == "Cliente"
    assert found["customer.custom:tipo_cliente"]["label"] == "Tipo de cliente"
    problem(company_a.get("/api/imports/targets", params={"kind": "x"}), 422)
