"""The people of an organization."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from crm_api.access import RANKS, Permission
from crm_api.api_keys.repository import revoke_all_of
from crm_api.auth import audit
from crm_api.auth.repository import revoke_all, use_up_resets
from crm_api.dependencies import Caller
from crm_api.etags import etag_of, require_match
from crm_api.filtering import conditions
from crm_api.invitations import repository as invitations
from crm_api.listing import ListRequest, Slice, fetch_slice
from crm_api.search import contains_words, folded
from crm_api.users import repository
from crm_api.users.schemas import UserChange, UserFilters
from pymeai.clock import utc_now
from pymeai.database.tables.platform import User
from pymeai.errors import Conflict, Forbidden, NotFound, invalid_field
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session
from pymeai.tenancy.tenant import Tenant

NOT_FOUND = "No se encontró esa persona."
SORTABLE = {
    "email": User.email,
    "first_name": User.first_name,
    "last_name": User.last_name,
    "role": User.role,
    "is_active": User.is_active,
    "last_login": User.last_login,
    "created_at": User.created_at,
}
COLUMNS = {"role": User.role, "is_active": User.is_active}


def list_users(session: Session, organization_id: UUID, request: ListRequest, filters: UserFilters) -> Slice[User]:
    """One page of the organization's people."""
    statement = repository.in_organization(organization_id).where(*conditions(filters, COLUMNS))
    if request.q:
        statement = statement.where(*contains_words(folded([User.first_name, User.last_name, User.email]), request.q))
    return fetch_slice(session, statement, request, key=User.user_id, sortable=SORTABLE, default_sort="created_at")


def get_user(session: Session, organization_id: UUID, user_id: UUID) -> User:
    """One person. Raises NotFound, for another organization's as well."""
    user = repository.find(session, organization_id, user_id)
    if user is None:
        raise NotFound(NOT_FOUND)
    return user


def change_user(session: Session, caller: Caller, user_id: UUID, request: UserChange, if_match: str | None) -> User:
    """Change somebody's name: one's own, or as an administrator another's. Raises NotFound, Forbidden, PreconditionFailed."""
    user = _held(session, caller, user_id)
    if user.user_id != caller.user_id:
        _require_may_touch(caller, user)
    require_match(if_match, etag(user))
    before = {"first_name": user.first_name, "last_name": user.last_name}
    for name, value in request.model_dump(exclude_none=True).items():
        setattr(user, name, value)
    _record_changes(session, caller, "updated", user, before)
    session.refresh(user)
    return user


def change_role(session: Session, caller: Caller, user_id: UUID, role: str, if_match: str | None) -> User:
    """Give somebody another role. Raises NotFound, Forbidden, Conflict for the last owner, PreconditionFailed."""
    owners = repository.lock_owners(session, caller.tenant.organization_id)
    user = _held(session, caller, user_id)
    _require_may_touch(caller, user)
    require_may_grant(caller, role)
    require_match(if_match, etag(user))
    if role != "owner":
        _require_another_owner(owners, user)
    before = {"role": user.role}
    user.role = role
    # Who may no longer give a role has not given it: their own second address would bring them back with it.
    _withdraw_invitations(session, caller, user, {name for name, rank in RANKS.items() if rank > RANKS[role]})
    _record_changes(session, caller, "role_changed", user, before)
    session.refresh(user)
    return user


def deactivate(session: Session, caller: Caller, user_id: UUID, if_match: str | None) -> None:
    """Take somebody's access: their sign-ins, API keys and open invitations end, what they did stays theirs.

    Raises NotFound, Forbidden, Conflict for oneself and for the last owner, PreconditionFailed.
    """
    owners = repository.lock_owners(session, caller.tenant.organization_id)
    user = _held(session, caller, user_id)
    if not user.is_active:
        raise NotFound(NOT_FOUND)
    _require_may_touch(caller, user)
    require_match(if_match, etag(user))
    _require_another_owner(owners, user)
    if user.user_id == caller.user_id:
        raise Conflict("Nadie se desactiva a sí mismo: pídalo a otra persona que administre.", code="own_account")
    now = utc_now()
    user.is_active = False
    revoke_all(session, user_id, now)
    use_up_resets(session, user_id, now)
    revoke_all_of(session, user_id, now)
    _withdraw_invitations(session, caller, user, set(RANKS))
    _record_changes(session, caller, "deactivated", user, {"is_active": True})


def end_sessions(session: Session, caller: Caller, user_id: UUID) -> None:
    """End all of somebody's sign-ins; they may sign in again. Raises NotFound, Forbidden."""
    user = _held(session, caller, user_id)
    _require_may_touch(caller, user)
    for session_id in revoke_all(session, user_id, utc_now()):
        audit.record(session, caller.tenant, caller.actor, "revoked", "session", session_id)


def require_may_grant(caller: Caller, role: str) -> None:
    """Raise Forbidden for a role above the caller's own: nobody makes somebody mightier than themselves."""
    if RANKS[role] > RANKS[caller.role]:
        raise Forbidden("Solo un dueño puede nombrar a otro dueño.", code="role_above_own")


def etag(user: User) -> str:
    """The tag of this version of a person."""
    return etag_of(user.user_id, user.updated_at)


def _held(session: Session, caller: Caller, user_id: UUID) -> User:
    user = repository.find(session, caller.tenant.organization_id, user_id, lock=True)
    if user is None:
        raise NotFound(NOT_FOUND)
    return user


def _require_may_touch(caller: Caller, user: User) -> None:
    if not caller.may(Permission.MANAGE_USERS):
        raise Forbidden("Su rol no le permite cambiar a otras personas. Pídalo a quien administra la organización.")
    if RANKS[user.role] > RANKS[caller.role]:
        raise Forbidden("Solo un dueño puede cambiar a otro dueño.", code="role_above_own")


def _require_another_owner(owners: set[UUID], user: User) -> None:
    if user.is_active and user.role == "owner" and owners == {user.user_id}:
        message = "Es el último dueño: nombre primero a otro."
        raise Conflict(message, code="last_owner")


def _withdraw_invitations(session: Session, caller: Caller, user: User, roles: set[str]) -> None:
    """End the open invitations that somebody sent for these roles."""
    ended = invitations.withdraw_of(session, caller.tenant.organization_id, user.user_id, roles, utc_now())
    for invitation in ended:
        before = {"email": invitation.email, "role": invitation.role}
        key = invitation.invitation_id
        audit.record(session, caller.tenant, caller.actor, "revoked", "invitation", key, before=before)


def _record_changes(session: Session, caller: Caller, action: str, user: User, before: dict[str, Any]) -> None:
    after = {name: getattr(user, name) for name in before}
    if after != before:
        audit.record(session, caller.tenant, caller.actor, action, "user", user.user_id, before=before, after=after)


def require_user(settings: Settings, tenant: Tenant, user_id: UUID | None, field: str) -> None:
    """Raise Invalid unless `user_id` is empty or an active person of the tenant's organization."""
    if user_id is None:
        return
    with platform_session(settings) as session:
        user = repository.find(session, tenant.organization_id, user_id)
        if user is None:
            raise invalid_field(field, "Esa persona no existe.")
        if not user.is_active:
            raise invalid_field(field, "Esa persona está desactivada: escoja a otra.")
