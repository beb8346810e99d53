"""What the tests of this room build: a signed-in session without an API behind it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from dashboards.generated.models import OrganizationSummary, Tokens, UserAnswer
from dashboards.sessions import SignedIn

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, time: timedelta) -> None:
        """Let time pass."""
        self.now += time


def signed_in(email: str = "ana@elroble.cr", *, last_digit: int = 1) -> SignedIn:
    """A session of some user."""
    return SignedIn(
        user=UserAnswer(
            user_id=UUID(int=last_digit),
            email=email,
            first_name="Ana",
            last_name="Solís",
            role="owner",
            is_active=True,
            last_login=NOW,
        ),
        organization=OrganizationSummary(
            organization_id=UUID(int=100 + last_digit), name="El Roble", industry_type="ferreteria", settings={}
        ),
        tokens=Tokens(access_token="access", refresh_token="refresh", expires_in=900),
        access_until=datetime.now(UTC) + timedelta(minutes=15),
        confirmed_at=datetime.now(UTC),
    )
