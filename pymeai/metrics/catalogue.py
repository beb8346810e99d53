"""The metrics and dimensions that can be asked for, with their Spanish names: read from the semantic manifest."""

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pymeai.metrics.manifest import ensure_manifest
from pymeai.settings import Settings

METRIC_TIME = "metric_time"
TIME_SYNONYMS = ("fecha", "día", "tiempo", "período", "periodo", "cuándo")


@dataclass(frozen=True)
class MetricInfo:
    """A metric. `good` says which way is good news; `additive` whether parts add up to the whole."""

    name: str
    label: str
    description: str
    synonyms: list[str]
    format: str
    good: Literal["up", "down"] | None
    # Sums and counts: no row means 0, and a share of the total makes sense.
    additive: bool


@dataclass(frozen=True)
class DimensionInfo:
    """A dimension, by the name that a MetricQuery uses. `values` says in Spanish what coded values mean."""

    name: str
    label: str
    description: str
    synonyms: list[str]
    type: Literal["categorical", "time"]
    format: str
    metrics: list[str]
    values: dict[str, str] = field(default_factory=dict)
    # The entity whose key tells apart two rows of the same name; it groups with the dimension and is not shown.
    identity: str | None = None
    # Where its values are; empty for metric_time, which is each metric's own.
    table: str = ""
    expression: str = ""


@dataclass(frozen=True)
class Catalogue:
    """All that can be asked for."""

    metrics: dict[str, MetricInfo]
    dimensions: dict[str, DimensionInfo]
    # Names of the tables of the schema `analytics` that the semantic models read.
    tables: frozenset[str]

    def dimensions_for(self, metrics: list[str]) -> list[str]:
        """The dimensions by which all of these metrics can be asked, in the catalogue's order."""
        return [name for name, info in self.dimensions.items() if set(metrics) <= set(info.metrics)]


def load_catalogue(settings: Settings) -> Catalogue:
    """The catalogue of the dbt project; the first call of a process may run `dbt parse`."""
    return _catalogue(manifest_path(settings))


def manifest_path(settings: Settings) -> Path:
    """The semantic manifest that this process goes by: a project that changes needs a restart."""
    return _manifest_path(settings.home_path, settings)


@cache
def _manifest_path(_home: Path, settings: Settings) -> Path:
    return ensure_manifest(settings)


@cache
def _catalogue(path: Path) -> Catalogue:
    return read_catalogue(json.loads(path.read_text(encoding="utf-8")))


def read_catalogue(manifest: dict[str, Any]) -> Catalogue:
    """The catalogue in a semantic manifest. Metrics whose meta says `hidden` are parts of others and left out."""
    models = manifest["semantic_models"]
    model_of_measure = {measure["name"]: model["name"] for model in models for measure in model["measures"]}
    aggregation = {measure["name"]: measure["agg"] for model in models for measure in model["measures"]}
    models_of_metric = {
        metric["name"]: {model_of_measure[part["name"]] for part in metric["type_params"]["input_measures"]}
        for metric in manifest["metrics"]
    }
    visible = [metric for metric in manifest["metrics"] if not _meta(metric).get("hidden")]
    metrics = {metric["name"]: _metric(metric, aggregation) for metric in visible}
    dimensions = {METRIC_TIME: _metric_time(list(metrics))}
    for model in models:
        entity = _primary_entity(model)
        reachable = {other["name"] for other in models if other is model or entity in _entities(other)}
        usable = [name for name in metrics if models_of_metric[name] <= reachable]
        for dimension in model["dimensions"]:
            info = _dimension(model, f"{entity}__{dimension['name']}", dimension, usable)
            dimensions[info.name] = info
    return Catalogue(metrics, dimensions, frozenset(model["node_relation"]["alias"] for model in models))


def _metric(metric: dict[str, Any], aggregation: dict[str, str]) -> MetricInfo:
    meta = _meta(metric)
    measure = (metric["type_params"]["measure"] or {"name": ""})["name"]
    return MetricInfo(
        name=metric["name"],
        label=metric["label"],
        description=metric["description"],
        synonyms=list(meta.get("synonyms", [])),
        format=meta.get("format", "number"),
        good=meta.get("good"),
        additive=metric["type"] == "simple" and aggregation[measure] in {"sum", "count", "count_distinct"},
    )


def _dimension(model: dict[str, Any], name: str, dimension: dict[str, Any], metrics: list[str]) -> DimensionInfo:
    meta = _meta(dimension)
    is_time = dimension["type"] == "time"
    return DimensionInfo(
        name=name,
        label=dimension["label"],
        description=dimension["description"],
        synonyms=list(meta.get("synonyms", [])),
        type="time" if is_time else "categorical",
        format="date" if is_time else meta.get("format", "text"),
        metrics=metrics,
        values=dict(meta.get("values", {})),
        identity=meta.get("identity"),
        table=model["node_relation"]["alias"],
        expression=dimension["expr"] or dimension["name"],
    )


def _metric_time(metrics: list[str]) -> DimensionInfo:
    return DimensionInfo(
        name=METRIC_TIME,
        label="Fecha",
        description="El día que cuenta para cada métrica: el de la venta, el de la apertura, el del cierre.",
        synonyms=list(TIME_SYNONYMS),
        type="time",
        format="date",
        metrics=metrics,
    )


def _primary_entity(model: dict[str, Any]) -> str:
    keys = [entity["name"] for entity in model["entities"] if entity["type"] == "primary"]
    return str(keys[0] if keys else model["primary_entity"])


def _entities(model: dict[str, Any]) -> set[str]:
    return {entity["name"] for entity in model["entities"]}


def _meta(element: dict[str, Any]) -> dict[str, Any]:
    return (element.get("config") or {}).get("meta") or {}
