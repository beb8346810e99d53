"""The documents of a file: one XML, or the XMLs of a ZIP, read one at a time."""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from ingest.reading.filetype import unreadable
from pymeai.errors import BadRequest, TooLarge

MAX_DOCUMENT_BYTES = 10 * 1024 * 1024
"""Of one XML: a document of 1,000 lines, the most that the schema allows, has about 1.5 MB."""
MAX_DOCUMENTS = 100_000


def documents_of(path: Path, name: str) -> Iterator[tuple[str, bytes]]:
    """Name and content of each XML in the file, in its order. Raises BadRequest, TooLarge and UnsupportedFile."""
    if not zipfile.is_zipfile(path):
        _check_size(path.stat().st_size, name)
        yield name, path.read_bytes()
        return
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if _is_document(member)]
            if not members:
                raise BadRequest(f"El archivo «{name}» no trae ningún XML.", code="no_documents")
            if len(members) > MAX_DOCUMENTS:
                raise TooLarge(
                    f"El archivo «{name}» trae {len(members)} documentos y se leen {MAX_DOCUMENTS} a la vez. Divídalo.",
                    code="file_too_large",
                )
            for member in members:
                _check_size(member.file_size, member.filename)
                with archive.open(member) as document:
                    # The size that the archive claims may be a lie: no more than that is unpacked.
                    content = document.read(MAX_DOCUMENT_BYTES + 1)
                _check_size(len(content), member.filename)
                yield member.filename, content
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError, EOFError) as error:
        raise unreadable(name) from error


def _is_document(member: zipfile.ZipInfo) -> bool:
    hidden = member.filename.startswith("__MACOSX/") or member.filename.rpartition("/")[2].startswith(".")
    return not member.is_dir() and not hidden and member.filename.lower().endswith(".xml")


def _check_size(size: int, name: str) -> None:
    if size > MAX_DOCUMENT_BYTES:
        raise TooLarge(
            f"El documento «{name}» pesa más de {MAX_DOCUMENT_BYTES // 1024 // 1024} MB: no es una factura electrónica.",
            code="file_too_large",
        )
