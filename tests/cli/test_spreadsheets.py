"""pymeai read, map and import."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_connection
from pymeai.tenancy.tenant import Tenant
from tests.cli.conftest import Command
from tests.ingest.hostile_files import HOSTILE

SALES = """Ventas de la semana;;;
Factura;Fecha;Cliente;Total
F-1;3/11/2026;Ana Mora Rojas;₡1.500,50
F-2;4/11/2026;Beto Solís Arce;₡20.000,00
;;TOTAL;₡21.500,50
"""


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    path = tmp_path / "ventas.csv"
    path.write_text(SALES, encoding="utf-8")
    return path


def counted(settings: Settings, tenant: Tenant) -> tuple[int, Decimal]:
    with tenant_connection(settings, tenant) as connection:
        row = connection.exec_driver_sql("select count(*), coalesce(sum(amount), 0) from sales").one()
    return int(row[0]), Decimal(row[1])


def test_read_writes_the_table_as_the_importer_sees_it(pymeai: Command, sales: Path, tmp_path: Path) -> None:
    out = tmp_path / "leida.csv"
    assert pymeai("read", str(sales), "-o", str(out)).code == 0
    assert out.read_text(encoding="utf-8").splitlines() == [
        "Factura,Fecha,Cliente,Total",
        'F-1,3/11/2026,Ana Mora Rojas,"₡1.500,50"',
        'F-2,4/11/2026,Beto Solís Arce,"₡20.000,00"',
    ]


def test_map_gives_a_target_a_confidence_and_samples_for_each_column(pymeai: Command, sales: Path) -> None:
    ended = pymeai("map", str(sales), "--kind", "sales", "--json")
    columns = json.loads(ended.out)["columns"]
    assert [(column["source"], column["target"]) for column in columns] == [
        ("Factura", "sale.external_key"),
        ("Fecha", "sale.sold_at"),
        ("Cliente", "customer.name"),
        ("Total", "sale.amount"),
    ]
    assert columns[2]["samples"] == ["Ana Mora Rojas", "Beto Solís Arce"]
    assert all(0 < column["confidence"] <= 1 for column in columns)


def test_a_dry_run_counts_and_writes_nothing(
    pymeai: Command, settings: Settings, tenant_a: Tenant, sales: Path
) -> None:
    before = counted(settings, tenant_a)
    ended = pymeai("import", str(sales), "--tenant", tenant_a.schema, "--kind", "sales", "--dry-run", "--json")
    assert ended.code == 0, ended.err
    report = json.loads(ended.out)
    assert (report["rows"], report["rejected"], report["inserted"]["sales"]) == (2, 0, 2)
    assert counted(settings, tenant_a) == before


def test_an_import_loads_once_unless_one_insists(
    pymeai: Command, settings: Settings, tenant_b: Tenant, sales: Path
) -> None:
    arguments = ("import", str(sales), "--tenant", tenant_b.schema, "--kind", "sales", "--no-refresh", "--json")
    first = pymeai(*arguments)
    assert first.code == 0, first.err
    assert json.loads(first.out)["inserted"]["customers"] == 2
    assert counted(settings, tenant_b) == (2, Decimal("21500.50"))
    second = pymeai(*arguments)
    assert second.code == 1
    assert "ya se importó" in second.err
    assert pymeai(*arguments, "--repeat").code == 0
    assert counted(settings, tenant_b) == (2, Decimal("21500.50"))


@pytest.mark.parametrize(
    ("file", "kind", "reason"),
    [
        ("nada.csv", "sales", "No existe el archivo"),
        (".", "sales", "no es un archivo."),
        (
            "ventas.csv",
            "facturas",
            "No se puede importar «facturas»: elija customers, sales, opportunities, interactions.",
        ),
    ],
)
def test_what_cannot_be_imported_is_refused(
    pymeai: Command, tenant_a: Tenant, sales: Path, file: str, kind: str, reason: str
) -> None:
    ended = pymeai("import", str(sales.parent / file), "--tenant", tenant_a.schema, "--kind", kind)
    assert ended.code == 1
    assert reason in ended.err
    assert ended.err.count("\n") == 1


def test_a_file_that_is_no_table_is_refused_in_one_line(pymeai: Command, tmp_path: Path) -> None:
    picture = tmp_path / "foto.csv"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    ended = pymeai("read", str(picture), "-o", str(tmp_path / "out.csv"))
    assert ended.code == 1
    assert ended.err.count("\n") == 1
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("command", [("read", "-o", "leida.csv"), ("map", "--kind", "customers")])
def test_a_hostile_file_is_refused_in_one_line(
    pymeai: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    name, content, _ = HOSTILE["cells far apart"]
    (tmp_path / name).write_bytes(content())
    monkeypatch.chdir(tmp_path)
    ended = pymeai(command[0], name, *command[1:])
    assert ended.code == 1
    assert "ocupa demasiado al abrirlo" in ended.err
    assert ended.err.count("\n") == 1
