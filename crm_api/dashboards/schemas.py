"""Boards and their widgets."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from crm_api.schemas import Answer, Flag, JsonObject, Line, Schema
from pymeai.templates.widgets import Widget


class WidgetFields(Widget):
    """A widget as it comes in: its query is checked to be a MetricQuery when it is stored."""

    query: JsonObject


class DashboardFields(Schema):
    """A whole board."""

    name: Line
    widgets: Annotated[list[WidgetFields], Field(max_length=60, default_factory=list)]
    is_favorite: Flag = False
    shared: Flag = True

    @model_validator(mode="after")
    def _ids_differ(self) -> Self:
        if len({widget.id for widget in self.widgets}) != len(self.widgets):
            raise ValueError("Hay dos widgets con el mismo id.")
        return self


class DashboardCopy(Schema):
    """What the copy is called ("Copia de …" unless told) and whether colleagues see it."""

    name: Line | None = None
    shared: Flag = False


class DashboardAnswer(Answer):
    """A board. `owner_user_id` is null for the one that the organization started with."""

    dashboard_id: UUID
    owner_user_id: UUID | None
    name: str
    widgets: list[dict[str, Any]]
    is_favorite: bool
    shared: bool
    created_at: datetime
    updated_at: datetime
