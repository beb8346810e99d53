"""How a text file separates and quotes its cells.

After van den Burg, Nazábal and Sutton, "Wrangling messy CSV files by detecting row and type patterns" (2019): of the
dialects that are possible, the one under which rows have the same length and cells look like something.
"""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _csv import Reader

SAMPLE_CHARACTERS = 1 << 18
SAMPLE_RECORDS = 300

_COMMON = (",", ";", "\t", "|")
_RARE = (":", "~", "^", "\x1f", "#")
_NO_DELIMITER = "\x1f"

_NUMBER = re.compile(r"[-+(]?\s?[₡$€]?\s?[-+]?\d[\d.,\s\u00a0']*\s?[%₡$€)]?(?:[eE][-+]?\d+)?(?:\s?(?:CRC|USD))?-?")
_DATE = re.compile(
    r"\d{1,4}[-/.]\w{1,10}[-/.]\d{1,4}(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s?[ap]\.?\s?m\.?)?)?", re.IGNORECASE
)
_WORDS = re.compile(r"[^\t;|~^\x1f]*\w[^\t;|~^\x1f]*")


@dataclass(frozen=True)
class Dialect:
    """A dialect. `delimiter` is " " where runs of white space separate, and None where a record is one cell."""

    delimiter: str | None
    quote: str = '"'
    escape: str | None = None
    skip_initial_space: bool = False

    @property
    def separator(self) -> str:
        """The character to hand to a parser."""
        if self.delimiter is None:
            return _NO_DELIMITER
        return "\t" if self.delimiter == " " else self.delimiter


def records(text: io.TextIOBase | io.StringIO, dialect: Dialect, *, strict: bool = False) -> "Reader":
    """The records of a text opened with newline="", as lists of cells. `strict`: csv.Error where a quote is out of place."""
    return csv.reader(
        text,
        delimiter=dialect.separator,
        quotechar=dialect.quote,
        doublequote=True,
        escapechar=dialect.escape,
        skipinitialspace=dialect.skip_initial_space,
        strict=strict,
    )


def sniff(text: str) -> Dialect:
    """The dialect of a text, from its beginning. The first line may name it, as Excel writes it: `sep=;`."""
    told = re.match(r"sep=(.)\r?\n", text, re.IGNORECASE)
    sample = text[told.end() :] if told else text
    cut = len(sample) > SAMPLE_CHARACTERS
    sample = sample[:SAMPLE_CHARACTERS]
    candidates = (told.group(1),) if told else _COMMON
    if not told and _is_column_of_decimals(sample):
        return Dialect(None)
    best = max(_scored(sample, candidates, cut), key=lambda pair: pair[0], default=None)
    if best is not None and (best[0] > 0 or told):
        return best[1]
    if _separated_by_space(sample, cut):
        return Dialect(" ")
    best = max(_scored(sample, _RARE, cut), key=lambda pair: pair[0], default=None)
    # A rare character is believed only where it separates every line.
    if best is not None and best[0] > 0.45:
        return best[1]
    return Dialect(None)


def _scored(sample: str, delimiters: tuple[str, ...], cut: bool) -> list[tuple[float, Dialect]]:
    """The best way of quoting under each delimiter, with its score."""
    return [
        (best.score, best.dialect)
        for delimiter in delimiters
        if delimiter in sample and (best := _best_quoting(sample, delimiter, cut))
    ]


@dataclass(frozen=True)
class _Trial:
    """A sample read under a dialect. `whole`: no quote closes within a cell or not at all."""

    dialect: Dialect
    rows: list[list[str]]
    pattern: float
    whole: bool

    @property
    def score(self) -> float:
        """0 where the dialect separates nothing; the pattern score times the type score otherwise."""
        # Rows are judged by how many of their cells are understood, so one long row of prose does not outweigh the rest.
        cells = [cell for row in self.rows for cell in row]
        return self.pattern * sum(_understood(cell, self.dialect) for cell in cells) / max(1, len(cells))


def _best_quoting(sample: str, delimiter: str, cut: bool) -> _Trial:
    """Double quotes, doubled within, unless the sample refutes it: a cell may well hold an apostrophe or a backslash."""
    double = _with_escape(sample, delimiter, '"', cut)
    if not re.search(rf"(?:^|{re.escape(delimiter)}\s?)'[^'\n]*'(?:{re.escape(delimiter)}|\r?$)", sample, re.MULTILINE):
        return double
    single = _with_escape(sample, delimiter, "'", cut)
    everywhere = all(
        _NUMBER.fullmatch(cell) or re.fullmatch(r"\s?'.*'", cell, re.DOTALL)
        for row in double.rows
        for cell in row
        if cell
    )
    better = single.pattern > double.pattern or (single.pattern == double.pattern and everywhere)
    return single if single.whole and better else double


def _with_escape(sample: str, delimiter: str, quote: str, cut: bool) -> _Trial:
    """The sample under a quote, with backslashes as escapes where they are: the rows are not whole or not even without."""
    spaced = f"{delimiter} {quote}" in sample
    plain = _tried(sample, Dialect(delimiter, quote, None, spaced), cut)
    if not (f"\\{quote}" in sample or f"\\{delimiter}" in sample):
        return plain
    escaped = _tried(sample, Dialect(delimiter, quote, "\\", spaced), cut)
    if escaped.whole != plain.whole and escaped.pattern >= 0.9 * plain.pattern:
        return escaped if escaped.whole else plain
    if escaped.pattern == plain.pattern:
        # Who doubles quotes writes \" at the end of a quoted cell only; one in a bare cell has been escaped.
        return escaped if f"\\{quote}" in sample and not _doubled(sample, delimiter, quote) else plain
    return escaped if escaped.pattern > plain.pattern else plain


def _doubled(sample: str, delimiter: str, quote: str) -> bool:
    """Whether two quotes stand within a cell; escapes leave them only where a cell is empty or ends in an escaped one."""
    edge = rf"{re.escape(delimiter)}\r\n"
    return bool(re.search(rf"{quote}{quote}[^{edge}]|[^{edge}\\]{quote}{quote}", sample))


def _tried(sample: str, dialect: Dialect, cut: bool) -> _Trial:
    rows = [row for row in sample_records(sample, dialect, cut) if any(cell.strip() for cell in row)]
    return _Trial(dialect, rows, _pattern(rows), _is_whole(sample, dialect, cut))


def _pattern(rows: list[list[str]]) -> float:
    """How alike the rows are in their number of cells, and how many these are; 0 where most rows are one cell."""
    lengths = Counter(len(row) for row in rows)
    # Not by the most frequent length: three titles above four records of two lengths would hide the table.
    if 2 * lengths[1] >= len(rows) and lengths.most_common(1)[0][0] < 2:
        return 0.0
    return sum(count * (length - 1) / length * (count / len(rows)) for length, count in lengths.items()) / len(rows)


def _is_whole(sample: str, dialect: Dialect, cut: bool) -> bool:
    reader = records(io.StringIO(sample, newline=""), dialect, strict=True)
    try:
        for _ in zip(range(SAMPLE_RECORDS), reader, strict=False):
            pass
    except csv.Error as error:
        return cut and "unexpected end" in str(error)
    return True


def _understood(cell: str, dialect: Dialect) -> float:
    text = cell.strip()
    if not text:
        return 0.6
    if _NUMBER.fullmatch(text) or _DATE.fullmatch(text):
        return 1.0
    if dialect.quote in text and text[0] == dialect.quote:
        return 0.1
    return 0.9 if _WORDS.fullmatch(text) and len(text) < 2000 else 0.1


def sample_records(sample: str, dialect: Dialect, cut: bool = False) -> list[list[str]]:
    """The first records of a text, without a last one that the sample cuts."""
    rows: list[list[str]] = []
    reader = records(io.StringIO(sample, newline=""), dialect)
    try:
        for row in reader:
            rows.append(row)
            if len(rows) > SAMPLE_RECORDS:
                return rows[:SAMPLE_RECORDS]
    except csv.Error:
        # A quote that never closes swallows the rest; what was read so far is judged.
        pass
    return rows[:-1] if cut and len(rows) > 1 else rows


def _is_column_of_decimals(sample: str) -> bool:
    """Whether a header without a comma stands above lines that are amounts with a decimal comma, and nothing else."""
    header, *lines = [line.strip() for line in sample.splitlines() if line.strip()] or [""]
    decimals = [line for line in lines if re.search(r",\d{1,2}(?!\d)", line) and line.count(",") == 1]
    return bool(decimals) and "," not in header and all(is_figure(line) and ";" not in line for line in lines)


def _separated_by_space(sample: str, cut: bool) -> bool:
    """Whether lines are columns of figures set apart by white space, as printouts and research data are."""
    lines = [line.split() for line in sample.splitlines() if line.strip()]
    if cut:
        lines = lines[:-1]
    if len(lines) < 2:
        return False
    length, count = Counter(map(len, lines)).most_common(1)[0]
    if length < 2 or count < 0.95 * len(lines):
        return False
    cells = [cell for line in lines[1:] for cell in line]
    return sum(bool(_NUMBER.fullmatch(cell) or _DATE.fullmatch(cell)) for cell in cells) > 0.8 * len(cells)


def is_figure(cell: str) -> bool:
    """Whether a cell is a number or an amount."""
    return _NUMBER.fullmatch(cell.strip()) is not None


def looks_like_value(cell: str) -> bool:
    """Whether a cell is a figure, a date or an e-mail address: what no header is made of."""
    text = cell.strip()
    return bool(text) and bool(
        (_NUMBER.fullmatch(text) and not re.fullmatch(r"(?:19|20)\d\d", text))
        or _DATE.fullmatch(text)
        or re.fullmatch(r"[^\s@]+@[^\s@]+\.\w+", text)
    )
