"""Passwords: argon2id as ASVS 5.0 and OWASP ask, with a cap on how many are computed at once."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from pymeai.errors import Unavailable

# 19 MiB, 2 passes, 1 lane (OWASP Password Storage Cheat Sheet).
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Of a random password that nobody kept, at the cost of all others. Written down, because one made at the first need would
# make that sign-in, of an e-mail without account, twice as slow.
_NOBODYS_HASH = "$argon2id$v=19$m=19456,t=2,p=1$iw2ASEZZZr56x1/LxY7bww$OO7QzEzOnPm6M+jxWscBfoGKAMIVXv0yFmpEvDv47Mo"
# At 19 MiB and a whole core each, a flood of sign-ins must take neither the machine's memory nor all of its cores.
AT_ONCE = max(1, min(4, (os.cpu_count() or 2) - 1))
# Whoever waits holds one of the 40 threads that answer requests: the rest of them are for everybody else.
WAITING = 20
_SLOTS = BoundedSemaphore(AT_ONCE)
_QUEUE = BoundedSemaphore(AT_ONCE + WAITING)


def hash_password(password: str) -> str:
    """The argon2id hash to store. Raises Unavailable where too many wait already."""
    with _slot():
        return _HASHER.hash(password)


def verify_password(password: str, stored: str | None) -> bool:
    """Whether the password is right. Takes as long where there is no user (`stored` None) as where there is one.

    Raises Unavailable where too many wait already.
    """
    with _slot():
        try:
            return _HASHER.verify(stored or _NOBODYS_HASH, password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def needs_new_hash(stored: str) -> bool:
    """Whether a stored hash has another cost than today's."""
    return _HASHER.check_needs_rehash(stored)


@contextmanager
def _slot() -> Iterator[None]:
    if not _QUEUE.acquire(blocking=False):
        raise Unavailable("Muchas personas están ingresando a la vez. Intente de nuevo en unos segundos.", code="busy")
    try:
        with _SLOTS:
            yield
    finally:
        _QUEUE.release()
