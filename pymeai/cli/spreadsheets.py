"""pymeai read, map, import: spreadsheets, without a running platform."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pymeai.cli.output import AsJson, print_json, print_table
from pymeai.cli.tenants import TenantOption, find_tenant
from pymeai.errors import BadRequest, NotFound
from pymeai.settings import get_settings

if TYPE_CHECKING:
    from ingest.model import Kind

ENTITIES = {
    "customers": "Clientes",
    "sales": "Ventas",
    "sale_lines": "Líneas de venta",
    "opportunities": "Oportunidades",
    "interactions": "Interacciones",
}
FileArgument = Annotated[
    Path,
    typer.Argument(
        metavar="ARCHIVO", help="CSV, TSV, XLSX, XLSM, XLS, XLSB u ODS; o facturas electrónicas: XML o ZIP."
    ),
]
KindOption = Annotated[
    str, typer.Option("--kind", "-k", help="Qué trae: customers, sales, opportunities o interactions.")
]
SheetOption = Annotated[str | None, typer.Option("--sheet", help="La hoja del libro; si no, la primera con datos.")]


def read(
    file: FileArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="El CSV que se escribe: UTF-8, con comas.")],
    sheet: SheetOption = None,
) -> None:
    """Escribe la tabla tal como la lee el importador: encabezado y filas, con el texto original."""
    from ingest.reading.export import write_csv
    from ingest.reading.sandbox.client import read_file

    table = read_file(_existing(file), sheet=sheet)
    try:
        write_csv(table, output)
    except OSError as error:
        raise BadRequest(f"No se puede escribir {output}: {error.strerror}.") from error


def map_columns(file: FileArgument, kind: KindOption, sheet: SheetOption = None, as_json: AsJson = False) -> None:
    """Propone a dónde va cada columna, con su confianza y cinco ejemplos."""
    from ingest.mapping.proposal import propose_mapping
    from ingest.reading.sandbox.client import read_file

    chosen = _kind(kind)
    mapping = propose_mapping(read_file(_existing(file), sheet=sheet), chosen)
    if as_json:
        print_json(
            {
                "columns": [
                    {"source": c.source, "target": c.target, "confidence": c.confidence, "samples": c.samples}
                    for c in mapping.columns
                ]
            }
        )
        return
    print_table(
        ("Columna", "Destino", "Confianza", "Ejemplos"),
        [
            (c.source, c.target or "(sin decidir)", f"{c.confidence:.0%}", ", ".join(c.samples[:3]))
            for c in mapping.columns
        ],
    )


def import_file(
    file: FileArgument,
    tenant: TenantOption,
    kind: KindOption,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Solo dice qué pasaría.")] = False,
    repeat: Annotated[bool, typer.Option("--repeat", help="Carga el mismo contenido otra vez.")] = False,
    refresh: Annotated[bool, typer.Option(help="Actualiza los tableros al terminar.")] = True,
    as_json: AsJson = False,
) -> None:
    """Carga una hoja de cálculo con la correspondencia de columnas que se propone."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from ingest import imports
    from orchestration.refresh import refresh as refresh_marts

    settings = get_settings()
    organization = find_tenant(settings, tenant)
    chosen, path = _kind(kind), _existing(file)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Leyendo", total=1.0)

        def show(step: str, done: float) -> None:
            progress.update(task, description=step, completed=done)

        with path.open("rb") as stream:
            import_id = imports.create_import(
                settings, organization, kind=chosen, file_name=path.name, stream=stream, user_id=None
            )
        proposal = imports.propose(settings, organization, import_id)
        imports.set_mapping(settings, organization, import_id, proposal.columns, {"repeat": repeat})
        if dry_run:
            report = imports.dry_run(settings, organization, import_id)
            counts, problems = report.counts, len(report.rejected)
        else:
            prepared = imports.prepare(settings, organization, import_id, show)
            counts = imports.commit(settings, organization, prepared, show)
            problems = counts.rejected
            if refresh:
                progress.update(task, description="Actualizando los tableros", total=None)
                refresh_marts(settings, [organization.organization_id], tests=False)
    if as_json:
        print_json({"import_id": import_id, "dry_run": dry_run, **asdict(counts)})
        return
    print_table(
        ("", "Nuevos", "Actualizados", "Sin cambios"),
        [
            (
                ENTITIES.get(entity, entity),
                counts.inserted.get(entity, 0),
                counts.updated.get(entity, 0),
                counts.unchanged.get(entity, 0),
            )
            for entity in sorted({*counts.inserted, *counts.updated, *counts.unchanged})
        ],
    )
    print(f"Filas: {counts.rows}. Rechazadas: {problems}. Avisos: {counts.warnings}.")


def _existing(file: Path) -> Path:
    if not file.exists():
        raise NotFound(f"No existe el archivo {file}.")
    if not file.is_file():
        raise BadRequest(f"{file} no es un archivo.")
    return file


def _kind(kind: str) -> "Kind":
    from ingest.model import KINDS

    for known in KINDS:
        if kind == known:
            return known
    raise BadRequest(f"No se puede importar «{kind}»: elija {', '.join(KINDS)}.")
