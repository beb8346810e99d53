"""Imports as the orchestration sees them: which wait for a run, and which run has which."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_connection
from pymeai.tenancy.tenant import Tenant


@dataclass(frozen=True)
class PendingImport:
    """An import that somebody asked for and that is not over."""

    tenant: Tenant
    import_id: UUID
    # "queued" or "running".
    status: str
    queued_at: datetime


def pending_imports(settings: Settings, tenants: Sequence[Tenant]) -> Iterator[PendingImport]:
    """The imports of these tenants that are queued or running, oldest first for each tenant."""
    statement = text(
        "select import_id, status, coalesce(queued_at, created_at) as queued_at from imports "
        "where status in ('queued', 'running') order by queued_at"
    )
    for tenant in tenants:
        with tenant_connection(settings, tenant) as connection:
            found = connection.execute(statement).all()
        for row in found:
            yield PendingImport(tenant, row.import_id, row.status, row.queued_at)


def remember_run(settings: Settings, tenant: Tenant, import_id: UUID, run_id: str) -> None:
    """Write into the import which run has it."""
    statement = text("update imports set run_id = :run where import_id = :id and run_id is distinct from :run")
    with tenant_connection(settings, tenant) as connection:
        connection.execute(statement, {"run": run_id, "id": import_id})
