"""The rows that an import refused, as a file that can be mended and imported again."""

import csv
import io
from typing import Any
from uuid import UUID

from sqlalchemy import select

from ingest import records
from ingest.reading.guards import guarded
from pymeai.database.tables.workspace import ImportChange
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_connection
from pymeai.tenancy.tenant import Tenant

REASONS = "motivo"
"""Header of the column that says why a row was refused."""


def rejected_csv(settings: Settings, tenant: Tenant, import_id: UUID) -> bytes:
    """The rejected rows as CSV (UTF-8 with mark, for Excel): the file's columns and `motivo`, ready to be imported again.

    Cells that a spreadsheet would take for a formula are prefixed with an apostrophe.
    """
    with tenant_connection(settings, tenant) as connection:
        record = records.read(connection, import_id)
        rows = connection.execute(
            select(ImportChange.original, ImportChange.reasons)
            .where(ImportChange.import_id == import_id, ImportChange.action == "rejected")
            .order_by(ImportChange.row_number)
        ).all()
    header = [str(name) for name in record.mapping.get("header", [])]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([guarded(name) for name in [*header, REASONS]])
    for row in rows:
        original: dict[str, str | None] = row.original or {}
        cells = [guarded(original.get(name) or "") for name in header]
        writer.writerow([*cells, guarded(_why(row.reasons or []))])
    return out.getvalue().encode("utf-8-sig")


def _why(reasons: list[dict[str, Any]]) -> str:
    return " ".join(
        f"{reason['column']}: {reason['message']}" if reason.get("column") else str(reason["message"])
        for reason in reasons
    )
