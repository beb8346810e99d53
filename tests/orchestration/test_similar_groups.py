"""Groups of similar customers: found where they are, denied where they are not, the same every time."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.models.similar_groups import NO_CLEAR_GROUPS, NOT_ENOUGH, find_similar_groups, name_groups

TODAY = pd.Timestamp("2025-06-30")


def features_of(rows: list[tuple[int, int, float, int]]) -> pd.DataFrame:
    """Customers as (recency, frequency, monetary, tenure)."""
    return pd.DataFrame(
        {
            "customer_id": [f"c{place:05}" for place in range(len(rows))],
            "first_day": [TODAY - pd.Timedelta(days=tenure) for *_, tenure in rows],
            "recency_days": pd.array([recency for recency, *_ in rows], dtype="Int64"),
            "frequency": [frequency for _, frequency, _, _ in rows],
            "monetary": [Decimal(str(round(monetary, 2))) for _, _, monetary, _ in rows],
        }
    )


def two_kinds(count: int) -> pd.DataFrame:
    random = np.random.default_rng(4)
    loyal = [
        (int(random.integers(1, 15)), int(random.integers(20, 30)), float(random.normal(90_000, 4_000)), 700)
        for _ in range(count)
    ]
    gone = [
        (int(random.integers(300, 380)), 1, float(random.normal(1_000, 100)), int(random.integers(380, 400)))
        for _ in range(count)
    ]
    return features_of(loyal + gone)


def test_two_kinds_of_customers_are_two_named_groups() -> None:
    found = find_similar_groups(two_kinds(60), TODAY)
    assert found.note is None
    assert [group.size for group in found.groups] == [60, 60]
    assert {group.name for group in found.groups} == {
        "Recientes, compran seguido y gastan más",
        "Alejados, compran poco y gastan menos",
    }
    assert found.names.iloc[:60].unique().tolist() == ["Recientes, compran seguido y gastan más"]
    assert found.names.iloc[60:].unique().tolist() == ["Alejados, compran poco y gastan menos"]
    assert found.stability == pytest.approx(1.0)


def test_the_order_of_the_customers_changes_nothing() -> None:
    features = two_kinds(40)
    shuffled = features.sample(frac=1, random_state=3)
    expected, found = find_similar_groups(features, TODAY), find_similar_groups(shuffled, TODAY)
    assert expected.groups == found.groups
    pd.testing.assert_series_equal(expected.names, found.names)


def test_too_few_customers_are_said_to_be_too_few() -> None:
    found = find_similar_groups(two_kinds(14), TODAY)
    assert (found.note, found.groups, len(found.names)) == (NOT_ENOUGH, [], 0)


def test_customers_who_are_all_alike_are_no_groups() -> None:
    found = find_similar_groups(features_of([(10, 2, 50.0, 100)] * 60), TODAY)
    assert (found.note, found.groups) == (NO_CLEAR_GROUPS, [])


@pytest.mark.parametrize("seed", range(6))
def test_a_cloud_without_structure_is_no_groups(seed: int) -> None:
    cloud = np.exp(np.random.default_rng(seed).normal(4, 0.4, size=(400, 4)))
    rows = [(int(r), max(int(f), 1), float(m), int(r + t)) for r, f, m, t in cloud]
    found = find_similar_groups(features_of(rows), TODAY)
    assert (found.note, found.groups) == (NO_CLEAR_GROUPS, [])


def test_no_group_is_smaller_than_a_twentieth() -> None:
    rows = [(5, 30, 9e6, 700)] * 2 + [(300 + i % 40, 1 + i % 3, 500.0 + i, 400) for i in range(100)]
    assert all(group.size >= 5 for group in find_similar_groups(features_of(rows), TODAY).groups)


def test_names_never_repeat() -> None:
    middles = pd.DataFrame(
        {"recency_days": [10, 10, 10, 400], "frequency": [9, 8, 1, 1], "monetary": [900.0, 800.0, 10.0, 5.0]}
    )
    assert name_groups(middles) == [
        "Recientes, compran seguido y gastan más (1)",
        "Recientes, compran seguido y gastan más (2)",
        "Recientes, compran poco y gastan menos",
        "Alejados, compran poco y gastan menos",
    ]


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3000), st.integers(0, 500), st.floats(-1e6, 1e9), st.integers(0, 3000)),
        min_size=0,
        max_size=80,
    )
)
def test_any_customers_end_in_groups_or_in_a_note(rows: list[tuple[int, int, float, int]]) -> None:
    found = find_similar_groups(features_of(rows), TODAY)
    assert bool(found.groups) != (found.note is not None)
    assert sum(group.size for group in found.groups) == len(found.names)
    assert len({group.name for group in found.groups}) == len(found.groups)
