"""Registration, sign-in, and the life of a refresh-token family."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from crm_api.auth import repository
from crm_api.auth.passwords import hash_password, verify_password
from crm_api.auth.schemas import LoginAnswer, OrganizationSummary, RegisterRequest, Tokens, UserAnswer
from crm_api.auth.tokens import (
    ACCESS_LIFE,
    REFRESH_LIFE,
    AccessClaims,
    hash_token,
    make_access_token,
    make_refresh_token,
    session_of_refresh_token,
)
from pymeai.clock import utc_now
from pymeai.database.tables.platform import User, UserSession
from pymeai.errors import Conflict, FieldError, Invalid, NotFound, Unauthorized
from pymeai.settings import Settings
from pymeai.templates.catalogue import Template, load_template
from pymeai.tenancy.onboarding import apply_template
from pymeai.tenancy.provisioning import NewUser, drop_tenant, provision
from pymeai.tenancy.sessions import platform_session, tenant_connection
from pymeai.tenancy.tenant import Tenant

WRONG_PAIR = "El correo o la contraseña no son correctos."


@dataclass(frozen=True)
class Device:
    """From where somebody signs in."""

    name: str | None
    ip: str | None


def register(settings: Settings, request: RegisterRequest) -> None:
    """Create an organization with its owner and what its industry starts with; all of it or nothing.

    Provisioning is a transaction of pymeai_owner's own, so this takes no session. Raises Conflict where the e-mail is in
    use, Invalid where there is no such industry.
    """
    template = _template(request.industry_type)
    with platform_session(settings) as session:
        if repository.find_user_by_email(session, request.email) is not None:
            raise Conflict("Ya existe una cuenta con ese correo. Ingrese o use otro correo.", code="email_in_use")
    tenant = provision(
        settings,
        name=request.organization_name,
        industry_type=template.name,
        # Thresholds are the template's until somebody chooses others.
        org_settings={"currency": request.currency},
        owner=NewUser(request.email, hash_password(request.password), request.first_name, request.last_name),
    )
    _start_with(settings, tenant, template)


def sign_in(session: Session, settings: Settings, email: str, password: str, device: Device) -> LoginAnswer:
    """Check the pair and open a sign-in. Raises Unauthorized, equal in text and time whatever was wrong."""
    user = repository.find_user_by_email(session, email)
    if not verify_password(password, user.password_hash if user else None) or user is None or not user.is_active:
        raise Unauthorized(WRONG_PAIR, code="wrong_credentials")
    user.last_login = utc_now()
    return _open(session, settings, user, device)


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
    if sign_in.refresh_hash != hash_token(token):
        sign_in.revoked_at = now
        return None
    if not repository.get_user(session, sign_in.user_id).is_active:
        return None
    renewed = make_refresh_token(settings, sign_in.session_id)
    sign_in.previous_hash, sign_in.refresh_hash, sign_in.last_seen = sign_in.refresh_hash, hash_token(renewed), now
    return _tokens(settings, sign_in, renewed)


def sessions_of(session: Session, user_id: UUID) -> Sequence[UserSession]:
    """The user's live sign-ins."""
    return repository.live_sessions(session, user_id)


def end_session(session: Session, user_id: UUID, session_id: UUID) -> None:
    """Revoke one of the user's own sign-ins. Raises NotFound."""
    if not repository.revoke(session, session_id, user_id, utc_now()):
        raise NotFound("No se encontró esa sesión.")


def _template(name: str) -> Template:
    try:
        return load_template(name)
    except KeyError:
        message = "No hay una plantilla con ese nombre. Vea GET /api/templates."
        raise Invalid("Revise los datos marcados.", errors=[FieldError("industry_type", message)]) from None


def _start_with(settings: Settings, tenant: Tenant, template: Template) -> None:
    try:
        with tenant_connection(settings, tenant) as connection:
            apply_template(connection, template)
    except Exception:
        # Half a registration would hold the e-mail: take it back, so that it can be tried again.
        drop_tenant(settings, tenant)
        raise


def _open(session: Session, settings: Settings, user: User, device: Device) -> LoginAnswer:
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


def _tokens(settings: Settings, sign_in: UserSession, refresh_token: str) -> Tokens:
    access_token = make_access_token(settings, AccessClaims(sign_in.user_id, sign_in.session_id))
    return Tokens(access_token=access_token, refresh_token=refresh_token, expires_in=int(ACCESS_LIFE.total_seconds()))
