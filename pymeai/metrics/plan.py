"""A MetricQuery checked against the catalogue, and taken apart into what the SQL needs. Errors are in Spanish."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pymeai.costa_rica.text import fold
from pymeai.errors import FieldError, Invalid
from pymeai.metrics.catalogue import METRIC_TIME, Catalogue, DimensionInfo
from pymeai.metrics.query import GRAINS, Column, Filter, Grain, MetricQuery, Operator, TimeRange

SUFFIXES = {"previous": "período anterior", "change": "cambio", "share": "% del total"}
COMPARISONS: set[Operator] = {"gt", "gte", "lt", "lte", "between"}
LISTS: set[Operator] = {"in", "not_in"}
EMPTINESS: set[Operator] = {"is_null", "not_null"}


@dataclass(frozen=True)
class Grouping:
    """A column to group by: its name in the result, the dimension, and the grain if it is one of time."""

    name: str
    dimension: DimensionInfo
    grain: Grain | None

    @property
    def compiled_name(self) -> str:
        """Its name in MetricFlow's query and SQL."""
        return f"{self.dimension.name}__{self.grain}" if self.grain else self.dimension.name


@dataclass(frozen=True)
class Condition:
    """A checked filter: the dimension or metric, the operator, and a value of the right type."""

    field: str
    op: Operator
    value: Any
    is_time: bool = False


@dataclass(frozen=True)
class Plan:
    """All that the SQL of a query is made of."""

    metrics: tuple[str, ...]
    # Metrics that only conditions name: computed, not shown.
    hidden_metrics: tuple[str, ...]
    groupings: tuple[Grouping, ...]
    conditions: tuple[Condition, ...]
    metric_conditions: tuple[Condition, ...]
    time_range: TimeRange | None
    columns: tuple[Column, ...]
    order: tuple[tuple[str, bool], ...]

    @property
    def identities(self) -> tuple[str, ...]:
        """Entities whose keys group along, so that two customers of one name stay two rows."""
        return tuple(dict.fromkeys(g.dimension.identity for g in self.groupings if g.dimension.identity))

    @property
    def time_grouping(self) -> Grouping | None:
        """The grouping by metric_time, if there is one."""
        return next((grouping for grouping in self.groupings if grouping.dimension.name == METRIC_TIME), None)


def plan_query(query: MetricQuery, catalogue: Catalogue) -> Plan:
    """Check a query. Raises Invalid naming what there is not, what does not go together, and what is near."""
    for name in query.metrics:
        _known(name, catalogue.metrics, "metrics", "la métrica")
    conditions = tuple(_dimension_condition(item, catalogue) for item in query.filters)
    metric_conditions = tuple(_metric_condition(item, catalogue) for item in query.metric_filters)
    groupings = tuple(_grouping(name, query.grain, catalogue) for name in dict.fromkeys(query.group_by))
    metrics = tuple(dict.fromkeys(query.metrics))
    hidden = tuple(dict.fromkeys(c.field for c in metric_conditions if c.field not in metrics))
    asked = [*metrics, *hidden]
    _check_together(asked, [grouping.dimension.name for grouping in groupings], "group_by", catalogue)
    _check_together(asked, [condition.field for condition in conditions], "filters", catalogue)
    _check_extras(query, metrics, groupings, catalogue)
    columns = (*map(_dimension_column, groupings), *_metric_columns(query, metrics, catalogue))
    return Plan(
        metrics, hidden, groupings, conditions, metric_conditions, query.time_range, columns, _order(query, columns)
    )


def find_dimension(name: str, catalogue: Catalogue, field: str = "dimension") -> DimensionInfo:
    """The dimension of that name. Raises Invalid with near names where there is none."""
    return catalogue.dimensions[_known(name, catalogue.dimensions, field, "la dimensión")]


def _known(name: str, names: Iterable[str], field: str, noun: str) -> str:
    if name in (known := list(names)):
        return name
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f" ¿Quiso decir {' o '.join(f'«{other}»' for other in near)}?" if near else ""
    raise _refusal(field, f"No existe {noun} «{name[:60]}».{hint}", "unknown_name")


def _refusal(field: str, message: str, code: str) -> Invalid:
    return Invalid(message, code=code, errors=[FieldError(field, message)])


def _grouping(name: str, grain: Grain | None, catalogue: Catalogue) -> Grouping:
    base, _, suffix = name.rpartition("__")
    own_grain = next((known for known in GRAINS if known == suffix), None)
    if own_grain and base in catalogue.dimensions and catalogue.dimensions[base].type == "time":
        return Grouping(name, catalogue.dimensions[base], own_grain)
    dimension = find_dimension(name, catalogue, "group_by")
    if dimension.type != "time":
        return Grouping(name, dimension, None)
    return Grouping(name, dimension, (grain or "month") if name == METRIC_TIME else "day")


def _check_together(metrics: Sequence[str], dimensions: Sequence[str], field: str, catalogue: Catalogue) -> None:
    for name in dimensions:
        info = catalogue.dimensions[name]
        for metric in metrics:
            if metric not in info.metrics:
                label = catalogue.metrics[metric].label
                raise _refusal(
                    field,
                    f"«{label}» no se puede ver por «{info.label}» ({name}).",
                    "dimension_not_available",
                )


def _check_extras(
    query: MetricQuery, metrics: Sequence[str], groupings: Sequence[Grouping], catalogue: Catalogue
) -> None:
    if query.comparison and not query.time_range:
        raise _refusal("comparison", "Para comparar hace falta un período.", "comparison_without_range")
    if query.share_of_total:
        partial = [name for name in metrics if not catalogue.metrics[name].additive]
        if partial:
            raise _refusal(
                "share_of_total",
                f"«{catalogue.metrics[partial[0]].label}» no tiene porcentaje del total: sus partes no se suman.",
                "not_additive",
            )
        if not groupings:
            raise _refusal("share_of_total", "El porcentaje del total necesita por qué separar.", "share_without_group")


def _dimension_column(grouping: Grouping) -> Column:
    info = grouping.dimension
    if grouping.grain:
        kind_format = "date" if grouping.grain == "day" else grouping.grain
        return Column(name=grouping.name, label=info.label, kind="time", format=kind_format)
    return Column(name=grouping.name, label=info.label, kind="dimension", format=info.format, values=info.values)


def _metric_columns(query: MetricQuery, metrics: Sequence[str], catalogue: Catalogue) -> list[Column]:
    columns = []
    for name in metrics:
        info = catalogue.metrics[name]
        columns.append(Column(name=name, label=info.label, kind="metric", format=info.format))
        extras = []
        if query.comparison:
            extras += [("previous", info.format), ("change", "percent")]
        if query.share_of_total:
            extras.append(("share", "percent"))
        columns += [
            Column(name=f"{name}__{suffix}", label=f"{info.label} ({SUFFIXES[suffix]})", kind="metric", format=form)
            for suffix, form in extras
        ]
    return columns


def _order(query: MetricQuery, columns: Sequence[Column]) -> tuple[tuple[str, bool], ...]:
    names = [column.name for column in columns]
    for item in query.order:
        _known(item.field, names, "order", "en el resultado la columna")
    asked = {item.field: item.descending for item in query.order}
    if not asked:
        asked = {column.name: False for column in columns if column.kind == "time"} or {query.metrics[0]: True}
    # The other columns decide between equals, so that the rows come in the same order each time.
    rest = {column.name: False for column in columns if column.kind != "metric" and column.name not in asked}
    return tuple({**asked, **rest}.items())


def _dimension_condition(item: Filter, catalogue: Catalogue) -> Condition:
    info = find_dimension(item.field, catalogue, "filters")
    if item.op == "contains" and (info.format != "text" or info.type == "time"):
        raise _refusal("filters", f"«{info.label}» no es un texto: no se puede buscar dentro.", "wrong_operator")
    if item.op in COMPARISONS and info.type != "time" and info.format in {"text", "boolean"}:
        raise _refusal(
            "filters", f"«{info.label}» no es un número ni una fecha: no tiene mayor ni menor.", "wrong_operator"
        )
    return Condition(
        item.field, item.op, _value(item, "filters", info.label, info.format, info.values), info.type == "time"
    )


def _metric_condition(item: Filter, catalogue: Catalogue) -> Condition:
    _known(item.field, catalogue.metrics, "metric_filters", "la métrica")
    info = catalogue.metrics[item.field]
    if item.op in LISTS or item.op == "contains":
        raise _refusal("metric_filters", f"«{info.label}» es un número: compárelo con otro.", "wrong_operator")
    return Condition(item.field, item.op, _value(item, "metric_filters", info.label, "number", {}))


def _value(item: Filter, field: str, label: str, form: str, values: dict[str, str]) -> Any:
    if item.op in EMPTINESS:
        if item.value is not None:
            raise _refusal(field, f"La condición de «{label}» no lleva valor.", "wrong_value")
        return None
    if item.op in LISTS or item.op == "between":
        if not isinstance(item.value, list) or not item.value or (item.op == "between" and len(item.value) != 2):
            wanted = "dos valores" if item.op == "between" else "una lista de valores"
            raise _refusal(field, f"La condición de «{label}» necesita {wanted}.", "wrong_value")
        return [_scalar(value, field, label, form, values) for value in item.value]
    return _scalar(item.value, field, label, form, values)


def _scalar(value: Any, field: str, label: str, form: str, values: dict[str, str]) -> Any:
    match form:
        case "boolean" if isinstance(value, bool):
            return value
        case "date" if isinstance(value, date):
            return value
        case "date" if isinstance(value, str):
            try:
                return date.fromisoformat(value)
            except ValueError:
                raise _refusal(field, f"«{value[:40]}» no es una fecha (AAAA-MM-DD).", "wrong_value") from None
        case "integer" | "number" if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        # PostgreSQL has no place for a null character.
        case "text" if isinstance(value, str) and "\0" not in value:
            return _code_of(value, values)
    raise _refusal(field, f"El valor de «{label}» no es del tipo que corresponde.", "wrong_value")


def _code_of(value: str, values: dict[str, str]) -> str:
    """The code behind a Spanish value ("Ganada"), or the value as it is."""
    codes = {fold(label): code for code, label in values.items()}
    return value if value in values else codes.get(fold(value), value)
