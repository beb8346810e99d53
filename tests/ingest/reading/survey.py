"""What comes out of each file of ../shared/data/spreadsheets: `python -m tests.ingest.reading.survey` writes docs/spreadsheets.md."""

from collections.abc import Iterator
from pathlib import Path

from ingest.reading.sandbox.client import read_file
from pymeai.errors import PymeError

PROJECT = Path(__file__).resolve().parents[3]
FILES = PROJECT.parent / "shared" / "data" / "spreadsheets"
PAGE = PROJECT / "docs" / "spreadsheets.md"
_HEAD = """# Spreadsheets of other readers' tests

What comes out of each file of `../shared/data/spreadsheets`, read as an upload is (`tests/ingest/reading/survey.py` writes this
page, and a test compares it). Rows are those below the header; a refusal is its code and its first sentence, as its owner
reads it.

| file | rows x columns | the header, or why it is refused |
|---|---|---|
"""
_SHOWN_COLUMNS, _SHOWN_CHARACTERS = 4, 28


def page() -> str:
    """The whole page."""
    return _HEAD + "".join(f"| {name} | {size} | {said} |\n" for name, size, said in outcomes())


def outcomes() -> Iterator[tuple[str, str, str]]:
    """Of each file its name, its size as read (empty where it is refused), and what is said of it."""
    for path in sorted(FILES.rglob("*.*"), key=lambda path: path.relative_to(FILES).as_posix().lower()):
        if not path.is_file() or path.name == "LICENSE":
            continue
        name = f"`{path.relative_to(FILES).as_posix()}`"
        try:
            table = read_file(path)
        except PymeError as error:
            yield name, "", f"`{error.code}`: {_plain(error.message.partition('. ')[0].rstrip('.'))}."
        else:
            shown = [_plain(column)[:_SHOWN_CHARACTERS] for column in table.header[:_SHOWN_COLUMNS]]
            more = ", …" if len(table.header) > _SHOWN_COLUMNS else ""
            yield name, f"{table.frame.num_rows:,} x {table.frame.num_columns}", ", ".join(shown) + more


def _plain(text: str) -> str:
    """A cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("`", "'")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
