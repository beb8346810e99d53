"""The marts of some tenants, made by dbt alone: no segments, no results for the dashboards."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import text

from orchestration.dbt_runs import NodeResult
from orchestration.run_state import prepared_runner
from pymeai.database.connections import engine_for
from pymeai.settings import Settings
from pymeai.tenancy.tenant import Tenant

BUSINESS_DAY = date(2026, 11, 16)


def build_marts(
    settings: Settings, tenants: Sequence[Tenant], command: Sequence[str] = ("run",), *, views: bool = True
) -> list[NodeResult]:
    """Run a dbt command for these tenants, in this process; every model and test of it has to succeed.

    `views`: whether the views are made again too.
    """
    scope = text("insert into platform.pipeline_scope (organization_id, business_day) values (:id, :day)")
    with engine_for(settings, "pipeline").begin() as connection:
        connection.execute(text("delete from platform.pipeline_scope"))
        for tenant in tenants:
            connection.execute(scope, {"id": tenant.organization_id, "day": BUSINESS_DAY})
    results = prepared_runner(settings).invoke(command, views=views)
    assert [result for result in results if result.status not in {"success", "pass"}] == []
    return results
