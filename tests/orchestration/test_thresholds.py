"""Thresholds: the trade's preset under the owner's choice."""

from orchestration.models.thresholds import Thresholds, resolve_thresholds


def test_the_trades_preset_holds_where_the_owner_chose_nothing() -> None:
    thresholds = resolve_thresholds({"inactivity_days": 365}, {})
    assert thresholds == Thresholds(inactivity_days=365)
    assert not thresholds.fixed_inactivity


def test_the_owners_choice_wins_and_is_not_stretched() -> None:
    thresholds = resolve_thresholds({"inactivity_days": 365}, {"inactivity_days": 45, "frequent_purchases": 6})
    assert (thresholds.inactivity_days, thresholds.frequent_purchases) == (45, 6)
    assert thresholds.fixed_inactivity


def test_the_preset_repeated_in_the_settings_is_no_choice() -> None:
    assert not resolve_thresholds({"inactivity_days": 90}, {"inactivity_days": 90}).fixed_inactivity


def test_values_that_cannot_be_are_left_out() -> None:
    chosen = {"inactivity_days": -3, "new_days": "x", "valuable_quantile": 1.5, "at_risk_ratio": True, "other": 1}
    thresholds = resolve_thresholds({"inactivity_days": 60}, chosen)
    assert thresholds == Thresholds(inactivity_days=60)


def test_the_version_changes_with_any_limit_and_with_nothing_else() -> None:
    assert Thresholds().version == Thresholds().version
    assert Thresholds().version.startswith("1-")
    assert Thresholds(new_days=31).version != Thresholds().version
