"""What a file is, told from its bytes; and the refusal of what is no spreadsheet."""

import re
import zipfile
import zlib
from pathlib import Path
from typing import Literal

from pymeai.errors import BadRequest, PymeError, TooLarge, UnsupportedFile

FileType = Literal["text", "workbook", "invoices"]

MAX_BYTES = 100 * 1024 * 1024
"""Default limit of an upload, in bytes."""

MAX_UNPACKED_BYTES = 1500 * 1024 * 1024
"""Most that a workbook may unpack to, in bytes."""

MAX_RATIO = 100
"""Most times its own size that a workbook may unpack to, past a few megabytes: those of spreadsheet programs unpack to
10 times their size, 28 where nearly all cells are styled and empty; Apache POI refuses the same."""

MAX_CELLS = 40_000_000
"""Most cells that a sheet may claim: the parser takes memory for each, filled or not."""

_ANY_RATIO_BYTES = 16 * 1024 * 1024
_HEAD = 8192
_DIMENSION = re.compile(rb'<(?:\w+:)?dimension\s+ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Name of the stream in which Office keeps an encrypted workbook, in the UTF-16 of a compound file's directory.
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_WORKBOOK_SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_TEXT_SUFFIXES = (".csv", ".tsv", ".tab", ".txt")
_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "un PDF"),
    (b"\x89PNG", "una imagen PNG"),
    (b"\xff\xd8\xff", "una fotografía JPEG"),
    (b"GIF8", "una imagen GIF"),
    (b"RIFF", "un archivo de imagen, audio o video"),
    (b"{\\rtf", "un documento de texto enriquecido (RTF)"),
    (b"\x1f\x8b", "un archivo comprimido (GZIP)"),
    (b"7z\xbc\xaf\x27\x1c", "un archivo comprimido (7z)"),
    (b"Rar!", "un archivo comprimido (RAR)"),
    (b"SQLite format 3", "una base de datos SQLite"),
    (b"\x7fELF", "un programa"),
    (b"MZ", "un programa"),
)
_EXPECTED = "Súbalo como hoja de Excel (.xlsx, .xls, .xlsb, .ods), como CSV, o sus facturas electrónicas (.xml o .zip)."


def file_type(path: Path, *, file_name: str | None = None, max_bytes: int = MAX_BYTES) -> FileType:
    """Whether `path` holds delimited text, a workbook or electronic invoices (an XML, or a ZIP of them).

    `file_name` is the name under which it was handed in (`path`'s own otherwise); `max_bytes` its largest size. Raises
    BadRequest (empty, unreadable), TooLarge and UnsupportedFile (encrypted, something else, a suffix that contradicts
    the content).
    """
    name = file_name or path.name
    size, head = _opening(path, name)
    if size == 0:
        raise BadRequest(f"El archivo «{name}» está vacío (0 bytes). Revíselo y vuelva a subirlo.", code="empty_file")
    if size > max_bytes:
        raise TooLarge(
            f"El archivo «{name}» pesa {_megabytes(size)} MB y el máximo es {_megabytes(max_bytes)} MB. "
            "Divídalo en partes más pequeñas.",
            code="file_too_large",
        )
    found = _of_content(path, head, name)
    suffix = Path(name).suffix.lower()
    if found == "text" and suffix in _WORKBOOK_SUFFIXES:
        raise UnsupportedFile(
            f"El archivo «{name}» termina en {suffix} pero por dentro es texto. "
            "Si es un CSV, cámbiele la terminación a .csv; si no, guárdelo de nuevo desde Excel.",
            code="wrong_file_type",
        )
    if found == "workbook" and suffix in _TEXT_SUFFIXES:
        raise UnsupportedFile(
            f"El archivo «{name}» termina en {suffix} pero por dentro es una hoja de cálculo. "
            "Cámbiele la terminación a .xlsx (o .xls) y vuelva a subirlo.",
            code="wrong_file_type",
        )
    return found


def unreadable(name: str) -> PymeError:
    """The refusal of a workbook that is damaged or not what it claims."""
    return UnsupportedFile(
        f"No se pudo leer «{name}»: el archivo está dañado o incompleto. "
        "Ábralo en Excel, guárdelo de nuevo y vuelva a subirlo.",
        code="unreadable_file",
    )


def encrypted(name: str) -> PymeError:
    """The refusal of a workbook under a password."""
    return UnsupportedFile(
        f"El archivo «{name}» está protegido con contraseña. Guárdelo sin contraseña y vuelva a subirlo.",
        code="encrypted_file",
    )


def _opening(path: Path, name: str) -> tuple[int, bytes]:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            return size, file.read(_HEAD)
    except OSError as error:
        raise BadRequest(
            f"No se pudo abrir el archivo «{name}». Revise que exista y que se pueda leer.", code="unreadable_file"
        ) from error


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:,.1f}".replace(",", " ").replace(".", ",").removesuffix(",0")


def _of_content(path: Path, head: bytes, name: str) -> FileType:
    if head.startswith(_ZIP):
        return _of_zip(path, name)
    if head.startswith(_COMPOUND):
        return _of_compound(path, name)
    for magic, what in _FOREIGN:
        if head.startswith(magic) and not (magic == b"MZ" and b"\0" not in head):
            raise _foreign(name, what)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:512].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<meta", b"<head")):
        raise _foreign(name, "una página web (HTML)")
    if b"urn:schemas-microsoft-com:office:spreadsheet" in head:
        raise _foreign(name, "una hoja de Excel 2003 guardada como XML")
    if start.startswith((b"<?xml", b"<factura", b"<tiquete", b"<nota")):
        return "invoices"
    if b"\0" in head and not _wide_text(head):
        raise _foreign(name, "un archivo binario")
    return "text"


def _wide_text(head: bytes) -> bool:
    """Whether the NULs are those of UTF-16 or UTF-32: a byte order mark, or zeros on one side of the pairs alone."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")):
        return True
    even, odd = head[0::2].count(0), head[1::2].count(0)
    pairs = len(head) // 2
    return pairs > 0 and max(even, odd) > 0.6 * pairs and min(even, odd) < 0.1 * pairs


def _foreign(name: str, what: str) -> PymeError:
    return UnsupportedFile(
        f"El archivo «{name}» es {what}, no una hoja de cálculo. {_EXPECTED}", code="wrong_file_type"
    )


def _of_zip(path: Path, name: str) -> FileType:
    try:
        with zipfile.ZipFile(path) as archive:
            members = set(archive.namelist())
            _check_extent(archive, path.stat().st_size, name)
            kind = archive.read("mimetype")[:80] if "mimetype" in members else b""
            protected = b"encryption-data" in (
                archive.read("META-INF/manifest.xml")[:1_000_000] if "META-INF/manifest.xml" in members else b""
            )
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError, EOFError) as error:
        raise unreadable(name) from error
    plain = {member.replace("\\", "/").lstrip("/").lower() for member in members}
    if kind.startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
        if protected:
            raise encrypted(name)
        return "workbook"
    return _of_members(plain, name, protected=protected)


def _of_members(plain: set[str], name: str, *, protected: bool) -> FileType:
    """What a ZIP is, told from the names in it."""
    if "[content_types].xml" in plain and any("workbook" in member for member in plain):
        return "workbook"
    if any(member.startswith("xl/") for member in plain):
        raise unreadable(name)
    if any(member.startswith("word/") for member in plain):
        raise _foreign(name, "un documento de Word")
    if any(member.startswith("ppt/") for member in plain):
        raise _foreign(name, "una presentación de PowerPoint")
    if "content.xml" in plain:
        if protected:
            raise encrypted(name)
        return "workbook"
    if any(member.endswith(".xml") for member in plain):
        return "invoices"
    raise _foreign(name, "un archivo comprimido (ZIP)")


def _check_extent(archive: zipfile.ZipFile, packed: int, name: str) -> None:
    """Refuse what would fill the memory: an archive that unpacks to gigabytes, or a sheet that claims to be endless."""
    unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > MAX_UNPACKED_BYTES or (unpacked > _ANY_RATIO_BYTES and unpacked > MAX_RATIO * packed):
        raise TooLarge(
            f"El archivo «{name}» ocupa demasiado al abrirlo. Divídalo en partes más pequeñas.", code="file_too_large"
        )
    for member in archive.namelist():
        if not re.fullmatch(r"/?xl/worksheets/[^/]+\.xml", member.replace("\\", "/"), re.IGNORECASE):
            continue
        with archive.open(member) as sheet:
            claimed = _DIMENSION.search(sheet.read(_HEAD))
        if claimed is not None and _cells(*(part.decode() for part in claimed.groups())) > MAX_CELLS:
            raise TooLarge(
                f"Una hoja de «{name}» llega hasta la celda {claimed.group(3).decode()}{claimed.group(4).decode()}. "
                "Borre las filas y columnas vacías de más, guárdela y vuelva a subirla.",
                code="sheet_too_large",
            )


def _cells(left: str, top: str, right: str, bottom: str) -> int:
    """How many cells a range such as A1:XFD1048576 has."""
    return (_column_number(right) - _column_number(left) + 1) * (int(bottom) - int(top) + 1)


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def _of_compound(path: Path, name: str) -> FileType:
    content = path.read_bytes()
    if _ENCRYPTED_PACKAGE in content:
        raise encrypted(name)
    if "WordDocument".encode("utf-16-le") in content:
        raise _foreign(name, "un documento de Word")
    return "workbook"
