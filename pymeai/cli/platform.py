"""pymeai up, demo, doctor, migrate."""

import shutil
from typing import TYPE_CHECKING, Annotated

import typer

from pymeai.cli.output import AsJson, print_json
from pymeai.settings import Settings, get_settings

if TYPE_CHECKING:
    from rich.console import Console

    from pymeai.processes.platform import Platform

MINIMUM_FREE_BYTES = 2_000_000_000


def up(
    logs: Annotated[bool, typer.Option("--logs/--no-logs", help="Muestra el registro de los procesos.")] = True,
) -> None:
    """Enciende la plataforma hasta que se presione Ctrl-C."""
    _run_platform(get_settings(), logs=logs, with_demo=False)


def demo(
    logs: Annotated[bool, typer.Option("--logs/--no-logs", help="Muestra el registro de los procesos.")] = False,
) -> None:
    """Enciende la plataforma con dos empresas de demostración, hasta que se presione Ctrl-C."""
    _run_platform(get_settings(), logs=logs, with_demo=True)


def migrate() -> None:
    """Lleva la base de datos al esquema más reciente."""
    from pymeai.database.migrate import migrate as bring_to_head

    print(f"Esquema: {bring_to_head(get_settings())}")


def doctor(as_json: AsJson = False) -> None:
    """Revisa el servidor, el disco y los puertos, y dice qué hacer con lo que falta."""
    from pymeai.database.bootstrap import bootstrap
    from pymeai.database.checks import Check, check_server
    from pymeai.processes.programs import is_free, programs
    from pymeai.processes.supervisor import is_platform_running

    settings = get_settings()
    if settings.embedded:
        # The server is ours to make.
        bootstrap(settings)
    checks = check_server(settings)
    settings.home_path.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.home_path).free
    checks.append(
        Check("Espacio en disco", free >= MINIMUM_FREE_BYTES, f"{free / 1e9:.1f} GB libres",
              f"Libere espacio donde está {settings.home_path}: se necesitan 2 GB.")
    )  # fmt: skip
    running = is_platform_running(settings)
    for program in programs(settings):
        endpoint = program.endpoint
        if endpoint is not None and endpoint.setting is not None:
            free_port = is_free(endpoint)
            seen = "libre" if free_port else "en uso por esta PymeAI" if running else "ocupado"
            checks.append(
                Check(f"Puerto {endpoint.port} ({program.title})", free_port or running, seen,
                      f"Cierre el programa que lo usa o elija otro con {endpoint.setting}.")
            )  # fmt: skip
    if as_json:
        print_json(
            [{"name": c.name, "holds": c.holds, "seen": c.seen, "remedy": "" if c.holds else c.remedy} for c in checks]
        )
    else:
        for check in checks:
            print(f"{'OK   ' if check.holds else 'FALTA'}  {check.name}: {check.seen}")
            if not check.holds:
                print(f"       → {check.remedy}")
    if not all(check.holds for check in checks):
        raise typer.Exit(1)


def _run_platform(settings: Settings, *, logs: bool, with_demo: bool) -> None:
    import signal

    from rich.console import Console
    from rich.text import Text

    from pymeai.cli.demo_data import load_demo, print_logins
    from pymeai.processes.log import NAME_WIDTH
    from pymeai.processes.platform import running
    from pymeai.processes.programs import RUN_SERVER
    from pymeai.processes.supervisor import StopRequested

    console = Console()

    def say(message: str) -> None:
        console.print(Text(message), soft_wrap=True)

    def show(name: str, color: str, text: str) -> None:
        prefix = (f"{name:<{NAME_WIDTH}} | ", color)
        console.print(Text.assemble(prefix, Text.from_ansi(text)), soft_wrap=True, highlight=False)

    code = 0
    try:
        with running(settings, say, show if logs else None) as platform:
            if with_demo:
                # Imports that start before would each import all libraries for themselves.
                logins = load_demo(
                    settings, platform.api_url, console, lambda: platform.supervisor.await_ready(RUN_SERVER)
                )
            _print_addresses(console, platform)
            if with_demo:
                print_logins(logins, console)
            console.print("Ctrl-C para detener todo.", highlight=False)
            while True:
                signal.pause()
    except StopRequested as stop:
        code = 0 if stop.failure is None else 1
        if stop.failure is not None:
            say(f"Se detiene todo: {stop.failure}")
    console.print("PymeAI se detuvo.")
    if code:
        raise typer.Exit(code)


def _print_addresses(console: "Console", platform: "Platform") -> None:
    console.print()
    console.print(f"[bold green]PymeAI está lista[/] ({platform.seconds:.0f} s)", highlight=False)
    for title, url in (
        ("Tableros", platform.dashboard_url),
        ("API", f"{platform.api_url}/docs"),
        ("Dagster", platform.dagster_url),
    ):
        console.print(f"  {title:<9} {url}", highlight=False, soft_wrap=True)
    console.print(f"  {'Registro':<9} {platform.log_path}", highlight=False, soft_wrap=True)
