"""What every model of the project says of itself."""

import json

import pytest

from pymeai.metrics.dbt_command import target_path
from pymeai.metrics.manifest import ensure_manifest


@pytest.fixture(scope="module")
def models(settings):
    ensure_manifest(settings)
    manifest = json.loads((target_path(settings) / "manifest.json").read_text())
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]


def test_models_live_in_two_schemas(models):
    assert {model["schema"] for model in models} == {"staging", "analytics"}


def test_every_model_names_its_grain_first(models):
    assert [model["name"] for model in models if not model["description"].startswith("One row per ")] == []


def test_every_mart_is_contracted_described_and_secured(models):
    marts = [model for model in models if model["schema"] == "analytics"]
    assert len(marts) >= 9
    for mart in marts:
        assert mart["contract"]["enforced"], mart["name"]
        assert mart["config"]["materialized"] == "incremental", mart["name"]
        assert any("row_level_security" in hook["sql"] for hook in mart["config"]["post-hook"]), mart["name"]
        for column in mart["columns"].values():
            assert column["data_type"], column
            assert column["description"].endswith("."), column


def test_sources_carry_the_asset_keys_of_dagster(settings):
    ensure_manifest(settings)
    manifest = json.loads((target_path(settings) / "manifest.json").read_text())
    keys = {tuple(source["meta"]["dagster"]["asset_key"]) for source in manifest["sources"].values()}
    assert ("crm", "sales") in keys
    assert ("analytics", "customer_segments") in keys
    assert len(keys) == len(manifest["sources"])
