"""The life of an import: what each step takes, refuses, and leaves behind."""

import csv
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.pool import QueuePool

from ingest import imports
from ingest.model import Counts
from ingest.storage import path_of
from pymeai.database.connections import engine_for
from pymeai.errors import BadRequest, Conflict, Invalid, NotFound, TooLarge, UnsupportedFile
from pymeai.settings import Settings
from pymeai.tenancy.tenant import Tenant
from tests.ingest.hostile_files import GOOD_ROWS, far_apart, workbook
from tests.ingest.loading.conftest import Company

CUSTOMERS = "Código,Nombre,Teléfono\nC1,Ana Mora,8888-1111\nC2,Luis Vega,8888-2222\n"
SALES = "Factura,Fecha,Cliente,Monto\nF1,15/01/2025,Ana Mora,1000\nF2,mañana,Luis Vega,=2\nF3,20/01/2025,-Eva,300\n"


def stored(company: Any) -> list[str]:
    folder = company.settings.home_path / "files" / company.tenant.organization_id.hex
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize(
    ("kind", "content", "name", "error"),
    [
        ("facturas", CUSTOMERS, "hoja.csv", Invalid),
        ("customers", "", "hoja.csv", BadRequest),
        ("customers", "Nombre,Teléfono\n", "hoja.csv", BadRequest),
        ("customers", b"%PDF-1.7\n%\xe2\xe3", "clientes.csv", UnsupportedFile),
        ("customers", b"\x89PNG\r\n\x1a\n\0\0", "clientes.xlsx", UnsupportedFile),
        ("customers", CUSTOMERS, "clientes.xlsx", UnsupportedFile),
        ("customers", b"PK\x03\x04 not really", "clientes.xlsx", UnsupportedFile),
    ],
)
def test_what_cannot_be_read_leaves_nothing_behind(
    company: Any, kind: str, content: str | bytes, name: str, error: type[Exception]
) -> None:
    with pytest.raises(error) as raised:
        company.upload(kind, content, name)
    assert str(raised.value)
    assert stored(company) == []
    assert company.value("select count(*) from imports") == 0


def test_a_file_past_the_limit_is_refused_and_not_kept(company: Any) -> None:
    company.settings = company.settings.model_copy(update={"max_upload_bytes": 64})
    with pytest.raises(TooLarge):
        company.upload("customers", CUSTOMERS)
    assert stored(company) == []


def test_an_uploaded_file_is_kept_once_and_has_a_proposal(company: Any) -> None:
    first = company.upload("customers", CUSTOMERS)
    company.upload("customers", CUSTOMERS)
    assert len(stored(company)) == 1
    record = imports.get_import(company.settings, company.tenant, first)
    assert (record.status, record.options.currency, record.mapping["rows"]) == ("uploaded", "CRC", 2)
    assert [(column.source, column.target) for column in record.columns().columns] == [
        ("Código", "customer.external_id"),
        ("Nombre", "customer.name"),
        ("Teléfono", "customer.phone"),
    ]


def test_how_a_file_was_read_is_kept_with_its_mapping(company: Any) -> None:
    content = "Reporte de clientes;;\nCódigo;Nombre;Teléfono\nC1;José Núñez;8888-1111\n".encode("cp1252")
    import_id = company.upload("customers", content)

    def read() -> tuple[Any, ...]:
        mapping = imports.get_import(company.settings, company.tenant, import_id).mapping
        return mapping["encoding"], mapping["delimiter"], mapping["header_row"]

    assert read() == ("cp1252", ";", 2)
    company.agree(import_id)
    assert read() == ("cp1252", ";", 2)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ([{"source": "Nombre", "target": "ignore"}], "Ninguna columna tiene destino"),
        ([{"source": "Apodo", "target": "customer.name"}], "no tiene una columna «Apodo»"),
        ([{"source": "Nombre", "target": "sale.amount"}], "No existe el destino «sale.amount»"),
        ([{"source": "Nombre", "target": 7}], "No existe el destino «7»"),
        (
            [{"source": "Nombre", "target": "customer.name"}, {"source": "Código", "target": "customer.name"}],
            "dos columnas",
        ),
        ([{"source": "Código", "target": "customer.address"}], "Falta la columna"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(company: Any, columns: list[dict[str, Any]], message: str) -> None:
    import_id = company.upload("customers", CUSTOMERS)
    with pytest.raises(Invalid, match=message) as raised:
        imports.set_mapping(company.settings, company.tenant, import_id, columns)
    assert raised.value.errors
    assert imports.get_import(company.settings, company.tenant, import_id).status == "uploaded"


@pytest.mark.parametrize(
    "options",
    [{"currency": "EUR"}, {"policies": {"customer.email": "sometimes"}}, {"colour": "red"}, {"exchange_rate": "-3"}],
)
def test_options_that_cannot_be_are_refused(company: Any, options: dict[str, Any]) -> None:
    import_id = company.upload("customers", CUSTOMERS)
    with pytest.raises(Invalid):
        company.agree(import_id, options=options)


def test_a_dry_run_says_everything_and_writes_nothing(company: Any) -> None:
    import_id = company.upload("sales", SALES)
    company.agree(import_id)
    report = imports.dry_run(company.settings, company.tenant, import_id)
    assert report.counts == Counts(
        rows=3,
        rejected=1,
        inserted={"customers": 2, "sales": 2},
        updated={"customers": 0, "sales": 0},
        unchanged={"customers": 0, "sales": 0},
    )
    assert {reason.column for row in report.rejected for reason in row.reasons} >= {"Fecha"}
    for table in ("customers", "sales", "import_changes", "custom_fields"):
        assert company.value(f"select count(*) from {table}") == 0
    assert imports.get_import(company.settings, company.tenant, import_id).status == "ready"
    prepared = imports.prepare(company.settings, company.tenant, import_id, with_gate=False)
    assert imports.commit(company.settings, company.tenant, prepared) == report.counts


def test_the_whole_way_with_gate_and_progress(company: Any) -> None:
    steps: list[tuple[str, float]] = []
    import_id = company.upload("customers", CUSTOMERS)
    company.agree(import_id)
    assert imports.queue(company.settings, company.tenant, import_id).status == "queued"
    assert imports.queue(company.settings, company.tenant, import_id).status == "queued"
    prepared = imports.prepare(
        company.settings, company.tenant, import_id, lambda step, done: steps.append((step, done))
    )
    assert prepared.gate is not None
    assert prepared.gate.success
    assert imports.get_import(company.settings, company.tenant, import_id).status == "running"
    counts = imports.commit(company.settings, company.tenant, prepared, lambda step, done: steps.append((step, done)))
    assert counts.inserted == {"customers": 2}
    shares = [done for _, done in steps]
    assert shares == sorted(shares)
    assert steps[-1] == ("Listo", 1.0)
    record = imports.get_import(company.settings, company.tenant, import_id)
    assert (record.status, record.progress, record.counts["inserted"]) == (
        "done",
        {"step": "Listo", "done": 1.0},
        {"customers": 2},
    )


def test_committing_twice_loads_once(company: Any) -> None:
    import_id = company.upload("customers", CUSTOMERS)
    company.agree(import_id)
    prepared = imports.prepare(company.settings, company.tenant, import_id, with_gate=False)
    first = imports.commit(company.settings, company.tenant, prepared)
    assert imports.commit(company.settings, company.tenant, prepared) == first
    again = imports.prepare(company.settings, company.tenant, import_id)
    assert imports.commit(company.settings, company.tenant, again) == first
    assert company.value("select count(*) from import_changes") == 2


def test_the_same_content_is_loaded_once_unless_insisted_on(company: Any) -> None:
    company.load("customers", CUSTOMERS)
    import_id = company.upload("customers", CUSTOMERS, "otro nombre.csv")
    assert "ya se importó" in imports.get_import(company.settings, company.tenant, import_id).mapping["notes"][0]
    company.agree(import_id)
    with pytest.raises(Conflict, match="ya se importó"):
        imports.queue(company.settings, company.tenant, import_id)
    with pytest.raises(Conflict, match="ya se importó"):
        imports.prepare(company.settings, company.tenant, import_id)
    assert imports.get_import(company.settings, company.tenant, import_id).status == "failed"
    company.agree(import_id, options={"repeat": True})
    assert imports.queue(company.settings, company.tenant, import_id).status == "queued"


def test_a_failure_writes_nothing_and_says_so(company: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import_id = company.upload("customers", CUSTOMERS)
    company.agree(import_id)
    prepared = imports.prepare(company.settings, company.tenant, import_id, with_gate=False)
    monkeypatch.setattr("ingest.loading.load._record_rejected", _explode)
    with pytest.raises(ZeroDivisionError):
        imports.commit(company.settings, company.tenant, prepared)
    record = imports.get_import(company.settings, company.tenant, import_id)
    assert record.status == "failed"
    assert record.error is not None
    assert "no se guardó nada" in record.error
    assert company.value("select count(*) from customers") == 0


def _explode(*_: object) -> None:
    raise ZeroDivisionError


def test_every_step_reads_a_hostile_file_within_limits(company: Any) -> None:
    """Whatever lies under an import's name by then: the file was exchanged after it had been taken."""
    import_id = company.upload("customers", workbook(GOOD_ROWS), "libro.xlsx")
    company.agree(import_id)
    record = imports.get_import(company.settings, company.tenant, import_id)
    path_of(company.settings, company.tenant, record.file_hash).write_bytes(far_apart())
    with pytest.raises(TooLarge, match="ocupa demasiado"):
        imports.dry_run(company.settings, company.tenant, import_id)
    with pytest.raises(TooLarge, match="ocupa demasiado") as raised:
        imports.prepare(company.settings, company.tenant, import_id)
    failed = imports.get_import(company.settings, company.tenant, import_id)
    assert (failed.status, failed.error) == ("failed", raised.value.message)
    assert company.load("customers", CUSTOMERS).inserted["customers"] == 2


def test_rejected_rows_come_back_as_a_file_that_can_be_mended_and_imported(company: Any) -> None:
    counts = company.load("sales", SALES)
    assert (counts.rejected, counts.inserted["sales"]) == (1, 2)
    content = imports.rejected_csv(company.settings, company.tenant, company.last_import)
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[0] == ["Factura", "Fecha", "Cliente", "Monto", "motivo"]
    assert rows[1][:4] == ["F2", "mañana", "Luis Vega", "'=2"]
    assert "Fecha" in rows[1][4]
    mended = content.decode("utf-8-sig").replace("mañana", "18/01/2025").replace("'=2", "250")
    import_id = company.upload("sales", mended)
    targets = {c.source: c.target for c in imports.propose(company.settings, company.tenant, import_id).columns}
    assert targets["motivo"] == "ignore"
    company.agree(import_id)
    prepared = imports.prepare(company.settings, company.tenant, import_id, with_gate=False)
    assert imports.commit(company.settings, company.tenant, prepared).inserted["sales"] == 1


def test_a_guarded_cell_is_read_as_it_was(company: Any) -> None:
    company.load("customers", "Código,Nombre,Nota\n'-7,Ana Mora,'=1+1\n")
    assert company.rows("select external_id, custom_fields from customers") == [("-7", {"nota": "=1+1"})]


def test_the_mapping_of_last_time_is_proposed_again(company: Any) -> None:
    company.load(
        "customers", "Ref,Quién\nA1,Ana Mora\n", targets={"Ref": "customer.external_id", "Quién": "customer.name"}
    )
    import_id = company.upload("customers", "Ref,Quién\nA2,Luis Vega\n")
    proposal = imports.propose(company.settings, company.tenant, import_id)
    assert [(column.target, column.reason) for column in proposal.columns] == [
        ("customer.external_id", "Como la última vez"),
        ("customer.name", "Como la última vez"),
    ]


def test_another_companys_import_does_not_exist(company: Any, new_tenant: Callable[[str], Tenant]) -> None:
    import_id = company.upload("customers", CUSTOMERS)
    other = new_tenant("Otra compañía")
    for attempt in (
        imports.get_import,
        imports.propose,
        imports.dry_run,
        imports.queue,
        imports.prepare,
        imports.rejected_csv,
    ):
        with pytest.raises(NotFound):
            attempt(company.settings, other, import_id)  # type: ignore[operator]
    with pytest.raises(NotFound):
        imports.get_import(company.settings, company.tenant, uuid4())


def test_rows_are_numbered_as_in_the_file(company: Any, settings: Settings) -> None:
    text = "Código;Nombre;Correo\nC1;Ana;ana@x.cr\n;;\n\nC2;Eva;eva@x.cr;de más\nC3;Luis;no es correo\n"
    import_id = company.upload("customers", text)
    company.agree(import_id)
    prepared = imports.prepare(settings, company.tenant, import_id, with_gate=False)
    assert prepared.cleaned.frame.column("row_number").to_pylist() == [1, 5]
    assert [(row.row_number, row.reasons[0].code) for row in prepared.cleaned.rejected] == [(4, "too_many_cells")]
    assert [(reason.row_number, reason.column) for reason in prepared.cleaned.warnings] == [(5, "Correo")]


def test_two_imports_at_once_make_no_customer_twice(company: Any) -> None:
    prepared = []
    for extra in ("C3,Eva Paz,8888-3333\n", "C4,Rosa Gil,8888-4444\n"):
        import_id = company.upload("customers", CUSTOMERS + extra)
        company.agree(import_id)
        prepared.append(imports.prepare(company.settings, company.tenant, import_id, with_gate=False))
    with ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(lambda each: imports.commit(company.settings, company.tenant, each), prepared))
    assert sorted(each.inserted["customers"] for each in counts) == [1, 3]
    assert company.rows("select external_id from customers order by 1") == [("C1",), ("C2",), ("C3",), ("C4",)]


@pytest.mark.parametrize("kind", ["customers", "sales"])
def test_an_import_needs_one_of_the_pools_connections(company: Company, kind: str) -> None:
    """With all others taken: two at once would wait for each other where every thread has its first."""
    import_id = company.upload(kind, "Código cliente,Cliente,Fecha,Total\nC1,Ana Mora,1/2/2025,500\n")
    company.agree(import_id)
    engine = engine_for(company.settings, "api")
    pool = engine.pool
    assert isinstance(pool, QueuePool)
    with ExitStack() as taken:
        for _ in range(pool.size() + pool._max_overflow - 1):
            taken.enter_context(engine.connect())
        with pytest.MonkeyPatch.context() as patch:
            # Whoever waits at all waits in vain.
            patch.setattr(pool, "_timeout", 0)
            imports.dry_run(company.settings, company.tenant, import_id)
            prepared = imports.prepare(company.settings, company.tenant, import_id, with_gate=False)
            steps: list[tuple[str, float]] = []
            counts = imports.commit(company.settings, company.tenant, prepared, lambda *step: steps.append(step))
    assert counts.inserted["customers"] == 1
    assert steps[-1] == ("Listo", 1.0)
    assert len(steps) > 3
