"""What the analyses read of the tenant's own tables: moves between stages, and monthly results."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from pymeai.clock import COSTA_RICA
from pymeai.database.tables.tenant import Pipeline
from pymeai.database.tables.workspace import AnalyticsData
from pymeai.metrics.query import TimeRange

# Each move with the one after it: where from, where to, and when it ended. What archiving moved neither entered nor left.
_STAGE_MOVES = text(
    """
    with moves as (
        select
            history.stage_id,
            history.changed_at,
            history.time_in_stage,
            history.is_administrative,
            lead(history.is_administrative) over steps as next_is_administrative,
            lead(history.stage_id) over steps as next_stage_id,
            lead(history.changed_at) over steps as left_at
        from stage_history as history
        join opportunities on opportunities.opportunity_id = history.opportunity_id
        where
            opportunities.deleted_at is null
            and (
                cast(:own as uuid) is null or opportunities.user_id is null or opportunities.user_id = cast(:own as uuid)
            )
            and (cast(:pipeline_id as uuid) is null or opportunities.pipeline_id = :pipeline_id)
        window steps as (partition by history.opportunity_id order by history.changed_at, history.history_id)
    ),
    dated as (
        select
            moves.*,
            not moves.is_administrative and moves.changed_at >= :since and moves.changed_at < :until as entered,
            coalesce(
                not moves.next_is_administrative and moves.left_at >= :since and moves.left_at < :until, false
            ) as left_stage
        from moves
    )
    select
        pipelines.pipeline_id,
        pipelines.name as pipeline,
        stages.stage_id,
        stages.name as stage,
        stages.kind,
        stages.color,
        stages.expected_duration_days,
        count(*) filter (where dated.entered) as entered,
        count(*) filter (
            where
                dated.left_stage and stages.kind <> 'won'
                and (next.kind = 'won' or (next.kind = 'open' and next.position > stages.position))
        ) as advanced,
        count(*) filter (where dated.left_stage and next.kind = 'open' and next.position < stages.position) as returned,
        count(*) filter (where dated.left_stage and next.kind = 'lost') as lost,
        percentile_cont(0.5) within group (order by dated.time_in_stage) filter (where dated.left_stage) / 86400.0
            as median_days
    from stages
    join pipelines on pipelines.pipeline_id = stages.pipeline_id
    left join dated on dated.stage_id = stages.stage_id
    left join stages as next on next.stage_id = dated.next_stage_id
    where
        (cast(:pipeline_id as uuid) is null or stages.pipeline_id = :pipeline_id)
        and (stages.archived_at is null or dated.stage_id is not null)
    group by pipelines.pipeline_id, stages.stage_id
    order by pipelines.position, pipelines.name, pipelines.pipeline_id, stages.position, stages.stage_id
    """
)

# How far the opportunities opened in the period got: through its furthest open stage; a won one through all.
_FUNNEL = text(
    """
    with opened as (
        select opportunities.opportunity_id, opportunities.pipeline_id, opportunities.status = 'won' as is_won
        from opportunities
        where
            opportunities.deleted_at is null
            and (
                cast(:own as uuid) is null or opportunities.user_id is null or opportunities.user_id = cast(:own as uuid)
            )
            and opportunities.created_at >= :since and opportunities.created_at < :until
            and (cast(:pipeline_id as uuid) is null or opportunities.pipeline_id = :pipeline_id)
    ),
    reached as (
        select opened.pipeline_id, opened.is_won, max(stages.position) filter (where stages.kind = 'open') as furthest
        from opened
        left join stage_history as history on history.opportunity_id = opened.opportunity_id
        left join stages as origin on origin.stage_id = history.from_stage_id
        -- A stage's archiving got nothing further; a pipeline's brought what was inside to where it stands there.
        left join stages
            on stages.stage_id = history.stage_id and stages.pipeline_id = opened.pipeline_id
            and (not history.is_administrative or origin.pipeline_id <> stages.pipeline_id)
        group by opened.opportunity_id, opened.pipeline_id, opened.is_won
    ),
    totals as (select pipeline_id, count(*) as opened from opened group by pipeline_id)
    select
        pipelines.pipeline_id,
        pipelines.name as pipeline,
        coalesce(totals.opened, 0) as opened,
        stages.stage_id,
        stages.name as stage,
        stages.kind,
        count(reached.pipeline_id) filter (
            where reached.is_won or (stages.kind = 'open' and reached.furthest >= stages.position)
        ) as reached
    from stages
    join pipelines on pipelines.pipeline_id = stages.pipeline_id
    left join totals on totals.pipeline_id = pipelines.pipeline_id
    left join reached on reached.pipeline_id = pipelines.pipeline_id
    where
        stages.kind in ('open', 'won') and stages.archived_at is null
        and (cast(:pipeline_id as uuid) is null or stages.pipeline_id = :pipeline_id)
    group by pipelines.pipeline_id, totals.opened, stages.stage_id
    order by pipelines.position, pipelines.name, pipelines.pipeline_id, stages.position, stages.stage_id
    """
)
_EVER = (datetime(1900, 1, 1, tzinfo=COSTA_RICA), datetime(2201, 1, 1, tzinfo=COSTA_RICA))


def stage_moves(
    session: Session, days: TimeRange | None, pipeline_id: UUID | None, own: UUID | None = None
) -> Sequence[Row[Any]]:
    """One row for each stage, in the pipelines' order: who entered, advanced, returned and was lost in these days.

    Of all opportunities, or of those that are the user `own`'s and nobody's.
    """
    return session.execute(_STAGE_MOVES, _instants(days) | {"pipeline_id": pipeline_id, "own": own}).all()


def funnel(
    session: Session, days: TimeRange | None, pipeline_id: UUID | None, own: UUID | None = None
) -> Sequence[Row[Any]]:
    """One row for each stage that is not lost: how many opportunities opened in these days got that far.

    Of all opportunities, or of those that are the user `own`'s and nobody's.
    """
    return session.execute(_FUNNEL, _instants(days) | {"pipeline_id": pipeline_id, "own": own}).all()


def pipeline_exists(session: Session, pipeline_id: UUID) -> bool:
    """Whether the tenant has such a pipeline."""
    statement = select(Pipeline.pipeline_id).where(Pipeline.pipeline_id == pipeline_id)
    return session.execute(statement).scalar_one_or_none() is not None


def monthly(session: Session, data_type: str, months: int) -> Sequence[AnalyticsData]:
    """The latest documents of analytics_data of one type, the oldest first."""
    statement = (
        select(AnalyticsData)
        .where(AnalyticsData.data_type == data_type)
        .order_by(AnalyticsData.period_start.desc())
        .limit(months)
    )
    return session.execute(statement).scalars().all()[::-1]


def _instants(days: TimeRange | None) -> dict[str, datetime]:
    """The first instant of the period, and the first one after it."""
    if days is None:
        return {"since": _EVER[0], "until": _EVER[1]}
    return {"since": _midnight(days.start), "until": _midnight(days.end + timedelta(days=1))}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, COSTA_RICA)
