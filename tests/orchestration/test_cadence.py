"""Cadence: gaps, medians, and the shrinkage of the few towards the many."""

import math

import pandas as pd
import pytest

from orchestration.models.cadence import business_cadence, customer_cadences, purchase_gaps


def purchases(**days: list[int]) -> pd.DataFrame:
    start = pd.Timestamp("2025-01-01")
    rows = [(customer, start + pd.Timedelta(days=day)) for customer, offsets in days.items() for day in offsets]
    return pd.DataFrame(rows, columns=["customer_id", "day"]).astype({"day": "datetime64[ns]"})


def test_gaps_are_between_distinct_days_in_order() -> None:
    gaps = purchase_gaps(purchases(ana=[30, 0, 10, 10], beto=[5]))
    assert gaps.to_dict("list") == {"customer_id": ["ana", "ana"], "gap_days": [10.0, 20.0]}


def test_business_cadence_is_the_median_customer_not_the_median_gap() -> None:
    # Ana's many short gaps count once, as one customer.
    everyone = purchases(ana=[0, 1, 2, 3, 4, 5, 6, 7], beto=[0, 30], carla=[0, 50])
    assert business_cadence(purchase_gaps(everyone)) == 30.0


def test_business_cadence_without_a_second_purchase_is_unknown() -> None:
    assert math.isnan(business_cadence(purchase_gaps(purchases(ana=[0], beto=[3]))))


def test_cadence_is_the_geometric_mean_weighted_by_evidence() -> None:
    cadences = customer_cadences(purchases(ana=[0, 10, 20], beto=[0, 40, 80], carla=[0, 40]))
    # Median gaps 10, 40 and 40: the business's is 40. Ana has two gaps, which weigh as much as the business's two.
    assert cadences["ana"] == pytest.approx(math.sqrt(10 * 40))
    assert cadences["beto"] == pytest.approx(40)
    assert "carla" not in cadences.index


def test_nobody_has_a_cadence_without_purchases() -> None:
    assert customer_cadences(purchases()).empty
