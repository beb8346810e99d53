"""Forgotten and changed passwords."""

from uuid import UUID

from sqlalchemy.orm import Session

from crm_api.auth import audit, limits, repository
from crm_api.auth.password_rules import require_unobvious
from crm_api.auth.passwords import hash_password, verify_password
from crm_api.auth.schemas import PasswordChange
from crm_api.auth.tokens import hash_token, make_mailed_token
from crm_api.logs import LOGGER, where
from crm_api.throttling import Attempt, enter, forgive, from_address
from pymeai.clock import utc_now
from pymeai.database.tables.platform import User
from pymeai.errors import BadRequest, PymeError, invalid_field
from pymeai.mail.messages import password_changed, password_reset
from pymeai.mail.sending import Mail, send
from pymeai.settings import Settings
from pymeai.tenancy.sessions import Actor, platform_session
from pymeai.tenancy.tenant import Tenant

TOKEN_INVALID = "Ese enlace no sirve: venció o ya se usó. Pida otro."  # noqa: S105 - a message


def request_reset(settings: Settings, email: str) -> None:
    """Send somebody active the link that resets their password; nothing for anybody else.

    Called once the answer is out, so that neither its text nor its time says whether there is such an account.
    """
    token = make_mailed_token()
    with platform_session(settings) as session:
        user = repository.find_user_by_email(session, email)
        if user is None or not user.is_active:
            return
        repository.add_reset(session, user.user_id, hash_token(token))
        actor = Actor()
        audit.record(session, Tenant(user.organization_id), actor, "password_reset_requested", "user", user.user_id)
        address = user.email
    deliver(settings, password_reset(settings, address, token))


def reset(settings: Settings, token: str, password: str, address: str | None, request_id: str) -> str:
    """Set a new password and end all sign-ins; gives the e-mail to warn.

    Raises BadRequest for a token that does not work, Invalid for a password that is public of its owner.
    """
    attempts = from_address(limits.TOKEN_ADDRESS, address)
    enter(settings, attempts)
    with platform_session(settings) as session:
        user_id = repository.take_reset(session, hash_token(token))
        user = repository.get_user(session, user_id, lock=True) if user_id else None
        if user is None or not user.is_active:
            raise BadRequest(TOKEN_INVALID, code="reset_token_invalid")
        require_own(password, user, "password")
        _set(session, user, password)
        repository.revoke_all(session, user.user_id, utc_now())
        actor = Actor(user.user_id, request_id)
        audit.record(session, Tenant(user.organization_id), actor, "password_reset", "user", user.user_id)
        # Whoever can read the account's mail is its owner: a lock-out by strangers ends.
        forgive(session, settings, [*attempts, *_lock_outs(user.email, address)])
        return user.email


def change(settings: Settings, actor: Actor, session_id: UUID, request: PasswordChange, address: str | None) -> str:
    """Set a new password for somebody who knows theirs, and end their other sign-ins; gives the e-mail to warn.

    Raises Invalid where the present password is wrong, TooManyRequests where it was wrong too often.
    """
    assert actor.user_id is not None
    attempts = [Attempt(limits.PASSWORD_CHANGE, str(actor.user_id))]
    enter(settings, attempts)
    with platform_session(settings) as session:
        stored = repository.get_user(session, actor.user_id).password_hash
    if not verify_password(request.current_password, stored):
        raise invalid_field("current_password", "Esa no es su contraseña actual.")
    with platform_session(settings) as session:
        user = repository.get_user(session, actor.user_id, lock=True)
        if user.password_hash != stored:
            raise invalid_field("current_password", "Esa no es su contraseña actual.")
        if request.new_password == request.current_password:
            raise invalid_field("new_password", "La contraseña nueva es igual a la actual.")
        require_own(request.new_password, user, "new_password")
        _set(session, user, request.new_password)
        repository.revoke_all(session, user.user_id, utc_now(), but=session_id)
        audit.record(session, Tenant(user.organization_id), actor, "password_changed", "user", user.user_id)
        forgive(session, settings, [*attempts, *_lock_outs(user.email, address)])
        return user.email


def warn(settings: Settings, address: str) -> None:
    """Tell somebody that their password changed."""
    deliver(settings, password_changed(address))


def deliver(settings: Settings, mail: Mail) -> None:
    """Send a mail after the answer is out: what goes wrong then is a line in the log, without the address."""
    try:
        send(settings, mail)
    except PymeError as error:
        LOGGER.error("mail not sent", extra={"fields": where(error)})


def require_own(password: str, user: User, field: str) -> None:
    """Raise Invalid where a password is something public of its owner."""
    try:
        require_unobvious(password, user.email)
    except ValueError as error:
        raise invalid_field(field, str(error)) from None


def _set(session: Session, user: User, password: str) -> None:
    user.password_hash = hash_password(password)
    repository.use_up_resets(session, user.user_id, utc_now())


def _lock_outs(email: str, address: str | None) -> list[Attempt]:
    return [attempt for attempt in limits.login(email, address) if attempt.limit.first_block is not None]
