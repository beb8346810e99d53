"""What an API key looks like: `pym_` and 256 random bits. A plain hash of it will do: no person chose it."""

import hashlib
import secrets

PREFIX = "pym_"
SHOWN_CHARACTERS = len(PREFIX) + 6
"""How much of a key stays readable, so that people tell keys apart: 36 of its 256 bits."""
_SECRET_BYTES = 32


def make_key() -> str:
    """A new key."""
    return PREFIX + secrets.token_urlsafe(_SECRET_BYTES)


def looks_like_key(token: str) -> bool:
    """Whether a bearer token says of itself that it is an API key."""
    return token.startswith(PREFIX)


def hash_key(key: str) -> str:
    """What is stored of a key."""
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()
