"""How often something may be tried: limits on addresses, and lock-outs with back-off, counted in PostgreSQL.

Whoever tries is counted before the outcome is known, under a lock on the count: no burst slips between a look and a
write, and many processes share one count. Keys are keyed hashes: the table names no e-mail and no address.
"""

import hashlib
import hmac
import math
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address

from sqlalchemy import func, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from pymeai.database.tables.platform import Throttle
from pymeai.errors import TooManyRequests
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session

LOOPBACK_FACTOR = 100
"""This machine's own programs (the dashboards above all) call for many people, as many as so many addresses."""
_PURGE_ONE_IN = 200
_PURGE = text("""
    delete from platform.throttles where throttle_key in (
        select throttle_key from platform.throttles
        where greatest(window_started_at, blocked_until) < now() - interval '2 days'
        limit 1000 for update skip locked
    )
""")


@dataclass(frozen=True)
class Limit:
    """`hits` tries in a window, then none until the window ends.

    Where `first_block` is given it is a lock-out instead: the last try blocks for that long, and each further one twice as
    long as the one before, up to `longest_block`; a window without any try forgets them all.
    """

    name: str
    hits: int
    window: timedelta
    first_block: timedelta | None = None
    longest_block: timedelta = timedelta(hours=1)

    def times(self, factor: int) -> "Limit":
        """The same with `factor` times as many tries."""
        return Limit(self.name, self.hits * factor, self.window, self.first_block, self.longest_block)


@dataclass(frozen=True)
class Attempt:
    """One try: the limit it falls under, and by or on whom it is."""

    limit: Limit
    subject: str


@dataclass(frozen=True)
class Count:
    """What is known of the tries on one subject."""

    hits: int
    window_started_at: datetime
    blocked_until: datetime | None


def counted(limit: Limit, before: Count, now: datetime) -> Count:
    """The count after one more try at `now`, which is not blocked."""
    fresh = before.window_started_at + limit.window <= now
    hits = 1 if fresh else before.hits + 1
    started = now if fresh else before.window_started_at
    if hits < limit.hits:
        return Count(hits, started, None)
    if limit.first_block is None:
        return Count(hits, started, started + limit.window)
    until = now + min(limit.first_block * 2 ** min(hits - limit.hits, 20), limit.longest_block)
    # The window begins anew where the block ends: waiting it out does not earn as many tries again.
    return Count(hits, until, until)


def from_address(limit: Limit, address: str | None) -> list[Attempt]:
    """The attempt of an address; none where there is no address to speak of (a socket of this machine, a test)."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return []
    if found.is_loopback:
        return [Attempt(limit.times(LOOPBACK_FACTOR), "loopback")]
    # One customer of a provider has a whole /64 of IPv6.
    subject = str(found) if found.version == 4 else found.exploded[:19]
    return [Attempt(limit, subject)]


def enter(settings: Settings, attempts: Sequence[Attempt]) -> bool:
    """Count the attempts, in a transaction of their own. Whether one of them was the last for now.

    Raises TooManyRequests, and counts nothing, where one is blocked.
    """
    with platform_session(settings) as session:
        rows = [(attempt, _held(session, _key(settings, attempt))) for attempt in _ordered(settings, attempts)]
        now: datetime = session.execute(func.clock_timestamp()).scalar_one()
        waits = [row.blocked_until - now for _, row in rows if row.blocked_until is not None]
        if waits and max(waits) > timedelta():
            raise _too_many(max(waits))
        blocks = False
        for attempt, row in rows:
            after = counted(attempt.limit, Count(row.hits, row.window_started_at, row.blocked_until), now)
            blocks = blocks or after.blocked_until is not None
            row.hits, row.window_started_at, row.blocked_until = (
                after.hits,
                after.window_started_at,
                after.blocked_until,
            )
        if secrets.randbelow(_PURGE_ONE_IN) == 0:
            session.flush()
            session.execute(_PURGE)
    return blocks


def forgive(session: Session, settings: Settings, attempts: Sequence[Attempt]) -> None:
    """Take back one try each: it turned out to be right. A lock-out ends with it, and forgets what was before."""
    for attempt in _ordered(settings, attempts):
        hits = 0 if attempt.limit.first_block is not None else func.greatest(Throttle.hits - 1, 0)
        key = Throttle.throttle_key == _key(settings, attempt)
        session.execute(update(Throttle).where(key).values(hits=hits, blocked_until=None))


def give_back(settings: Settings, attempts: Sequence[Attempt]) -> None:
    """As if they had not been: nobody looked at what was tried."""
    with platform_session(settings) as session:
        for attempt in _ordered(settings, attempts):
            key = Throttle.throttle_key == _key(settings, attempt)
            session.execute(
                update(Throttle).where(key).values(hits=func.greatest(Throttle.hits - 1, 0), blocked_until=None)
            )


def _held(session: Session, key: str) -> Throttle:
    # An update that changes nothing takes the row's lock, which an insert that does nothing would not.
    statement = (
        insert(Throttle)
        .values(throttle_key=key)
        .on_conflict_do_update(index_elements=["throttle_key"], set_={"hits": Throttle.hits})
    )
    return session.execute(statement.returning(Throttle)).scalar_one()


def _ordered(settings: Settings, attempts: Iterable[Attempt]) -> list[Attempt]:
    # Everybody locks in one order, so that nobody waits for somebody who waits for them.
    return sorted(attempts, key=lambda attempt: _key(settings, attempt))


def _key(settings: Settings, attempt: Attempt) -> str:
    subject = f"{attempt.limit.name}\n{attempt.subject.lower()}".encode()
    return hmac.new(settings.derive("throttles").encode(), subject, hashlib.sha256).hexdigest()


def _too_many(wait: timedelta) -> TooManyRequests:
    seconds = max(1, math.ceil(wait.total_seconds()))
    length = f"{seconds} segundos" if seconds < 120 else f"{math.ceil(seconds / 60)} minutos"
    return TooManyRequests(f"Demasiados intentos. Espere {length} y vuelva a intentarlo.", retry_after=seconds)
