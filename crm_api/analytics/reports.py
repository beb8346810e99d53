"""The ready-made analyses: segments, pipelines, conversion. Each a few set-based queries, whatever there is of data."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, Literal
from uuid import UUID

import psycopg
from sqlalchemy.orm import Session

from crm_api.analytics import repository
from crm_api.analytics.report_schemas import (
    ConversionAnalysis,
    ConversionFigures,
    ConversionGroup,
    ConversionMonth,
    Funnel,
    FunnelStage,
    LostReason,
    PipelineFigures,
    PipelinePerformance,
    SegmentAnalysis,
    SegmentFigures,
    SegmentMonth,
    StageFigures,
)
from crm_api.dependencies import Caller
from crm_api.organization.visibility import seen_by
from pymeai.database.tables.workspace import AnalyticsData
from pymeai.errors import NotFound, Unavailable
from pymeai.metrics.query import Filter, MetricQuery, MetricResult, Order, TimeRange
from pymeai.metrics.service import run_query
from pymeai.settings import Settings
from pymeai.tenancy.readers import reader_connection
from pymeai.tenancy.tenant import Tenant

By = Literal["pipeline", "seller", "source", "product"]
HISTORY_MONTHS = 24
MOST_GROUPS = 100
NOT_READY = "Los datos de los tableros todavía se están preparando. Intente de nuevo en un minuto."
WITHOUT_SEGMENT = "Sin segmento"
_LABELS = {"nuevo": "Nuevo", "frecuente": "Frecuente", "ocasional": "Ocasional", "inactivo": "Inactivo"}
_FLAGS = {
    "at_risk": "customer__is_at_risk",
    "being_lost": "customer__is_being_lost",
    "valuable": "customer__is_valuable",
}
_PIPELINE_NAME = "select pipeline from analytics.fct_opportunities where pipeline_id = %s limit 1"

_FIGURES = {
    "opened": "opportunities_count",
    "won": "won_opportunities",
    "lost": "lost_opportunities",
    "win_rate": "win_rate",
    "won_value": "won_value",
    "lost_value": "lost_value",
    "average_days_to_close": "average_days_to_close",
}
_MAY_BE_EMPTY = {"win_rate", "average_days_to_close"}


def segments(settings: Settings, caller: Caller, session: Session, days: TimeRange | None) -> SegmentAnalysis:
    """Customers by segment as they are now, what they bought in these days, and how the segments were before."""
    now = _ask(
        settings,
        caller,
        MetricQuery(metrics=["customers_count"], group_by=["customer__segment"], share_of_total=True),
    )
    sold = _ask(
        settings,
        caller,
        MetricQuery(
            metrics=["net_sales", "sales_count", "average_ticket"],
            group_by=["customer__segment"],
            filters=[Filter(field="customer__name", op="not_null")],
            time_range=days,
        ),
    )
    bought = {row["customer__segment"]: row for row in _rows(sold)}
    # Parts of a whole that is nothing, or less than nothing after credit notes, have no share.
    all_sales = sum(row["net_sales"] or 0 for row in bought.values())
    # The monthly results are the whole organization's.
    documents = repository.monthly(session, "customer_segments", HISTORY_MONTHS) if seen_by(caller) is None else []
    flags = _flags_of_the_month(documents) if seen_by(caller) is None else _flags_of_own(settings, caller)
    items = []
    for row in _rows(now):
        segment = row["customer__segment"]
        sales, flagged = bought.get(segment, {}), flags.get(segment, {})
        net_sales = float(sales.get("net_sales") or 0)
        items.append(
            SegmentFigures(
                segment=segment,
                label=_LABELS.get(segment, segment) if segment else WITHOUT_SEGMENT,
                customers=row["customers_count"],
                customers_share=row["customers_count__share"],
                at_risk=flagged.get("at_risk", 0),
                being_lost=flagged.get("being_lost", 0),
                valuable=flagged.get("valuable", 0),
                net_sales=net_sales,
                net_sales_share=net_sales / all_sales if all_sales > 0 else None,
                sales_count=sales.get("sales_count") or 0,
                average_ticket=sales.get("average_ticket"),
            )
        )
    history = [
        SegmentMonth(
            month=document.period_start,
            customers={item["segment"]: item["customers"] for item in document.data.get("segments", [])},
        )
        for document in documents
    ]
    return SegmentAnalysis(
        items=items,
        customers=sum(item.customers for item in items),
        history=history,
        time_range=days,
        currency=now.currency,
        data_as_of=now.data_as_of,
    )


def performance(
    settings: Settings, caller: Caller, session: Session, days: TimeRange | None, pipeline_id: UUID | None
) -> PipelinePerformance:
    """What each stage holds now, and what passed through it in these days. Raises NotFound for a pipeline that is none."""
    _require_pipeline(session, pipeline_id)
    held = _ask(
        settings,
        caller,
        MetricQuery(
            metrics=["open_opportunities", "open_value", "weighted_value", "stalled_opportunities"],
            group_by=["opportunity__pipeline", "opportunity__stage"],
            filters=[Filter(field="opportunity__status", op="eq", value="open")],
        ),
    )
    # The marts know stages by their names, which are unique in a pipeline, as a pipeline's is in the organization.
    present = {(row["opportunity__pipeline"], row["opportunity__stage"]): row for row in _rows(held)}
    stages = [
        (row.pipeline_id, row.pipeline, _stage(row, present.get((row.pipeline, row.stage), {})))
        for row in repository.stage_moves(session, days, pipeline_id, seen_by(caller))
    ]
    items = []
    for (key, name), group in groupby(stages, key=lambda found: found[:2]):
        figures = [stage for *_, stage in group]
        items.append(
            PipelineFigures(
                pipeline_id=key,
                pipeline=name,
                open_opportunities=sum(stage.open_opportunities for stage in figures),
                open_value=sum(stage.open_value for stage in figures),
                weighted_value=sum(stage.weighted_value for stage in figures),
                stalled_opportunities=sum(stage.stalled_opportunities for stage in figures),
                stages=figures,
            )
        )
    return PipelinePerformance(items=items, time_range=days, currency=held.currency, data_as_of=held.data_as_of)


def conversion(
    settings: Settings,
    caller: Caller,
    session: Session,
    days: TimeRange | None,
    pipeline_id: UUID | None,
    by: By,
) -> ConversionAnalysis:
    """From opened to won in these days, beside the days before. Raises NotFound for a pipeline that is none."""
    _require_pipeline(session, pipeline_id)
    base = MetricQuery(
        metrics=list(_FIGURES.values()), filters=_only(settings, caller.tenant, pipeline_id), time_range=days
    )
    totals = _ask(settings, caller, base.model_copy(update={"comparison": "previous_period" if days else None}))
    groups = _ask(
        settings,
        caller,
        base.model_copy(
            update={
                "group_by": [f"opportunity__{by}"],
                "order": [Order(field="opportunities_count"), Order(field="won_opportunities")],
                "limit": MOST_GROUPS,
            }
        ),
    )
    months = _ask(settings, caller, base.model_copy(update={"group_by": ["metric_time"], "grain": "month"}))
    reasons = _ask(
        settings,
        caller,
        MetricQuery(
            metrics=["lost_opportunities", "lost_value"],
            group_by=["opportunity__lost_reason"],
            filters=[*base.filters, Filter(field="opportunity__status", op="eq", value="lost")],
            time_range=days,
            order=[Order(field="lost_opportunities")],
            limit=MOST_GROUPS,
        ),
    )
    total = next(iter(_rows(totals)), {})
    return ConversionAnalysis(
        totals=ConversionFigures(**_figures(total)),
        previous=ConversionFigures(**_figures(total, "__previous")) if totals.previous_range else None,
        by=by,
        groups=[ConversionGroup(name=row[f"opportunity__{by}"], **_figures(row)) for row in _rows(groups)],
        months=[
            ConversionMonth(month=row["metric_time"], **_figures(row))
            for row in _rows(months)
            if row["metric_time"] is not None
        ],
        lost_reasons=[
            LostReason(
                reason=row["opportunity__lost_reason"],
                opportunities=row["lost_opportunities"] or 0,
                value=row["lost_value"] or 0,
            )
            for row in _rows(reasons)
            if row["lost_opportunities"]
        ],
        funnels=_funnels(session, days, pipeline_id, seen_by(caller)),
        time_range=days,
        previous_range=totals.previous_range,
        currency=totals.currency,
        data_as_of=totals.data_as_of,
    )


def _ask(settings: Settings, caller: Caller, query: MetricQuery) -> MetricResult:
    """The answer from what the caller sees."""
    return run_query(settings, caller.tenant, query, seen_by=seen_by(caller))


def _flags_of_the_month(documents: Sequence[AnalyticsData]) -> dict[str | None, dict[str, Any]]:
    return {item["segment"]: item for item in (documents[-1].data.get("segments", []) if documents else [])}


def _flags_of_own(settings: Settings, caller: Caller) -> dict[str | None, dict[str, Any]]:
    """How many of the customers that the caller sees have each flag, by segment."""
    found: dict[str | None, dict[str, Any]] = {}
    for flag, dimension in _FLAGS.items():
        query = MetricQuery(
            metrics=["customers_count"],
            group_by=["customer__segment"],
            filters=[Filter(field=dimension, op="eq", value=True)],
        )
        for row in _rows(_ask(settings, caller, query)):
            found.setdefault(row["customer__segment"], {})[flag] = row["customers_count"]
    return found


def _stage(row: Any, present: dict[str, Any]) -> StageFigures:
    ended = row.advanced + row.lost
    return StageFigures(
        stage_id=row.stage_id,
        stage=row.stage,
        kind=row.kind,
        color=row.color,
        open_opportunities=present.get("open_opportunities") or 0,
        open_value=present.get("open_value") or 0,
        weighted_value=present.get("weighted_value") or 0,
        stalled_opportunities=present.get("stalled_opportunities") or 0,
        entered=row.entered,
        advanced=row.advanced,
        returned=row.returned,
        lost=row.lost,
        advance_rate=row.advanced / ended if ended else None,
        median_days=float(row.median_days) if row.median_days is not None else None,
        expected_days=row.expected_duration_days,
    )


def _funnels(session: Session, days: TimeRange | None, pipeline_id: UUID | None, own: UUID | None) -> list[Funnel]:
    found = []
    rows = repository.funnel(session, days, pipeline_id, own)
    for (key, name, opened), group in groupby(rows, key=lambda row: (row.pipeline_id, row.pipeline, row.opened)):
        stages = [
            FunnelStage(
                stage_id=row.stage_id,
                stage=row.stage,
                kind=row.kind,
                reached=row.reached,
                share=row.reached / opened if opened else None,
            )
            for row in group
        ]
        found.append(Funnel(pipeline_id=key, pipeline=name, opened=opened, stages=stages))
    return found


def _only(settings: Settings, tenant: Tenant, pipeline_id: UUID | None) -> list[Filter]:
    """The filter for one pipeline, by the name under which the marts have it now."""
    if pipeline_id is None:
        return []
    try:
        with reader_connection(settings, tenant) as reader:
            row = reader.execute(_PIPELINE_NAME, (pipeline_id,)).fetchone()
    except psycopg.Error as error:
        raise Unavailable(NOT_READY, code="marts_not_ready") from error
    # Nothing of it in the marts: a name that nothing has.
    return [Filter(field="opportunity__pipeline", op="eq", value=row[0] if row else str(pipeline_id))]


def _require_pipeline(session: Session, pipeline_id: UUID | None) -> None:
    if pipeline_id is not None and not repository.pipeline_exists(session, pipeline_id):
        raise NotFound("No se encontró ese embudo.")


def _figures(row: dict[str, Any], suffix: str = "") -> dict[str, Any]:
    values = {name: row.get(f"{metric}{suffix}") for name, metric in _FIGURES.items()}
    return {name: value if value is not None or name in _MAY_BE_EMPTY else 0 for name, value in values.items()}


def _rows(result: MetricResult) -> Iterable[dict[str, Any]]:
    names = [column.name for column in result.columns]
    return (dict(zip(names, row, strict=True)) for row in result.rows)
