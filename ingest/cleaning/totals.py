"""Amounts that follow from others: a line's total, its cost, a sale's amount net of tax. Exact decimals throughout."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from ingest.cleaning.column import DECIMAL, Mask, mask_of
from ingest.cleaning.numbers import FRACTION_READING, LIMIT
from ingest.model import ColumnReading

AMOUNT_READING = "monto"
PERCENT_READING = "porcentaje"

_WIDE = pa.decimal256(28, 8)
_ZERO = pa.scalar("0").cast(DECIMAL)
_ONE = pa.scalar("1").cast(DECIMAL)
_HUNDREDTH = pa.scalar("0.01").cast(DECIMAL)


@dataclass(frozen=True)
class Discount:
    """How a column of discounts is meant: a fraction of the price, a percentage, or an amount."""

    reading: str
    said: ColumnReading | None


def infer_discount(column: str, discounts: pa.Array, gross: pa.Array, chosen: str | None) -> Discount:
    """Tells 0.2, 20 and 1500 apart by the whole column.

    Nothing above 1: fractions. Something above 100, or with more decimals than percentages have: amounts. In between
    it asks; the default is a percentage when no cell has decimals.
    """
    if chosen in (FRACTION_READING, PERCENT_READING, AMOUNT_READING):
        return Discount(chosen, ColumnReading(column, chosen))
    highest = pc.max(discounts).as_py()
    if highest is None or highest == 0:
        return Discount(FRACTION_READING, None)
    if highest <= 1:
        return Discount(FRACTION_READING, ColumnReading(column, FRACTION_READING))
    if highest > 100:
        return Discount(AMOUNT_READING, ColumnReading(column, AMOUNT_READING))
    if mask_of(pc.greater(discounts, gross)).any():
        # A discount above the price can only be a percentage.
        return Discount(PERCENT_READING, ColumnReading(column, PERCENT_READING))
    whole = pc.all(pc.equal(pc.round(discounts, 0), discounts)).as_py()
    reading = PERCENT_READING if whole else AMOUNT_READING
    question = f"¿Los descuentos de «{column}» son porcentajes o montos? Se leen como {reading}."
    said = ColumnReading(
        column, reading, ambiguous=True, question=question, alternatives=[PERCENT_READING, AMOUNT_READING]
    )
    return Discount(reading, said)


def line_total(quantity: pa.Array | None, unit_price: pa.Array, discount: pa.Array | None, how: str) -> pa.Array:
    """Quantity by unit price less the discount, to 8 decimals; without a column of quantities each line is one unit."""
    gross = unit_price if quantity is None else times(quantity, unit_price)
    if discount is None:
        return gross
    given = pc.fill_null(discount, _ZERO)
    if how == AMOUNT_READING:
        # A returned line (negative) gives its discount back.
        returned = pc.less(gross, _ZERO)
        return minus(gross, pc.if_else(returned, pc.negate(given), given))
    if how == PERCENT_READING:
        given = times(given, _HUNDREDTH)
    return times(gross, minus(_ONE, given))


def times(left: pa.Array, right: pa.Array | pa.Scalar) -> pa.Array:
    """The product, rounded to 8 decimals; null where it is beyond what an amount may be."""
    product = pc.multiply(left.cast(_WIDE), right.cast(_WIDE))
    return _fitting(pc.round(product, 8, round_mode="half_to_even"))


def minus(left: pa.Array | pa.Scalar, right: pa.Array) -> pa.Array:
    """The difference; null where either is."""
    return _fitting(pc.subtract(left, right))


def beyond(numbers: pa.Array) -> Mask:
    """Which numbers are too large for an amount."""
    return mask_of(pc.greater_equal(pc.abs(numbers), pa.scalar(LIMIT).cast(pa.decimal256(38, 8))))


def first_filled(*columns: pa.Array | None) -> pa.Array | None:
    """In every row the first of the values that is not empty; None where there is no column at all."""
    given = [column for column in columns if column is not None]
    if not given:
        return None
    return pc.coalesce(*given) if len(given) > 1 else given[0]


def _fitting(numbers: pa.Array) -> pa.Array:
    large = beyond(numbers)
    if large.any():
        numbers = pc.if_else(pa.array(large), pa.scalar(None, numbers.type), numbers)
    return numbers.cast(DECIMAL)
