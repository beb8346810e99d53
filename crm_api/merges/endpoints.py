"""Duplicates and merges of customers."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from crm_api.dependencies import Manager, Reader, TenantSession
from crm_api.idempotency import Once
from crm_api.merges import service
from crm_api.merges.duplicates import duplicates
from crm_api.merges.schemas import (
    DismissAnswer,
    DismissRequest,
    DuplicatePage,
    MergeAnswer,
    MergeList,
    MergeRequest,
    UndoAnswer,
)
from crm_api.routing import answering, new_router
from crm_api.schemas import Nothing

router = new_router("/api/customers", tag="Duplicados", slow=True)


@router.get("/duplicates", summary="Listar los posibles duplicados")
def list_duplicates(
    _caller: Manager,
    session: TenantSession,
    limit: Annotated[int, Query(ge=1, le=100, description="Cuántos grupos por página, más o menos.")] = 20,
    cursor: Annotated[str | None, Query(max_length=2000, description="El next_cursor de la página anterior.")] = None,
) -> DuplicatePage:
    """Grupos de clientes con la misma identificación, correo o teléfono, y después los de nombres muy parecidos.

    Una página puede venir corta o vacía y tener siguiente: la búsqueda continúa ahí.
    """
    return duplicates(session, limit, cursor)


@router.post("/duplicates/dismiss", summary="Descartar duplicados", responses=answering(404))
def dismiss_duplicates(caller: Manager, session: TenantSession, once: Once, body: DismissRequest) -> DismissAnswer:
    """Esos clientes no son el mismo: no se vuelven a proponer."""
    return once.run(body, DismissAnswer, lambda: service.dismiss(session, caller, body))


@router.post("/merge", summary="Fusionar clientes", responses=answering(404))
def merge_customers(caller: Manager, session: TenantSession, once: Once, body: MergeRequest) -> MergeAnswer:
    """Contactos, oportunidades y ventas pasan al que queda, que completa sus datos con los de los otros."""
    return once.run(body, MergeAnswer, lambda: service.merge(session, caller, body))


@router.post("/merges/{merge_id}/undo", summary="Deshacer una fusión")
def undo_merge(caller: Manager, session: TenantSession, once: Once, merge_id: UUID) -> UndoAnswer:
    """Se devuelve lo que la fusión juntó; lo que alguien escribió después queda. 409 si antes hay que deshacer otra cosa."""
    return once.run(Nothing(), UndoAnswer, lambda: service.undo(session, caller, merge_id))


@router.get("/{customer_id}/merges", summary="Ver las fusiones de un cliente")
def list_merges(caller: Reader, session: TenantSession, customer_id: UUID) -> MergeList:
    """Qué otros clientes pasaron a ser este, lo más reciente primero."""
    return service.merges_of(session, caller, customer_id)
