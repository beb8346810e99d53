"""The process that reads files: what it gives back, how it fails, and that it harms and outlives nobody."""

import multiprocessing
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import psutil
import pyarrow as pa
import pytest
from openpyxl import Workbook

from ingest.model import Kind, RawTable
from ingest.reading.filetype import MAX_BYTES
from ingest.reading.sandbox.client import ReadingProcess, read_file, read_safely
from ingest.reading.sandbox.limits import Limits, limits_for
from ingest.reading.sandbox.messages import ReadRequest
from ingest.reading.upload import read_upload
from pymeai.errors import PymeError, TooLarge, UnsupportedFile
from tests.ingest.treasury import Document, Item, zipped
from tests.waiting import wait_for

GOOD = "nombre,correo\nAna Mora,ana@ejemplo.cr\nLuis Soto,\n"
PLENTY = Limits(memory_bytes=96 << 20, cpu_seconds=20, wall_seconds=60.0)
SECONDS = 30
PLANTED = (sys.executable, "-m", "tests.ingest.reading.planted")
"""Readers that fail as the file's name says (tests/ingest/reading/planted.py)."""


def request_for(path: Path, name: str | None = None, kind: Kind | None = None) -> ReadRequest:
    return ReadRequest(str(path), name or path.name, MAX_BYTES, kind=kind)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "clientes.csv"
    path.write_text(GOOD, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def planted() -> Iterator[ReadingProcess]:
    process = ReadingProcess(PLANTED)
    yield process
    process.stop()


def server_of(process: ReadingProcess) -> psutil.Process:
    assert process._server is not None
    return psutil.Process(process._server.pid)


def same(left: RawTable, right: RawTable) -> bool:
    """Whether two tables are equal in everything that a RawTable says."""
    numbers = [None if table.row_numbers is None else table.row_numbers.to_pylist() for table in (left, right)]
    rest = [
        vars(
            replace(
                table, frame=None, row_numbers=None, let_go=None, sheets=list(table.sheets), broken=list(table.broken)
            )
        )
        for table in (left, right)
    ]
    return left.frame.equals(right.frame) and numbers[0] == numbers[1] and rest[0] == rest[1]


def test_a_table_comes_back_as_it_was_read(tmp_path: Path) -> None:
    text = tmp_path / "ventas.csv"
    text.write_bytes(
        "Ventas\n\nFecha;Cliente;Monto\n1/2/2026;Peña;1,5\n;;\n2/2/2026;Mora;2;sobra\nTotal;;3,5\n".encode("cp1252")
    )
    book = Workbook()
    for row in (
        ["Nombre", "Monto", "Día", "Activo", "Precio"],
        ["Ana", 1.5, None, True, "1.500"],
        [None] * 5,
        ["Luis", 2, None, False, 1.25],
    ):
        book.active.append(row)  # type: ignore[union-attr]
    book.create_sheet("Otra").append(["x"])
    book.save(tmp_path / "libro.xlsx")
    book.close()
    for path in (text, tmp_path / "libro.xlsx"):
        here = read_upload(request_for(path))
        assert same(read_file(path), here)
    mixed = read_file(tmp_path / "libro.xlsx")
    assert {name: mask.to_pylist() for name, mask in mixed.figures.items()} == {"Precio": [False, True]}
    broken = read_file(text)
    assert broken.row_numbers is not None
    assert [reason.code for reason in broken.broken] == ["too_many_cells"]


def test_invoices_bring_their_targets_and_their_issuer(tmp_path: Path) -> None:
    path = tmp_path / "facturas.zip"
    sale = Document(1, (Item("M-1", "Martillo", Decimal(2), Decimal(4500)),)).xml()
    path.write_bytes(zipped({"venta.xml": sale, "mala.xml": b"<mala"}))
    assert same(read_file(path), read_upload(request_for(path)))
    with pytest.raises(PymeError) as raised:
        read_safely(request_for(path, kind="customers"))
    assert raised.value.code == "invoices_are_sales"
    with pytest.raises(PymeError, match="Las de este archivo las emitió") as raised:
        read_safely(request_for(path, kind="sales"))
    assert (raised.value.code, raised.value.status) == ("issuer_unknown", 422)


def test_a_file_of_a_tenants_loses_the_apostrophes_of_our_exports(tmp_path: Path) -> None:
    path = tmp_path / "clientes.csv"
    path.write_text("nombre,nota\nAna,'=1+1\n", encoding="utf-8")
    assert read_safely(request_for(path, kind="customers")).frame.column("nota").to_pylist() == ["=1+1"]
    assert read_file(path).frame.column("nota").to_pylist() == ["'=1+1"]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "vacio.csv"),
        (b"%PDF-1.4 ...", "ventas.xlsx"),
        (b"a,b\n1,2\n", "ventas.xlsx"),
        (b"a,b\n", "sin_filas.csv"),
        (b"PK\x03\x04 cut off", "libro.xlsx"),
        (b"<?xml version='1.0'?><otra/>", "factura.xml"),
    ],
)
def test_the_readers_own_errors_come_through_unchanged(tmp_path: Path, content: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(PymeError) as here:
        read_upload(request_for(path))
    with pytest.raises(PymeError) as there:
        read_file(path)
    told = [(type(e.value), e.value.message, e.value.code, e.value.errors) for e in (here, there)]
    assert told[0] == told[1]


@pytest.mark.parametrize(
    "failure", ["segfault", "abort", "exit", "recursion", "unforeseen", "descriptors", "system_exit"]
)
def test_a_reader_that_breaks_says_that_the_file_is_damaged(planted: ReadingProcess, good: Path, failure: str) -> None:
    with pytest.raises(UnsupportedFile, match=f"No se pudo leer «{failure}.xlsx»: el archivo está dañado") as raised:
        planted.read(request_for(good, f"{failure}.xlsx"), PLENTY)
    assert raised.value.code == "unreadable_file"
    assert planted.read(request_for(good), PLENTY).frame.num_rows == 2


@pytest.mark.parametrize("failure", ["memory", "output"])
def test_a_reader_that_takes_too_much_says_that_the_file_does(
    planted: ReadingProcess, good: Path, failure: str
) -> None:
    with pytest.raises(TooLarge, match=r"ocupa demasiado al abrirlo\. Divídalo en partes") as raised:
        planted.read(request_for(good, f"{failure}.xlsx"), PLENTY)
    assert raised.value.code == "file_too_large"
    assert planted.read(request_for(good), PLENTY).frame.num_rows == 2


@pytest.mark.parametrize(
    ("failure", "limits"),
    [("endless", Limits(96 << 20, 1, 60.0)), ("asleep", Limits(96 << 20, 20, 0.5))],
    ids=["of a core", "of the clock"],
)
def test_a_reader_that_takes_too_long_is_ended(
    planted: ReadingProcess, good: Path, failure: str, limits: Limits
) -> None:
    with pytest.raises(TooLarge, match=r"tarda demasiado en leerse\. Divídalo") as raised:
        planted.read(request_for(good, f"{failure}.csv"), limits)
    assert raised.value.code == "file_too_slow"
    assert planted.read(request_for(good), PLENTY).frame.num_rows == 2
    assert server_of(planted).children() == []


def test_what_failed_is_logged_without_what_the_file_says(
    planted: ReadingProcess, good: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(UnsupportedFile):
        planted.read(request_for(good, "unforeseen.csv"), PLENTY)
    assert "planted.py" in caplog.text
    assert "una celda secreta" not in caplog.text


def test_good_files_are_read_while_hostile_ones_fail_beside_them(planted: ReadingProcess, good: Path) -> None:
    def outcome(name: str) -> int | str:
        try:
            return planted.read(request_for(good, name), PLENTY).frame.num_rows
        except PymeError as error:
            return error.code

    names = ["segfault.csv", "buena.csv", "memory.csv", "otra.csv", "abort.csv"] * 6
    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(outcome, names))
    assert outcomes == ["unreadable_file", 2, "file_too_large", 2, "unreadable_file"] * 6


def test_a_server_that_is_gone_is_started_again(good: Path) -> None:
    process = ReadingProcess()
    try:
        process.read(request_for(good), PLENTY)
        first = server_of(process)
        first.kill()
        assert process.read(request_for(good), PLENTY).frame.num_rows == 2
        assert server_of(process).pid != first.pid
    finally:
        process.stop()


def test_forked_processes_share_the_server(planted: ReadingProcess, good: Path) -> None:
    planted.read(request_for(good), PLENTY)

    def read_there(told: "multiprocessing.connection.Connection") -> None:
        told.send((planted.read(request_for(good), PLENTY).frame.num_rows, server_of(planted).pid))

    here, there = multiprocessing.Pipe()
    forked = multiprocessing.get_context("fork").Process(target=read_there, args=(there,))
    forked.start()
    assert here.poll(SECONDS)
    assert here.recv() == (2, server_of(planted).pid)
    forked.join(SECONDS)
    here.close()
    there.close()


ASLEEP = """
import sys, threading
from pathlib import Path
from ingest.reading.sandbox.client import ReadingProcess
from ingest.reading.sandbox.limits import Limits
from ingest.reading.sandbox.messages import ReadRequest
process = ReadingProcess((sys.executable, "-m", "tests.ingest.reading.planted"))
process.read(ReadRequest(sys.argv[1], "buena.csv", 1000), Limits(96 << 20, 20, 60.0))
print(process._server.pid, flush=True)
process.read(ReadRequest(sys.argv[1], "asleep.csv", 1000), Limits(96 << 20, 3000, 6000.0))
"""


def test_nothing_is_left_of_an_asker_that_was_killed(good: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ASLEEP, str(good)], stdout=subprocess.PIPE, text=True) as asker:
        assert asker.stdout is not None
        server = psutil.Process(int(asker.stdout.readline()))
        left = [server, *wait_for(server.children, SECONDS, "the reader")]
        asker.send_signal(signal.SIGKILL)
        alive = psutil.wait_procs(left, timeout=SECONDS)[1]
        assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


def test_the_server_has_no_secrets(monkeypatch: pytest.MonkeyPatch, good: Path) -> None:
    monkeypatch.setenv("PYMEAI_SECRET_KEY", "never there")
    process = ReadingProcess()
    try:
        process.read(request_for(good), PLENTY)
        environment = server_of(process).environ()
    finally:
        process.stop()
    assert environment["ARROW_DEFAULT_MEMORY_POOL"] == "system"
    assert [name for name in environment if name.startswith("PYMEAI")] == []


def test_limits_grow_with_the_file(tmp_path: Path) -> None:
    small, packed, text = tmp_path / "a.csv", tmp_path / "b.xlsx", tmp_path / "c.csv"
    small.write_bytes(b"a,b\n1,2\n")
    packed.write_bytes(b"PK\x03\x04" + bytes(10 << 20))
    text.write_bytes(b"a" * (10 << 20))
    limits = {path.name: limits_for(path) for path in (small, packed, text)}
    assert limits["a.csv"].memory_bytes < 100 << 20
    assert limits["a.csv"].cpu_seconds == 4
    assert limits["a.csv"].memory_bytes < limits["c.csv"].memory_bytes < limits["b.xlsx"].memory_bytes
    assert limits_for(tmp_path / "nowhere.csv").cpu_seconds == 4


def test_a_large_table_is_not_copied_here(tmp_path: Path) -> None:
    path = tmp_path / "grande.csv"
    path.write_text("a,b\n" + "texto largo,otro texto\n" * 400_000, encoding="utf-8")
    before = pa.total_allocated_bytes()
    table = read_file(path)
    assert table.frame.num_rows == 400_000
    assert pa.total_allocated_bytes() - before < table.frame.nbytes / 10


def test_real_files_meet_no_limit(shared_data: Path) -> None:
    """Each ends as it does without limits, in the same number of rows or the same refusal."""
    paths = [path for path in sorted((shared_data / "spreadsheets").rglob("*.*")) if path.is_file()]
    assert {path: outcome(read_file, path) for path in paths} == {
        path: outcome(lambda path: read_upload(request_for(path)), path) for path in paths
    }
    assert outcome(read_file, shared_data / "transactions/online_retail/online_retail.xlsx") == 541_909


def outcome(read: Callable[[Path], RawTable], path: Path) -> int | str:
    try:
        return read(path).frame.num_rows
    except PymeError as error:
        return error.message
