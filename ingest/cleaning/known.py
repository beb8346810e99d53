"""Cells for a custom field that exists already: held to its type, options and validation as the API holds them."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa

from ingest.cleaning.column import Parsed, Problem
from ingest.custom_values import as_option, with_scheme
from pymeai.clock import COSTA_RICA
from pymeai.custom_fields.definition import FieldDefinition
from pymeai.custom_fields.values import WrongValue, stored_value

_KINDS: Mapping[str, str] = {"number": "number", "money": "money", "date": "date", "boolean": "boolean"}

MAX_OPTIONS = 200
"""A list grows by what a file brings, up to as many options as a person may give it."""


def kind_of(definition: FieldDefinition | None) -> str:
    """How the cells for a custom field are read: as its type says, or as they themselves tell."""
    if definition is None or (definition.field_type == "text" and not definition.validation):
        # A free text takes all; crosses in it become words.
        return "custom"
    return _KINDS.get(definition.field_type, "text")


def judged(definition: FieldDefinition, parsed: Parsed) -> Parsed:
    """The values that the field takes; each of the others is a problem and left out."""
    parsed = replace(parsed, extra={})
    if _takes_all(definition):
        return parsed
    definition = _grown(definition, parsed.values)
    values: list[Any] = parsed.values.to_pylist()
    problems = dict(parsed.problems)
    for place, value in enumerate(values):
        if value is None or (place in problems and not problems[place].kept):
            continue
        try:
            values[place] = _stored(definition, value)
        except WrongValue as error:
            values[place] = None
            problems[place] = Problem("custom_field_value", f"{definition.label}: {error}")
    return replace(parsed, values=pa.array(values, parsed.values.type), problems=problems)


def _takes_all(definition: FieldDefinition) -> bool:
    """Whether a value that was read as the type is one of the field's: no need to look at a million of them."""
    if definition.field_type == "boolean":
        return True
    return definition.field_type in ("text", "number", "money", "date") and not definition.validation


def _stored(definition: FieldDefinition, value: Any) -> Any:
    match definition.field_type:
        case "number" | "money":
            stored_value(definition, value)
            # Exact, as the file has it.
            return value
        case "date":
            stored_value(definition, _local(value))
            return value
        case "dropdown":
            return stored_value(definition, as_option(definition, value))
        case "url":
            return stored_value(definition, with_scheme(value))
    return stored_value(definition, value)


def _local(moment: dt.datetime) -> dt.date | dt.datetime:
    here = moment.astimezone(COSTA_RICA).replace(tzinfo=None)
    return here.date() if here.time() == dt.time() else here


def _grown(definition: FieldDefinition, values: pa.Array) -> FieldDefinition:
    """A list with what the file brings beside its options, unless that is more than a list has."""
    if definition.field_type != "dropdown":
        return definition
    found: Iterable[str] = values.drop_null().unique().to_pylist()
    new = {as_option(definition, text) for text in found} - set(definition.options)
    if len(definition.options) + len(new) > MAX_OPTIONS:
        return definition
    return replace(definition, options=(*definition.options, *sorted(new)))
