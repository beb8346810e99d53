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


def records(text: io.TextIOBase | io.StringIO, dialect: Dialect) -> "Reader":
    """The records of a text opened with newline="", as lists of cells."""
    return csv.reader(
        text,
        delimiter=dialect.separator,
        quotechar=dialect.quote,
        doublequote=True,
        escapechar=dialect.escape,
        skipinitialspace=dialect.skip_initial_space,
    )


def sniff(text: str) -> Dialect:
    """The dialect of a text, from its beginning. The first line may name it, as Excel writes it: `sep=;`."""
    told = re.match(r"sep=(.)\r?\n", text, re.IGNORECASE)
    sample = text[told.end() :] if told else text
    cut = len(sample) > SAMPLE_CHARACTERS
    sample = sample[:SAMPLE_CHARACTERS]
    candidates = (told.group(1),) if told else _COMMON
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
    quotes = ['"']
    if re.search(r"(?:^|[,;\t|])'[^'\n]*'(?:[,;\t|]|$)", sample, re.MULTILINE):
        quotes.append("'")
    scored: list[tuple[float, Dialect]] = []
    for delimiter in delimiters:
        if delimiter not in sample:
            continue
        for quote in quotes:
            spaced = f"{delimiter} {quote}" in sample
            plain = Dialect(delimiter, quote, None, spaced)
            scored.append((_score(sample, plain, cut), plain))
            if f"\\{quote}" in sample:
                escaped = Dialect(delimiter, quote, "\\", spaced)
                scored.append((_score(sample, escaped, cut), escaped))
    return scored


def _score(sample: str, dialect: Dialect, cut: bool) -> float:
    """0 where the dialect separates nothing; the pattern score times the type score otherwise."""
    rows = sample_records(sample, dialect, cut)
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    if not filled:
        return 0.0
    lengths = Counter(len(row) for row in filled)
    if lengths.most_common(1)[0][0] < 2:
        return 0.0
    pattern = sum(count * (length - 1) / length * (count / len(filled)) for length, count in lengths.items()) / len(
        filled
    )
    # Rows are judged by how many of their cells are understood, so one long row of prose does not outweigh the rest.
    cells = [cell for row in filled for cell in row]
    known = sum(_understood(cell, dialect) for cell in cells) / len(cells)
    return pattern * known


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


def looks_like_value(cell: str) -> bool:
    """Whether a cell is a figure, a date or an e-mail address: what no header is made of."""
    text = cell.strip()
    return bool(text) and bool(
        (_NUMBER.fullmatch(text) and not re.fullmatch(r"(?:19|20)\d\d", text))
        or _DATE.fullmatch(text)
        or re.fullmatch(r"[^\s@]+@[^\s@]+\.\w+", text)
    )
