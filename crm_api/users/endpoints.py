"""/api/users: the people of the organization."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from crm_api.auth.schemas import UserAnswer
from crm_api.dependencies import IfMatch, Listing, Person, PlatformSession, Reader, UserManager
from crm_api.routing import new_router
from crm_api.schemas import Page
from crm_api.users import service
from crm_api.users.schemas import RoleChange, UserChange, UserFilters

router = new_router("/api/users", tag="Usuarios")


@router.get("", summary="Listar las personas")
def list_users(
    caller: Reader, session: PlatformSession, listing: Listing, filters: Annotated[UserFilters, Query()]
) -> Page[UserAnswer]:
    """Las personas de su organización, también las desactivadas (`is_active`)."""
    found = service.list_users(session, caller.tenant.organization_id, listing, filters)
    items = [UserAnswer.model_validate(user) for user in found.rows]
    return Page(items=items, total=found.total, next_cursor=found.next_cursor)


@router.get("/{user_id}", summary="Ver una persona")
def get_user(caller: Reader, session: PlatformSession, user_id: UUID, response: Response) -> UserAnswer:
    """Una persona de su organización."""
    user = service.get_user(session, caller.tenant.organization_id, user_id)
    response.headers["ETag"] = service.etag(user)
    return UserAnswer.model_validate(user)


@router.put("/{user_id}", summary="Cambiar el nombre de una persona")
def change_user(
    caller: Person,
    session: PlatformSession,
    user_id: UUID,
    body: UserChange,
    response: Response,
    if_match: IfMatch = None,
) -> UserAnswer:
    """El suyo; el de otra persona, si usted administra la organización. Cambia lo que se envía."""
    user = service.change_user(session, caller, user_id, body, if_match)
    response.headers["ETag"] = service.etag(user)
    return UserAnswer.model_validate(user)


@router.delete("/{user_id}", status_code=204, summary="Desactivar a una persona")
def deactivate_user(caller: UserManager, session: PlatformSession, user_id: UUID, if_match: IfMatch = None) -> None:
    """Ya no puede ingresar: sus sesiones, sus llaves de API y las invitaciones que envió terminan.

    Lo que hizo queda a su nombre.

    Para que vuelva, invítela de nuevo. El último dueño no se puede desactivar.
    """
    service.deactivate(session, caller, user_id, if_match)


@router.delete("/{user_id}/sessions", status_code=204, summary="Cerrar las sesiones de una persona")
def end_user_sessions(caller: UserManager, session: PlatformSession, user_id: UUID) -> None:
    """Por si perdió el teléfono: todos sus dispositivos deben ingresar de nuevo."""
    service.end_sessions(session, caller, user_id)


@router.put("/{user_id}/role", summary="Cambiar el rol de una persona")
def change_role(
    caller: UserManager,
    session: PlatformSession,
    user_id: UUID,
    body: RoleChange,
    response: Response,
    if_match: IfMatch = None,
) -> UserAnswer:
    """Vale desde la siguiente solicitud. Solo un dueño nombra o cambia a otro dueño, y siempre queda al menos uno.

    Las invitaciones que esa persona envió para un rol mayor que el nuevo se retiran.
    """
    user = service.change_role(session, caller, user_id, body.role, if_match)
    response.headers["ETag"] = service.etag(user)
    return UserAnswer.model_validate(user)
