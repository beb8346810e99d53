"""Exit codes, the one line of an error, and a quick start."""

import subprocess
import sys
from pathlib import Path

import pytest

from pymeai.settings import Settings, get_settings
from tests.cli.conftest import Command

HEAVY = ("pandas", "dagster", "sqlalchemy", "streamlit", "dbt", "duckdb", "pyarrow", "numpy", "fastapi", "sklearn")


def test_help_lists_the_commands(pymeai: Command) -> None:
    ended = pymeai("--help")
    assert ended.code == 0
    for name in ("up", "demo", "doctor", "migrate", "tenant", "user", "import", "read", "map", "refresh", "ask"):
        assert f"  {name} " in ended.out


def test_a_help_page_has_no_english(pymeai: Command) -> None:
    page = pymeai("import", "--help").out
    assert "Uso: pymeai import [OPCIONES] {ARCHIVO}" in page
    assert "Muestra esta ayuda." in page
    assert not [word for word in ("Usage", "Options", "Arguments", "required", "default", "Show this") if word in page]


def test_nothing_heavy_is_imported_before_a_command_runs() -> None:
    script = f"import sys, pymeai.cli; print([name for name in {HEAVY} if name in sys.modules])"
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert finished.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("tenant", "create"), "pymeai: Falta NOMBRE. Vea pymeai --help.\n"),
        (("tenant", "list", "--foo"), "pymeai: No existe la opción --foo. Vea pymeai --help.\n"),
        (("import", "x.csv", "--kind", "sales"), "pymeai: Falta --tenant. Vea pymeai --help.\n"),
    ],
)
def test_a_command_that_is_not_written_as_it_should_be_ends_with_2(
    pymeai: Command, arguments: tuple[str, ...], line: str
) -> None:
    ended = pymeai(*arguments)
    assert (ended.code, ended.out, ended.err) == (2, "", line)


def test_an_unknown_command_ends_with_2_and_one_line(pymeai: Command) -> None:
    ended = pymeai("vender")
    assert ended.code == 2
    assert ended.err.startswith("pymeai: Uso incorrecto:")
    assert ended.err.count("\n") == 1


def test_what_a_command_refuses_is_one_line_and_1(pymeai: Command) -> None:
    ended = pymeai("ask", "¿Cuánto vendí?", "--tenant", "Nadie")
    assert ended.code == 1
    assert ended.out == ""
    assert ended.err == "pymeai: No existe la organización «Nadie». Vea cuáles hay con: pymeai tenant list\n"


def test_a_setting_that_cannot_be_read_is_named(pymeai: Command, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PYMEAI_API_PORT", "ochenta")
    get_settings.cache_clear()
    ended = pymeai("tenant", "list")
    assert ended.code == 1
    assert ended.err == "pymeai: PYMEAI_API_PORT no es válida: «ochenta». Corríjala y ejecute de nuevo.\n"


def test_a_database_that_is_down_is_one_line(pymeai: Command, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PYMEAI_DATABASE_URL", "postgresql://nobody:nothing@127.0.0.1:1/none")
    get_settings.cache_clear()
    ended = pymeai("migrate")
    assert ended.code == 1
    assert ended.err.startswith("pymeai: No se puede abrir la base de datos")
    assert ended.err.count("\n") == 1


def test_what_nobody_foresaw_is_one_line_and_its_traceback_is_kept(
    pymeai: Command, settings: Settings, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    environment.setenv("PYMEAI_HOME", str(home))
    get_settings.cache_clear()
    folder_in_the_way = tmp_path / "table.csv"
    folder_in_the_way.write_bytes(b"a,b\n1,2\n")
    environment.setattr("ingest.reading.sandbox.client.read_file", lambda *_, **__: 1 / 0)
    ended = pymeai("read", str(folder_in_the_way), "-o", str(tmp_path / "out.csv"))
    assert ended.code == 1
    assert ended.err.startswith("pymeai: Error inesperado (ZeroDivisionError).")
    assert "Traceback" not in ended.err
    assert "ZeroDivisionError: division by zero" in (home / "logs" / "cli.log").read_text()
