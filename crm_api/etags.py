"""ETags: a lost update is refused, not discovered later."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, SQLColumnExpression, func, literal

from crm_api.json_columns import moment_text
from pymeai.errors import PreconditionFailed

_DIGITS = 32


def etag_of(key: UUID, version: datetime | Any) -> str:
    """The tag of one version of a thing: of its updated_at, or of its content where it has none."""
    if isinstance(version, datetime):
        text = version.astimezone(UTC).isoformat().replace("+00:00", "Z")
    else:
        text = json.dumps(version, sort_keys=True, default=str)
    return f'"{hashlib.sha256(f"{key}:{text}".encode()).hexdigest()[:_DIGITS]}"'


def etag_column(key: SQLColumnExpression[UUID], version: SQLColumnExpression[datetime]) -> ColumnElement[str]:
    """The same tag of the same version, made by PostgreSQL."""
    named = func.concat(key, ":", moment_text(version))
    digest = func.encode(func.sha256(func.convert_to(named, "UTF8")), "hex")
    return literal('"').concat(func.left(digest, _DIGITS)).concat('"')


def require_match(if_match: str | None, current: str) -> None:
    """Raise PreconditionFailed when If-Match was sent and names another version."""
    if if_match is None or if_match.strip() == "*":
        return
    offered = {tag.strip().removeprefix("W/") for tag in if_match.split(",")}
    if current not in offered:
        raise PreconditionFailed(
            "Alguien cambió estos datos mientras usted los editaba. Recargue y vuelva a intentarlo."
        )
