"""The catalogue says what MetricFlow can answer, in Spanish."""

import json

from pymeai.costa_rica.text import fold
from pymeai.metrics import compiler
from pymeai.metrics.catalogue import load_catalogue, manifest_path
from pymeai.metrics.manifest import ensure_manifest, project_digest

METRICS = {
    "net_sales", "sales_count", "average_ticket", "units_sold", "gross_profit", "gross_margin", "active_customers",
    "customers_count", "new_customers", "opportunities_count", "open_opportunities", "won_opportunities",
    "lost_opportunities", "open_value", "weighted_value", "won_value", "win_rate", "average_days_to_close",
}  # fmt: skip
DIMENSIONS = {
    "metric_time", "sale_line__category", "sale_line__product", "sale__seller", "sale__channel", "sale__payment_method",
    "sale__document_type", "sale__source", "customer__name", "customer__segment", "customer__kind", "customer__province",
    "customer__source", "opportunity__stage", "opportunity__pipeline", "opportunity__seller", "opportunity__product",
    "opportunity__status", "opportunity__source", "opportunity__lost_reason",
}  # fmt: skip


def test_the_names_that_others_hold_on_to(settings):
    catalogue = load_catalogue(settings)
    assert set(catalogue.metrics) >= METRICS
    assert set(catalogue.dimensions) >= DIMENSIONS
    assert catalogue.metrics["net_sales"].label == "Ventas netas"
    assert catalogue.metrics["lost_opportunities"].good == "down"
    assert catalogue.dimensions["opportunity__status"].values["won"] == "Ganada"


def test_each_metric_goes_with_the_dimensions_that_metricflow_finds(settings):
    catalogue = load_catalogue(settings)
    engine = compiler._engine(manifest_path(settings))
    for name in catalogue.metrics:
        found = {dimension.dunder_name for dimension in engine.simple_dimensions_for_metrics([name])}
        assert set(catalogue.dimensions_for([name])) == {n.removesuffix("__day") for n in found}, name


def test_everything_is_named_in_spanish_with_synonyms(settings):
    catalogue = load_catalogue(settings)
    for info in (*catalogue.metrics.values(), *catalogue.dimensions.values()):
        assert info.label
        assert info.description.endswith("."), info.name
        assert info.synonyms, info.name
        assert len({fold(word) for word in info.synonyms}) >= len(info.synonyms) - 1, info.name


def test_a_synonym_means_one_metric(settings):
    catalogue = load_catalogue(settings)
    owners: dict[str, str] = {}
    for info in catalogue.metrics.values():
        for word in {fold(synonym) for synonym in info.synonyms}:
            assert owners.setdefault(word, info.name) == info.name, word


def test_dimensions_of_several_metrics_are_those_they_share(settings):
    shared = load_catalogue(settings).dimensions_for(["net_sales", "win_rate"])
    assert "metric_time" in shared
    assert "customer__segment" in shared
    assert "sale__seller" not in shared
    assert "opportunity__stage" not in shared


def test_the_manifest_is_made_once(settings):
    path = ensure_manifest(settings)
    written = path.stat().st_mtime_ns
    assert path.stem == project_digest()
    assert json.loads(path.read_text())["semantic_models"]
    assert ensure_manifest(settings).stat().st_mtime_ns == written
