"""Rows of a tenant for tests: customers with sales on known days, and opportunities."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from pymeai.clock import COSTA_RICA
from pymeai.database.connections import engine_for
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_connection
from pymeai.tenancy.tenant import Tenant


def add_customer(settings: Settings, tenant: Tenant, name: str, created: str = "2024-01-01") -> UUID:
    """A customer registered on an ISO day."""
    with tenant_connection(settings, tenant) as connection:
        key: UUID = connection.execute(
            text("insert into customers (first_name, created_at) values (:name, :created) returning customer_id"),
            {"name": name, "created": _noon(created)},
        ).scalar_one()
    return key


def add_sales(settings: Settings, tenant: Tenant, customer: UUID | None, sales: Sequence[tuple[str, str, str]]) -> None:
    """Sales as (ISO day, amount in colones, document type), one transaction."""
    with tenant_connection(settings, tenant) as connection:
        for day, amount, document in sales:
            connection.execute(
                text(
                    "insert into sales (customer_id, sold_at, amount, document_type) values (:customer, :at, :amount, :type)"
                ),
                {"customer": customer, "at": _noon(day), "amount": Decimal(amount), "type": document},
            )


def add_opportunity(
    settings: Settings, tenant: Tenant, kind: str, value: str, created: str, closed: str | None
) -> None:
    """An opportunity of the pipeline "Ventas", in its stage of a kind (open, won, lost)."""
    with tenant_connection(settings, tenant) as connection:
        pipeline = connection.execute(
            text(
                "insert into pipelines (name) values ('Ventas') on conflict (name) do update set name = excluded.name "
                "returning pipeline_id"
            )
        ).scalar_one()
        stage = connection.execute(
            text(
                "insert into stages (pipeline_id, name, kind, probability) values (:pipeline, :kind, :kind, 40) "
                "on conflict (pipeline_id, name) do update set kind = excluded.kind returning stage_id"
            ),
            {"pipeline": pipeline, "kind": kind},
        ).scalar_one()
        connection.execute(
            text(
                "insert into opportunities (title, pipeline_id, stage_id, value, created_at, last_stage_change) "
                "values ('x', :pipeline, :stage, :value, :created, :changed)"
            ),
            {
                "pipeline": pipeline,
                "stage": stage,
                "value": Decimal(value),
                "created": _noon(created),
                "changed": _noon(closed or created),
            },
        )


def rows(settings: Settings, statement: str, **parameters: Any) -> list[Any]:
    """What the pipeline sees: single values where the statement has one column, else tuples."""
    with engine_for(settings, "pipeline").connect() as connection:
        found = [tuple(row) for row in connection.execute(text(statement), parameters)]
    return [row[0] if len(row) == 1 else row for row in found]


def _noon(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=COSTA_RICA)
