"""Values of open lists (sellers, products, channels): the same thing written two ways is written one way."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from ingest.loading.context import Load
from pymeai.costa_rica.text import fold


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
    by_frequency = sorted(values, key=lambda value: (-values[value], value.islower(), -value.count(" "), value))
    for value in by_frequency:
        chosen.setdefault(meaning(value), value)
    return {value: chosen[meaning(value)] for value in values}


def canonical(load: Load, frame: pa.Table, columns: Mapping[str, tuple[str, str]]) -> pa.Table:
    """The frame with the values of open lists spelt one way; `columns` maps targets to (table, column) of the tenant."""
    for target, (table, column) in columns.items():
        if target not in frame.column_names:
            continue
        encoded = frame.column(target).combine_chunks().dictionary_encode()
        counted = Counter(
            {pair["values"]: pair["counts"] for pair in pc.value_counts(frame.column(target).drop_null()).to_pylist()}
        )
        existing = [row[0] for row in load.rows(f"select distinct {column} from {table} where {column} is not null")]
        spelt = spelling(counted, existing)
        known = set(existing)
        for value, proposal in sorted(spelt.items()):
            if value != proposal or value not in known:
                load.proposals.append(
                    {
                        "target": target,
                        "value": value,
                        "proposal": proposal,
                        "matched": proposal in known or proposal != value,
                    }
                )
        words = pa.array([spelt[value] for value in encoded.dictionary.to_pylist()], pa.string())
        column_index = frame.column_names.index(target)
        frame = frame.set_column(column_index, target, words.take(encoded.indices))
    return frame
