"""A plan -> queries: names checked against the catalogue, values against the tenant's data, phrases turned into days."""

from dataclasses import dataclass, field
from datetime import date

from kula.echo import quoted
from kula.periods.grammar import carry_year, parse_periods
from kula.periods.period import Period
from kula.plan import Plan
from kula.reply import Option
from kula.resolve_filters import Refusal, resolve_filter
from kula.understanding import Context, QuestionBack
from pymeai.metrics.catalogue import METRIC_TIME
from pymeai.metrics.periods import shift_for
from pymeai.metrics.query import Comparison, Filter, MetricQuery, Order, TimeRange

_MAX_PERIODS = 6


@dataclass
class Resolved:
    """One query a period, the main one first; all alike but for their days. `periods` has those compared with too."""

    plan: Plan
    queries: list[MetricQuery]
    periods: list[Period | None]
    filters: list[Filter]
    assumptions: list[str] = field(default_factory=list)


def resolve(plan: Plan, context: Context, question: str = "") -> Resolved | QuestionBack | Refusal:
    """Checks and completes a plan. Whatever engine made it, nothing unchecked passes."""
    catalogue = context.catalogue
    unknown = [name for name in plan.metrics if name not in catalogue.metrics]
    if unknown or not plan.metrics:
        return Refusal("No tengo esa métrica.", "unknown_metric")
    refused = _check_dimensions(plan, context)
    if refused is not None:
        return refused
    assumptions: list[str] = []
    periods = _periods(plan, context, assumptions)
    if isinstance(periods, QuestionBack):
        return periods
    filters: list[Filter] = []
    metric_filters: list[Filter] = []
    for condition in plan.filters:
        made = resolve_filter(condition, context, question, assumptions)
        if isinstance(made, QuestionBack | Refusal):
            return made
        (metric_filters if condition.field in catalogue.metrics else filters).append(made)
    group_by = _group_by(plan)
    if plan.limit is not None:
        # A ranking names who it ranks: rows without a customer or a product are nobody's place.
        filters += [Filter(field=name, op="not_null") for name in plan.dimensions]
    comparison = _known_comparison(periods, plan)
    asked = periods[:1] if comparison is not None else periods
    # Periods that the database does not compare by itself are joined here, so each is asked for whole.
    joined = len(asked) > 1
    query = MetricQuery(
        metrics=plan.metrics,
        group_by=group_by,
        filters=filters,
        metric_filters=metric_filters,
        grain=plan.grain,
        comparison=comparison,
        share_of_total=plan.share_of_total and not joined,
        order=_order(plan, comparison is not None),
        limit=None if joined else plan.limit,
    )
    queries = [query.model_copy(update={"time_range": _range(period)}) for period in asked]
    return Resolved(plan, queries, periods, filters, assumptions)


def _known_comparison(periods: list[Period | None], plan: Plan) -> Comparison | None:
    """The comparison of a MetricQuery that means just these two periods."""
    if len(periods) != 2:
        return None
    main, other = _range(periods[0]), _range(periods[1])
    if main is None or other is None:
        return None
    kinds: tuple[Comparison, ...] = ("previous_period", "previous_year")
    if plan.compare is not None and plan.compare.kind == "previous_year":
        kinds = ("previous_year", "previous_period")
    for kind in kinds:
        if shift_for(kind, main, plan.grain).range_before(main) == other:
            return kind
    return None


def _check_dimensions(plan: Plan, context: Context) -> Refusal | None:
    catalogue = context.catalogue
    allowed = set(catalogue.dimensions_for(plan.metrics))
    labels = " y ".join(catalogue.metrics[name].label.lower() for name in plan.metrics)
    fields = [*plan.dimensions, *(f.field for f in plan.filters if f.field not in catalogue.metrics)]
    for name in fields:
        info = catalogue.dimensions.get(name)
        if info is None:
            return Refusal("No tengo ese dato para separar o filtrar.", "unknown_dimension")
        if name not in allowed:
            others = [
                d.label
                for d in catalogue.dimensions.values()
                if d.name in allowed and d.type == "categorical" and d.format == "text"
            ]
            options = tuple(
                Option(label=f"Por {label.lower()}", question=f"{labels} por {label.lower()}") for label in others[:3]
            )
            return Refusal(f"No puedo ver {labels} por {info.label.lower()}.", "not_by_dimension", options)
    if len(set(plan.metrics)) > 1 and not allowed:
        return Refusal(f"No puedo juntar {labels} en una sola respuesta: pregúntelas por separado.", "not_together")
    return None


def _group_by(plan: Plan) -> list[str]:
    dimensions = [name for name in plan.dimensions if name != METRIC_TIME]
    return [METRIC_TIME, *dimensions] if plan.grain is not None or METRIC_TIME in plan.dimensions else dimensions


def _order(plan: Plan, compared: bool) -> list[Order]:
    changes = [f"{name}__change" for name in plan.metrics] if compared else []
    if plan.order is not None and plan.order.field in (*plan.metrics, *plan.dimensions, *changes):
        return [Order(field=plan.order.field, descending=plan.order.descending)]
    if plan.grain is not None:
        return [Order(field=METRIC_TIME, descending=False)]
    if not plan.dimensions:
        return []
    if plan.intent == "list" and plan.metrics == ["customers_count"]:
        return [Order(field=plan.dimensions[0], descending=False)]
    return [Order(field=plan.metrics[0], descending=True)]


def _range(period: Period | None) -> TimeRange | None:
    return None if period is None or period.is_all else TimeRange(start=period.start, end=period.end)


def _periods(plan: Plan, context: Context, assumptions: list[str]) -> list[Period | None] | QuestionBack:
    if plan.time is None:
        if plan.compare is None:
            return [None]
        return QuestionBack(
            "¿Qué período quiere comparar?",
            tuple(
                Option(label=label, question=f"{context.catalogue.metrics[plan.metrics[0]].label} {text}")
                for label, text in (
                    ("Este mes con el anterior", "este mes comparado con el mes anterior"),
                    ("Este año con el anterior", "este año comparado con el mismo periodo del año pasado"),
                )
            ),
            "no_period",
        )
    main = parse_periods(plan.time.phrase, context.today)
    if not main:
        return _period_not_understood(plan.time.phrase)
    periods: list[Period] = list(main)
    if plan.compare is not None and plan.compare.kind == "periods":
        for phrase in plan.compare.phrases:
            others = parse_periods(phrase, context.today)
            if not others:
                return _period_not_understood(phrase)
            periods += others
        periods = carry_year(periods)
    elif plan.compare is not None:
        period = periods[0]
        if period.is_all:
            return _period_not_understood(plan.time.phrase)
        previous = plan.compare.kind == "previous_period"
        # "Este año" against "el anterior": the same days of last year.
        periods = [period, period.previous() if previous else period.year_before()]
    unsaid = [p for p in periods if not p.explicit_year]
    if unsaid:
        assumptions.append(f"Sin año dicho, tomé lo más reciente: {', '.join(p.name for p in unsaid)}.")
    return list(periods[:_MAX_PERIODS])


def _period_not_understood(phrase: str) -> QuestionBack:
    return QuestionBack(
        f"No entendí el período {quoted(phrase)}. Por ejemplo: «marzo de 2026», «últimos 90 días».", (), "period"
    )


def today_note(period: Period | None, today: date) -> str | None:
    """What to say of a period that has not begun."""
    if period is not None and not period.is_all and period.start > today:
        return "Ese período todavía no ha llegado."
    return None
