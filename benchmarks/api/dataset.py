"""Tenants to measure among: one with as many customers and opportunities as a large company has, the others small."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import Connection, text

from crm_api.auth.passwords import hash_password
from pymeai.settings import Settings
from pymeai.templates.catalogue import load_template
from pymeai.tenancy.onboarding import apply_template
from pymeai.tenancy.provisioning import NewUser, all_tenants, provision
from pymeai.tenancy.sessions import tenant_connection
from pymeai.tenancy.tenant import Tenant

CUSTOMERS, OPPORTUNITIES = 100_000, 5_000
PASSWORD = "una clave larga de medir"

_CUSTOMERS = """
insert into customers (first_name, last_name, email, phone, identification_number, tags, created_at, lifetime_value, segment)
select (array['Ana','Luis','María','José','Carmen','Jorge','Lucía','Pedro','Rosa','Álvaro'])[1 + n % 10],
    (array['Mora','Rojas','Jiménez','Solís','Araya','Vargas','Quesada','Núñez','Chaves','Brenes'])[1 + (n / 10) % 10]
        || ' ' || (array['Castro','Salas','Ureña','Zúñiga','Alfaro','Campos','Rojas','León'])[1 + (n / 100) % 8]
        || ' ' || to_char(n, 'FM000000'),
    'cliente' || n || '@correo.example', '+506' || (60000000 + n), (100000000 + n)::text,
    case when n % 7 = 0 then array['mayorista'] else '{}' end, now() - n * interval '7 minutes', (n * 7919) % 1000003,
    (array['frecuente','ocasional','inactivo','nuevo'])[1 + n % 4]
from generate_series(1, :number) n
"""
_OPPORTUNITIES = """
insert into opportunities (pipeline_id, stage_id, customer_id, title, value, board_position, created_at)
select s.pipeline_id, s.stage_id, c.customer_id, 'Cotización ' || c.row, (c.row * 7919) % 900001, c.row, c.created_at
from (select customer_id, created_at, row_number() over (order by customer_id) as row
      from customers order by customer_id limit :number) c
join (select pipeline_id, stage_id, row_number() over (order by position) as row, count(*) over () as stages
      from stages where kind = 'open') s on s.row = 1 + c.row % s.stages
"""


def fill_large(settings: Settings, email: str) -> Tenant:
    """The large tenant, with its owner."""
    tenant = provision(
        settings, name="La grande", industry_type="ferreteria", owner=NewUser(email, hash_password(PASSWORD))
    )
    with tenant_connection(settings, tenant) as connection:
        apply_template(connection, load_template("ferreteria"))
        # What an import sets too: the audit log would be as large as the data.
        connection.execute(text("set local pymeai.unaudited = 'benchmark'"))
        connection.execute(text(_CUSTOMERS), {"number": CUSTOMERS})
        connection.execute(text(_OPPORTUNITIES), {"number": OPPORTUNITIES})
    return tenant


def grow_to(settings: Settings, tenants: int, report: Callable[[int], None]) -> None:
    """Provision small tenants until there are so many; each has a handful of customers."""
    present = len(all_tenants(settings))
    for number in range(present, tenants):
        tenant = provision(settings, name=f"Pequeña {number}", owner=NewUser(f"p{number}@correo.example", "x"))
        with tenant_connection(settings, tenant) as connection:
            connection.execute(text(_CUSTOMERS), {"number": 20})
        if number % 100 == 99:
            report(number + 1)


def some_customers(connection: Connection, number: int) -> list[UUID]:
    """Ids of customers, in an order that has nothing to do with where they are stored."""
    statement = text("select customer_id from customers order by md5(customer_id::text) limit :number")
    return list(connection.execute(statement, {"number": number}).scalars())
