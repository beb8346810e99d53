"""The code location: its assets and their lineage, its jobs, its schedules, and that it is light to load."""

import itertools
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from dagster import AssetKey, Definitions

from orchestration.definitions import build_definitions
from pymeai.settings import Settings
from tests.orchestration.conftest import environment_of

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def definitions(settings: Settings) -> Definitions:
    return build_definitions(settings)


@pytest.fixture(scope="module")
def parents(definitions: Definitions) -> dict[str, set[str]]:
    graph = definitions.resolve_asset_graph()
    return {
        key.to_user_string(): {parent.to_user_string() for parent in graph.get(key).parent_keys}
        for key in graph.get_all_asset_keys()
    }


def test_the_lineage_leads_from_the_file_to_the_results(parents: dict[str, set[str]]) -> None:
    path = [
        "import_file",
        "crm_rows",
        "staging/stg_sales",
        "staging/int_sales_converted",
        "analytics/fct_sales",
        "analytics/customer_segments",
        "analytics_data",
    ]
    for upstream, downstream in itertools.pairwise(path):
        assert upstream in parents[downstream]
    assert "staging/stg_customer_segments" in parents["analytics/dim_customers"]
    assert parents["customers_write_back"] == {"analytics/dim_customers"}


def test_the_groups_follow_each_other(definitions: Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    order = ["imports", "staging", "intermediate", "marts", "segmentation", "customer_marts", "results"]
    place = {key: order.index(graph.get(key).group_name) for key in graph.get_all_asset_keys()}
    backwards = [(p, key) for key in place for p in graph.get(key).parent_keys if place[p] > place[key]]
    assert backwards == []


def test_nothing_in_the_lineage_comes_from_nowhere(parents: dict[str, set[str]]) -> None:
    assert {parent for found in parents.values() for parent in found} <= set(parents)


def test_all_assets(parents: dict[str, set[str]]) -> None:
    assert sorted(parents) == [
        "analytics/customer_segments",
        "analytics/dim_customers",
        "analytics/dim_dates",
        "analytics/dim_stages",
        "analytics/dim_users",
        "analytics/fct_interactions",
        "analytics/fct_opportunities",
        "analytics/fct_sale_lines",
        "analytics/fct_sales",
        "analytics/tenant_freshness",
        "analytics_data",
        "crm_rows",
        "customers_write_back",
        "import_file",
        "staging/int_sales_converted",
        "staging/stg_customer_segments",
        "staging/stg_customers",
        "staging/stg_exchange_rates",
        "staging/stg_interactions",
        "staging/stg_opportunities",
        "staging/stg_organizations",
        "staging/stg_pipeline_scope",
        "staging/stg_pipelines",
        "staging/stg_sales",
        "staging/stg_stages",
        "staging/stg_users",
    ]


def test_dbt_tests_and_the_gate_are_asset_checks(definitions: Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    checks = {(key.asset_key.to_user_string(), key.name) for key in graph.asset_check_keys}
    assert ("import_file", "great_expectations") in checks
    assert ("analytics/fct_sales", "unique_fct_sales_sale_id") in checks
    assert len(checks) > 10


def test_imports_have_a_partition_a_tenant_and_the_marts_none(definitions: Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    partitioned = {
        key.to_user_string() for key in graph.get_all_asset_keys() if graph.get(key).partitions_def is not None
    }
    assert partitioned == {"import_file", "crm_rows"}
    assert graph.get(AssetKey("crm_rows")).partitions_def.name == "tenants"  # type: ignore[union-attr]


def test_the_night_refreshes_all_tenants(definitions: Definitions) -> None:
    nightly = definitions.resolve_schedule_def("nightly")
    assert (nightly.cron_schedule, nightly.execution_timezone, nightly.job_name) == (
        "0 2 * * *",
        "America/Costa_Rica",
        "refresh",
    )
    job = definitions.resolve_job_def("import_file")
    assert {node.name for node in job.nodes} == {"load_import", "marts"}


def test_both_ways_of_finding_the_code_location_agree() -> None:
    [location] = yaml.safe_load((PROJECT / "workspace.yaml").read_text())["load_from"]
    dg = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["dg"]["project"]
    assert location["python_module"]["module_name"] == dg["code_location_target_module"] == "orchestration.definitions"
    assert location["python_module"]["location_name"] == dg["code_location_name"] == "pymeai"


@pytest.fixture
def imported(settings: Settings, definitions: Definitions) -> Iterator[set[str]]:
    code = "import sys, orchestration.definitions; print(*sys.modules)"
    finished = subprocess.run(
        [sys.executable, "-c", code],
        env=environment_of(settings),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(finished.stdout.split())


def test_the_code_location_is_light_to_import(imported: set[str]) -> None:
    heavy = {"pandas", "numpy", "sklearn", "great_expectations", "dbt.cli.main", "pyarrow", "metricflow", "streamlit"}
    assert heavy & imported == set()
