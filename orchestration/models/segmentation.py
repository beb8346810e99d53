"""Segments by rules that an owner can explain: nuevo, frecuente, ocasional, inactivo, and three flags.

Days are business days of the organization's calendar (a date, no hour); money is net of credit notes.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from orchestration.models.cadence import business_cadence, customer_cadences, purchase_gaps
from orchestration.models.thresholds import Thresholds

SEGMENTS = ("nuevo", "frecuente", "ocasional", "inactivo")
FLAGS = ("en_riesgo", "perdiendose", "valioso")

FREQUENCY_BINS = (1, 2, 3, 5, 10)
"""Lower bounds of 1, 2, 3-4, 5-9 and 10+ purchase days: quantiles collapse where most customers bought once."""

MIN_DISTINCT_MONETARY = 50
"""With fewer distinct amounts than this a quantile of spending says nothing."""

CADENCES_TO_INACTIVE = 2.0
"""A customer within two of their own (or the trade's) usual gaps is not inactive, however long the gap."""


def customer_features(customers: pd.DataFrame, purchases: pd.DataFrame, day: date, window_days: int) -> pd.DataFrame:
    """Recency, frequency, spending and cadence of every customer.

    Args:
        customers: customer_id, created_on (datetime64, when the customer was registered).
        purchases: customer_id, day (datetime64), documents (int: purchases that day; 0 where there were credit notes
            alone), amount (Decimal, net). Rows after `day` and rows of unknown customers are left out.
        day: the business day that recency is counted to.
        window_days: the days back from `day` that recent_frequency counts.

    Returns:
        One row a customer, in the order of `customers`: customer_id, created_on, first_day, last_day (NaT without a
        purchase), recency_days (Int64), frequency (int, purchase days ever), recent_frequency (int), frequency_score
        (0 to 5), monetary (Decimal), cadence_days (float; NaN below three purchase days).

    """
    today = pd.Timestamp(day)
    known = _until(purchases, customers, day)
    bought = known[known["documents"] > 0]
    by_customer = bought.groupby("customer_id")["day"]
    recent = bought[bought["day"] > today - pd.Timedelta(days=window_days)].groupby("customer_id")["day"]
    keys = pd.Index(customers["customer_id"])
    last = pd.to_datetime(by_customer.max().reindex(keys))
    frequency = by_customer.nunique().reindex(keys, fill_value=0).astype("int64")
    features = pd.DataFrame(
        {
            "created_on": pd.to_datetime(customers["created_on"]).to_numpy(),
            "first_day": pd.to_datetime(by_customer.min().reindex(keys)),
            "last_day": last,
            "recency_days": (today - last).dt.days.astype("Int64"),
            "frequency": frequency,
            "recent_frequency": recent.nunique().reindex(keys, fill_value=0).astype("int64"),
            "frequency_score": np.searchsorted(FREQUENCY_BINS, frequency.to_numpy(), side="right"),
            "monetary": _sums(known, keys),
            "cadence_days": customer_cadences(bought).reindex(keys).astype("float64"),
        },
        index=keys,
    )
    return features.rename_axis("customer_id").reset_index()


def _until(purchases: pd.DataFrame, customers: pd.DataFrame, day: date) -> pd.DataFrame:
    """The purchases up to `day` of the customers that are known."""
    return purchases[(purchases["day"] <= pd.Timestamp(day)) & purchases["customer_id"].isin(customers["customer_id"])]


def _sums(purchases: pd.DataFrame, keys: pd.Index) -> list[Decimal]:
    """Each customer's net amount. Decimals are added as Decimals: a float loses the fifth decimal of the marts."""
    sums: dict[Any, Decimal] = dict.fromkeys(keys, Decimal(0))
    for customer, amount in zip(purchases["customer_id"], purchases["amount"], strict=True):
        sums[customer] += amount
    return list(sums.values())


def trade_cadence(purchases: pd.DataFrame) -> float:
    """The business's median days between purchases; NaN while nobody came back."""
    return business_cadence(purchase_gaps(purchases[purchases["documents"] > 0]))


def inactivity_limits(features: pd.DataFrame, thresholds: Thresholds, trade_days: float) -> pd.Series:
    """Days without a purchase after which each customer counts as inactive (float, same index as `features`)."""
    limit = float(thresholds.inactivity_days)
    if thresholds.fixed_inactivity:
        return pd.Series(limit, index=features.index)
    if not np.isnan(trade_days):
        limit = max(limit, CADENCES_TO_INACTIVE * trade_days)
    own = CADENCES_TO_INACTIVE * features["cadence_days"].fillna(0)
    return own.clip(lower=limit)


def valuable_amount(features: pd.DataFrame, thresholds: Thresholds) -> float:
    """The spending from which a customer is valuable; NaN where there are too few distinct amounts to say."""
    spent = features["monetary"].astype("float64")
    spent = spent[spent > 0]
    if spent.nunique() < MIN_DISTINCT_MONETARY:
        return float("nan")
    return float(spent.quantile(thresholds.valuable_quantile))


def segment_customers(
    customers: pd.DataFrame, purchases: pd.DataFrame, day: date, thresholds: Thresholds
) -> pd.DataFrame:
    """Label every customer.

    Args:
        customers: as in customer_features.
        purchases: as in customer_features.
        day: the business day.
        thresholds: the organization's limits.

    Returns:
        The columns of customer_features, and segment (one of SEGMENTS), flags (list of FLAGS), reasons (list of Spanish
        sentences, at least one), thresholds_version.

    """
    features = customer_features(customers, purchases, day, thresholds.frequency_window_days)
    trade_days = trade_cadence(_until(purchases, customers, day))
    features["inactive_after"] = inactivity_limits(features, thresholds, trade_days)
    features["registered_days"] = (pd.Timestamp(day) - features["created_on"]).dt.days
    features["tenure_days"] = (pd.Timestamp(day) - features["first_day"]).dt.days
    valuable = valuable_amount(features, thresholds)
    rows: list[dict[str, Any]] = [
        dict(zip(features.columns, row, strict=True)) for row in features.itertuples(index=False)
    ]
    labelled = [_label(row, thresholds) for row in rows]
    flagged = [_flags(row, thresholds, valuable) for row in rows]
    features["segment"] = [segment for segment, _ in labelled]
    features["flags"] = [flags for flags, _ in flagged]
    features["reasons"] = [[reason, *more] for (_, reason), (_, more) in zip(labelled, flagged, strict=True)]
    features["thresholds_version"] = thresholds.version
    return features.drop(columns=["inactive_after", "registered_days", "tenure_days"])


def _label(row: dict[str, Any], thresholds: Thresholds) -> tuple[str, str]:
    if row["frequency"] == 0:
        if row["registered_days"] <= thresholds.new_days:
            return "nuevo", f"Se registró hace {_days(row['registered_days'])} y aún no tiene compras."
        return "inactivo", f"No tiene compras y se registró hace {_days(row['registered_days'])}."
    recency = int(row["recency_days"])
    if recency > row["inactive_after"]:
        return (
            "inactivo",
            f"Su última compra fue hace {_days(recency)}; el límite es de {_days(row['inactive_after'])}.",
        )
    if row["recent_frequency"] >= thresholds.frequent_purchases:
        window = _days(thresholds.frequency_window_days)
        return "frecuente", f"Compró en {_days(row['recent_frequency'])} distintos de los últimos {window}."
    if row["tenure_days"] <= thresholds.new_days:
        return "nuevo", f"Su primera compra fue hace {_days(row['tenure_days'])}."
    times = "una vez" if row["frequency"] == 1 else f"en {_days(row['frequency'])} distintos"
    return "ocasional", f"Ha comprado {times}; la última, hace {_days(recency)}."


def _flags(row: dict[str, Any], thresholds: Thresholds, valuable: float) -> tuple[list[str], list[str]]:
    flags, reasons = [], []
    cadence = row["cadence_days"]
    if not np.isnan(cadence):
        ratio = int(row["recency_days"]) / cadence
        rhythm = f"Suele comprar cada {_days(cadence)} y lleva {_days(row['recency_days'])} sin hacerlo."
        if ratio > thresholds.losing_ratio:
            flags.append("perdiendose")
            reasons.append(rhythm)
        elif ratio > thresholds.at_risk_ratio:
            flags.append("en_riesgo")
            reasons.append(rhythm)
    if float(row["monetary"]) > 0 and float(row["monetary"]) >= valuable:
        flags.append("valioso")
        share = round((1 - thresholds.valuable_quantile) * 100)
        reasons.append(f"Está entre el {share} % de clientes que más han comprado.")
    return flags, reasons


def _days(count: float) -> str:
    whole = max(round(float(count)), 0)
    return "1 día" if whole == 1 else f"{whole} días"
