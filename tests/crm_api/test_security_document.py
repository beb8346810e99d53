"""docs/security.md names tests that there are."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "security.md").read_text()
NAMED = sorted(set(re.findall(r"`((?:tests/\w+/)?test_\w+\.py)::(\w+)`", DOCUMENT)))


def test_it_names_many() -> None:
    assert len(NAMED) >= 60


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_named_test_is_there(file: str, name: str) -> None:
    path = ROOT / (file if "/" in file else f"tests/crm_api/{file}")
    assert re.search(rf"^def {name}\(", path.read_text(), re.MULTILINE)


def test_each_chapter_has_its_table() -> None:
    chapters = re.findall(r"^## V(\d+) ", DOCUMENT, re.MULTILINE)
    assert chapters == ["2", "3", "4", "6", "7", "8", "9", "11", "13", "14", "16"]
    for chapter, table in zip(chapters, re.split(r"^## V", DOCUMENT, flags=re.MULTILINE)[1:], strict=True):
        rows = [row for row in table.splitlines() if re.match(r"\| \d", row)]
        assert rows
        assert all(row.startswith(f"| {chapter}.") for row in rows)


def test_its_limits_are_those_of_the_code() -> None:
    from crm_api.auth import limits
    from crm_api.auth.passwords import WAITING
    from crm_api.throttling import LOOPBACK_FACTOR

    assert f"| {limits.LOGIN_HERE.hits} failures | 1 minute" in DOCUMENT
    assert f"one account from anywhere | {limits.LOGIN_ACCOUNT.hits} failures" in DOCUMENT
    assert f"any account | {limits.LOGIN_ADDRESS.hits} failures in 15 minutes" in DOCUMENT
    assert f"registration, one address | {limits.REGISTER_ADDRESS.hits} in an hour" in DOCUMENT
    assert f"| {limits.FORGOT_ACCOUNT.hits} / {limits.FORGOT_ADDRESS.hits} in an hour" in DOCUMENT
    assert f"one address | {limits.TOKEN_ADDRESS.hits} in 15 minutes" in DOCUMENT
    assert f"| {limits.INVITE_ORGANIZATION.hits} / {limits.INVITE_EMAIL.hits} in a day" in DOCUMENT
    assert f"loopback has {LOOPBACK_FACTOR} times" in DOCUMENT
    assert f"{WAITING} more may wait" in DOCUMENT
