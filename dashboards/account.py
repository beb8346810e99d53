"""The signed-in user of this script run, and what to do when there is none any more."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import streamlit as st

from dashboards import notices
from dashboards.api_client import ApiClient, SessionEnded, api_client
from dashboards.session_routes import COOKIE, SECURE_COOKIE
from dashboards.sessions import SignedIn, session_store
from pymeai.clock import utc_now
from pymeai.errors import PymeError
from pymeai.tenancy.tenant import Tenant

# How long a session is taken at its word before the API is asked again whether it still stands.
CONFIRMATION = timedelta(seconds=30)

IMPORTERS = frozenset({"owner", "admin", "manager"})
"""The roles that may import; the API refuses the others anyway."""

TOKEN_KEY = "session_token"  # noqa: S105 - the name of a key
ENDED_KEY = "session_ended"

logger = logging.getLogger(__name__)


def session_token() -> str | None:
    """The value of the session's cookie, as the browser sent it when it opened this page.

    It is kept in the page's own state once seen; whoever drives the app without a browser puts it there.
    """
    for name in (SECURE_COOKIE, COOKIE):
        value = st.context.cookies.get(name)
        if isinstance(value, str) and value:
            st.session_state[TOKEN_KEY] = value
    token = st.session_state.get(TOKEN_KEY)
    return token if isinstance(token, str) else None


def current_session() -> SignedIn | None:
    """Who is signed in, or None."""
    return session_store().resolve(session_token())


def signed_in() -> SignedIn:
    """Who is signed in. Raises SessionEnded where nobody is."""
    session = current_session()
    if session is None:
        raise SessionEnded("Su sesión terminó. Ingrese de nuevo para continuar.")
    return session


def tenant() -> Tenant:
    """The tenant of the signed-in user: the only one whose data this run may show."""
    return Tenant(signed_in().organization.organization_id)


def seen_by() -> UUID | None:
    """The signed-in user where they see only what is theirs; None where they see all, as the API has it."""
    session = signed_in()
    only_own = session.user.role == "seller" and session.organization.settings.get("sellers_see") == "own"
    return session.user.user_id if only_own else None


def api() -> tuple[ApiClient, SignedIn]:
    """The client and the session to call it with."""
    return api_client(), signed_in()


def import_button(label: str) -> None:
    """The way to the import page, for who may import."""
    if signed_in().user.role not in IMPORTERS:
        return
    with st.container(horizontal_alignment="center"):
        if st.button(label, type="primary", icon=":material/upload_file:"):
            st.switch_page("app_pages/importar.py")


def confirm(session: SignedIn) -> None:
    """Ask the API whether the session still stands, if it has not said so lately. Raises SessionEnded."""
    if utc_now() - session.confirmed_at >= CONFIRMATION:
        session.organization = api_client().organization(session)


@contextmanager
def guarded() -> Iterator[None]:
    """Around a page or a fragment: an ended session leads to the login, an error to what can be done about it."""
    try:
        yield
    except SessionEnded:
        session_store().revoke(session_token())
        st.session_state[ENDED_KEY] = True
        st.rerun()
    except PymeError as error:
        notices.failure(error)
    except Exception:
        logger.exception("A page failed")
        notices.unexpected()
