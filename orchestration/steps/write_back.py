"""Writes what the pipeline computed of each customer back to the tenants' tables, through the partitioned parent."""

from sqlalchemy import text

from orchestration.scope import Scope, uuids
from pymeai.database.connections import engine_for
from pymeai.settings import Settings

STATEMENT = """
    update crm.customers as c
    set segment = d.segment, lifetime_value = d.lifetime_value
    from analytics.dim_customers as d
    where c.organization_id = any(:ids)
        and d.organization_id = any(:ids)
        and c.organization_id = d.organization_id
        and c.customer_id = d.customer_id
        and (c.segment, c.lifetime_value) is distinct from (d.segment, d.lifetime_value)
"""


def write_back_customers(settings: Settings, scope: Scope) -> int:
    """Set segment and lifetime_value (colones) where they changed; returns how many customers did.

    Statement triggers of the partitions do not fire on the parent, and the two columns are in no row trigger's list: the
    write makes no tenant dirty and touches no updated_at.
    """
    with engine_for(settings, "pipeline").begin() as connection:
        return connection.execute(text(STATEMENT).bindparams(uuids("ids", scope.organizations))).rowcount
