"""Imports over HTTP: upload, mapping, dry run, commit, and every file and mapping that cannot be."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import text

from crm_api.main import create_app
from ingest import imports
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_connection
from tests.crm_api.conftest import Company, fields, problem

CUSTOMERS = """Nombre,Teléfono,Correo
Ana Mora,8888-1111,ana@ejemplo.cr
Luis Soto,2222-3333,luis@ejemplo.cr
Eva Vega,12,esto no es correo
"""
NOBODY = "0190a000-0000-7000-8000-000000000000"


def _upload(company: Company, content: bytes | str, name: str = "clientes.csv", kind: str = "customers") -> Response:
    raw = content.encode() if isinstance(content, str) else content
    return company.request("POST", "/api/imports", files={"file": (name, raw)}, data={"kind": kind})


def _created(company: Company, content: bytes | str, **arguments: str) -> str:
    response = _upload(company, content, **arguments)
    assert response.status_code == 201, response.text
    return f"/api/imports/{response.json()['id']}"


def _unique() -> str:
    """Three customers whom nobody has imported before."""
    return CUSTOMERS.replace("ejemplo.cr", f"{uuid4().hex[:8]}.cr")


def _files(settings: Settings, company: Company) -> list[str]:
    folder = settings.home_path / "files" / company.tenant.organization_id.hex
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_an_upload_is_read_and_mapped(company_a: Company) -> None:
    path = _created(company_a, _unique())
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
    path = _created(company_a, _unique())
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
    content = _unique()
    path = _created(company_b, content)
    problem(company_b.post(f"{path}/commit"), 503, "dagster_unavailable")
    import_id = UUID(path.rsplit("/", 1)[1])
    imports.commit(settings, company_b.tenant, imports.prepare(settings, company_b.tenant, import_id, with_gate=False))
    again = _upload(company_b, content, name="otro nombre.csv").json()
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
    path = _created(company_a, content.getvalue(), name="libro.xlsx")
    assert len(company_a.get(path).json()["mapping"]["sheets"]) == 2
    chosen = company_a.put(f"{path}/sheet", {"sheet": "Clientes 2025"})
    assert [column["source"] for column in chosen.json()["mapping"]["columns"]] == ["Nombre", "Teléfono"]


@pytest.mark.parametrize(
    ("content", "name", "statuses"),
    [
        (b"", "vacio.csv", {400, 415}),
        (b"\x00\x01\x02\x03" * 100, "basura.csv", {400, 415}),
        (b"PK\x03\x04 this is no workbook", "roto.xlsx", {400, 415}),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "foto.png", {400, 415}),
        (b"%PDF-1.7 ...", "factura.pdf", {400, 415}),
        (b"Nombre,Correo\n", "solo_titulos.csv", {400, 415, 422}),
    ],
)
def test_files_that_cannot_be_read(
    company_a: Company, settings: Settings, content: bytes, name: str, statuses: set[int]
) -> None:
    files, total = _files(settings, company_a), company_a.get("/api/imports").json()["total"]
    response = _upload(company_a, content, name=name)
    assert response.status_code in statuses, response.text
    assert len(problem(response, response.status_code)["detail"]) > 20
    assert _files(settings, company_a) == files
    assert company_a.get("/api/imports").json()["total"] == total


def test_a_file_that_is_too_large(company_a: Company, settings: Settings) -> None:
    small = settings.model_copy(update={"max_upload_bytes": 100_000})
    files = _files(settings, company_a)
    with TestClient(create_app(small)) as client:
        company = Company(**(vars(company_a) | {"client": client}))
        # Over the file's limit, but under that of the body; and over both.
        for size in (100_001, 1_000_000):
            response = _upload(company, b"Nombre\n" + b"x" * size)
            found = problem(response, 413)
            assert found["code"] in ("file_too_large", "too_large")
        assert _upload(company, _unique()).status_code == 201
    assert len(_files(settings, company_a)) == len(files) + 1


@pytest.mark.parametrize("kind", ["facturas", "CUSTOMERS", "customers ", "customers\x00"])
def test_a_kind_that_is_none(company_a: Company, settings: Settings, kind: str) -> None:
    files = _files(settings, company_a)
    found = problem(_upload(company_a, _unique(), kind=kind), 422)
    assert list(fields(found)) == ["kind"]
    assert _files(settings, company_a) == files


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        ({"files": {"file": ("a.csv", b"Nombre\nAna\n")}}, ["kind"]),
        ({"data": {"kind": "customers"}}, ["file"]),
        ({"json": {"kind": "customers"}}, ["file", "kind"]),
        ({"files": {"file": (None, b"Nombre\nAna\n"), "kind": (None, b"customers")}}, ["file"]),
        ({}, ["file", "kind"]),
    ],
)
def test_a_form_with_something_missing(company_a: Company, arguments: dict[str, Any], missing: list[str]) -> None:
    assert list(fields(problem(company_a.request("POST", "/api/imports", **arguments), 422))) == missing


def test_two_files_at_once_are_refused(company_a: Company) -> None:
    files = [("file", ("a.csv", b"Nombre\nAna\n")), ("file", ("b.csv", b"Nombre\nEva\n"))]
    problem(company_a.request("POST", "/api/imports", files=files, data={"kind": "customers"}), 400)


def test_a_form_that_is_broken(company_a: Company) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    problem(company_a.request("POST", "/api/imports", content=b"--y\r\nnothing", headers=headers), 400)


def test_strangers_and_readers_upload_nothing(
    client: TestClient, company_a: Company, settings: Settings, colleague: Callable[[Company, str], Company]
) -> None:
    files = _files(settings, company_a)
    content = {"file": ("a.csv", _unique().encode())}
    problem(client.post("/api/imports", files=content, data={"kind": "customers"}), 401)
    for role in ("viewer", "seller"):
        problem(_upload(colleague(company_a, role), _unique()), 403, "forbidden")
    assert _files(settings, company_a) == files


def test_what_is_in_a_file_is_for_who_imports(company_a: Company, colleague: Callable[[Company, str], Company]) -> None:
    path = _created(company_a, _unique())
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
    stored = company_a.get(_created(company_a, _unique(), name=name)).json()["file_name"]
    assert "/" not in stored
    assert "\\" not in stored
    assert stored.endswith(".csv")
    assert len(stored) <= 200
    assert all(len(file) == 64 for file in _files(settings, company_a))


@pytest.mark.parametrize(
    ("columns", "field"),
    [
        ([], "columns"),
        ([{"source": "Nombre", "target": None}], "columns"),
        ([{"source": "Nombre", "target": "ignore"}], "columns"),
        ([{"source": "Apellido", "target": "customer.last_name"}], "columns.Apellido"),
        ([{"source": "Nombre", "target": "customer.password"}], "columns.Nombre"),
        ([{"source": "Nombre", "target": "sale.amount"}], "columns.Nombre"),
        (
            [{"source": "Teléfono", "target": "customer.email"}, {"source": "Correo", "target": "customer.email"}],
            "columns",
        ),
        ([{"source": "Nombre", "target": 5}], "columns.0.target"),
        ([{"target": "customer.email"}], "columns.0.source"),
        (None, "columns"),
        ("todo", "columns"),
    ],
)
def test_mappings_that_cannot_be(company_a: Company, columns: Any, field: str) -> None:
    path = _created(company_a, _unique())
    before = company_a.get(path).json()
    found = problem(company_a.put(f"{path}/mapping", {"columns": columns}), 422)
    assert field in fields(found)
    assert company_a.get(path).json() == before


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"moneda": "CRC"}, "options.moneda"),
        ({"currency": "EUR"}, "options.currency"),
        ({"default_policy": "x"}, "options.default_policy"),
        ({"exchange_rate": "x"}, "options.exchange_rate"),
        ({"repeat": "x"}, "options.repeat"),
        ([], "options"),
    ],
)
def test_options_that_cannot_be(company_a: Company, options: Any, field: str) -> None:
    path = _created(company_a, _unique())
    body = {"columns": [{"source": "Nombre", "target": "customer.name"}], "options": options}
    assert list(fields(problem(company_a.put(f"{path}/mapping", body), 422))) == [field]


def test_nothing_is_committed_without_a_mapping(company_a: Company) -> None:
    path = _created(company_a, "Columna rara,Otra\nx,1\ny,2\n")
    problem(company_a.post(f"{path}/dry-run"), 422, "invalid_mapping")
    problem(company_a.post(f"{path}/commit"), 422, "invalid_mapping")
    assert company_a.get(path).json()["status"] == "uploaded"


def test_a_foreign_import_is_like_one_that_never_was(company_a: Company, company_b: Company) -> None:
    foreign = _created(company_a, _unique())
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


@dataclass
class Dagster:
    """What a webserver that speaks Dagster's GraphQL was asked, and what it answers."""

    port: int = 0
    partition: str = "AddDynamicPartitionSuccess"
    launch: str = "LaunchRunSuccess"
    status: int = 200
    asked: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """The data of one GraphQL request."""
        self.asked.append(request["variables"])
        if "addDynamicPartition" in request["query"]:
            return {"data": {"addDynamicPartition": {"__typename": self.partition}}}
        run = {"run": {"runId": f"run-{len(self.asked)}"}} if self.launch == "LaunchRunSuccess" else {}
        return {"data": {"launchRun": {"__typename": self.launch} | run}}


@pytest.fixture
def dagster() -> Iterator[Dagster]:
    """A loopback server in place of Dagster's."""
    state = Dagster()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            content = json.dumps(state.answer(request)).encode()
            self.send_response(state.status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing: the tests' output is not this server's log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.port = server.server_port
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield state
        server.shutdown()
        thread.join()


@pytest.fixture
def with_dagster(settings: Settings, company_a: Company, dagster: Dagster) -> Iterator[Company]:
    """Company A before an API whose Dagster answers."""
    with TestClient(create_app(settings.model_copy(update={"dagster_port": dagster.port}))) as client:
        yield Company(**(vars(company_a) | {"client": client}))


def test_dagster_is_asked_for_one_run_of_the_tenants_partition(with_dagster: Company, dagster: Dagster) -> None:
    path = _created(with_dagster, _unique())
    first = with_dagster.post(f"{path}/commit").json()
    assert (first["status"], first["run_id"]) == ("queued", "run-2")
    schema, import_id = with_dagster.tenant.schema, path.rsplit("/", 1)[1]
    added, launched = dagster.asked
    repository = {"repositoryLocationName": "pymeai", "repositoryName": "__repository__"}
    assert added == {"repository": repository, "partitions": "tenants", "key": schema}
    parameters = launched["parameters"]
    assert parameters["selector"] == repository | {"jobName": "import_file"}
    assert parameters["runConfigData"] == {"ops": {"load_import": {"config": {"import_id": import_id}}}}
    tags = {tag["key"]: tag["value"] for tag in parameters["executionMetadata"]["tags"]}
    assert tags == {"dagster/partition": schema, "pymeai/import_id": import_id, "pymeai/tenant": schema}
    assert with_dagster.get(path).json()["run_id"] == "run-2"
    # Asked again: the same run.
    assert with_dagster.post(f"{path}/commit").json() == first
    assert len(dagster.asked) == 2


@pytest.mark.parametrize(
    "trouble",
    [
        {"launch": "PythonError"},
        {"launch": "PipelineNotFoundError"},
        {"partition": "UnauthorizedError"},
        {"status": 500},
    ],
)
def test_what_dagster_refuses_stays_queued(with_dagster: Company, dagster: Dagster, trouble: dict[str, Any]) -> None:
    path = _created(with_dagster, _unique())
    for name, value in trouble.items():
        setattr(dagster, name, value)
    answer = problem(with_dagster.post(f"{path}/commit"), 503, "dagster_unavailable")
    assert "en cola" in answer["detail"]
    assert (with_dagster.get(path).json()["status"], with_dagster.get(path).json()["run_id"]) == ("queued", None)
    # Dagster recovers, and its partition is there already.
    dagster.launch, dagster.partition, dagster.status = "LaunchRunSuccess", "DuplicateDynamicPartitionError", 200
    assert with_dagster.post(f"{path}/commit").json()["run_id"].startswith("run-")


def test_a_failed_import_can_be_asked_for_again(with_dagster: Company, settings: Settings) -> None:
    path = _created(with_dagster, _unique())
    first = with_dagster.post(f"{path}/commit").json()["run_id"]
    import_id = UUID(path.rsplit("/", 1)[1])
    imports.fail(settings, with_dagster.tenant, import_id, "No se pudo.")
    assert with_dagster.get(path).json()["error"] == "No se pudo."
    second = with_dagster.post(f"{path}/commit").json()["run_id"]
    assert second not in (None, first)
    with tenant_connection(settings, with_dagster.tenant) as connection:
        stored = connection.execute(
            text("select status, run_id from imports where import_id = :id"), {"id": import_id}
        ).one()
    assert tuple(stored) == ("queued", second)
