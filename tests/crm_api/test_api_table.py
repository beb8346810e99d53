"""docs/api.md has every endpoint, with its roles and a test that is there."""

import ast
from functools import cache

import pytest

from tests.crm_api.api_table import CONTRACTS, PRODUCT, PROJECT, Row, listed, operations, rows, shape, written

ROWS = rows()


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    endpoints = [row.endpoint for row in ROWS]
    assert sorted(endpoints) == sorted(operations()), "python -m tests.crm_api.api_table writes the table anew"
    assert len(set(endpoints)) == len(endpoints)


def test_roles_and_origins_are_as_they_are() -> None:
    expected = {row.endpoint: row for row in written({row.endpoint: row.test for row in ROWS})}
    assert {row.endpoint: row for row in ROWS} == expected, "python -m tests.crm_api.api_table writes the table anew"


@pytest.mark.parametrize(("name", "document", "number"), [("product", PRODUCT, 49), ("contract", CONTRACTS, 51)])
def test_all_that_was_asked_for_is_there(name: str, document: str, number: int) -> None:
    asked = listed(document)
    assert len(asked) == number
    assert asked - {shape(row.endpoint) for row in ROWS} == set()
    assert {shape(row.endpoint) for row in ROWS if row.asked_by == name} == asked


@cache
def _tests_in(path: str) -> frozenset[str]:
    tree = ast.parse((PROJECT / "tests" / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("row", ROWS, ids=[row.endpoint for row in ROWS])
def test_the_named_test_is_there(row: Row) -> None:
    path, _, name = row.test.strip("`").partition("::")
    assert name.startswith("test_"), f"{row.endpoint} names no test"
    assert (PROJECT / "tests" / path).is_file(), path
    assert name in _tests_in(path), row.test
