"""Superstore's sales and Maven's opportunities as rows of two tenants, and as frames to compute answers from."""

import json
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import pandas as pd
from sqlalchemy import text

from kula.reply import Reply, Turn
from kula.service import ask
from kula.understanding import Engine
from pymeai.database.connections import engine_for
from pymeai.settings import Settings
from pymeai.tenancy.provisioning import provision
from pymeai.tenancy.sessions import tenant_connection
from pymeai.tenancy.tenant import Tenant
from tests.marts import BUSINESS_DAY

CUSTOMERS = """
insert into customers (external_id, first_name)
select id, name from jsonb_to_recordset(cast(:rows as jsonb)) as rows (id text, name text)
"""
SALES = """
insert into sales (external_key, customer_id, sold_at, amount, payment_method, lines)
select key, customers.customer_id, day, amount, payment, rows.lines
from jsonb_to_recordset(cast(:rows as jsonb))
    as rows (key text, customer text, day timestamptz, amount numeric, payment text, lines jsonb)
join customers on customers.external_id = rows.customer
"""
PIPELINE = "insert into pipelines (name) values ('Ventas')"
STAGES = """
insert into stages (pipeline_id, name, position, probability, kind)
select pipeline_id, v.* from pipelines, (values
    ('Prospecting', 1, 20, 'open'), ('Engaging', 2, 50, 'open'), ('Won', 3, 100, 'won'), ('Lost', 4, 0, 'lost')
) as v (name, position, probability, kind)
"""
OPPORTUNITIES = """
insert into opportunities (pipeline_id, stage_id, title, value, seller, product, status, created_at, won_at, lost_at)
select pipeline_id, stage_id, title, value, seller, product, kind, coalesce(opened, now()),
    case when kind = 'won' then closed end, case when kind = 'lost' then closed end
from jsonb_to_recordset(cast(:rows as jsonb)) as rows
    (title text, value numeric, seller text, product text, stage text, opened timestamptz, closed timestamptz)
join stages on stages.name = rows.stage
"""
PAYMENTS = ("Efectivo", "Tarjeta", "SINPE Móvil")


@dataclass(frozen=True)
class Asked:
    """A tenant with marts that can be asked."""

    settings: Settings
    tenant: Tenant
    today: date = BUSINESS_DAY

    def ask(self, question: str, *, conversation: tuple[Turn, ...] = (), engine: Engine | None = None) -> Reply:
        """Kula's reply."""
        return ask(self.settings, self.tenant, question, today=self.today, conversation=conversation, engine=engine)


def superstore(folder: Path) -> pd.DataFrame:
    """Superstore's lines, their dates read: m/d/yyyy, and ISO in nine rows."""
    frame = pd.read_csv(folder / "crm" / "superstore" / "Sample - Superstore.csv", encoding="utf-8")
    iso = frame["fecha_pedido"].str.contains("-")
    frame.loc[iso, "day"] = pd.to_datetime(frame.loc[iso, "fecha_pedido"], format="%Y-%m-%d")
    frame.loc[~iso, "day"] = pd.to_datetime(frame.loc[~iso, "fecha_pedido"], format="%m/%d/%Y")
    numbers = frame["id_pedido"].rank(method="dense").astype(int)
    frame["payment"] = numbers.map(lambda number: PAYMENTS[number % 3])
    return frame


def maven(folder: Path) -> pd.DataFrame:
    """Maven's opportunities."""
    frame = pd.read_csv(folder / "crm" / "maven" / "sales_pipeline.csv")
    frame["engage"] = pd.to_datetime(frame["engage_date"])
    frame["close"] = pd.to_datetime(frame["close_date"])
    return frame


def load_superstore(settings: Settings, frame: pd.DataFrame) -> Tenant:
    """A tenant with Superstore's customers and sales: one sale an order, with its lines."""
    tenant = provision(settings, name="Superstore")
    people = frame.drop_duplicates("id_cliente")
    sales = []
    # Plain rows: a frame for each of the 5,009 orders takes pandas ten seconds.
    records = frame.sort_values("id_pedido", kind="stable").to_dict("records")
    for key, order in groupby(records, itemgetter("id_pedido")):
        lines = list(order)
        items = [
            {
                "code": line["id_producto"],
                "description": line["nombre_producto"],
                "category": line["categoria"],
                "quantity": line["cantidad"],
                "total": round(line["ventas"], 5),
                "cost": round(line["ventas"] - line["ganancia"], 5),
            }
            for line in lines
        ]
        sales.append(
            {
                "key": key,
                "customer": lines[0]["id_cliente"],
                "day": f"{lines[0]['day']:%Y-%m-%d} 12:00-06",
                "amount": round(sum(item["total"] for item in items), 5),
                "payment": lines[0]["payment"],
                "lines": items,
            }
        )
    with tenant_connection(settings, tenant) as connection:
        named = [{"id": person.id_cliente, "name": person.nombre_cliente} for person in people.itertuples()]
        connection.execute(text(CUSTOMERS), {"rows": json.dumps(named)})
        connection.execute(text(SALES), {"rows": json.dumps(sales)})
    _segment(settings, tenant)
    return tenant


def load_maven(settings: Settings, frame: pd.DataFrame) -> Tenant:
    """A tenant with Maven's opportunities and nothing else."""
    tenant = provision(settings, name="Maven")
    rows = [
        {
            "title": row.opportunity_id,
            "value": 0 if pd.isna(row.close_value) else row.close_value,
            "seller": row.sales_agent,
            "product": row.product,
            "stage": row.deal_stage,
            "opened": None if pd.isna(row.engage) else f"{row.engage:%Y-%m-%d} 12:00-06",
            "closed": None if pd.isna(row.close) else f"{row.close:%Y-%m-%d} 12:00-06",
        }
        for row in frame.itertuples()
    ]
    with tenant_connection(settings, tenant) as connection:
        connection.execute(text(PIPELINE))
        connection.execute(text(STAGES))
        connection.execute(text(OPPORTUNITIES), {"rows": json.dumps(rows)})
    return tenant


def _segment(settings: Settings, tenant: Tenant) -> None:
    """A segment for everybody, by the customer's external id: what the pipeline does better."""
    statement = text(
        """
        insert into analytics.customer_segments
            (organization_id, customer_id, segment, flags, frequency, monetary, thresholds_version)
        select organization_id, customer_id, case when external_id like 'A%' then 'inactivo' else 'frecuente' end,
            '{}'::text[], 1, 1, 'test'
        from crm.customers where organization_id = :id
        """
    )
    with engine_for(settings, "pipeline").begin() as connection:
        connection.execute(statement, {"id": tenant.organization_id})
