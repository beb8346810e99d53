"""The people of an organization."""

from uuid import UUID

from sqlalchemy.orm import Session

from crm_api.listing import ListRequest, Slice, fetch_slice
from crm_api.search import contains_words, folded
from crm_api.users import repository
from pymeai.database.tables.platform import User
from pymeai.errors import FieldError, Invalid, NotFound
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session
from pymeai.tenancy.tenant import Tenant

SORTABLE = {
    "email": User.email,
    "first_name": User.first_name,
    "last_name": User.last_name,
    "created_at": User.created_at,
}


def list_users(session: Session, organization_id: UUID, request: ListRequest) -> Slice[User]:
    """One page of the organization's people."""
    statement = repository.in_organization(organization_id)
    if request.q:
        statement = statement.where(*contains_words(folded([User.first_name, User.last_name, User.email]), request.q))
    return fetch_slice(session, statement, request, key=User.user_id, sortable=SORTABLE, default_sort="created_at")


def get_user(session: Session, organization_id: UUID, user_id: UUID) -> User:
    """One person. Raises NotFound, for another organization's as well."""
    user = repository.find(session, organization_id, user_id)
    if user is None:
        raise NotFound("No se encontró esa persona.")
    return user


def require_user(settings: Settings, tenant: Tenant, user_id: UUID | None, field: str) -> None:
    """Raise Invalid unless `user_id` is empty or a person of the tenant's organization."""
    if user_id is None:
        return
    with platform_session(settings) as session:
        if not repository.known(session, tenant.organization_id, [user_id]):
            raise Invalid("Revise los datos marcados.", errors=[FieldError(field, "Esa persona no existe.")])
