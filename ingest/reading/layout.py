"""Where the table lies in a sheet: its header below title rows, its end above totals and footers."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from ingest.reading.dialect import is_figure, looks_like_value

HEADER_WITHIN = 60
"""Rows from the top among which the header is looked for."""

_TOTAL = re.compile(
    r"(?:gran\s+|grand\s+)?(?:sub)?[\s-]*total(?:es)?"
    r"(?:\s+(?:general(?:es)?|final|mes|del mes|acumulado|(?:de\s+)?(?:las?\s+|los?\s+)?"
    r"(?:ventas?|registros|filas|facturas|clientes|documentos|colones|dolares|usd|crc|ano|periodo|\d{4}|"
    r"enero|febrero|marzo|abril|mayo|junio|julio|agosto|setiembre|septiembre|octubre|noviembre|diciembre)))?"
    r"\s*[:=]?\s*"
)
# The same in the dialect of Arrow's regular expressions, loosely: what it finds is matched again with _TOTAL.
_TOTAL_HINT = r"(?i)^\s*(gran\s+|grand\s+)?(sub)?[\s-]*total"


@dataclass(frozen=True)
class Tidied:
    """A table without what is no record of it. `row_numbers` is None where they count up from 1 without a gap.

    `columns` are the places that its columns had; `rows` is which rows were kept, None where all were.
    """

    frame: pa.Table
    notes: list[str]
    row_numbers: pa.Array | None
    columns: Sequence[int]
    rows: pa.Array | None = None


def plain(text: str) -> str:
    """Lower case, no accents, single spaces."""
    folded = unicodedata.normalize("NFKD", text)
    return (
        re.sub(r"\s+", " ", "".join(letter for letter in folded if not unicodedata.combining(letter))).strip().lower()
    )


def find_header(rows: Sequence[Sequence[str | None]], is_known: Callable[[str], bool]) -> int | None:
    """The index of the header among a sheet's first rows; None where the first row is a record already.

    `is_known` says whether a text is a header that the synonyms know. A title row fills few cells; the header is the
    row with most known headers, or else the first one that fills at least half of the table's width.
    """
    cells = [[(cell or "").strip() for cell in row] for row in rows[:HEADER_WITHIN]]
    filled = [sum(bool(cell) for cell in row) for row in cells]
    if not any(filled):
        return None
    lengths = Counter(count for count in filled if count)
    if 2 * lengths[1] < lengths.total():
        # Titles, each of one cell, are not what most rows are, even where those differ in length.
        del lengths[1]
    # Of equally frequent widths the larger: a sample of one header and one record shows both.
    width = max(lengths, key=lambda count: (lengths[count], count))
    # A header names each column once: "Total" twice in a row is no better than once.
    known = [sum(map(is_known, {plain(cell) for cell in row if cell})) for row in cells]
    best = max(range(len(cells)), key=lambda index: (known[index], -index))
    if known[best] >= 2 and known[best] >= 0.3 * filled[best] and not _is_record(cells, best, filled[best]):
        return best
    first = next(index for index, count in enumerate(filled) if count >= max(1, 0.5 * width))
    if known[first] == 0 and _is_record(cells, first, filled[first]):
        return None
    return first


def _is_record(cells: list[list[str]], index: int, filled: int) -> bool:
    """Whether a row holds values where a header would hold names: figures or dates above figures or dates."""
    below = [row for row in cells[index + 1 : index + 6] if any(row)]
    values = [column for column, cell in enumerate(cells[index]) if looks_like_value(cell)]
    alike = [
        column
        for column in values
        if not below or all(looks_like_value(row[column]) for row in below if column < len(row) and row[column])
    ]
    if (
        below
        and len(values) == filled
        and all(looks_like_value(row[c]) for row in below[:1] for c in values if c < len(row))
    ):
        # Nothing but values above another such row: what stands further down makes no header of it.
        return True
    return len(alike) >= max(1, 0.3 * filled)


def column_names(header: Sequence[str | None], width: int) -> list[str]:
    """Names for `width` columns: the header's own, "Columna 3" where it has none, "Total (2)" where it repeats one."""
    names: list[str] = []
    seen: set[str] = set()
    for index in range(width):
        own = (header[index] or "").strip() if index < len(header) else ""
        name = base = re.sub(r"\s+", " ", own) or f"Columna {index + 1}"
        count = 1
        while name in seen:
            count += 1
            name = f"{base} ({count})"
        seen.add(name)
        names.append(name)
    return names


def tidied(columns: Sequence[pa.ChunkedArray], header: Sequence[str | None]) -> Tidied:
    """The columns below a header as a table, without empty columns, blank rows, totals, footers and repeated headers."""
    names = column_names(header, len(columns))
    notes: list[str] = []
    kept, dropped = [], 0
    for index, column in enumerate(columns):
        if _is_empty(column) and not (index < len(header) and (header[index] or "").strip()):
            dropped += 1
        else:
            kept.append(index)
    if dropped:
        notes.append(f"Se omitieron {dropped} columnas vacías." if dropped > 1 else "Se omitió 1 columna vacía.")
    frame = pa.table([columns[index] for index in kept], names=[names[index] for index in kept])
    if frame.num_rows == 0 or frame.num_columns == 0:
        return Tidied(frame, notes, None, kept)
    left_out = _left_out(frame, notes)
    if not left_out:
        return Tidied(frame, notes, None, kept)
    keep = pa.array([True]).take(pa.array([0] * frame.num_rows, pa.int32())).to_numpy(zero_copy_only=False).copy()
    keep[sorted(left_out)] = False
    mask = pa.array(keep)
    numbers = pa.array(range(1, frame.num_rows + 1), pa.int64()).filter(mask)
    inner = len(numbers) > 0 and numbers[-1].as_py() != len(numbers)
    return Tidied(frame.filter(mask), notes, numbers if inner else None, kept, mask)


def _is_empty(column: pa.ChunkedArray) -> bool:
    if column.null_count == len(column):
        return True
    if not pa.types.is_string(column.type):
        return False
    return not pc.any(pc.not_equal(pc.utf8_trim_whitespace(column), "")).as_py()


def _left_out(frame: pa.Table, notes: list[str]) -> set[int]:
    """Indices of the rows that are no records; what they are is added to `notes`."""
    fill = pa.array([0] * 1, pa.int32()).take(pa.array([0] * frame.num_rows, pa.int32()))
    for column in frame.columns:
        fill = pc.add(fill, column.is_valid().combine_chunks().cast(pa.int32()))
    usual = pc.mode(fill)[0]["mode"].as_py()
    sparse = pc.less_equal(fill, 0.6 * usual) if usual > 1 else pc.equal(fill, 0)
    suspects = set(pc.indices_nonzero(sparse).to_pylist()) if pc.sum(sparse).as_py() < 20_000 else set()
    suspects |= _rows_like(frame, fill, usual)
    blank: set[int] = set()
    totals: set[int] = set()
    repeated: set[int] = set()
    last = frame.num_rows - 1
    header = [plain(name) for name in frame.column_names]
    for index in sorted(suspects):
        cells = [str(column[index].as_py() or "").strip() if column[index].is_valid else "" for column in frame.columns]
        count = sum(bool(cell) for cell in cells)
        if count == 0:
            blank.add(index)
        elif [plain(cell) for cell in cells] == header and count > 1:
            repeated.add(index)
        elif _says_total(cells) and (count <= 0.6 * usual or (index >= last - 2 and _only_figures(cells))):
            totals.add(index)
    footers = _footers(frame, fill, usual, blank | totals)
    if totals:
        notes.append(_counted(len(totals), "fila de totales", "filas de totales"))
    if footers:
        notes.append(_counted(len(footers), "línea al pie de la tabla", "líneas al pie de la tabla"))
    if repeated:
        notes.append(_counted(len(repeated), "encabezado repetido", "encabezados repetidos"))
    return blank | totals | repeated | footers


def _says_total(cells: list[str]) -> bool:
    return any(_TOTAL.fullmatch(plain(cell)) for cell in cells)


def _only_figures(cells: list[str]) -> bool:
    """Whether nothing but figures stands beside "Total": it may be the name of a customer or a product as well.

    It comes first, or most cells are blank.
    """
    filled = [cell for cell in cells if cell]
    others = [cell for cell in filled if not _TOTAL.fullmatch(plain(cell))]
    return all(map(is_figure, others)) and (filled[0] not in others or len(filled) <= 0.5 * len(cells))


def _counted(count: int, one: str, many: str) -> str:
    return f"Se omitió 1 {one}." if count == 1 else f"Se omitieron {count} {many}."


def _rows_like(frame: pa.Table, fill: pa.Array, usual: int) -> set[int]:
    """Rows whose first cell is blank or repeats the header's, and rows that say "total"."""
    found: set[int] = set()
    sparse = pc.less_equal(fill, 0.6 * usual)
    tail = frame.num_rows - 3
    for position, column in enumerate(frame.columns):
        if not pa.types.is_string(column.type):
            continue
        if position == 0:
            first = pc.utf8_trim_whitespace(column)
            alike = pc.or_(pc.equal(first, frame.column_names[0]), pc.equal(first, ""))
            found.update(pc.indices_nonzero(pc.fill_null(alike, False)).to_pylist())
        hints = pc.indices_nonzero(pc.fill_null(pc.match_substring_regex(column, _TOTAL_HINT), False)).to_pylist()
        found.update(index for index in hints if index >= tail or sparse[index].as_py())
    return found


def _footers(frame: pa.Table, fill: pa.Array, usual: int, known: set[int]) -> set[int]:
    """Lines below the table that fill one cell of many: "Generado el …", "Página 1 de 1"."""
    footers: set[int] = set()
    if usual < 3:
        return footers
    for index in range(frame.num_rows - 1, -1, -1):
        if index in known:
            continue
        if fill[index].as_py() > 1:
            break
        footers.add(index)
    # A table of sparse rows has no footer.
    return footers if len(footers) <= 10 and len(footers) < frame.num_rows / 2 else set()
