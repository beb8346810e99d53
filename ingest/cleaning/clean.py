"""From the cells of a file, as they are, to typed rows that can be loaded; and what is wrong with the others."""

import datetime as dt
from collections.abc import Mapping as Lookup

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.cleaning.cells import Context, read_cells, without_fillers
from ingest.cleaning.column import Mask, Problem, as_text, distinct, is_text, mask_of
from ingest.cleaning.derive import derive
from ingest.cleaning.faults import Faults, row_numbers
from ingest.cleaning.people import SEPARATOR
from ingest.cleaning.rules import (
    AMOUNTS,
    BROKEN_DOCUMENT,
    CRITICAL,
    DERIVED_AMOUNTS,
    MISSING_STAGE,
    missing_text,
    required_groups,
)
from ingest.cleaning.sheet import Sheet
from ingest.model import IGNORE, Cleaned, ImportOptions, Kind, Mapping, RawTable
from ingest.targets import TARGETS, custom_field_of
from pymeai.clock import business_today
from pymeai.custom_fields.definition import FieldDefinition
from pymeai.settings import get_settings

_TYPE = "customer.identification_type"


def clean(
    table: RawTable,
    mapping: Mapping,
    kind: Kind,
    options: ImportOptions,
    *,
    today: dt.date | None = None,
    fields: Lookup[str, FieldDefinition] | None = None,
) -> Cleaned:
    """Reads every mapped column over its whole length and decides which rows go in.

    A cell that cannot be read rejects its row where the row could not be right without it; elsewhere the cell is left
    out and listed among the warnings. Rows with nothing in them are skipped. `today` is the business day unless given;
    `fields` are the tenant's custom fields by target.
    """
    count = table.frame.num_rows
    numbers = row_numbers(table)
    sheet = Sheet(table, kind, options, today or business_today(get_settings()), Faults(table, numbers), fields or {})
    for target, sources in _by_target(mapping).items():
        _read_target(sheet, target, sources)
        # Of a million rows the cells take as much memory as what comes of them.
        table.let_go()
    derive(sheet)
    used = ~_empty_rows(table)
    rejected = _rejected(sheet, used)
    kept = used & ~rejected
    frame = pa.table({"row_number": pa.array(numbers), **sheet.columns})
    if not kept.all():
        frame = frame.filter(pa.array(kept))
    warnings, refused = sheet.faults.warnings(kept), sheet.faults.rejected(rejected)
    table.let_go()
    return Cleaned(frame.combine_chunks() if count else frame, refused, warnings, sheet.readings, table)


def _by_target(mapping: Mapping) -> dict[str, list[str]]:
    """The columns of each target, an identification's type before the identification itself."""
    grouped: dict[str, list[str]] = {}
    for column in mapping.columns:
        if column.target is not None and column.target != IGNORE:
            grouped.setdefault(column.target, []).append(column.source)
    return dict(sorted(grouped.items(), key=lambda item: item[0] != _TYPE))


def _read_target(sheet: Sheet, name: str, sources: list[str]) -> None:
    target = TARGETS.get(name)
    if target is None and custom_field_of(name) is None:
        raise ValueError(f"unknown target {name!r}")
    frame = sheet.table.frame
    column = frame.column(sources[0])
    if len(sources) > 1:
        column = _joined([frame.column(source) for source in sources], (target.joined_with if target else None) or " ")
    figures = sheet.table.figures.get(sources[0]) if len(sources) == 1 else None
    context = Context(sources[0], sheet.chosen(sources[0]), sheet.today.year, figures)
    if name == "customer.identification":
        column = _with_types(column, sheet)
    cells = read_cells(column, target, context, sheet.fields.get(name) if target is None else None)
    sheet.keep(name, sources[0], cells)


def _joined(columns: list[pa.ChunkedArray], separator: str) -> pa.Array:
    """The texts of several columns as one, in their order; empty cells leave no separator behind."""
    texts = []
    for column in columns:
        cells = distinct(as_text(column))
        texts.append(cells.spread(cells.values))
    return pc.binary_join_element_wise(*texts, separator, null_handling="skip")


def _with_types(column: pa.ChunkedArray, sheet: Sheet) -> pa.ChunkedArray | pa.Array:
    """Identifications followed by their type's code, where a column of the file tells it."""
    types = sheet.columns.get(_TYPE)
    if types is None:
        return column
    texts = without_fillers(distinct(as_text(column)), "identification")
    whole = texts.spread(texts.values)
    return pc.if_else(types.is_valid(), pc.binary_join_element_wise(whole, types, SEPARATOR), whole)


def _empty_rows(table: RawTable) -> Mask:
    """Rows in which no column has anything but white space."""
    empty: Mask = np.ones(table.frame.num_rows, dtype=bool)
    for column in table.frame.columns:
        if not empty.any():
            break
        blank = mask_of(column.is_null())
        if is_text(column.type):
            blank |= mask_of(pc.equal(pc.utf8_trim_whitespace(column), ""))
        empty &= blank
    return empty


def _rejected(sheet: Sheet, used: Mask) -> Mask:
    """The rows that do not go in; what is missing in them is added to the faults."""
    rejected = sheet.faults.bad_rows(CRITICAL)
    broken = np.isin(sheet.faults.numbers, [reason.row_number for reason in sheet.table.broken])
    rejected |= broken
    for group in required_groups(sheet.kind):
        lacking = used & ~_filled(sheet, group)
        bad = sheet.faults.bad_rows(frozenset(group) | _parts(group))
        message, suggestion = missing_text(group)
        source = next((sheet.sources[name] for name in group if name in sheet.sources), None)
        missing = np.flatnonzero(lacking & ~bad & ~broken)
        sheet.faults.add(missing, source, None, Problem("missing_required", message, suggestion))
        rejected |= lacking
    rejected |= _without_stage(sheet, used)
    if sheet.options.reject_rows_with_warnings:
        rejected |= sheet.faults.bad_rows(frozenset(sheet.columns))
    rejected |= _of_broken_documents(sheet, used, rejected)
    return rejected & used


def _filled(sheet: Sheet, group: tuple[str, ...]) -> Mask:
    """Rows with a value in at least one target of the group."""
    names = DERIVED_AMOUNTS if AMOUNTS & set(group) else group
    filled: Mask = np.zeros(sheet.table.frame.num_rows, dtype=bool)
    for name in names:
        if name in sheet.columns:
            filled |= mask_of(sheet.columns[name].is_valid())
    return filled


def _parts(group: tuple[str, ...]) -> frozenset[str]:
    """What an amount is computed from: their problems explain why it is missing."""
    return (
        frozenset({"line.quantity", "line.discount", "sale.tax", "line.tax"}) if AMOUNTS & set(group) else frozenset()
    )


def _without_stage(sheet: Sheet, used: Mask) -> Mask:
    """Opportunities that say neither their stage nor their status, in a file that has a column for it."""
    names = [name for name in ("opportunity.stage", "opportunity.status") if name in sheet.columns]
    lacking: Mask = np.zeros(sheet.table.frame.num_rows, dtype=bool)
    if not names:
        return lacking
    lacking = used & ~_filled(sheet, tuple(names))
    bad = sheet.faults.bad_rows(frozenset(names))
    message, suggestion = MISSING_STAGE
    sheet.faults.add(
        np.flatnonzero(lacking & ~bad), sheet.sources[names[0]], None, Problem("missing_required", message, suggestion)
    )
    return lacking


def _of_broken_documents(sheet: Sheet, used: Mask, rejected: Mask) -> Mask:
    """The other rows of a document of which one row is rejected: without that line its amount would be wrong."""
    none: Mask = np.zeros(len(rejected), dtype=bool)
    keys = sheet.columns.get("sale.external_key")
    if keys is None or sheet.kind != "sales" or not (rejected & used).any():
        return none
    broken = pc.unique(keys.filter(pa.array(rejected & used)).drop_null())
    others = mask_of(pc.is_in(keys, broken)) & ~rejected & used
    sheet.faults.add(np.flatnonzero(others), sheet.sources["sale.external_key"], None, BROKEN_DOCUMENT)
    return others
