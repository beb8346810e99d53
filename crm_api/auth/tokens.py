"""Access tokens (JWT, 15 minutes), refresh tokens (opaque, rotating) and the tokens that e-mails carry."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

import jwt

from pymeai.clock import utc_now
from pymeai.errors import Unauthorized
from pymeai.settings import Settings

ACCESS_LIFE = timedelta(minutes=15)
REFRESH_LIFE = timedelta(days=30)
IDLE_LIFE = timedelta(days=14)
"""A sign-in that was not renewed for so long has ended."""
ALGORITHM = "HS256"
MAX_TOKEN_LENGTH = 1000
_ISSUER = "pymeai"
_AUDIENCE = "pymeai-api"
_TYPE = "at+jwt"
_CLAIMS = ["iss", "aud", "sub", "sid", "iat", "nbf", "exp"]
_SECRET_BYTES = 32
_MAC_BYTES = 16
_MAILED_BYTES = 16
_SEGMENT = re.compile(r"[A-Za-z0-9_-]+")


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
        "aud": _AUDIENCE,
        "sub": str(claims.user_id),
        "sid": str(claims.session_id),
        "iat": now,
        "nbf": now,
        "exp": now + ACCESS_LIFE,
    }
    return jwt.encode(payload, access_key(settings), algorithm=ALGORITHM, headers={"typ": _TYPE})


def read_access_token(settings: Settings, token: str) -> AccessClaims:
    """The claims of a valid token. Raises Unauthorized for any other: expired, forged, of another algorithm."""
    try:
        claims, expires = _verified(access_key(settings), token)
    except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        raise _invalid() from None
    if expires <= utc_now().timestamp():
        raise _invalid()
    return claims


# A token comes with every request of its fifteen minutes, and what is signed does not change: to verify it anew each time
# was a twentieth of a small request. Only what was found good is kept; that it has not expired is asked every time.
@lru_cache(maxsize=1024)
def _verified(key: bytes, token: str) -> tuple[AccessClaims, float]:
    """The claims of a token that is valid now, and when it expires, in seconds since 1970. Raises what jwt.decode raises."""
    _require_our_form(token)
    payload = jwt.decode(
        token,
        key,
        algorithms=[ALGORITHM],
        issuer=_ISSUER,
        audience=_AUDIENCE,
        options={"require": _CLAIMS, "strict_aud": True},
    )
    return _claims(payload), float(payload["exp"])


def _invalid() -> Unauthorized:
    return Unauthorized("Su sesión venció. Ingrese de nuevo.", code="token_invalid")


def make_refresh_token(settings: Settings, session_id: UUID) -> str:
    """A new token of a sign-in: its id, 256 random bits, and a MAC that says that we made it."""
    body = session_id.bytes + secrets.token_bytes(_SECRET_BYTES)
    return _encoded(body + _mac(settings, body))


def session_of_refresh_token(settings: Settings, token: str) -> UUID | None:
    """The sign-in that a token of ours belongs to, however old the token; None where we did not make it."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if len(body) != 16 + _SECRET_BYTES or not hmac.compare_digest(mac, _mac(settings, body)):
        return None
    # Another spelling of the same bytes is not what we gave away.
    return UUID(bytes=body[:16]) if _encoded(raw) == token else None


def make_mailed_token() -> str:
    """What an e-mail carries to reset a password or to accept an invitation: 128 random bits."""
    return secrets.token_urlsafe(_MAILED_BYTES)


def hash_token(token: str) -> str:
    """What is stored of a refresh or mailed token. A plain hash will do: the token is random, not a person's choice."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def access_key(settings: Settings) -> bytes:
    """The key that signs access tokens: derived from the server's secret, for this alone."""
    return _derived(settings.secret(), "access token")


def _require_our_form(token: str) -> None:
    """Raise ValueError unless the token is spelled as we spell ours.

    The header must be ours to the letter: whatever else a header can ask for (`alg`, `kid`, `jku`, `jwk`, `crit`, …) is
    refused before anybody reads it. And base64 has other spellings of one signature, which would be other tokens.
    """
    segments = token.split(".")
    if len(token) > MAX_TOKEN_LENGTH or len(segments) != 3 or not all(map(_SEGMENT.fullmatch, segments)):
        raise ValueError(len(token))
    signature = segments[2]
    if (
        segments[0] != _header()
        or _encoded(base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))) != signature
    ):
        raise ValueError(segments[0])


def _claims(payload: dict[str, Any]) -> AccessClaims:
    """Raise ValueError for other claims than ours."""
    if payload.keys() != set(_CLAIMS):
        raise ValueError(len(payload))
    return AccessClaims(_canonical_uuid(payload["sub"]), _canonical_uuid(payload["sid"]))


@cache
def _header() -> str:
    return jwt.encode({}, b"k" * 32, algorithm=ALGORITHM, headers={"typ": _TYPE}).partition(".")[0]


def _canonical_uuid(text: str) -> UUID:
    found = UUID(text)
    if str(found) != text:
        raise ValueError(text)
    return found


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _mac(settings: Settings, body: bytes) -> bytes:
    return hmac.new(_derived(settings.secret(), "refresh token"), body, hashlib.sha256).digest()[:_MAC_BYTES]


@cache
def _derived(secret: bytes, purpose: str) -> bytes:
    return hmac.new(secret, f"api: {purpose}".encode(), hashlib.sha256).digest()
