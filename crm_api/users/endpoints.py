"""/api/users: the people of the organization."""

from uuid import UUID

from fastapi import APIRouter

from crm_api.auth.schemas import UserAnswer
from crm_api.dependencies import Listing, PlatformSession, Reader
from crm_api.schemas import Page
from crm_api.users import service

router = APIRouter(prefix="/api/users", tags=["Usuarios"])


@router.get("", summary="Listar las personas")
def list_users(caller: Reader, session: PlatformSession, listing: Listing) -> Page[UserAnswer]:
    """Las personas de su organización."""
    found = service.list_users(session, caller.tenant.organization_id, listing)
    items = [UserAnswer.model_validate(user) for user in found.rows]
    return Page(items=items, total=found.total, next_cursor=found.next_cursor)


@router.get("/{user_id}", summary="Ver una persona")
def get_user(caller: Reader, session: PlatformSession, user_id: UUID) -> UserAnswer:
    """Una persona de su organización."""
    return UserAnswer.model_validate(service.get_user(session, caller.tenant.organization_id, user_id))
