"""Values of open lists (sellers, products, channels): the same thing written two ways is written one way."""

import re
from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from ingest.loading.context import Load
from ingest.targets import custom_field_of
from pymeai.costa_rica.text import fold

FEW_VALUES = 50
"""Most values of a custom field's column that are looked through for two spellings of one."""


def meaning(text: str) -> str:
    """What two spellings of one name share: `GTXPro` and `GTX Pro` are gtxpro."""
    return re.sub(r"[^a-z0-9]+", "", fold(text)) or fold(text)


def spelling(values: Mapping[str, int], existing: Iterable[str]) -> dict[str, str]:
    """How to write each value: as an existing one that means the same, or as the file mostly does.

    `values` counts the file's spellings. Of equally frequent ones the one with spaces and capitals is the name.
    """
    chosen: dict[str, str] = {}
    for value in existing:
        chosen.setdefault(meaning(value), value)
    by_frequency = sorted(
        values, key=lambda value: (_is_shouted(value), -values[value], value.islower(), -value.count(" "), value)
    )
    for value in by_frequency:
        chosen.setdefault(meaning(value), value)
    return {value: chosen[meaning(value)] for value in values}


def _is_shouted(value: str) -> bool:
    return value.isupper() and len(meaning(value)) > 4


def canonical(load: Load, frame: pa.Table, columns: Mapping[str, str]) -> pa.Table:
    """The frame with the values of open lists spelt one way; `columns` maps targets to "table.column" of the tenant."""
    for target, place in columns.items():
        if target not in frame.column_names:
            continue
        table, _, column = place.partition(".")
        existing = [row[0] for row in load.rows(f"select distinct {column} from {table} where {column} is not null")]
        spelt = spelling(_counted(frame.column(target)), existing)
        known = set(existing)
        for value, proposal in sorted(spelt.items()):
            if value != proposal or value not in known:
                matched = proposal in known or proposal != value
                load.proposals.append({"target": target, "value": value, "proposal": proposal, "matched": matched})
        frame = _respelt(frame, target, spelt)
    return frame


def one_spelling(load: Load, frame: pa.Table) -> pa.Table:
    """The frame with the few values of its custom fields spelt one way: NO and no are one answer."""
    for target in frame.column_names:
        named = custom_field_of(target)
        if named is None or not pa.types.is_string(frame.schema.field(target).type):
            continue
        counted = _counted(frame.column(target))
        if len(counted) > FEW_VALUES:
            continue
        options = load.value(
            "select options from custom_fields where entity_type = %s and field_name = %s and field_type = 'dropdown'",
            named,
        )
        frame = _respelt(frame, target, spelling(counted, options or []))
    return frame


def _counted(column: pa.ChunkedArray) -> dict[str, int]:
    return {pair["values"]: pair["counts"] for pair in pc.value_counts(column.drop_null()).to_pylist()}


def _respelt(frame: pa.Table, target: str, spelt: Mapping[str, str]) -> pa.Table:
    encoded = frame.column(target).combine_chunks().dictionary_encode()
    words = pa.array([spelt[value] for value in encoded.dictionary.to_pylist()], pa.string())
    return frame.set_column(frame.column_names.index(target), target, words.take(encoded.indices))
