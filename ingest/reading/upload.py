"""A file that was asked for -> the table in it, without a database: what the reading process does."""

from pathlib import Path

from ingest.model import RawTable
from ingest.reading.guards import unguarded
from ingest.reading.invoices.table import issuers_of
from ingest.reading.sandbox.messages import ReadRequest
from ingest.reading.table import read_table
from pymeai.errors import Invalid


def read_upload(request: ReadRequest) -> RawTable:
    """The table that is asked for; raises what `read_table` raises, and Invalid for invoices that are no sales of one's own."""
    path = Path(request.path)
    if request.kind is None:
        return read_table(path, sheet=request.sheet, file_name=request.file_name, max_bytes=request.max_bytes)

    def issuer() -> str:
        if request.kind != "sales":
            raise Invalid(
                "Las facturas electrónicas se importan como ventas, que traen también a sus clientes: elija ventas.",
                code="invoices_are_sales",
            )
        if request.issuer is None:
            raise _issuer_unknown(path, request.file_name)
        return request.issuer

    return unguarded(
        read_table(path, sheet=request.sheet, file_name=request.file_name, max_bytes=request.max_bytes, issuer=issuer)
    )


def _issuer_unknown(path: Path, name: str) -> Invalid:
    found = [f"{who} ({number})" for number, who, _ in issuers_of(path, name)[:3]]
    said = f" Las de este archivo las emitió {', '.join(found)}." if found else ""
    return Invalid(
        "Para saber cuáles facturas son ventas suyas falta la cédula de su empresa."
        f"{said} Escríbala en la configuración de la organización y vuelva a subir el archivo.",
        code="issuer_unknown",
    )
