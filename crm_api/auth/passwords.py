"""Passwords: argon2id as ASVS 5.0 and OWASP ask, with a cap on how many are computed at once."""

from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# 19 MiB, 2 passes, 1 lane (OWASP Password Storage Cheat Sheet).
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# At 19 MiB each, a flood of sign-ins must not take the machine's memory.
_AT_ONCE = BoundedSemaphore(4)


def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def verify_password(password: str, stored: str | None) -> bool:
    """Whether the password is right. Takes as long where there is no user (`stored` None) as where there is one."""
    with _AT_ONCE:
        try:
            return _HASHER.verify(stored or _nobodys_hash(), password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("a password that nobody has")
