"""Segments by rules: each label, each flag, its reason; and no history of purchases that breaks them."""

from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.models.segmentation import FLAGS, SEGMENTS, customer_features, segment_customers
from orchestration.models.thresholds import Thresholds

TODAY = date(2025, 6, 30)


def customers_of(*names: str, registered_days: int = 1000) -> pd.DataFrame:
    created = pd.Timestamp(TODAY) - pd.Timedelta(days=registered_days)
    return pd.DataFrame({"customer_id": list(names), "created_on": [created] * len(names)}).astype(
        {"created_on": "datetime64[ns]"}
    )


def purchases_of(*rows: tuple[str, int, str]) -> pd.DataFrame:
    """Purchases as (customer, days ago, amount)."""
    made = [
        (customer, pd.Timestamp(TODAY) - pd.Timedelta(days=ago), 1 if Decimal(amount) >= 0 else 0, Decimal(amount))
        for customer, ago, amount in rows
    ]
    frame = pd.DataFrame(made, columns=["customer_id", "day", "documents", "amount"])
    return frame.astype({"day": "datetime64[ns]", "documents": "int64"})


def labelled(customers: pd.DataFrame, purchases: pd.DataFrame, **limits: int) -> dict[str, dict[str, object]]:
    result = segment_customers(customers, purchases, TODAY, Thresholds(**limits))  # type: ignore[arg-type]
    return {str(row["customer_id"]): dict(row) for row in result.to_dict("records")}


@pytest.mark.parametrize(
    ("days_ago", "registered_days", "segment", "reason"),
    [
        ([], 10, "nuevo", "Se registró hace 10 días y aún no tiene compras."),
        ([], 31, "inactivo", "No tiene compras y se registró hace 31 días."),
        ([30], 900, "nuevo", "Su primera compra fue hace 30 días."),
        ([0], 900, "nuevo", "Su primera compra fue hace 0 días."),
        ([31], 900, "ocasional", "Ha comprado una vez; la última, hace 31 días."),
        ([90], 900, "ocasional", "Ha comprado una vez; la última, hace 90 días."),
        ([91], 900, "inactivo", "Su última compra fue hace 91 días; el límite es de 90 días."),
        ([1, 5, 9], 900, "frecuente", "Compró en 3 días distintos de los últimos 365 días."),
        ([1, 400, 800], 900, "ocasional", "Ha comprado en 3 días distintos; la última, hace 1 día."),
    ],
)
def test_each_label_with_its_reason(days_ago: list[int], registered_days: int, segment: str, reason: str) -> None:
    # A crowd that buys every ten days keeps the trade's cadence short.
    crowd = [(f"c{i}", ago, "10") for i in range(9) for ago in (0, 10)]
    names = ["ana", *(f"c{i}" for i in range(9))]
    customers = customers_of(*names, registered_days=registered_days)
    row = labelled(customers, purchases_of(*crowd, *(("ana", ago, "10") for ago in days_ago)))["ana"]
    assert (row["segment"], row["reasons"][0]) == (segment, reason)  # type: ignore[index]


def test_several_documents_of_one_day_are_one_visit() -> None:
    row = labelled(customers_of("ana"), purchases_of(("ana", 40, "5"), ("ana", 40, "6"), ("ana", 40, "7")))["ana"]
    assert (row["frequency"], row["segment"], row["monetary"]) == (1, "ocasional", Decimal(18))


def test_a_trade_that_buys_yearly_is_not_inactive_after_the_presets_days() -> None:
    rows = [(name, ago, "10") for name in ("ana", "beto", "carla") for ago in (200, 560)]
    assert labelled(customers_of("ana", "beto", "carla"), purchases_of(*rows))["ana"]["segment"] == "ocasional"


def test_an_owners_own_limit_is_kept_whatever_the_trade_does() -> None:
    rows = [(name, ago, "10") for name in ("ana", "beto", "carla") for ago in (200, 560)]
    result = segment_customers(
        customers_of("ana", "beto", "carla"),
        purchases_of(*rows),
        TODAY,
        Thresholds(inactivity_days=90, fixed_inactivity=True),
    )
    assert set(result["segment"]) == {"inactivo"}


@pytest.mark.parametrize(
    ("recency", "flags"), [(20, []), (21, ["en_riesgo"]), (30, ["en_riesgo"]), (31, ["perdiendose"])]
)
def test_flags_go_by_the_customers_own_cadence(recency: int, flags: list[str]) -> None:
    rows = [(name, recency + 10 * step, "10") for name in ("ana", "beto") for step in range(4)]
    row = labelled(customers_of("ana", "beto"), purchases_of(*rows))["ana"]
    assert row["cadence_days"] == pytest.approx(10)
    assert row["flags"] == flags
    if flags:
        assert f"Suele comprar cada 10 días y lleva {recency} días sin hacerlo." in row["reasons"]  # type: ignore[operator]


def test_the_valuable_are_the_top_fifth_once_there_are_fifty_amounts() -> None:
    names = [f"c{i:02}" for i in range(1, 51)]
    rows = [(name, 5, str(place * 100)) for place, name in enumerate(names, start=1)]
    result = labelled(customers_of(*names), purchases_of(*rows))
    assert [name for name, row in result.items() if row["flags"] == ["valioso"]] == names[-10:]
    assert "Está entre el 20 % de clientes que más han comprado." in result["c50"]["reasons"]  # type: ignore[operator]
    fewer = labelled(customers_of(*names[:49]), purchases_of(*rows[:49]))
    assert all(row["flags"] == [] for row in fewer.values())


def test_credit_notes_subtract_money_and_are_no_purchase() -> None:
    rows = purchases_of(("ana", 50, "100.12345"), ("ana", 2, "-30.00005"))
    row = labelled(customers_of("ana"), rows)["ana"]
    assert (row["monetary"], row["frequency"], row["recency_days"]) == (Decimal("70.12340"), 1, 50)


def test_sales_after_the_business_day_and_of_strangers_do_not_count() -> None:
    row = labelled(customers_of("ana"), purchases_of(("ana", 40, "1"), ("ana", -3, "500"), ("otro", 1, "9")))["ana"]
    assert (row["frequency"], row["monetary"], row["recency_days"]) == (1, Decimal(1), 40)


@pytest.mark.parametrize(("days", "score"), [(0, 0), (1, 1), (2, 2), (3, 3), (4, 3), (5, 4), (9, 4), (10, 5), (12, 5)])
def test_frequency_is_binned_by_fixed_bounds(days: int, score: int) -> None:
    features = customer_features(
        customers_of("ana"), purchases_of(*(("ana", ago, "1") for ago in range(days))), TODAY, 365
    )
    assert features["frequency_score"].tolist() == [score]


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["ana", "beto", "carla", "desconocido"]),
            st.integers(-5, 2000),
            st.decimals("-99999999", "99999999", places=5).map(str),
        ),
        max_size=40,
    ),
    registered_days=st.integers(-2, 3000),
)
def test_any_history_gets_a_label_a_reason_and_exact_money(
    rows: list[tuple[str, int, str]], registered_days: int
) -> None:
    customers = customers_of("ana", "beto", "carla", registered_days=registered_days)
    purchases = purchases_of(*rows)
    result = segment_customers(customers, purchases, TODAY, Thresholds())
    assert result["customer_id"].tolist() == ["ana", "beto", "carla"]
    assert set(result["segment"]) <= set(SEGMENTS)
    assert all(set(flags) <= set(FLAGS) for flags in result["flags"])
    assert all(reasons and all(isinstance(reason, str) for reason in reasons) for reasons in result["reasons"])
    assert not result[["segment", "frequency", "monetary", "thresholds_version"]].isna().any().any()
    counted = purchases[(purchases["day"] <= pd.Timestamp(TODAY)) & (purchases["customer_id"] != "desconocido")]
    assert sum(result["monetary"], Decimal(0)) == sum(counted["amount"], Decimal(0))
    assert (result["recency_days"].dropna() >= 0).all()
    again = segment_customers(customers, purchases.iloc[::-1], TODAY, Thresholds())
    pd.testing.assert_frame_equal(result, again)


def test_no_customers_at_all() -> None:
    result = segment_customers(customers_of(), purchases_of(("ana", 3, "5")), TODAY, Thresholds())
    assert result.empty
    assert {"segment", "flags", "reasons", "thresholds_version"} <= set(result.columns)
