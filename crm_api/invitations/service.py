"""Invitations: a mail with a token, with which somebody becomes a colleague."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from crm_api.access import RANKS
from crm_api.auth import audit, limits
from crm_api.auth import repository as people
from crm_api.auth.passwords import hash_password
from crm_api.auth.recovery import require_own
from crm_api.auth.retries import made_before, remember
from crm_api.auth.schemas import AcceptInvitationRequest, LoginAnswer
from crm_api.auth.service import Device, open_session, sign_in
from crm_api.auth.tokens import hash_token, make_mailed_token
from crm_api.dependencies import Caller
from crm_api.invitations import repository
from crm_api.invitations.schemas import InviteRequest
from crm_api.listing import ListRequest, Slice, fetch_slice
from crm_api.search import contains_words, folded
from crm_api.throttling import Attempt, enter, from_address
from crm_api.users.service import require_may_grant
from pymeai.clock import utc_now
from pymeai.database.tables.platform import Invitation, User
from pymeai.errors import BadRequest, Conflict, FieldError, Forbidden, NotFound
from pymeai.mail.messages import invitation as invitation_mail
from pymeai.mail.sending import Mail
from pymeai.settings import Settings
from pymeai.tenancy.sessions import Actor, platform_session, platform_within
from pymeai.tenancy.tenant import Tenant

LIFE = timedelta(days=7)
SORTABLE = {"created_at": Invitation.created_at, "email": Invitation.email, "expires_at": Invitation.expires_at}
TOKEN_INVALID = "Esa invitación no sirve: venció, se retiró o ya se usó. Pida otra a quien le invitó."  # noqa: S105


@dataclass(frozen=True)
class Invited:
    """An invitation, and the mail that carries its token."""

    invitation: Invitation
    mail: Mail


def invite(session: Session, settings: Settings, caller: Caller, request: InviteRequest) -> Invited:
    """Invite somebody; an older invitation of theirs stops working. `session` is the tenant's.

    That an e-mail is in use in another organization is not told: whoever can read it learns it when they accept.
    Raises Conflict for a colleague, Forbidden for a role above the caller's, TooManyRequests.
    """
    require_may_grant(caller, request.role)
    organization_id = caller.tenant.organization_id
    enter(
        settings,
        [
            Attempt(limits.INVITE_ORGANIZATION, str(organization_id)),
            Attempt(limits.INVITE_EMAIL, f"{organization_id}\n{request.email}"),
        ],
    )
    token = make_mailed_token()
    with platform_within(session, caller.tenant, caller.actor):
        if repository.active_colleague(session, organization_id, request.email):
            message = "Esa persona ya está en su organización."
            raise Conflict(message, code="already_a_colleague", errors=[FieldError("email", message)])
        for older in repository.hold_open_to(session, organization_id, request.email):
            _require_may_end(caller, older)
            older.revoked_at = utc_now()
        found = repository.add(
            session,
            Invitation(
                organization_id=organization_id,
                email=request.email,
                role=request.role,
                token_hash=hash_token(token),
                invited_by=caller.user_id,
                expires_at=utc_now() + LIFE,
            ),
        )
        organization = people.get_organization(session, organization_id)
        after = {"email": found.email, "role": found.role}
        audit.record(session, caller.tenant, caller.actor, "invited", "invitation", found.invitation_id, after=after)
    mail = invitation_mail(settings, found.email, organization.name, found.role, token, request.first_name)
    return Invited(found, mail)


def list_invitations(session: Session, organization_id: UUID, request: ListRequest) -> Slice[Invitation]:
    """One page of the organization's open invitations."""
    statement = repository.open_in(organization_id)
    if request.q:
        statement = statement.where(*contains_words(folded([Invitation.email]), request.q))
    key = Invitation.invitation_id
    return fetch_slice(session, statement, request, key=key, sortable=SORTABLE, default_sort="-created_at")


def withdraw(session: Session, caller: Caller, invitation_id: UUID) -> None:
    """End an invitation. Raises NotFound, for another organization's as well; Forbidden for a role above the caller's."""
    found = repository.find(session, caller.tenant.organization_id, invitation_id)
    if found is None:
        raise NotFound("No se encontró esa invitación.")
    _require_may_end(caller, found)
    found.revoked_at = utc_now()
    before = {"email": found.email, "role": found.role}
    audit.record(session, caller.tenant, caller.actor, "revoked", "invitation", invitation_id, before=before)


def accept(settings: Settings, request: AcceptInvitationRequest, device: Device, key: str | None = None) -> LoginAnswer:
    """Become a colleague and sign in; somebody who had left comes back.

    Raises BadRequest for a token that does not work, Conflict where the e-mail is in use, Invalid for a password that is
    public of its owner.
    """
    enter(settings, from_address(limits.TOKEN_ADDRESS, device.ip))
    with platform_session(settings) as session:
        invitation = _take(session, hash_token(request.token))
        if invitation is not None:
            made = _join(session, settings, invitation, request, device)
            remember(session, settings, key, request, made)
            return made
        email = repository.email_of_accepted(session, hash_token(request.token))
        user = people.find_user_by_email(session, email) if email else None
        again = user is not None and made_before(session, settings, key, request, user.user_id)
    if user is not None and again:
        answer = sign_in(settings, user.email, request.password, device)
        if isinstance(answer, LoginAnswer):
            return answer
    raise BadRequest(TOKEN_INVALID, code="invitation_invalid")


def _require_may_end(caller: Caller, invitation: Invitation) -> None:
    if RANKS[invitation.role] > RANKS[caller.role]:
        message = "Hay una invitación para un dueño: solo un dueño puede retirarla o cambiarla."
        raise Forbidden(message, code="role_above_own")


def _take(session: Session, token_hash: str) -> Invitation | None:
    """Use up a live invitation. Raises BadRequest where who sent it left, or could no longer give its role."""
    inviter = repository.hold_inviter(session, token_hash)
    invitation = repository.take(session, token_hash)
    if invitation is None:
        return None
    if inviter is None or not inviter.is_active or RANKS[inviter.role] < RANKS[invitation.role]:
        raise BadRequest(TOKEN_INVALID, code="invitation_invalid")
    return invitation


def _join(
    session: Session, settings: Settings, invitation: Invitation, request: AcceptInvitationRequest, device: Device
) -> LoginAnswer:
    user = _colleague(session, invitation)
    require_own(request.password, user, "password")
    user.first_name, user.last_name = request.first_name, request.last_name
    user.password_hash = hash_password(request.password)
    session.flush()
    actor = Actor(user.user_id, device.request_id)
    after = {"email": user.email, "role": user.role, "user_id": str(user.user_id)}
    tenant = Tenant(invitation.organization_id)
    audit.record(session, tenant, actor, "accepted", "invitation", invitation.invitation_id, after=after)
    return open_session(session, settings, user, device)


def _colleague(session: Session, invitation: Invitation) -> User:
    user = people.find_user_by_email(session, invitation.email)
    if user is None:
        user = User(organization_id=invitation.organization_id, email=invitation.email, role=invitation.role)
        session.add(user)
    elif user.organization_id != invitation.organization_id or user.is_active:
        raise Conflict(
            "Ya existe una cuenta con ese correo. Ingrese con ella o pida otra invitación.", code="email_in_use"
        )
    user.role, user.is_active = invitation.role, True
    return user
