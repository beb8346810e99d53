"""What an opportunity's columns say together with its stage's: SQL expressions over Opportunity joined with Stage.

The same rules as the mart fct_opportunities, so that a board and a dashboard agree.
"""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, Numeric, SQLColumnExpression, and_, case, cast, func, literal, or_

from pymeai.clock import COSTA_RICA
from pymeai.database.tables.tenant import Opportunity, Stage

Day = date | ColumnElement[date]
"""A day, or the parameter that it comes in."""
STALLED_FACTOR = 1.5
"""Half as long again as the stage should take."""
STALLED_DAYS = 30
"""A month in the stage, where nobody said how long it should take."""


def effective_probability() -> ColumnElement[Any]:
    """Percent: of closed ones what came about; else a person's word, then the model's, then the stage's."""
    said = func.coalesce(Opportunity.probability_override, Opportunity.probability, Stage.probability)
    return cast(case({"won": 100, "lost": 0}, value=Opportunity.status, else_=said), Numeric(5, 2))


def weighted_value() -> ColumnElement[Any]:
    """The value by its probability, in the opportunity's currency."""
    return cast(Opportunity.value * effective_probability() / 100, Numeric(18, 5))


def local_day(moment: SQLColumnExpression[Any]) -> ColumnElement[date]:
    """The day of an instant in Costa Rica."""
    return cast(func.timezone(COSTA_RICA.key, moment), Date)


def days_in_stage(today: Day) -> ColumnElement[int]:
    """Whole days since the stage was entered."""
    since = local_day(func.coalesce(Opportunity.last_stage_change, Opportunity.created_at))
    return cast(func.greatest(_day(today) - since, 0), Integer)


def stalled(today: Day) -> ColumnElement[bool]:
    """Open, too long in its stage, and no next step today or later."""
    expected = func.coalesce(Stage.expected_duration_days * STALLED_FACTOR, STALLED_DAYS)
    no_step = or_(Opportunity.next_step_at.is_(None), local_day(Opportunity.next_step_at) < today)
    return and_(Opportunity.status == "open", days_in_stage(today) > expected, no_step)


def overdue(today: Day) -> ColumnElement[bool]:
    """Open, and the day on which it should have been closed has passed."""
    return and_(Opportunity.status == "open", func.coalesce(Opportunity.expected_close_date < today, False))


def _day(today: Day) -> ColumnElement[date]:
    return literal(today, Date) if isinstance(today, date) else today
