"""What is recorded has happened: a date after today would count as the last contact, or as money earned."""

from datetime import datetime, timedelta

from pymeai.clock import end_of_today
from pymeai.errors import invalid_field
from pymeai.settings import Settings

TOLERANCE = timedelta(hours=1)
"""How far ahead of ours the clock of another program may be at the end of a day."""


def require_happened(settings: Settings, moment: datetime, field: str, instead: str) -> None:
    """Raise Invalid for a moment after the end of today in Costa Rica; `instead` says in Spanish what to do."""
    if moment >= end_of_today(settings) + TOLERANCE:
        raise invalid_field(field, f"Esa fecha todavía no llega. {instead}")
