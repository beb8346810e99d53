"""What a user made of a proposed mapping, and what is wrong with it."""

from collections.abc import Mapping as Lookup
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ingest.model import IGNORE, ColumnMapping, Mapping
from ingest.targets import REQUIRED, TARGETS, is_target
from pymeai.errors import FieldError


def chosen_targets(columns: Sequence[ColumnMapping | Lookup[str, Any]]) -> dict[str, Any]:
    """Header -> target, of columns as the API or the code gives them."""
    chosen: dict[str, Any] = {}
    for column in columns:
        if isinstance(column, ColumnMapping):
            chosen[column.source] = column.target
        else:
            chosen[str(column.get("source"))] = column.get("target")
    return chosen


def agreed(column: ColumnMapping, chosen: Lookup[str, Any]) -> ColumnMapping:
    """The column with the target that was chosen for it; without one where it was not named."""
    target = chosen.get(column.source)
    if target == column.target:
        return column
    return replace(
        column, target=target, confidence=1.0 if target else 0.0, reason="Elegido por usted" if target else ""
    )


def mapping_errors(mapping: Mapping, chosen: Lookup[str, Any]) -> list[FieldError]:
    """All that keeps a mapping from being used, in Spanish; `chosen` is what the user sent of it."""
    sources = {column.source for column in mapping.columns}
    errors = [
        FieldError(f"columns.{source}", f"El archivo no tiene una columna «{source}».")
        for source in chosen
        if source not in sources
    ]
    errors += [
        FieldError(f"columns.{source}", f"No existe el destino «{target}» para este tipo de importación.")
        for source, target in chosen.items()
        if target is not None and not (isinstance(target, str) and is_target(target, mapping.kind))
    ]
    repeatable = frozenset([IGNORE, *(target.name for target in TARGETS.values() if target.repeats)])
    errors += [
        FieldError("columns", f"Hay dos columnas para «{TARGETS[target].label if target in TARGETS else target}».")
        for target in _duplicate_targets(mapping.columns, repeatable)
    ]
    mapped = {column.target for column in mapping.columns}
    if not errors and not (mapped - {None, IGNORE}):
        return [FieldError("columns", "Ninguna columna tiene destino: elija al menos las obligatorias.")]
    for group in REQUIRED[mapping.kind]:
        if not mapped & set(group):
            labels = " o ".join(f"«{TARGETS[name].label}»" for name in group)
            errors.append(FieldError("columns", f"Falta la columna de {labels}."))
    return errors


def _duplicate_targets(columns: Sequence[ColumnMapping], repeatable: frozenset[str]) -> list[str]:
    """Targets that several columns are mapped to although one alone may be."""
    seen: set[str] = set()
    twice: list[str] = []
    for column in columns:
        if column.target is None or column.target in repeatable:
            continue
        if column.target in seen:
            twice.append(column.target)
        seen.add(column.target)
    return twice
