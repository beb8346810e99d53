"""/api/imports."""

from urllib.parse import quote
from uuid import UUID

from fastapi import Response

from crm_api.dependencies import Importer, Listing, Reader, SettingsOf, TenantSession
from crm_api.idempotency import Once
from crm_api.imports import service
from crm_api.imports.schemas import (
    CommitAnswer,
    DryRunAnswer,
    ImportAnswer,
    ImportCreated,
    MappingChange,
    SheetChoice,
    TargetList,
    UndoneAnswer,
)
from crm_api.imports.upload import OPENAPI_BODY, Uploaded
from crm_api.routing import answering, new_router
from crm_api.schemas import Nothing, Page
from ingest.model import Kind

router = new_router("/api/imports", tag="Importaciones", slow=True)

# Reading a file, or another sheet of it, may end in what its upload ends in.
UNREADABLE = (400, 413, 415)


@router.post("", status_code=201, summary="Subir un archivo", openapi_extra=OPENAPI_BODY, responses=answering(409))
def create_import(caller: Importer, settings: SettingsOf, upload: Uploaded, once: Once) -> ImportCreated:
    """Guarda el archivo, lo lee y propone a dónde va cada columna. Nada entra al CRM todavía."""
    return once.run_apart(
        upload.content() if once.key is not None else Nothing(),
        ImportCreated,
        lambda: service.create_import(settings, caller, upload),
    )


@router.get("", summary="Listar las importaciones")
def list_imports(caller: Reader, session: TenantSession, listing: Listing) -> Page[ImportAnswer]:
    """Las más recientes primero. Las muestras de cada columna las ve quien puede importar."""
    found = service.list_imports(session, listing)
    items = [service.answer(caller, item) for item in found.rows]
    return Page(items=items, total=found.total, next_cursor=found.next_cursor)


@router.get("/targets", summary="Ver a dónde pueden ir las columnas")
def targets(_caller: Reader, session: TenantSession, kind: Kind) -> TargetList:
    """Los destinos para un tipo de importación, con sus campos propios."""
    items = service.targets(session, kind)
    return TargetList(items=items, total=len(items))


@router.get("/{import_id}", summary="Ver una importación")
def get_import(caller: Reader, session: TenantSession, import_id: UUID) -> ImportAnswer:
    """Su estado, su avance, su mapeo y sus cuentas. Las muestras de cada columna las ve quien puede importar."""
    return service.answer(caller, service.get_import(session, import_id))


@router.put("/{import_id}/mapping", summary="Decir a dónde va cada columna", responses=answering(409))
def set_mapping(caller: Importer, settings: SettingsOf, import_id: UUID, body: MappingChange) -> ImportAnswer:
    """Lo que usted acordó, con las opciones de lectura que haga falta."""
    return service.set_mapping(settings, caller, import_id, body)


@router.put("/{import_id}/sheet", summary="Escoger la hoja del libro", responses=answering(*UNREADABLE, 409))
def choose_sheet(caller: Importer, settings: SettingsOf, import_id: UUID, body: SheetChoice) -> ImportAnswer:
    """Lee otra hoja del mismo archivo y propone de nuevo a dónde va cada columna."""
    return service.choose_sheet(settings, caller, import_id, body.sheet)


@router.post("/{import_id}/dry-run", summary="Probar sin guardar", responses=answering(*UNREADABLE, 409))
def dry_run(caller: Importer, settings: SettingsOf, once: Once, import_id: UUID) -> DryRunAnswer:
    """Lo que pasaría al importar: cuántos nuevos, cambiados y rechazados, y todos los problemas de una vez."""
    return once.run_apart(Nothing(), DryRunAnswer, lambda: service.dry_run(settings, caller, import_id))


@router.post("/{import_id}/commit", status_code=202, summary="Importar", responses=answering(409))
def commit(caller: Importer, settings: SettingsOf, once: Once, import_id: UUID) -> CommitAnswer:
    """Pone la importación en cola. Un 503 `dagster_unavailable` avisa que empezará sola cuando vuelva quien la procesa."""
    return once.run_apart(Nothing(), CommitAnswer, lambda: service.commit(settings, caller, import_id))


@router.post("/{import_id}/undo", summary="Deshacer una importación")
def undo(caller: Importer, session: TenantSession, once: Once, import_id: UUID) -> UndoneAnswer:
    """Devuelve lo que cambió a como estaba y quita lo que creó; lo que se cambió después se conserva y se enumera.

    El mismo archivo se puede importar otra vez. Un 409 dice por qué no se puede deshacer.
    """
    return once.run(Nothing(), UndoneAnswer, lambda: service.undo(session, caller, import_id))


@router.get("/{import_id}/rejected", summary="Descargar las filas rechazadas", response_class=Response)
def rejected(caller: Importer, settings: SettingsOf, session: TenantSession, import_id: UUID) -> Response:
    """Un CSV con las columnas originales y el motivo de cada rechazo, listo para corregir e importar de nuevo."""
    name = f"rechazadas-{service.get_import(session, import_id).file_name.rsplit('.', 1)[0]}.csv"
    return Response(
        service.rejected_file(settings, caller, import_id),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"},
    )
