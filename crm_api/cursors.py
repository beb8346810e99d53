"""Cursors as text: JSON that a client carries to the next page and nobody else reads."""

import base64
import json
from collections.abc import Sequence
from typing import Any

from pymeai.errors import Invalid, invalid_field


def encode_cursor(values: Sequence[Any]) -> str:
    """The values, which JSON can hold, as text that fits a URL."""
    content = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, length: int) -> list[Any]:
    """The `length` values of a cursor. Raises ValueError for a text that is none."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except RecursionError:
        # A thousand brackets are no cursor either.
        raise ValueError("too deep") from None
    if not isinstance(values, list) or len(values) != length:
        raise ValueError("no list of that length")
    return values


def wrong_cursor(message: str = "El cursor no es de esta lista. Pida de nuevo la primera página.") -> Invalid:
    """The error for a cursor of another list, or of none."""
    return invalid_field("cursor", message)
