from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa

from ingest.loading import staging
from pymeai.tenancy.sessions import tenant_connection

DECIMAL = pa.decimal128(28, 8)
TEXTS = ["", None, "\\N", "\\.", "a\tb", "línea\nlínea\r\n", 'dijo "no", y\\o «sí»', "a\0b", "  ", "ñ\u2028😀"]


def test_copied_texts_are_what_they_were(company):
    assert _copied(company, pa.table({"text": pa.array(TEXTS, pa.string())})) == [
        ("ab" if text == "a\0b" else text,) for text in TEXTS
    ]


def test_values_of_every_type_are_copied_with_their_nulls(company):
    rows = [
        (1, Decimal("-1234.50000000"), datetime(1999, 12, 31, 6, 0, 0, 1, UTC), True, "x"),
        (None, None, None, None, None),
        (-(2**62), Decimal("0E-8"), datetime(2100, 1, 1, tzinfo=UTC), False, ""),
    ]
    kinds = (pa.int64(), DECIMAL, pa.timestamp("us", "UTC"), pa.bool_(), pa.string())
    columns = {f"c{place}": pa.array([row[place] for row in rows], kind) for place, kind in enumerate(kinds)}
    assert _copied(company, pa.table(columns)) == rows


def test_rows_of_many_batches_keep_their_order(company, monkeypatch):
    monkeypatch.setattr(staging, "_ROWS_AT_ONCE", 7)
    table = pa.table({"number": pa.array(range(100)), "text": pa.array([f"fila\t{number}" for number in range(100)])})
    # A slice: its texts do not begin where their array does.
    assert _copied(company, table.slice(3, 50)) == [(number, f"fila\t{number}") for number in range(3, 53)]


def test_rows_that_agree_in_all_columns_are_one_group_and_rows_of_nothing_are_none():
    random = np.random.default_rng(7)
    values = np.array(["a", "b", "ab", "", None, "c"], dtype=object)
    columns = [values[random.integers(0, size, 400)].tolist() for size in (6, 5, 3)]
    # Apart after the first column, each of them: the second one still tells that the one without a code is somebody.
    columns.append([str(number) for number in range(399)] + [None])
    for chosen in ([0], [0, 1, 2], [3, 2], [2, 3, 0]):
        table = pa.table({str(place): pa.array(columns[place], pa.string()) for place in chosen})
        found = staging.codes(table, table.column_names).tolist()
        seen: dict[tuple[str, ...], int] = {}
        expected = [
            seen.setdefault(row, len(seen)) if any(row) else staging.NO_GROUP
            for row in zip(*([value or "" for value in columns[place]] for place in chosen), strict=True)
        ]
        assert found == expected


def test_a_row_without_the_code_that_all_others_have_is_somebody_by_its_name():
    table = pa.table({"code": ["1", "2", None, None], "name": ["Ana", "Ana", "Ana", None]})
    assert staging.codes(table, ["code", "name"]).tolist() == [0, 1, 2, staging.NO_GROUP]
    assert staging.codes(table.slice(1, 2), ["code", "name"]).tolist() == [0, 1]


def test_no_columns_and_no_rows_make_no_groups():
    assert staging.codes(pa.table({"code": ["1", "2"]}), []).tolist() == [staging.NO_GROUP] * 2
    assert staging.codes(pa.table({"code": pa.array([], pa.string())}), ["code"]).tolist() == []


def test_a_table_without_rows_is_copied(company):
    assert _copied(company, pa.table({"text": pa.array([], pa.string())})) == []


def _copied(company, table):
    with tenant_connection(company.settings, company.tenant) as connection:
        cursor = connection.connection.driver_connection.cursor()
        staging.create(cursor, "copied", table)
        return cursor.execute("select * from copied").fetchall()
