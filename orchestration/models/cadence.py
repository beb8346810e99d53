"""How often customers buy: days between purchases, a person's own shrunk towards the business's."""

import numpy as np
import pandas as pd

SHRINKAGE_WEIGHT = 2.0
"""How many gaps of evidence the business's median is worth beside the customer's own."""

MIN_PURCHASE_DAYS = 3
"""Below this many days with a purchase a customer has no cadence of their own."""


def purchase_gaps(purchases: pd.DataFrame) -> pd.DataFrame:
    """The days between consecutive purchase days of each customer.

    Args:
        purchases: columns customer_id and day (datetime64); a row a purchase, repeated days count once.

    Returns:
        One row a gap: customer_id, gap_days (float, at least 1).

    """
    days = purchases[["customer_id", "day"]].drop_duplicates().sort_values(["customer_id", "day"])
    gap = days.groupby("customer_id", sort=False)["day"].diff().dt.days
    return pd.DataFrame({"customer_id": days["customer_id"], "gap_days": gap.astype("float64")}).dropna()


def business_cadence(gaps: pd.DataFrame) -> float:
    """The median over customers of their median gap, in days; NaN while nobody has bought on two days."""
    if gaps.empty:
        return float("nan")
    return float(gaps.groupby("customer_id")["gap_days"].median().median())


def customer_cadences(purchases: pd.DataFrame) -> pd.Series:
    """Each customer's cadence in days, for those with three purchase days or more.

    The geometric shrinkage of the customer's median gap m, over n gaps, to the business's median b with weight w:
    exp((n ln m + w ln b) / (n + w)). A few gaps say little, and gaps are skewed: their logarithms are what averages well.

    Args:
        purchases: as in purchase_gaps.

    Returns:
        Series of float days indexed by customer_id; customers without a cadence are absent.

    """
    gaps = purchase_gaps(purchases)
    if gaps.empty:
        return pd.Series(dtype="float64", name="cadence_days")
    business = business_cadence(gaps)
    own = gaps.groupby("customer_id")["gap_days"].agg(["median", "size"])
    own = own[own["size"] >= MIN_PURCHASE_DAYS - 1]
    count = own["size"].to_numpy(dtype="float64")
    logarithm = (count * np.log(own["median"].to_numpy(dtype="float64")) + SHRINKAGE_WEIGHT * np.log(business)) / (
        count + SHRINKAGE_WEIGHT
    )
    return pd.Series(np.exp(logarithm), index=own.index, name="cadence_days")
