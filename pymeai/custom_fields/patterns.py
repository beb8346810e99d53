"""Patterns that a tenant wrote, matched by RE2: in time linear in the text, whatever the pattern.

Python's own `re` backtracks, so that `(a+)+$` and thirty letters would keep a server busy for minutes. RE2 comes with
pyarrow, which the importer needs anyway; it has no look-around and no back-references.
"""

from collections.abc import Sequence

MAX_PATTERN = 200


def pattern_problem(pattern: str) -> str | None:
    """Why a pattern cannot be used, in Spanish; None where it can."""
    if len(pattern) > MAX_PATTERN:
        return f"El patrón admite como máximo {MAX_PATTERN} caracteres."
    try:
        # By itself too: "a)|(b" is none, though the group around it makes it one.
        _found(pattern, [""])
        matching(pattern, [""])
    except ValueError:
        return (
            "No es una expresión regular que se pueda usar. Revise paréntesis y corchetes; no se admiten referencias "
            "hacia atrás ni condiciones que miran alrededor."
        )
    return None


def matching(pattern: str, texts: Sequence[str]) -> list[bool]:
    """Which texts match the whole pattern. Raises ValueError for a pattern that RE2 cannot read."""
    return _found(rf"\A(?:{pattern})\z", texts)


def _found(pattern: str, texts: Sequence[str]) -> list[bool]:
    # pyarrow takes a while to import, and most organizations have no field with a pattern.
    import pyarrow as pa
    import pyarrow.compute as pc

    if "\x00" in pattern:
        raise ValueError("a pattern has no NUL")
    result: list[bool] = pc.match_substring_regex(pa.array(texts, pa.string()), pattern).to_pylist()
    return result
