"""Rows whose new record would lack a required field of the tenant's own: known only once it is known who is new."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.cleaning.column import Mask, Problem, mask_of
from ingest.cleaning.faults import Faults, row_numbers
from ingest.cleaning.rules import BROKEN_DOCUMENT
from ingest.model import Cleaned, MissingField
from pymeai.costa_rica.money import format_number

_NEW = {
    "customer": "los clientes nuevos",
    "sale": "las ventas nuevas",
    "opportunity": "las oportunidades nuevas",
    "interaction": "las interacciones nuevas",
}
_KEY = "sale.external_key"


def without(
    cleaned: Cleaned, missing: Mapping[int, Sequence[MissingField]], headers: Mapping[str, str]
) -> tuple[Cleaned, list[str]]:
    """What was cleaned without these rows, which are rejected; and a sentence for each field that no column brings.

    `missing` has the fields by the number of a row, `headers` the file's header of each target. The other rows of a document go with it: without that line its amount would be wrong.
    """
    assert cleaned.table is not None
    numbers = row_numbers(cleaned.table)
    faults = Faults(cleaned.table, numbers)
    rows_of: dict[MissingField, list[int]] = {}
    for number, fields in missing.items():
        for field in fields:
            rows_of.setdefault(field, []).append(number)
    notes = []
    for field, rows in rows_of.items():
        source = headers.get(field.target)
        problem = _problem(field, mapped=source is not None)
        faults.add(np.flatnonzero(np.isin(numbers, rows)), source, None, problem)
        if source is None:
            notes.append(
                f"Ninguna columna trae «{field.label}», que es obligatorio en {_NEW[field.entity]}: {format_number(len(rows))} "
                f"{'fila no entra' if len(rows) == 1 else 'filas no entran'}. {problem.suggestion}"
            )
    ours = cleaned.frame.column("row_number")
    lacking = mask_of(pc.is_in(ours, pa.array(list(missing), pa.int64())))
    others = _of_the_same_documents(cleaned.frame, lacking)
    if others.any():
        faults.add(np.flatnonzero(np.isin(numbers, ours.filter(pa.array(others)).to_numpy())), headers.get(_KEY), None,
                   BROKEN_DOCUMENT)  # fmt: skip
    gone = lacking | others
    refused = faults.rejected(np.isin(numbers, ours.filter(pa.array(gone)).to_numpy()))
    by_number = {row.row_number: row for row in refused}
    for warning in cleaned.warnings:
        # A cell that could not be read is why the field is missing.
        if warning.row_number in by_number:
            by_number[warning.row_number].reasons.insert(0, warning)
    rejected = sorted([*cleaned.rejected, *refused], key=lambda row: row.row_number)
    warnings = [warning for warning in cleaned.warnings if warning.row_number not in by_number]
    frame = cleaned.frame.filter(pa.array(~gone)).combine_chunks()
    return replace(cleaned, frame=frame, rejected=rejected, warnings=warnings), notes


def _of_the_same_documents(frame: pa.Table, lacking: Mask) -> Mask:
    if _KEY not in frame.column_names:
        return np.zeros_like(lacking)
    keys = frame.column(_KEY)
    broken = pc.unique(keys.filter(pa.array(lacking)).drop_null())
    return mask_of(pc.is_in(keys, broken)) & ~lacking


def _problem(field: MissingField, *, mapped: bool) -> Problem:
    message = f"Falta «{field.label}», que es obligatorio en {_NEW[field.entity]}"
    if mapped:
        return Problem("missing_required", f"{message}.", "Escriba ese dato y vuelva a subir la fila.")
    remedy = (
        "quite que sea obligatorio en ese tipo de contacto"
        if field.of_type
        else "póngale al campo un valor por defecto"
    )
    suggestion = f"Elija la columna que lo trae, o {remedy}."
    return Problem("missing_required", f"{message}, y ninguna columna lo trae.", suggestion)
