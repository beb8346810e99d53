"""docs/spreadsheets.md says what comes out of each real file, and it does."""

from pathlib import Path

from tests.ingest.reading import survey


def test_the_page_of_real_spreadsheets_is_what_comes_out(shared_data: Path) -> None:
    assert shared_data / "spreadsheets" == survey.FILES
    assert survey.PAGE.read_text(encoding="utf-8") == survey.page()
