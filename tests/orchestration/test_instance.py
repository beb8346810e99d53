"""dagster.yaml: what it says, and that Dagster keeps its tables in its own schema under its own role."""

import stat

import yaml
from dagster import DagsterInstance
from sqlalchemy import text

from orchestration.instance import write_instance_config
from orchestration.launcher import PreloadedRunLauncher
from pymeai.database.connections import engine_for
from pymeai.settings import Settings


def test_the_file_is_its_owners_alone_and_says_no_telemetry(settings: Settings) -> None:
    path = write_instance_config(settings)
    assert path == settings.home_path / "dagster" / "dagster.yaml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    config = yaml.safe_load(path.read_text())
    assert config["telemetry"] == {"enabled": False}
    assert config["run_coordinator"]["config"]["max_concurrent_runs"] == 2
    assert config["run_retries"] == {"enabled": True, "max_retries": 2, "retry_on_asset_or_op_failure": False}
    assert "pymeai_dagster" in config["storage"]["custom"]["config"]["postgres_url"]


def test_dagsters_tables_live_in_its_schema(settings: Settings) -> None:
    path = write_instance_config(settings)
    with DagsterInstance.from_config(str(path.parent)) as instance:
        instance.add_dynamic_partitions("tenants", ["t_0123456789ab"])
        assert instance.has_dynamic_partition("tenants", "t_0123456789ab")
        assert isinstance(instance.run_launcher, PreloadedRunLauncher)
        instance.delete_dynamic_partition("tenants", "t_0123456789ab")
    with engine_for(settings, "owner").connect() as connection:
        places = connection.execute(
            text(
                "select schemaname, tableowner from pg_tables where tablename in ('runs', 'event_logs', 'dynamic_partitions')"
            )
        )
        assert {tuple(place) for place in places} == {("dagster", "pymeai_dagster")}
