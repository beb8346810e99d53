"""The commands put together; what they raise becomes one Spanish line on standard error and an exit code.

0: done. 1: it failed, for the reason that was printed. 2: the command was not written as it should be.
"""

import sys
import traceback
from pathlib import Path

import typer
from typer.main import get_command

from pymeai.cli import knowledge, platform, spreadsheets, tenants
from pymeai.cli.spanish_help import SpanishCommand, SpanishGroup
from pymeai.errors import PymeError

FAILED = 1

commands = typer.Typer(
    name="pymeai",
    cls=SpanishGroup,
    help="PymeAI: ventas y clientes de pequeñas empresas, de la hoja de cálculo al tablero.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
commands.command("up", cls=SpanishCommand)(platform.up)
commands.command("demo", cls=SpanishCommand)(platform.demo)
commands.command("doctor", cls=SpanishCommand)(platform.doctor)
commands.command("migrate", cls=SpanishCommand)(platform.migrate)
commands.add_typer(tenants.tenant_commands, name="tenant")
commands.add_typer(tenants.user_commands, name="user")
commands.command("import", cls=SpanishCommand)(spreadsheets.import_file)
commands.command("read", cls=SpanishCommand)(spreadsheets.read)
commands.command("map", cls=SpanishCommand)(spreadsheets.map_columns)
commands.command("refresh", cls=SpanishCommand)(knowledge.refresh)
commands.command("ask", cls=SpanishCommand)(knowledge.ask)


def app() -> None:
    """Run the command line of this process, and exit with its code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:  # noqa: PLR0911 - one return a kind of end
    """Run one command and return its exit code."""
    try:
        result = get_command(commands).main(arguments, prog_name="pymeai", standalone_mode=False)
    except PymeError as error:
        return _fail(error.message)
    except typer.Exit as ended:
        return ended.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return _fail("Cancelado.")
    except typer.TyperException as error:
        print(_usage(error), file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # Whoever read our output has had enough (`pymeai read … | head`).
        sys.stderr.close()
        return 0
    except Exception as error:  # noqa: BLE001 - the edge: nobody shall meet a traceback
        if type(error).__name__ == "ValidationError" and (wrong := _wrong_setting(error)):
            return _fail(wrong)
        return _fail(f"Error inesperado ({type(error).__name__}). El detalle quedó en {_keep_traceback()}.")
    return result if isinstance(result, int) else 0


def _fail(message: str) -> int:
    print(f"pymeai: {' '.join(message.split())}", file=sys.stderr)
    return FAILED


def _usage(error: typer.TyperException) -> str:
    help_hint = "Vea pymeai --help."
    match type(error).__name__:
        case "MissingParameter":
            parameter = getattr(error, "param", None)
            name = (parameter.metavar or parameter.opts[0]) if parameter is not None else "un dato"
            return f"pymeai: Falta {name}. {help_hint}"
        case "NoSuchOption":
            return f"pymeai: No existe la opción {getattr(error, 'option_name', '')}. {help_hint}"
        case "NoArgsIsHelpError":
            # The help page itself.
            return error.format_message()
        case _:
            return f"pymeai: Uso incorrecto: {' '.join(error.format_message().split())} {help_hint}"


def _wrong_setting(error: Exception) -> str | None:
    from pydantic import ValidationError

    if not isinstance(error, ValidationError) or error.title != "Settings":
        return None
    fault = error.errors(include_url=False)[0]
    name = f"PYMEAI_{str(fault['loc'][0]).upper()}" if fault["loc"] else "Una variable PYMEAI_*"
    return f"{name} no es válida: «{fault['input']}». Corríjala y ejecute de nuevo."


def _keep_traceback() -> Path:
    from pymeai.settings import get_settings

    path = get_settings().home_path / "logs" / "cli.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        traceback.print_exc(file=file)
    return path
