"""All tables of a tenant, and which of them are partitions of `crm.<table>`; the rest are plain tables of the schema."""

from sqlalchemy import MetaData, Table

from pymeai.database.tables import tenant, workspace

ATTACHED = (
    "customers",
    "interactions",
    "pipelines",
    "stages",
    "opportunities",
    "stage_history",
    "sales",
    "custom_fields",
    "analytics_data",
)
"""The tables that the pipeline reads of all tenants at once."""

# Named through both modules, so that whoever asks for the tables has them all declared.
TENANT_METADATA: MetaData = tenant.Customer.metadata
assert workspace.Import.metadata is TENANT_METADATA


def attached_tables() -> list[Table]:
    """The tenant tables that are partitions, in the order in which they can be created."""
    return [table for table in TENANT_METADATA.sorted_tables if table.name in ATTACHED]
