"""Registration, sign-in, and the life of a refresh-token family."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from crm_api.auth import audit, limits, repository
from crm_api.auth.passwords import hash_password, needs_new_hash, verify_password
from crm_api.auth.retries import made_before, request_key
from crm_api.auth.schemas import LoginAnswer, OrganizationSummary, RegisterRequest, Tokens, UserAnswer
from crm_api.auth.tokens import (
    ACCESS_LIFE,
    IDLE_LIFE,
    REFRESH_LIFE,
    AccessClaims,
    hash_token,
    make_access_token,
    make_refresh_token,
    session_of_refresh_token,
)
from crm_api.idempotency import key_reused
from crm_api.throttling import enter, forgive, from_address, give_back
from pymeai.clock import utc_now
from pymeai.database.tables.platform import User, UserSession
from pymeai.errors import Conflict, NotFound, Unauthorized, Unavailable, invalid_field
from pymeai.settings import Settings
from pymeai.templates.catalogue import Template, load_template
from pymeai.tenancy.onboarding import apply_template
from pymeai.tenancy.provisioning import NewUser, drop_tenant, provision
from pymeai.tenancy.sessions import Actor, platform_session, tenant_connection
from pymeai.tenancy.tenant import Tenant

WRONG_PAIR = "El correo o la contraseña no son correctos."


@dataclass(frozen=True)
class Device:
    """From where somebody signs in, and in which request."""

    name: str | None
    ip: str | None
    request_id: str | None = None


@dataclass(frozen=True)
class Refusal:
    """A sign-in that failed. `blocked` names the account when this was the last try for now, and there is one."""

    error: Unauthorized
    blocked: UUID | None = None


def register(settings: Settings, request: RegisterRequest, device: Device, key: str | None = None) -> LoginAnswer:
    """Create an organization with its owner and what its industry starts with, all of it or nothing, and sign in.

    Provisioning is a transaction of pymeai_owner's own, so this takes no session. Raises Conflict where the e-mail is in
    use (and not by another try with this key) or the key came with another body, Invalid where there is no such industry,
    TooManyRequests.
    """
    template = _template(request.industry_type)
    enter(settings, from_address(limits.REGISTER_ADDRESS, device.ip))
    made = _made_by_another_try(settings, request, device, key)
    if made is not None:
        return made
    try:
        tenant = provision(
            settings,
            name=request.organization_name,
            industry_type=template.name,
            # Thresholds are the template's until somebody chooses others.
            org_settings={"currency": request.currency},
            owner=NewUser(request.email, hash_password(request.password), request.first_name, request.last_name),
            request=request_key(settings, key, request),
        )
    except Conflict:
        # Somebody had the e-mail first, since we looked: another try with this key, as likely as not.
        made = _made_by_another_try(settings, request, device, key)
        if made is None:
            raise
        return made
    _start_with(settings, tenant, template)
    with platform_session(settings) as session:
        owner = repository.find_user_by_email(session, request.email)
        assert owner is not None
        return open_session(session, settings, owner, device)


def sign_in(settings: Settings, email: str, password: str, device: Device) -> LoginAnswer | Refusal:
    """Check the pair and open a sign-in; or a Refusal, equal in text and time whatever was wrong.

    Takes no session: a connection that waits with us for the password's hash would be one less for everybody else.
    Raises TooManyRequests, without looking at the password, after too many failures.
    """
    attempts = limits.login(email, device.ip)
    last = enter(settings, attempts)
    with platform_session(settings) as session:
        found = repository.find_credentials(session, email)
    try:
        right = verify_password(password, found.password_hash if found else None)
    except Unavailable:
        give_back(settings, attempts)
        raise
    if not right or found is None or not found.is_active or found.password_hash is None:
        return Refusal(Unauthorized(WRONG_PAIR, code="wrong_credentials"), found.user_id if last and found else None)
    renewed = hash_password(password) if needs_new_hash(found.password_hash) else found.password_hash
    with platform_session(settings) as session:
        user = repository.get_user(session, found.user_id, lock=True)
        if not user.is_active or user.password_hash != found.password_hash:
            # Changed while the hash was computed: what was right then is not right now.
            return Refusal(Unauthorized(WRONG_PAIR, code="wrong_credentials"))
        user.password_hash = renewed
        forgive(session, settings, attempts)
        return open_session(session, settings, user, device)


def note_lock_out(settings: Settings, user_id: UUID, device: Device) -> None:
    """Tell the account's organization that somebody tried too often. Called once the answer is out: it takes no time of it."""
    with platform_session(settings) as session:
        user = repository.get_user(session, user_id)
        actor = Actor(request_id=device.request_id)
        audit.record(session, Tenant(user.organization_id), actor, "login_blocked", "user", user_id)


def rotate(session: Session, settings: Settings, token: str) -> Tokens | None:
    """New tokens for a refresh token, which works once.

    A token that was used before was stolen from somebody: its whole family is revoked. None then, and for any other
    token that does not work; None rather than an error, so that the revocation is committed.
    """
    session_id = session_of_refresh_token(settings, token)
    sign_in = repository.lock_session(session, session_id) if session_id else None
    now = utc_now()
    if sign_in is None or sign_in.revoked_at is not None or sign_in.expires_at <= now:
        return None
    if sign_in.last_seen + IDLE_LIFE <= now:
        return None
    user = repository.get_user(session, sign_in.user_id)
    if sign_in.refresh_hash != hash_token(token):
        sign_in.revoked_at = now
        tenant = Tenant(user.organization_id)
        audit.record(session, tenant, Actor(user.user_id), "refresh_token_reused", "session", sign_in.session_id)
        return None
    if not user.is_active:
        return None
    renewed = make_refresh_token(settings, sign_in.session_id)
    sign_in.previous_hash, sign_in.refresh_hash, sign_in.last_seen = sign_in.refresh_hash, hash_token(renewed), now
    return _tokens(settings, sign_in, renewed)


def sessions_of(session: Session, user_id: UUID) -> Sequence[UserSession]:
    """The user's live sign-ins."""
    return repository.live_sessions(session, user_id)


def sign_out(session: Session, user_id: UUID, session_id: UUID) -> None:
    """End the sign-in with which the call is made."""
    repository.revoke(session, session_id, user_id, utc_now())


def end_session(session: Session, tenant: Tenant, actor: Actor, session_id: UUID) -> None:
    """Revoke one of the actor's own sign-ins. Raises NotFound."""
    assert actor.user_id is not None
    if not repository.revoke(session, session_id, actor.user_id, utc_now()):
        raise NotFound("No se encontró esa sesión.")
    audit.record(session, tenant, actor, "revoked", "session", session_id)


def end_other_sessions(session: Session, tenant: Tenant, actor: Actor, here: UUID) -> None:
    """Revoke all of the actor's sign-ins but the one they call with."""
    assert actor.user_id is not None
    for session_id in repository.revoke_all(session, actor.user_id, utc_now(), but=here):
        audit.record(session, tenant, actor, "revoked", "session", session_id)


def open_session(session: Session, settings: Settings, user: User, device: Device) -> LoginAnswer:
    """A new sign-in of somebody who proved who they are."""
    user.last_login = utc_now()
    session_id = repository.new_key(session)
    refresh_token = make_refresh_token(settings, session_id)
    sign_in = UserSession(
        session_id=session_id,
        user_id=user.user_id,
        refresh_hash=hash_token(refresh_token),
        device=device.name,
        ip=device.ip,
        expires_at=utc_now() + REFRESH_LIFE,
    )
    repository.add_session(session, sign_in)
    organization = repository.get_organization(session, user.organization_id)
    return LoginAnswer(
        **_tokens(settings, sign_in, refresh_token).model_dump(),
        user=UserAnswer.model_validate(user),
        organization=OrganizationSummary.model_validate(organization),
    )


def _made_by_another_try(
    settings: Settings, request: RegisterRequest, device: Device, key: str | None
) -> LoginAnswer | None:
    """A sign-in to what a try with this key and body registered; None where nobody has the e-mail.

    Raises Conflict where the e-mail is somebody's and this is no retry of theirs.
    """
    with platform_session(settings) as session:
        user = repository.find_user_by_email(session, request.email)
        if user is None:
            return None
        if not made_before(session, settings, key, request, user.user_id):
            raise Conflict("Ya existe una cuenta con ese correo. Ingrese o use otro correo.", code="email_in_use")
    answer = sign_in(settings, request.email, request.password, device)
    if isinstance(answer, LoginAnswer):
        return answer
    raise key_reused()


def _template(name: str) -> Template:
    try:
        return load_template(name)
    except KeyError:
        message = "No hay una plantilla con ese nombre. Vea GET /api/templates."
        raise invalid_field("industry_type", message) from None


def _start_with(settings: Settings, tenant: Tenant, template: Template) -> None:
    try:
        with tenant_connection(settings, tenant) as connection:
            apply_template(connection, template)
    except Exception:
        # Half a registration would hold the e-mail: take it back, so that it can be tried again.
        drop_tenant(settings, tenant)
        raise


def _tokens(settings: Settings, sign_in: UserSession, refresh_token: str) -> Tokens:
    access_token = make_access_token(settings, AccessClaims(sign_in.user_id, sign_in.session_id))
    return Tokens(access_token=access_token, refresh_token=refresh_token, expires_in=int(ACCESS_LIFE.total_seconds()))
