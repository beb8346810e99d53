"""The table in a file that a tenant uploaded."""

from pathlib import Path

from sqlalchemy import select

from ingest.model import Kind, RawTable
from ingest.reading.sandbox.client import read_safely
from ingest.reading.sandbox.messages import ReadRequest
from pymeai.database.tables.platform import Organization
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session
from pymeai.tenancy.tenant import Tenant


def read_source(
    settings: Settings, tenant: Tenant, path: Path, *, kind: Kind, file_name: str, sheet: str | None = None
) -> RawTable:
    """The table in a file of the tenant's: of electronic invoices those that it issued.

    Raises what `read_safely` raises, and Invalid for invoices that are not imported as sales, or where the tenant's own
    identification is not known: whose invoices they are cannot be guessed, since a folder of purchases looks the same.
    """
    # What was taken once may be read again, whatever the limit is now.
    largest = max(settings.max_upload_bytes, path.stat().st_size)
    own = organization_settings(settings, tenant).get("identification_number") if kind == "sales" else None
    return read_safely(ReadRequest(str(path.absolute()), file_name, largest, sheet, kind, own))


def organization_settings(settings: Settings, tenant: Tenant) -> dict[str, str]:
    """The settings of the tenant's organization."""
    with platform_session(settings) as session:
        statement = select(Organization.settings).where(Organization.organization_id == tenant.organization_id)
        return dict(session.execute(statement).scalar_one_or_none() or {})
