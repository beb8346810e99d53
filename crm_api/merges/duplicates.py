"""The list of customers that may be one and the same."""

import time
from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from crm_api.cursors import decode_cursor, encode_cursor, wrong_cursor
from crm_api.customers.repository import by_ids
from crm_api.customers.schemas import CustomerAnswer
from crm_api.merges import pairs
from crm_api.merges.pairs import Pair
from crm_api.merges.schemas import DuplicateGroup, DuplicatePage

_ENOUGH_SECONDS = 1.0
"""A page ends here at the latest, however few it has: the next one goes on."""
_LOOKS_AT_ONCE = 10
_STEPS = ("evident", "alike")
_EXTRA_REASON = 0.02


def duplicates(session: Session, limit: int, cursor: str | None) -> DuplicatePage:
    """The next groups: first all that share a number or an address, then those that only have alike names.

    Raises Invalid for a cursor of another list.
    """
    step, after = _parse_cursor(cursor) if cursor is not None else ("evident", None)
    until = time.monotonic() + _ENOUGH_SECONDS
    found: list[Pair] = []
    next_step: str | None = step
    if step == "evident":
        found = pairs.evident_pairs(session, after, limit)
        newer = [pair.newer for pair in found]
        next_step, after = ("evident", newer[-1]) if len(set(newer)) == limit else ("alike", None)
    while next_step == "alike" and len({pair.newer for pair in found}) < limit and time.monotonic() < until:
        pivots = pairs.pivots_after(session, after, _LOOKS_AT_ONCE)
        found += pairs.alike_pairs(session, pivots) if pivots else []
        after = pivots[-1] if pivots else after
        next_step = "alike" if len(pivots) == _LOOKS_AT_ONCE else None
    next_cursor = _cursor(next_step, after) if next_step is not None else None
    return DuplicatePage(items=_groups(session, found), next_cursor=next_cursor)


def _groups(session: Session, found: Sequence[Pair]) -> list[DuplicateGroup]:
    """Pairs that hang together are one group, the surest first."""
    groups: dict[UUID, set[UUID]] = {}
    for pair in found:
        joined = groups.get(pair.newer, {pair.newer}) | groups.get(pair.older, {pair.older})
        for key in joined:
            groups[key] = joined
    evidence: dict[frozenset[UUID], list[Pair]] = defaultdict(list)
    for pair in found:
        evidence[frozenset(groups[pair.newer])].append(pair)
    customers = {customer.customer_id: customer for customer in by_ids(session, list(groups))}
    items = []
    for keys, reasons in evidence.items():
        why = sorted({pair.reason for pair in reasons})
        score = max(pair.score for pair in reasons) + _EXTRA_REASON * (len(why) - 1)
        ordered = [CustomerAnswer.model_validate(customers[key]) for key in sorted(keys) if key in customers]
        items.append(DuplicateGroup(score=round(min(score, 1.0), 2), reasons=why, customers=ordered))
    return sorted(items, key=lambda item: (-item.score, item.customers[0].customer_id))


def _cursor(step: str, after: UUID | None) -> str:
    return encode_cursor(["duplicates", step, after.hex if after else None])


def _parse_cursor(cursor: str) -> tuple[str, UUID | None]:
    try:
        name, step, key = decode_cursor(cursor, 3)
        after = None if key is None else UUID(key)
    except (ValueError, TypeError, AttributeError):
        name, step, after = None, None, None
    if name != "duplicates" or not isinstance(step, str) or step not in _STEPS:
        raise wrong_cursor()
    return step, after
