"""Access tokens (JWT, 15 minutes) and refresh tokens (opaque, rotating)."""

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from uuid import UUID

import jwt

from pymeai.clock import utc_now
from pymeai.errors import Unauthorized
from pymeai.settings import Settings

ACCESS_LIFE = timedelta(minutes=15)
REFRESH_LIFE = timedelta(days=30)
ALGORITHM = "HS256"
_ISSUER = "pymeai"
_SECRET_BYTES = 32
_MAC_BYTES = 16


@dataclass(frozen=True)
class AccessClaims:
    """Whose token it is, and of which sign-in. The role is not in it: it is read anew at each request."""

    user_id: UUID
    session_id: UUID


def make_access_token(settings: Settings, claims: AccessClaims) -> str:
    """A signed token that expires in ACCESS_LIFE."""
    now = utc_now()
    payload = {
        "iss": _ISSUER,
        "sub": str(claims.user_id),
        "sid": str(claims.session_id),
        "iat": now,
        "exp": now + ACCESS_LIFE,
    }
    return jwt.encode(payload, _key(settings, "access token"), algorithm=ALGORITHM)


def read_access_token(settings: Settings, token: str) -> AccessClaims:
    """The claims of a valid token. Raises Unauthorized for any other: expired, forged, of another algorithm."""
    try:
        payload = jwt.decode(
            token,
            _key(settings, "access token"),
            algorithms=[ALGORITHM],
            issuer=_ISSUER,
            options={"require": ["exp", "iat", "sub", "sid"]},
        )
        return AccessClaims(UUID(payload["sub"]), UUID(payload["sid"]))
    except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError):
        raise Unauthorized("Su sesión venció. Ingrese de nuevo.", code="token_invalid") from None


def make_refresh_token(settings: Settings, session_id: UUID) -> str:
    """A new token of a sign-in: its id, 256 random bits, and a MAC that says that we made it."""
    body = session_id.bytes + secrets.token_bytes(_SECRET_BYTES)
    return base64.urlsafe_b64encode(body + _mac(settings, body)).decode().rstrip("=")


def session_of_refresh_token(settings: Settings, token: str) -> UUID | None:
    """The sign-in that a token of ours belongs to, however old the token; None where we did not make it."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if len(body) != 16 + _SECRET_BYTES or not hmac.compare_digest(mac, _mac(settings, body)):
        return None
    return UUID(bytes=body[:16])


def hash_token(token: str) -> str:
    """What is stored of a refresh token. A plain hash will do: the token is random, not chosen by a person."""
    return hashlib.sha256(token.encode()).hexdigest()


def _mac(settings: Settings, body: bytes) -> bytes:
    return hmac.new(_key(settings, "refresh token"), body, hashlib.sha256).digest()[:_MAC_BYTES]


def _key(settings: Settings, purpose: str) -> bytes:
    return _derived(settings.secret(), purpose)


@cache
def _derived(secret: bytes, purpose: str) -> bytes:
    return hmac.new(secret, f"api: {purpose}".encode(), hashlib.sha256).digest()
