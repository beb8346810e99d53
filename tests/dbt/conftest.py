"""Two companies in the CRM's own tables, and refreshes of those that a test names."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from pymeai.database.connections import engine_for
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_connection
from pymeai.tenancy.tenant import Tenant
from tests.marts import build_marts

FILL = (
    "insert into customers (external_id, first_name) values ('1', 'Ana'), ('2', 'Beto')",
    """
    insert into sales (external_key, customer_id, sold_at, amount, document_type, lines)
    select 's' || n, customer_id, '2026-03-01 12:00-06'::timestamptz + n * interval '1 day', 10.5 * n,
        case when n % 3 = 0 then 'credit_note' else 'invoice' end,
        case n % 5 when 0 then '[]'::jsonb when 1 then '"no list"'::jsonb when 2 then '[1, [], {"total": 1e40}]'::jsonb
            else jsonb_build_array(jsonb_build_object('total', 10 * n), jsonb_build_object('total', 'no number')) end
    from customers, generate_series(1, 8) as n where external_id = '1'
    """,
    # The most that the columns hold: one organization's nonsense must not stop the refresh of all.
    """
    insert into sales (external_key, sold_at, amount, currency, exchange_rate)
    values ('most', '2026-03-01', 9999999999999.99999, 'USD', 9999999.99999)
    """,
    "insert into pipelines (name) values ('Ventas')",
    "insert into stages (pipeline_id, name, probability) select pipeline_id, 'Prospecto', 20 from pipelines",
    """
    insert into opportunities (pipeline_id, stage_id, title, value, created_at)
    select pipeline_id, stage_id, 'Techo', 1000, '2026-10-01 12:00-06' from stages
    """,
    "insert into interactions (customer_id, type, date_time) select customer_id, 'Llamada', now() from customers",
)

Execute = Callable[..., None]
Refresh = Callable[..., dict[str, str]]


@pytest.fixture(scope="module")
def change(settings: Settings) -> Execute:
    """Run statements in a tenant's own schema."""

    def run(tenant: Tenant, *statements: str) -> None:
        with tenant_connection(settings, tenant) as connection:
            for statement in statements:
                connection.execute(text(statement))

    return run


@pytest.fixture(scope="module")
def refresh(settings: Settings) -> Refresh:
    """Refresh the marts of some tenants with a dbt command, and return the status of each model and test."""

    def run(*tenants: Tenant, command: tuple[str, ...] = ("run",)) -> dict[str, str]:
        results = build_marts(settings, tenants, command)
        # test.pymeai.<name>.<hash>, unit_test.pymeai.<model>.<name>
        return {
            result.unique_id.split(".")[3 if result.kind == "unit_test" else 2]: result.status for result in results
        }

    return run


@pytest.fixture(scope="module")
def rows(settings: Settings) -> Callable[..., list[Any]]:
    """All rows of a mart, or one tenant's, in order; the moment of the refresh left out."""

    def read(mart: str, tenant: Tenant | None = None) -> list[Any]:
        condition = "where organization_id = :id" if tenant else ""
        statement = f"select to_jsonb(m) - 'refreshed_at' from analytics.{mart} as m {condition} order by 1"
        with engine_for(settings, "pipeline").connect() as connection:
            return list(connection.scalars(text(statement), {"id": tenant.organization_id} if tenant else {}))

    return read


@pytest.fixture(scope="module")
def refreshed(tenant_a: Tenant, tenant_b: Tenant, change: Execute, refresh: Refresh) -> tuple[Tenant, Tenant]:
    """The two companies, filled, with their marts."""
    for tenant in (tenant_a, tenant_b):
        change(tenant, *FILL)
    refresh(tenant_a, tenant_b)
    return tenant_a, tenant_b
