from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from ingest import gate
from ingest.gate import check
from ingest.model import KINDS, Cleaned

TODAY = date(2026, 11, 16)
DAY = datetime(2026, 1, 5, 6, tzinfo=UTC)


def cleaned(**columns):
    types = {
        "sale.amount": pa.decimal128(28, 8),
        "opportunity.value": pa.decimal128(28, 8),
        "sale.exchange_rate": pa.decimal128(28, 8),
        "opportunity.probability": pa.decimal128(28, 8),
        "sale.sold_at": pa.timestamp("us", "UTC"),
        "opportunity.closed_at": pa.timestamp("us", "UTC"),
        "opportunity.created_at": pa.timestamp("us", "UTC"),
    }
    count = len(next(iter(columns.values())))
    arrays = {name: pa.array(values, types.get(name, pa.string())) for name, values in columns.items()}
    return Cleaned(pa.table({"row_number": pa.array(range(1, count + 1)), **arrays}), [], [], [])


def failures(result):
    return {
        (e.name, e.column): (e.unexpected_count, e.message, e.severity) for e in result.expectations if not e.success
    }


def test_good_rows_pass():
    rows = cleaned(
        **{
            "sale.sold_at": [DAY, DAY],
            "sale.amount": [Decimal(5), Decimal("-7.5")],
            "sale.currency": ["CRC", None],
            "customer.phone": ["+50688887777", None],
            "customer.email": ["ana@x.co.cr", None],
            "customer.identification": ["111111111", "X12345"],
        }
    )
    result = check(rows, "sales", today=TODAY)
    assert result.success
    assert failures(result) == {}
    assert result.statistics["rows"] == 2
    assert result.statistics["success_percent"] == 100.0
    assert result.statistics["evaluated_expectations"] == len(result.expectations)
    assert result.as_dict()["expectations"][0]["message"] == "Se cumple."


def test_every_bad_value_is_counted_and_told_in_spanish():
    rows = cleaned(
        **{
            "sale.sold_at": [DAY, None, datetime(1850, 1, 1, tzinfo=UTC)],
            "sale.amount": [Decimal(10) ** 14, Decimal(1), None],
            "sale.currency": ["EUR", "CRC", "USD"],
            "sale.exchange_rate": [Decimal(0), Decimal(500), None],
            "customer.phone": ["8888-7777", "+50688887777", None],
            "customer.email": ["a", "b@", "ana@x.com"],
        }
    )
    result = check(rows, "sales", today=TODAY)
    assert not result.success
    between, regex, in_set = (f"expect_column_values_to_{what}" for what in ("be_between", "match_regex", "be_in_set"))
    found = failures(result)
    assert found[between, "sale.amount"] == (1, "1 valores de «Monto sin impuesto» son demasiado grandes.", "critical")
    assert found[in_set, "sale.currency"][0] == 1
    assert found[between, "sale.exchange_rate"][0] == 1
    assert found[regex, "customer.phone"][0] == 1
    assert found[regex, "customer.email"][0] == 2
    missing = [message for (_, column), (_, message, _) in found.items() if column is None]
    assert len(missing) == 1
    date_and_amount = [e.unexpected_count for e in result.expectations if e.column is None]
    assert date_and_amount == [1, 1]


def test_doubts_are_told_and_stop_nothing():
    rows = cleaned(
        **{
            "opportunity.title": ["Techo"],
            "opportunity.value": [Decimal(-5)],
            "opportunity.created_at": [datetime(2026, 3, 1, tzinfo=UTC)],
            "opportunity.closed_at": [datetime(2026, 2, 1, tzinfo=UTC)],
        }
    )
    result = check(rows, "opportunities", today=TODAY)
    assert result.success
    assert {severity for _, _, severity in failures(result).values()} == {"warning"}
    assert len(failures(result)) == 2


def test_a_probability_is_a_percentage():
    rows = cleaned(**{"opportunity.title": ["a", "b"], "opportunity.probability": [Decimal(101), Decimal(100)]})
    result = check(rows, "opportunities", today=TODAY)
    assert [count for count, _, _ in failures(result).values()] == [1]


def test_rows_that_are_checked_by_parts_give_what_they_give_together(monkeypatch):
    rows = cleaned(
        **{
            "sale.sold_at": [DAY, None, DAY, DAY, None, datetime(1850, 1, 1, tzinfo=UTC), DAY],
            "sale.amount": [Decimal(5), Decimal(10) ** 14, None, Decimal(1), Decimal(1), Decimal(1), Decimal(1)],
            "customer.phone": [None, None, "8888-7777", "+50688887777", "88", None, "+50622223333"],
            "sale.currency": ["CRC", "EUR", "CRC", "CRC", None, "BTC", "USD"],
        }
    )
    # The second row with the number 1 stands in another part.
    numbers = pa.array([1, 2, 3, 4, 5, 6, 1])
    rows = replace(rows, frame=rows.frame.set_column(0, "row_number", numbers))
    together = check(rows, "sales", today=TODAY)
    monkeypatch.setattr(gate, "_ROWS_AT_ONCE", 2)
    assert check(rows, "sales", today=TODAY) == together
    assert failures(together)["expect_column_values_to_be_unique", "row_number"][0] == 2


@pytest.mark.parametrize("kind", KINDS)
def test_no_rows_pass(kind):
    assert check(cleaned(**{"customer.email": []}), kind, today=TODAY).success
