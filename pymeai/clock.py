"""What time it is: UTC for instants, Costa Rica for business days."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from pymeai.settings import Settings

COSTA_RICA = ZoneInfo("America/Costa_Rica")


def utc_now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


def business_today(settings: Settings) -> date:
    """The business day: PYMEAI_TODAY where it is set, else the day in Costa Rica."""
    return settings.today or datetime.now(COSTA_RICA).date()
