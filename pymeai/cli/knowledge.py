"""pymeai refresh, ask: the marts and Kula, without a running platform."""

from typing import Annotated, Any

import typer

from pymeai.cli.output import AsJson, print_json, print_table
from pymeai.cli.tenants import TenantOption, find_tenant
from pymeai.errors import BadRequest
from pymeai.settings import get_settings

NUMERIC = {"money", "integer", "number", "percent"}


def refresh(
    tenant: Annotated[str | None, typer.Option("--tenant", "-t", help="Solo esta organización.")] = None,
    everyone: Annotated[bool, typer.Option("--all", help="Todas, hayan cambiado o no.")] = False,
    as_json: AsJson = False,
) -> None:
    """Actualiza los tableros de las organizaciones con cambios, de una, o de todas."""
    from orchestration.refresh import refresh as refresh_marts
    from orchestration.scope import all_organizations

    if tenant is not None and everyone:
        raise BadRequest("Elija --tenant o --all, no los dos.")
    settings = get_settings()
    chosen = None
    if everyone:
        chosen = all_organizations(settings)
    elif tenant is not None:
        chosen = [find_tenant(settings, tenant).organization_id]
    report = refresh_marts(settings, chosen)
    organizations = len(report.scope.organizations) if report.scope is not None else 0
    failed = [node.unique_id for node in report.failed_tests]
    if as_json:
        print_json({"organizations": organizations, "seconds": round(report.seconds, 2), "failed_tests": failed})
    else:
        print(f"Organizaciones actualizadas: {organizations}. Segundos: {report.seconds:.1f}.")
        if failed:
            print(f"Pruebas de datos que no pasaron: {', '.join(failed)}.")
    if failed:
        raise typer.Exit(1)


def ask(
    question: Annotated[str, typer.Argument(metavar="PREGUNTA", help="La pregunta, en español.")],
    tenant: TenantOption,
    as_json: AsJson = False,
) -> None:
    """Hace una pregunta a Kula."""
    from kula.service import ask as ask_kula

    settings = get_settings()
    reply = ask_kula(settings, find_tenant(settings, tenant), question, today=None, conversation=[])
    if as_json:
        print_json(reply.model_dump(mode="json"))
        return
    for line in filter(None, (reply.understood, *reply.assumptions, reply.text)):
        print(line)
    if reply.rows:
        formats = [column.format for column in reply.columns]
        shown = [
            [_shown(cell, name, reply.currency) for cell, name in zip(row, formats, strict=True)] for row in reply.rows
        ]
        print_table([column.label for column in reply.columns], shown, numeric=[name in NUMERIC for name in formats])
    for option in reply.options:
        print(f"  · {option.question}")


def _shown(cell: Any, name: str, currency: str | None) -> str:
    from pymeai.costa_rica.money import format_money, format_number, format_percent

    if cell is None:
        return ""
    match name:
        case "money":
            return format_money(cell, currency or "CRC")
        case "integer" | "number":
            return format_number(cell, 0 if name == "integer" else None)
        case "percent":
            return format_percent(cell)
        case _:
            return str(cell)
