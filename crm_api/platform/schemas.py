"""What the platform says of itself."""

from typing import Literal

from crm_api.schemas import Answer


class Health(Answer):
    """The process lives."""

    status: Literal["ok"]


class Readiness(Answer):
    """Whether the platform can work, and which of its parts answer."""

    status: Literal["ready", "unavailable"]
    checks: dict[str, Literal["ok", "down"]]
