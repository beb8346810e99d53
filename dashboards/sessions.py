"""Who is signed in to the dashboards.

The browser holds one opaque cookie; the API's tokens never leave this process. Signing in goes through a ticket, since a
Streamlit script runs behind a websocket and cannot set a cookie: the script hands the page a ticket, the page trades it
over HTTP for the cookie (see session_routes).
"""

import hashlib
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from dashboards.api_models import Organization
from dashboards.generated.models import Tokens, UserAnswer
from pymeai.clock import utc_now

TICKET_LIFE = timedelta(seconds=30)
SESSION_LIFE = timedelta(days=30)


@dataclass
class SignedIn:
    """One sign-in in one browser. `lock` serialises the renewal of the tokens: a refresh token is good for one use."""

    user: UserAnswer
    organization: Organization
    tokens: Tokens
    # When the access token stops being accepted, in UTC.
    access_until: datetime
    # When the API last confirmed the session, in UTC.
    confirmed_at: datetime
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)


class SessionStore:
    """Tickets and sessions of one Streamlit process, in memory.

    Secrets are kept hashed, so that a dump of this object opens no session. Several processes would share a store with
    these five methods.
    """

    def __init__(self, now: Callable[[], datetime] = utc_now) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._tickets: dict[str, tuple[SignedIn, datetime]] = {}
        self._sessions: dict[str, tuple[SignedIn, datetime]] = {}

    def issue_ticket(self, session: SignedIn) -> str:
        """A secret good for one redemption within TICKET_LIFE."""
        ticket = secrets.token_urlsafe(32)
        with self._lock:
            self._sweep()
            self._tickets[_digest(ticket)] = (session, self._now() + TICKET_LIFE)
        return ticket

    def redeem(self, ticket: str) -> str | None:
        """The value for the cookie of a new session, or None for a ticket that is unknown, used or too old."""
        with self._lock:
            session, until = self._tickets.pop(_digest(ticket), (None, self._now()))
            if session is None or until <= self._now():
                return None
        return self.open(session)

    def open(self, session: SignedIn) -> str:
        """Keep a session; returns the value for its cookie."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._sweep()
            self._sessions[_digest(token)] = (session, self._now() + SESSION_LIFE)
        return token

    def resolve(self, token: str | None) -> SignedIn | None:
        """The session behind a cookie, or None where there is none or no longer."""
        if not token:
            return None
        with self._lock:
            session, until = self._sessions.get(_digest(token), (None, self._now()))
            return session if until > self._now() else None

    def revoke(self, token: str | None) -> SignedIn | None:
        """Forget a session; returns it, if there was one."""
        if not token:
            return None
        with self._lock:
            session, _ = self._sessions.pop(_digest(token), (None, None))
            return session

    def _sweep(self) -> None:
        now = self._now()
        for kept in (self._tickets, self._sessions):
            for key in [key for key, (_, until) in kept.items() if until <= now]:
                del kept[key]


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@cache
def session_store() -> SessionStore:
    """The store of this process, shared by the HTTP routes and all script runs."""
    return SessionStore()
