"""Reads purchases from the marts, labels every customer, writes analytics.customer_segments."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import psycopg
from sqlalchemy import Connection, text

from orchestration.models.thresholds import Thresholds, resolve_thresholds
from orchestration.scope import Scope, uuids
from pymeai.database.connections import engine_for
from pymeai.settings import Settings
from pymeai.templates.catalogue import load_template

if TYPE_CHECKING:
    import pandas as pd

    from orchestration.models.similar_groups import SimilarGroups

ORGANIZATIONS_AT_ONCE = 50
"""How many organizations' purchases are in memory together."""

DEFAULT_TEMPLATE = "general"

CUSTOMERS = """
    select c.organization_id, c.customer_id, (c.created_at at time zone o.time_zone)::date as created_on
    from staging.stg_customers as c
    join staging.stg_organizations as o using (organization_id)
    where c.organization_id = any(:ids)
    order by c.organization_id, c.customer_id
"""
PURCHASES = """
    select organization_id, customer_id, sold_on as day, count(*) filter (where is_sale) as documents, sum(amount) as amount
    from analytics.fct_sales
    where organization_id = any(:ids) and customer_id is not null
    group by organization_id, customer_id, sold_on
"""
COLUMNS = (
    "organization_id, customer_id, segment, flags, group_name, reasons, recency_days, frequency, monetary, cadence_days, "
    "thresholds_version"
)
# PostgreSQL does not COPY into a table under row-level security.
STAGE = "create temporary table new_segments (like analytics.customer_segments including defaults) on commit drop"
COPY = f"copy new_segments ({COLUMNS}) from stdin"
INSERT = f"insert into analytics.customer_segments ({COLUMNS}) select {COLUMNS} from new_segments"


@dataclass(frozen=True)
class SegmentationSummary:
    """What the segmentation of one organization found, beside the labels."""

    thresholds: dict[str, Any]
    # [{"name", "size", "recency_days", "frequency", "monetary"}]; empty with a note where there are no clear groups.
    groups: list[dict[str, Any]]
    groups_note: str | None
    silhouette: float | None
    stability: float | None


def write_customer_segments(settings: Settings, scope: Scope) -> dict[UUID, SegmentationSummary]:
    """Label the customers of the scope's organizations; one transaction for each batch of organizations."""
    engine = engine_for(settings, "pipeline")
    summaries: dict[UUID, SegmentationSummary] = {}
    for start in range(0, len(scope.organizations), ORGANIZATIONS_AT_ONCE):
        batch = scope.organizations[start : start + ORGANIZATIONS_AT_ONCE]
        with engine.connect() as connection:
            thresholds = _thresholds(connection, batch)
            customers = _read(connection, CUSTOMERS, batch)
            purchases = _read(connection, PURCHASES, batch)
        results = {}
        for organization in batch:
            results[organization], summaries[organization] = _segment(
                _of(customers, organization), _of(purchases, organization), scope.business_day, thresholds[organization]
            )
        with engine.begin() as connection:
            _replace(connection, results)
    return summaries


def _segment(
    customers: "pd.DataFrame", purchases: "pd.DataFrame", day: date, thresholds: Thresholds
) -> tuple["pd.DataFrame", SegmentationSummary]:
    import pandas as pd

    from orchestration.models.segmentation import segment_customers
    from orchestration.models.similar_groups import find_similar_groups

    labelled = segment_customers(customers, purchases, day, thresholds)
    found: SimilarGroups = find_similar_groups(labelled, pd.Timestamp(day))
    labelled["group_name"] = [found.names.get(customer) for customer in labelled["customer_id"]]
    summary = SegmentationSummary(
        thresholds=asdict(thresholds),
        groups=[asdict(group) for group in found.groups],
        groups_note=found.note,
        silhouette=found.silhouette,
        stability=found.stability,
    )
    return labelled, summary


def _thresholds(connection: Connection, organizations: Sequence[UUID]) -> dict[UUID, Thresholds]:
    statement = text(
        "select organization_id, industry_type, settings from platform.organizations where organization_id = any(:ids)"
    ).bindparams(uuids("ids", organizations))
    found: dict[UUID, Thresholds] = {}
    for organization, industry, chosen in cast("list[tuple[UUID, str, Any]]", connection.execute(statement).all()):
        try:
            template = load_template(industry)
        except KeyError:
            template = load_template(DEFAULT_TEMPLATE)
        own = chosen.get("thresholds") if isinstance(chosen, dict) else None
        preset = {"inactivity_days": template.inactivity_days}
        found[organization] = resolve_thresholds(preset, own if isinstance(own, dict) else {})
    return found


def _read(connection: Connection, statement: str, organizations: Sequence[UUID]) -> "pd.DataFrame":
    import pandas as pd

    result = connection.execute(text(statement).bindparams(uuids("ids", organizations)))
    frame = pd.DataFrame(result.fetchall(), columns=list(result.keys()))
    for column in frame.columns.intersection(["day", "created_on"]):
        frame[column] = pd.to_datetime(frame[column])
    if "documents" in frame:
        frame["documents"] = frame["documents"].astype("int64")
    return frame


def _of(frame: "pd.DataFrame", organization: UUID) -> "pd.DataFrame":
    return frame[frame["organization_id"] == organization].drop(columns="organization_id").reset_index(drop=True)


def _replace(connection: Connection, results: dict[UUID, "pd.DataFrame"]) -> None:
    connection.execute(text(STAGE))
    cursor: psycopg.Cursor[Any] = connection.connection.cursor()  # type: ignore[assignment]
    with cursor, cursor.copy(COPY) as copy:
        for organization, labelled in results.items():
            for row in _rows(labelled):
                copy.write_row((organization, *row))
    deleting = text("delete from analytics.customer_segments where organization_id = any(:ids)")
    connection.execute(deleting.bindparams(uuids("ids", list(results))))
    connection.execute(text(INSERT))


def _rows(labelled: "pd.DataFrame") -> Iterator[tuple[Any, ...]]:
    import pandas as pd

    for row in labelled.to_dict("records"):
        recency, cadence = row["recency_days"], row["cadence_days"]
        yield (
            row["customer_id"],
            row["segment"],
            row["flags"],
            row["group_name"],
            json.dumps(row["reasons"], ensure_ascii=False),
            None if pd.isna(recency) else int(recency),
            int(row["frequency"]),
            row["monetary"],
            None if pd.isna(cadence) else round(float(cadence), 2),
            row["thresholds_version"],
        )
