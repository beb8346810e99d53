"""What a question is answered with: the fields of POST /api/kula/query, less the ids that the API gives."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from kula.plan import Plan

ReplyKind = Literal["answer", "clarify", "refuse", "help"]
EngineName = Literal["offline", "openai"]


class Option(BaseModel):
    """A button: what it says, and the question that it asks."""

    label: str
    question: str


class ReplyColumn(BaseModel):
    """A column of the rows: `kind` is dimension, time or metric; `format` is money, integer, percent, text, date and so on."""

    name: str
    label: str
    kind: Literal["dimension", "time", "metric"]
    format: str


class Chart(BaseModel):
    """How to draw the rows: `x` and `series` name columns of the reply."""

    type: Literal["number", "bar", "line"]
    x: str | None = None
    series: list[str] = Field(default_factory=list)
    title: str = ""


class Turn(BaseModel):
    """An earlier question of the conversation and how it was read."""

    model_config = ConfigDict(extra="ignore")

    question: str
    plan: Plan | None = None


class Reply(BaseModel):
    """An answer, a question back, a refusal or a help topic. All texts are Spanish and plain: no HTML, no links."""

    kind: ReplyKind
    text: str
    understood: str = ""
    assumptions: list[str] = Field(default_factory=list)
    columns: list[ReplyColumn] = Field(default_factory=list)
    rows: list[list[Any]] = Field(default_factory=list)
    chart: Chart | None = None
    options: list[Option] = Field(default_factory=list)
    followups: list[str] = Field(default_factory=list)
    sql: str | None = None
    engine: EngineName = "offline"
    data_as_of: datetime | None = None
    currency: str | None = None
    # Why it was refused or asked back: a stable word for tests and statistics.
    reason: str | None = None
    plan: Plan | None = None
    # The MetricQuery of the rows, as JSON: what can be pinned to a dashboard. None where two periods were joined.
    query: dict[str, Any] | None = None
