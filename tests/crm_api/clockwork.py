"""Time passes in the counts of tries: what the database remembers is moved back, and nobody waits."""

from datetime import timedelta

from sqlalchemy import text

from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session


def later(settings: Settings, time: timedelta) -> None:
    """As if `time` had passed since the last try."""
    with platform_session(settings) as session:
        session.execute(
            text(
                "update platform.throttles set window_started_at = window_started_at - :time, "
                "blocked_until = blocked_until - :time"
            ),
            {"time": time},
        )
