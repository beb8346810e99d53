"""What can be asked of the metrics, and boards with their figures."""

from typing import Any, Literal
from uuid import UUID

from crm_api.schemas import Answer
from pymeai.metrics.query import MetricResult, TimeRange


class MetricAnswer(Answer):
    """A metric. `good` says which way is good news."""

    name: str
    label: str
    description: str
    synonyms: list[str]
    format: str
    good: Literal["up", "down"] | None


class DimensionAnswer(Answer):
    """A dimension and the metrics that can be asked by it. `values` says what coded values mean."""

    name: str
    label: str
    description: str
    synonyms: list[str]
    type: Literal["categorical", "time"]
    format: str
    metrics: list[str]
    values: dict[str, str]


class CatalogueAnswer(Answer):
    """All that a MetricQuery may name."""

    metrics: list[MetricAnswer]
    dimensions: list[DimensionAnswer]


class WidgetResult(Answer):
    """A widget with its figures, or with what went wrong in Spanish."""

    id: str
    title: str
    chart: str
    period: str
    time_range: TimeRange | None
    query: dict[str, Any]
    result: MetricResult | None
    problem: str | None


class DashboardResult(Answer):
    """The board that opens first, with the figures of all its widgets."""

    dashboard_id: UUID
    name: str
    widgets: list[WidgetResult]
