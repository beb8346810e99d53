"""Alerts: a question to the metrics, and when its answer is news."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from crm_api.filtering import AnyOf, ColumnFilters, Since, Until
from crm_api.schemas import Answer, Flag, JsonObject, Line, Schema
from pymeai.metrics.query import TimeRange
from pymeai.templates.alerts import Channel, Condition, Schedule


class AlertFilters(ColumnFilters):
    """Which alerts."""

    schedule: AnyOf[Schedule] = ()
    channel: AnyOf[Channel] = ()
    is_active: bool | None = None
    created_by: AnyOf[UUID] = ()
    created_at_from: Since = None
    created_at_to: Until = None


class AlertFields(Schema):
    """A whole alert. `query` is a MetricQuery of one metric; grouped, each of its rows is measured."""

    name: Line
    query: JsonObject
    condition: Condition
    schedule: Schedule = "daily"
    channel: Channel = "app"
    is_active: Flag = True


class AlertAnswer(Answer):
    """An alert. `last_state` is what its last run found, empty before the first."""

    alert_id: UUID
    name: str
    query: dict[str, Any]
    condition: dict[str, Any]
    schedule: Schedule
    channel: Channel
    is_active: bool
    last_state: dict[str, Any]
    created_by: UUID | None
    created_at: datetime
    updated_at: datetime


class MeasuredRow(Answer):
    """One row of the query: its groups, the value, the value it is compared with, and whether it fires."""

    group: list[Any]
    value: float | None
    previous: float | None
    measured: float | None
    fires: bool


class AlertEvaluation(Answer):
    """What an alert finds now. `text` is what it would say; `rows` that fire come first.

    `unit` is of `measured`: the metric's own (absolute) or percent.
    """

    fires: bool
    text: str
    value: float | None
    previous: float | None
    measured: float | None
    unit: Literal["absolute", "percent"]
    rows: list[MeasuredRow]
    time_range: TimeRange | None
    previous_range: TimeRange | None
    currency: str
    data_as_of: datetime | None
