"""Columns as answers write them, for answers whose JSON PostgreSQL makes."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Double, SQLColumnExpression, cast, func

_FORM = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'


def moment_text(moment: SQLColumnExpression[datetime] | SQLColumnExpression[datetime | None]) -> ColumnElement[str]:
    """An instant in UTC, ISO 8601; without a fraction where it has none."""
    return func.replace(func.to_char(func.timezone("UTC", moment), _FORM), ".000000Z", "Z")


def number(amount: SQLColumnExpression[Any]) -> ColumnElement[float]:
    """A decimal as `schemas.Number` writes it."""
    return cast(amount, Double)
