"""Two small companies whose figures can be computed by hand, and their marts, built once."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import text

from pymeai.database.connections import engine_for
from pymeai.metrics.query import MetricQuery, MetricResult
from pymeai.metrics.service import run_query
from pymeai.settings import Settings
from pymeai.tenancy.provisioning import provision
from pymeai.tenancy.sessions import tenant_connection
from pymeai.tenancy.tenant import Tenant
from tests.marts import build_marts

CUSTOMERS = """
insert into customers (external_id, kind, first_name, last_name, company_name, province, created_at, deleted_at) values
    ('ana', 'person', 'Ana', 'Mora', null, '1', '2026-01-01 12:00-06', null),
    ('beta', 'company', null, null, 'Comercial Beta S.A.', '401', '2026-05-01 12:00-06', null),
    ('luis-1', 'person', 'Luis', 'Rojas', null, '1', '2026-05-01 12:00-06', null),
    ('luis-2', 'person', 'Luis', 'Rojas', null, null, '2026-05-01 12:00-06', null),
    ('nadie', 'person', 'Sin', 'Compras', null, null, '2026-06-01 12:00-06', null),
    ('borrado', 'person', 'Ya', 'Borrado', null, null, '2026-05-01 12:00-06', now())
"""
# Net, in colones: 100 000 + 50 000 + 50 000 - 10 000 + 25 000 + 25 000 = 240 000, in 5 sales.
SALES = """
insert into sales (external_key, customer_id, sold_at, amount, currency, exchange_rate, document_type, seller, lines)
select key, (select customer_id from customers where external_id = customer), sold_at::timestamptz, amount, currency,
    rate, document_type, seller, lines::jsonb
from (values
    ('s1', 'ana', '2026-01-15 10:00-06', 100000, 'CRC', 1, 'invoice', 'Marta',
     '[{"code": "A1", "description": "Martillo", "category": "Herramientas", "quantity": 2, "total": 60000, "cost": 40000},
       {"code": "B1", "description": "Pintura 100%", "category": "Pinturas", "quantity": 1, "total": 40000}]'),
    ('s2', null, '2026-02-10 10:00-06', 50000, 'CRC', 1, 'ticket', null, '[]'),
    ('s3', 'beta', '2026-02-20 10:00-06', 100, 'USD', 500, 'invoice', 'Pedro',
     '[{"code": "A1", "description": "Martillo", "category": "Herramientas", "quantity": 3, "total": 90, "cost": 60}]'),
    ('s4', 'ana', '2026-03-05 10:00-06', 10000, 'CRC', 1, 'credit_note', 'Marta',
     '[{"code": "A1", "description": "Martillo", "category": "Herramientas", "quantity": 1, "total": 10000, "cost": 8000}]'),
    ('s5', 'luis-1', '2026-03-31 23:30-06', 25000, 'CRC', 1, 'invoice', 'Marta', '[]'),
    ('s6', 'luis-2', '2026-03-10 10:00-06', 25000, 'CRC', 1, 'invoice', 'Pedro', '[]')
) as v (key, customer, sold_at, amount, currency, rate, document_type, seller, lines)
"""
PIPELINE = "insert into pipelines (name) values ('Ventas')"
STAGES = """
insert into stages (pipeline_id, name, position, probability, kind)
select pipeline_id, v.* from pipelines, (values
    ('Prospecto', 1, 20, 'open'), ('Ganado', 2, 100, 'won'), ('Perdido', 3, 0, 'lost')
) as v (name, position, probability, kind)
"""
OPPORTUNITIES = """
insert into opportunities
    (pipeline_id, stage_id, title, value, seller, created_at, last_stage_change, won_at, lost_at, lost_reason)
select pipeline_id, stage_id, title, value, seller, created::timestamptz, moved::timestamptz, won::timestamptz,
    lost::timestamptz, reason
from (values
    ('Techo', 'Prospecto', 1000, 'Marta', '2026-10-01 12:00-06', '2026-10-10 12:00-06', null, null, null),
    ('Portón', 'Ganado', 2000, 'Marta', '2026-09-01 12:00-06', '2026-09-21 12:00-06', '2026-09-21 12:00-06', null, null),
    ('Cerca', 'Perdido', 500, 'Pedro', '2026-09-05 12:00-06', '2026-09-30 12:00-06', null, '2026-09-30 12:00-06', 'Precio'),
    ('Bodega', 'Ganado', 3000, 'Pedro', '2026-10-01 12:00-06', '2026-10-11 12:00-06', '2026-10-11 12:00-06', null, null)
) as v (title, stage, value, seller, created, moved, won, lost, reason)
join stages on stages.name = v.stage
"""
# Of an organization that counts in dollars: 10 USD, and 1 000 CRC at 500.
DOLLAR_SALES = """
insert into sales (sold_at, amount, currency, exchange_rate) values
    ('2026-03-10 10:00-06', 10, 'USD', 510), ('2026-03-10 10:00-06', 1000, 'CRC', 1)
"""


@dataclass(frozen=True)
class Company:
    """A tenant whose marts are there."""

    settings: Settings
    tenant: Tenant

    def ask(self, **query: object) -> MetricResult:
        """The answer to a MetricQuery."""
        return run_query(self.settings, self.tenant, MetricQuery.model_validate(query))

    def cells(self, **query: object) -> list[list[object]]:
        """The rows of the answer."""
        return self.ask(**query).rows


@pytest.fixture(scope="session")
def companies(settings: Settings) -> tuple[Company, Company]:
    """The hardware store that counts in colones and the tour operator that counts in dollars, with their marts."""
    store = provision(settings, name="Ferretería La Prueba")
    tours = provision(settings, name="Tours La Prueba", org_settings={"currency": "USD"})
    with tenant_connection(settings, store) as connection:
        for statement in (CUSTOMERS, SALES, PIPELINE, STAGES, OPPORTUNITIES):
            connection.execute(text(statement))
    with tenant_connection(settings, tours) as connection:
        connection.execute(text(DOLLAR_SALES))
    with engine_for(settings, "owner").begin() as connection:
        connection.execute(
            text("insert into platform.exchange_rates values ('2026-03-01', 'USD', 500) on conflict do nothing")
        )
    _segment(settings, store)
    _build(settings, [store, tours])
    return Company(settings, store), Company(settings, tours)


@pytest.fixture(scope="session")
def store(companies: tuple[Company, Company]) -> Company:
    """The hardware store."""
    return companies[0]


@pytest.fixture(scope="session")
def tours(companies: tuple[Company, Company]) -> Company:
    """The tour operator."""
    return companies[1]


@pytest.fixture(scope="module")
def without_marts(settings: Settings, new_tenant: Callable[[str], Tenant]) -> Company:
    """A company that no refresh has seen."""
    return Company(settings, new_tenant("Recién llegada"))


def _segment(settings: Settings, tenant: Tenant) -> None:
    statement = text(
        """
        insert into analytics.customer_segments
            (organization_id, customer_id, segment, flags, frequency, monetary, thresholds_version)
        select organization_id, customer_id,
            case external_id when 'ana' then 'frecuente' when 'nadie' then 'inactivo' else 'nuevo' end,
            case external_id when 'ana' then array['valioso'] else '{}'::text[] end, 1, 1, 'test'
        from crm.customers where organization_id = :id
        """
    )
    with engine_for(settings, "pipeline").begin() as connection:
        connection.execute(statement, {"id": tenant.organization_id})


def _build(settings: Settings, tenants: list[Tenant]) -> None:
    build_marts(settings, tenants)
    # Other tests' refreshes, which take whoever changed, would compute the segments that were given here.
    with engine_for(settings, "pipeline").begin() as connection:
        connection.execute(
            text("delete from platform.tenant_changes where organization_id = any(:ids)"),
            {"ids": [tenant.organization_id for tenant in tenants]},
        )
