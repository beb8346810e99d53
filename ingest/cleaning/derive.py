"""Columns that follow from those of the file: names taken apart, currencies, totals, costs."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.cleaning import totals
from ingest.cleaning.column import DECIMAL, INSTANT, Mask, Problem, distinct, mask_of
from ingest.cleaning.people import split_names
from ingest.cleaning.sheet import Sheet
from pymeai.costa_rica.identification import LEGAL

_MONEY = {
    "sale.currency": ("sale.amount", "sale.total", "line.total", "line.total_with_tax", "line.unit_price"),
    "opportunity.currency": ("opportunity.value",),
}
_HAPPENED = (
    "sale.sold_at",
    "interaction.date_time",
    "customer.created_at",
    "opportunity.created_at",
    "opportunity.entered_stage_at",
    "opportunity.closed_at",
)
"""Dates of what has happened: the future is no place for them."""

_TWO_CURRENCIES = Problem("two_currencies", "La fila mezcla montos en ₡ y en $.", "Deje una sola moneda en cada fila.")
_OTHER_CURRENCY = Problem(
    "other_currency", "El signo del monto no es el de la columna de moneda: vale la columna.", kept=True
)
_FUTURE = Problem("future_date", "La fecha es futura.", "Revise el año.", kept=True)
_FAR_FUTURE = Problem("absurd_date", "La fecha está a más de un año en el futuro.", "Revise el año.")
_LONG_AGO = Problem("old_date", "La fecha es anterior a 1970.", "Revise el año.", kept=True)
_TOO_LARGE = Problem("number_too_large", "El total de la línea es demasiado grande.", "Revise la cantidad y el precio.")

_TEXT = pa.string()
_ZERO = pa.scalar("0").cast(DECIMAL)


def derive(sheet: Sheet) -> None:
    """Adds to the sheet's columns what the others tell."""
    _second_phones(sheet)
    _identification_types(sheet)
    _names(sheet)
    for target, amounts in _MONEY.items():
        _currencies(sheet, target, amounts)
    _sale_amounts(sheet)
    _line_totals(sheet)
    _line_costs(sheet)
    for name in _HAPPENED:
        if name in sheet.columns:
            _no_future(sheet, name)


def _second_phones(sheet: Sheet) -> None:
    second = sheet.told("customer.phone", "phone_alt")
    if second is not None:
        sheet.columns["customer.phone_alt"] = totals.first_filled(sheet.columns.get("customer.phone_alt"), second)


def _identification_types(sheet: Sheet) -> None:
    types = sheet.told("customer.identification", "type")
    if types is not None:
        name = "customer.identification_type"
        sheet.columns[name] = totals.first_filled(types, sheet.columns.get(name))


def _names(sheet: Sheet) -> None:
    """A whole name taken apart into the columns that the file has not; a company's name stays whole."""
    columns = sheet.columns
    if "customer.name" in columns:
        names = distinct(columns["customer.name"])
        whole = names.spread(names.values)
        parts = {part: names.spread(values) for part, values in split_names(names.values).items()}
        company = mask_of(pc.equal(parts["kind"], "company"))
        for name, code in (("customer.kind", "company"), ("customer.identification_type", LEGAL)):
            if name in columns:
                company |= mask_of(pc.equal(columns[name], code))
        person = mask_of(pc.equal(columns["customer.kind"], "person")) if "customer.kind" in columns else ~company
        only_company = pa.array(company & ~person)
        nothing = pa.scalar(None, _TEXT)
        # Told to be a person in spite of a name like a company's: the name stays whole.
        looks_alike = pa.array(mask_of(parts["company_name"].is_valid()) & person)
        first = pc.if_else(only_company, nothing, pc.if_else(looks_alike, whole, parts["first_name"]))
        derived = {
            "customer.first_name": first,
            "customer.last_name": pc.if_else(only_company, nothing, parts["last_name"]),
            "customer.company_name": pc.if_else(only_company, whole, nothing),
        }
        for name, values in derived.items():
            columns[name] = totals.first_filled(columns.get(name), values)
    if "customer.company_name" in columns and "customer.kind" not in columns:
        columns["customer.kind"] = _kinds(sheet)


def _kinds(sheet: Sheet) -> pa.Array:
    named = [sheet.columns[name] for name in ("customer.first_name", "customer.last_name") if name in sheet.columns]
    person = np.zeros(sheet.table.frame.num_rows, dtype=bool)
    for values in named:
        person |= mask_of(values.is_valid())
    company = mask_of(sheet.columns["customer.company_name"].is_valid()) & ~person
    nothing = pa.scalar(None, _TEXT)
    return pc.if_else(pa.array(person), "person", pc.if_else(pa.array(company), "company", nothing))


def _currencies(sheet: Sheet, target: str, amounts: tuple[str, ...]) -> None:
    """The currency that signs beside the amounts tell, where no column tells it."""
    told = [signs for name in amounts if (signs := sheet.told(name, "currency")) is not None]
    if not told:
        return
    signs = totals.first_filled(*told)
    source = next(sheet.sources[name] for name in amounts if sheet.told(name, "currency") is not None)
    for other in told[1:]:
        sheet.faults.add(np.flatnonzero(mask_of(pc.not_equal(signs, other))), source, target, _TWO_CURRENCIES)
    mapped = sheet.columns.get(target)
    if mapped is None:
        sheet.columns[target] = pc.fill_null(signs, sheet.options.currency)
        return
    differ = np.flatnonzero(mask_of(pc.not_equal(mapped, signs)))
    sheet.faults.add(differ, source, target, _OTHER_CURRENCY)
    unread = sheet.faults.bad_rows(frozenset({target}))
    signs = pc.if_else(pa.array(unread), pa.scalar(None, _TEXT), signs)
    sheet.columns[target] = pc.coalesce(mapped, signs)


def _sale_amounts(sheet: Sheet) -> None:
    """A sale's amount is its total less the tax, where the file gives no amount."""
    total = sheet.columns.get("sale.total")
    if total is not None:
        net = _less_tax(sheet, total, "sale.tax")
        unread = sheet.faults.bad_rows(frozenset({"sale.amount"}))
        sheet.columns["sale.amount"] = totals.first_filled(sheet.columns.get("sale.amount"), _without(net, unread))


def _line_totals(sheet: Sheet) -> None:
    """A line's total net of tax: as given, or its total with tax less the tax, or quantity by price less discount."""
    columns = sheet.columns
    found = columns.get("line.total")
    with_tax = columns.get("line.total_with_tax")
    unread = sheet.faults.bad_rows(frozenset({"line.total"}))
    if with_tax is not None:
        net = _less_tax(sheet, with_tax, "line.tax")
        found = totals.first_filled(found, _without(net, unread))
        unread |= sheet.faults.bad_rows(frozenset({"line.total_with_tax"}))
    if "line.unit_price" in columns and (found is None or found.null_count):
        found = totals.first_filled(found, _without(_computed(sheet, found), unread))
    if found is not None:
        columns["line.total"] = found


def _computed(sheet: Sheet, found: pa.Array | None) -> pa.Array:
    columns = sheet.columns
    price, quantity = columns["line.unit_price"], columns.get("line.quantity")
    discount, how = columns.get("line.discount"), totals.AMOUNT_READING
    if discount is not None:
        gross = totals.line_total(quantity, price, None, how)
        needed = pa.array(np.ones(len(price), dtype=bool)) if found is None else found.is_null()
        source = sheet.sources["line.discount"]
        meant = totals.infer_discount(source, discount.filter(needed), gross.filter(needed), sheet.chosen(source))
        how = meant.reading
        if meant.said is not None:
            sheet.readings = [reading for reading in sheet.readings if reading.column != source] + [meant.said]
    total = totals.line_total(quantity, price, discount, how)
    computable = mask_of(price.is_valid())
    if quantity is not None:
        computable &= mask_of(quantity.is_valid())
    lost = computable & ~mask_of(total.is_valid())
    sheet.faults.add(np.flatnonzero(lost), sheet.sources["line.unit_price"], "line.unit_price", _TOO_LARGE)
    return _without(total, sheet.faults.bad_rows(frozenset({"line.discount"})))


def _line_costs(sheet: Sheet) -> None:
    """A line's cost: as given, or its units' cost, or its total less its profit."""
    columns = sheet.columns
    cost = columns.get("line.cost")
    unit_cost, profit, total = columns.get("line.unit_cost"), columns.get("line.profit"), columns.get("line.total")
    unread = sheet.faults.bad_rows(frozenset({"line.cost"}))
    if unit_cost is not None:
        quantity = columns.get("line.quantity")
        cost = totals.first_filled(
            cost, _without(unit_cost if quantity is None else totals.times(quantity, unit_cost), unread)
        )
    if profit is not None and total is not None:
        cost = totals.first_filled(cost, _without(totals.minus(total, profit), unread))
    if cost is not None:
        columns["line.cost"] = cost


def _less_tax(sheet: Sheet, total: pa.Array, name: str) -> pa.Array:
    tax = sheet.columns.get(name)
    if tax is None:
        return total
    return _without(totals.minus(total, pc.fill_null(tax, _ZERO)), sheet.faults.bad_rows(frozenset({name})))


def _without(values: pa.Array, rows: Mask) -> pa.Array:
    """The values, but none in the rows: there, what they would be computed from could not be read."""
    return pc.if_else(pa.array(rows), pa.scalar(None, values.type), values) if rows.any() else values


def _no_future(sheet: Sheet, name: str) -> None:
    values = sheet.columns[name]
    source = sheet.sources[name]
    tomorrow = _midnight(sheet.today + dt.timedelta(days=2))
    far = mask_of(pc.greater_equal(values, _midnight(sheet.today + dt.timedelta(days=366))))
    future = mask_of(pc.greater_equal(values, tomorrow)) & ~far
    sheet.faults.add(np.flatnonzero(far), source, name, _FAR_FUTURE)
    sheet.faults.add(np.flatnonzero(future), source, name, _FUTURE)
    old = mask_of(pc.less(values, _midnight(dt.date(1970, 1, 1))))
    sheet.faults.add(np.flatnonzero(old), source, name, _LONG_AGO)
    if far.any():
        sheet.columns[name] = _without(values, far)


def _midnight(day: dt.date) -> pa.Scalar:
    """Midnight in Costa Rica, as UTC."""
    return pa.scalar(dt.datetime.combine(day, dt.time(6), dt.UTC), INSTANT)
