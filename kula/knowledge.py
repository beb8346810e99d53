"""What Kula knows of a tenant beforehand: its dimensions' values and which days it has data of. Kept a few minutes."""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from kula.periods.period import month_end
from kula.values import ValueIndex
from pymeai.errors import Invalid
from pymeai.metrics.catalogue import METRIC_TIME, Catalogue
from pymeai.metrics.query import MetricQuery
from pymeai.metrics.service import dimension_values, run_query
from pymeai.settings import Settings
from pymeai.tenancy.tenant import Tenant

KEPT_SECONDS = 300.0
STALE_SECONDS = 5.0
"""Older knowledge is read anew before a word is said to be unknown: the import may just have brought it."""
_KEPT_TENANTS = 200
_VALUES_LIMIT = 5000
# Long free texts, one per row: no use as filters in a question.
_UNINDEXED = frozenset(("opportunity__title", "sale_line__code"))
_SUBJECTS = {"sales": "sales_count", "opportunities": "opportunities_count", "customers": "customers_count"}


@dataclass(frozen=True)
class Knowledge:
    """The values of a tenant's dimensions, and the first and last month with data of each subject."""

    values: ValueIndex
    spans: dict[str, tuple[date, date]]
    read_at: float = field(default_factory=time.monotonic)

    @property
    def has(self) -> frozenset[str]:
        """The subjects (sales, opportunities, customers) that there is any data of."""
        return frozenset(self.spans)

    @property
    def age(self) -> float:
        """Seconds since it was read."""
        return time.monotonic() - self.read_at


_lock = threading.Lock()
_kept: OrderedDict[tuple[str, str, UUID | None], Knowledge] = OrderedDict()


def knowledge_of(
    settings: Settings,
    tenant: Tenant,
    catalogue: Catalogue,
    *,
    seen_by: UUID | None = None,
    newer_than: float = KEPT_SECONDS,
) -> Knowledge:
    """What is known of the part of the tenant's data that `seen_by` sees (None: all), at most so many seconds old."""
    # The home tells apart two platforms in one process, as tests have them.
    key = (str(settings.home_path), tenant.schema, seen_by)
    with _lock:
        known = _kept.get(key)
    if known is not None and known.age <= newer_than:
        return known
    values = _read_values(settings, tenant, catalogue, seen_by)
    fresh = Knowledge(values, _read_spans(settings, tenant, catalogue, seen_by))
    with _lock:
        _kept[key] = fresh
        _kept.move_to_end(key)
        while len(_kept) > _KEPT_TENANTS:
            _kept.popitem(last=False)
    return fresh


def forget(tenant: Tenant) -> None:
    """Drops what is kept of a tenant: its next question reads anew."""
    with _lock:
        for key in [key for key in _kept if key[1] == tenant.schema]:
            del _kept[key]


def _read_values(settings: Settings, tenant: Tenant, catalogue: Catalogue, seen_by: UUID | None) -> ValueIndex:
    values: dict[str, list[str]] = {}
    for dimension in catalogue.dimensions.values():
        if dimension.type != "categorical" or dimension.format != "text" or dimension.values:
            continue
        if dimension.name not in _UNINDEXED:
            values[dimension.name] = dimension_values(
                settings, tenant, dimension.name, limit=_VALUES_LIMIT, seen_by=seen_by
            )
    return ValueIndex.build(values)


def _read_spans(
    settings: Settings, tenant: Tenant, catalogue: Catalogue, seen_by: UUID | None
) -> dict[str, tuple[date, date]]:
    spans: dict[str, tuple[date, date]] = {}
    for subject, metric in _SUBJECTS.items():
        if metric not in catalogue.metrics:
            continue
        try:
            query = MetricQuery(metrics=[metric], group_by=[METRIC_TIME], grain="month")
            result = run_query(settings, tenant, query, seen_by=seen_by)
        except Invalid:
            continue
        months = [_as_date(row[0]) for row in result.rows if row[0] is not None and row[-1]]
        if months:
            spans[subject] = (min(months), month_end(max(months)))
    return spans


def _as_date(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
