"""Groups of customers that resemble each other ("grupos parecidos"): KMeans on log-scaled behaviour, when it holds up."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

Matrix = npt.NDArray[np.float64]
Labels = npt.NDArray[np.intp]

SEED = 20240915
MIN_CUSTOMERS = 30
CLUSTER_COUNTS = range(2, 7)
MIN_SHARE = 0.05
MIN_STABILITY = 0.75
MIN_SILHOUETTE = 0.26
"""Up to 0.25 there is no substantial structure (Kaufman and Rousseeuw 1990, table 4): one cloud, cut in two, reaches it."""

BOOTSTRAPS = 10
SILHOUETTE_SAMPLE = 1500
"""The silhouette is quadratic in its rows; 1,500 give it to two decimals."""

NOT_ENOUGH = "Datos insuficientes: se necesitan al menos 30 clientes con compras para buscar grupos parecidos."
NO_CLEAR_GROUPS = "No hay grupos claros: los clientes no se separan en grupos que se mantengan al repetir el análisis."


@dataclass(frozen=True)
class Group:
    """One group and its middle: medians of its customers."""

    name: str
    size: int
    recency_days: float
    frequency: float
    monetary: float


@dataclass(frozen=True)
class SimilarGroups:
    """The groups found. `names` maps customer_id to its group's name and is empty where there are no clear groups."""

    names: pd.Series
    groups: list[Group] = field(default_factory=list)
    # Mean silhouette (-1 to 1) and mean bootstrap adjusted Rand index (0 to 1); None where nothing was fitted.
    silhouette: float | None = None
    stability: float | None = None
    # In Spanish, where there are no groups.
    note: str | None = None


def find_similar_groups(features: pd.DataFrame, day: pd.Timestamp) -> SimilarGroups:
    """Look for 2 to 6 groups among the customers with a purchase.

    Args:
        features: customer_id, first_day, recency_days, frequency, monetary, as segmentation.customer_features gives them.
        day: the business day.

    Returns:
        The grouping of the best silhouette among those without a group under 5 %, if that silhouette says anything and
        refitting on bootstrap samples gives it again (adjusted Rand index of 0.75 or more on average). The same features give the same answer.

    """
    buyers = features[features["frequency"] > 0].sort_values("customer_id").reset_index(drop=True)
    empty = pd.Series(dtype="object")
    if len(buyers) < MIN_CUSTOMERS:
        return SimilarGroups(names=empty, note=NOT_ENOUGH)
    matrix = _behaviour(buyers, day)
    # A few hundred customers take longer to hand out to threads than to group, and one thread always adds up alike.
    with threadpool_limits(1):
        best = _best_grouping(matrix)
        if best is None:
            return SimilarGroups(names=empty, note=NO_CLEAR_GROUPS)
        labels, score = best
        if score < MIN_SILHOUETTE:
            return SimilarGroups(names=empty, silhouette=score, note=NO_CLEAR_GROUPS)
        stability = _stability(matrix, labels)
    if stability < MIN_STABILITY:
        return SimilarGroups(names=empty, silhouette=score, stability=stability, note=NO_CLEAR_GROUPS)
    middles = _middles(buyers, labels)
    names = name_groups(middles)
    groups = [
        Group(name, int(row["size"]), float(row["recency_days"]), float(row["frequency"]), float(row["monetary"]))
        for name, row in zip(names, middles.to_dict("records"), strict=True)
    ]
    by_customer = pd.Series([names[label] for label in labels], index=buyers["customer_id"], dtype="object")
    return SimilarGroups(names=by_customer, groups=groups, silhouette=score, stability=stability)


def name_groups(middles: pd.DataFrame) -> list[str]:
    """Spanish names that say how each group differs from the middle of all groups; no two alike.

    Args:
        middles: one row a group: recency_days, frequency, monetary.

    """
    reference = middles[["recency_days", "frequency", "monetary"]].median()
    names: list[str] = []
    for row in middles.to_dict("records"):
        when = "Recientes" if row["recency_days"] <= reference["recency_days"] else "Alejados"
        often = "compran seguido" if row["frequency"] > max(float(reference["frequency"]), 1.0) else "compran poco"
        much = "gastan más" if row["monetary"] > reference["monetary"] else "gastan menos"
        names.append(f"{when}, {often} y {much}")
    return _distinct(names, middles["monetary"].tolist())


def _distinct(names: Sequence[str], monetary: Sequence[float]) -> list[str]:
    """Number names that repeat, from the group that spends most to the one that spends least."""
    result = list(names)
    for name in set(names):
        alike = sorted((i for i, other in enumerate(names) if other == name), key=lambda i: (-monetary[i], i))
        if len(alike) > 1:
            for position, index in enumerate(alike, start=1):
                result[index] = f"{name} ({position})"
    return result


def _behaviour(buyers: pd.DataFrame, day: pd.Timestamp) -> Matrix:
    """Standardised logarithms of recency, frequency, spending, tenure and mean ticket: shape (customers, 5)."""
    frequency = buyers["frequency"].to_numpy(dtype="float64")
    monetary = buyers["monetary"].astype("float64").clip(lower=0).to_numpy()
    tenure = (day - buyers["first_day"]).dt.days.to_numpy(dtype="float64")
    recency = buyers["recency_days"].to_numpy(dtype="float64")
    logarithms = np.log1p(np.column_stack([recency, frequency, monetary, tenure, monetary / frequency]))
    spread = logarithms.std(axis=0)
    # A measure that is the same for all says nothing, and must not divide by zero.
    scaled: Matrix = (logarithms - logarithms.mean(axis=0)) / np.where(spread > 1e-9, spread, 1.0)
    return scaled


def _best_grouping(matrix: Matrix) -> tuple[Labels, float] | None:
    from sklearn.metrics import silhouette_score

    distinct = len(np.unique(matrix.round(9), axis=0))
    best: tuple[Labels, float] | None = None
    for count in CLUSTER_COUNTS:
        if count > distinct:
            break
        labels = _fit(matrix, count)[0]
        sizes = np.bincount(labels, minlength=count)
        if sizes.min() < max(MIN_SHARE * len(matrix), 1):
            continue
        sample = min(SILHOUETTE_SAMPLE, len(matrix))
        score = float(silhouette_score(matrix, labels, sample_size=sample, random_state=SEED))
        if best is None or score > best[1]:
            best = labels, score
    return best


def _stability(matrix: Matrix, labels: Labels) -> float:
    """Mean adjusted Rand index between the grouping and those fitted on samples drawn with replacement."""
    from sklearn.metrics import adjusted_rand_score

    count = int(labels.max()) + 1
    generator = np.random.default_rng(SEED)
    scores = []
    for _ in range(BOOTSTRAPS):
        sample = matrix[generator.integers(0, len(matrix), len(matrix))]
        if len(np.unique(sample.round(9), axis=0)) < count:
            return 0.0
        centres = _fit(sample, count)[1]
        distances = ((matrix[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
        scores.append(adjusted_rand_score(labels, distances.argmin(axis=1)))
    return float(np.mean(scores))


def _fit(matrix: Matrix, count: int) -> tuple[Labels, Matrix]:
    from sklearn.cluster import KMeans

    model = KMeans(n_clusters=count, n_init=4, random_state=SEED).fit(matrix)
    return model.labels_.astype(np.intp), model.cluster_centers_


def _middles(buyers: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    numbers = buyers[["recency_days", "frequency", "monetary"]].astype("float64")
    grouped = numbers.groupby(labels)
    middles = grouped.median()
    middles["size"] = grouped.size()
    return middles
