"""The table in a file that a tenant uploaded."""

from pathlib import Path

from sqlalchemy import select

from ingest.model import Kind, RawTable
from ingest.reading.guards import unguarded
from ingest.reading.invoices.table import issuers_of
from ingest.reading.table import read_table
from pymeai.database.tables.platform import Organization
from pymeai.errors import Invalid
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session
from pymeai.tenancy.tenant import Tenant


def read_source(
    settings: Settings, tenant: Tenant, path: Path, *, kind: Kind, file_name: str, sheet: str | None = None
) -> RawTable:
    """The table in a file of the tenant's: of electronic invoices those that it issued.

    Raises what `read_table` raises, and Invalid for invoices that are not imported as sales, or where the tenant's own
    identification is not known: whose invoices they are cannot be guessed, since a folder of purchases looks the same.
    """
    # What was taken once may be read again, whatever the limit is now.
    largest = max(settings.max_upload_bytes, path.stat().st_size)

    def issuer() -> str:
        if kind != "sales":
            raise Invalid(
                "Las facturas electrónicas se importan como ventas, que traen también a sus clientes: elija ventas.",
                code="invoices_are_sales",
            )
        own = organization_settings(settings, tenant).get("identification_number")
        if own is None:
            raise _issuer_unknown(path, file_name)
        return own

    return unguarded(read_table(path, sheet=sheet, file_name=file_name, max_bytes=largest, issuer=issuer))


def organization_settings(settings: Settings, tenant: Tenant) -> dict[str, str]:
    """The settings of the tenant's organization."""
    with platform_session(settings) as session:
        statement = select(Organization.settings).where(Organization.organization_id == tenant.organization_id)
        return dict(session.execute(statement).scalar_one_or_none() or {})


def _issuer_unknown(path: Path, name: str) -> Invalid:
    found = [f"{who} ({number})" for number, who, _ in issuers_of(path, name)[:3]]
    said = f" Las de este archivo las emitió {', '.join(found)}." if found else ""
    return Invalid(
        "Para saber cuáles facturas son ventas suyas falta la cédula de su empresa."
        f"{said} Escríbala en la configuración de la organización y vuelva a subir el archivo.",
        code="issuer_unknown",
    )
