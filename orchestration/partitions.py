"""One partition a tenant: its key is the tenant's schema."""

from collections.abc import Sequence

from dagster import DynamicPartitionsDefinition

from pymeai.settings import Settings
from pymeai.tenancy.tenant import Tenant

TENANTS = DynamicPartitionsDefinition(name="tenants")

IMPORT_TAG = "pymeai/import_id"
TENANT_TAG = "pymeai/tenant"


def tenants_of(settings: Settings) -> Sequence[Tenant]:
    """Every tenant of the platform."""
    from orchestration.scope import all_organizations

    return [Tenant(organization) for organization in all_organizations(settings)]


def tenant_of(settings: Settings, partition_key: str) -> Tenant:
    """The tenant of a partition. Raises KeyError where there is none."""
    for tenant in tenants_of(settings):
        if tenant.partition_key == partition_key:
            return tenant
    raise KeyError(partition_key)
