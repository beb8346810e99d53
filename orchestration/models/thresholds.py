"""The limits that segments go by: the trade's preset, and what the organization's owner changed of it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

RULES_VERSION = 1
"""Raised when the rules themselves change, so that stored results say which rules made them."""

MAX_LIMIT = 36_500
"""A hundred years of days: beyond it a limit is a slip of the keyboard."""


@dataclass(frozen=True)
class Thresholds:
    """Days are calendar days; ratios are days since the last purchase over the customer's cadence."""

    # Without a purchase for longer than this a customer is inactive.
    inactivity_days: int = 90
    # A customer whose first purchase is this recent is new.
    new_days: int = 30
    # Days with a purchase within `frequency_window_days` that make a customer frequent.
    frequent_purchases: int = 3
    frequency_window_days: int = 365
    at_risk_ratio: float = 2.0
    losing_ratio: float = 3.0
    # Customers above this quantile of what customers spent are valuable.
    valuable_quantile: float = 0.8
    # True: the owner chose inactivity_days, and the trade's own rhythm does not stretch it.
    fixed_inactivity: bool = False

    @property
    def version(self) -> str:
        """The rules' version and a digest of the limits, e.g. "1-5f2c01ab"."""
        digest = hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()
        return f"{RULES_VERSION}-{digest[:8]}"


def resolve_thresholds(template: Mapping[str, Any], chosen: Mapping[str, Any]) -> Thresholds:
    """The trade's preset under what the organization's owner chose; unknown or impossible values are left out.

    Args:
        template: thresholds of the industry template, by the names of Thresholds' fields.
        chosen: organizations.settings["thresholds"].

    """
    preset, own = _possible(template), _possible(chosen)
    values = {**preset, **own}
    fixed = "inactivity_days" in own and own["inactivity_days"] != preset.get("inactivity_days")
    return Thresholds(**values, fixed_inactivity=fixed)


def _possible(source: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field in fields(Thresholds):
        value = source.get(field.name)
        if field.name == "fixed_inactivity" or isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if 0 < value < (1 if field.name == "valuable_quantile" else MAX_LIMIT):
            values[field.name] = float(value) if field.type is float else int(value)
    return values
