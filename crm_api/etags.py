"""ETags: a lost update is refused, not discovered later."""

import hashlib
import json
from datetime import datetime
from typing import Any
from uuid import UUID

from pymeai.errors import PreconditionFailed


def etag_of(key: UUID, version: datetime | Any) -> str:
    """The tag of one version of a thing: of its updated_at, or of its content where it has none."""
    text = version.isoformat() if isinstance(version, datetime) else json.dumps(version, sort_keys=True, default=str)
    return f'"{hashlib.sha256(f"{key}:{text}".encode()).hexdigest()[:32]}"'


def require_match(if_match: str | None, current: str) -> None:
    """Raise PreconditionFailed when If-Match was sent and names another version."""
    if if_match is None or if_match.strip() == "*":
        return
    offered = {tag.strip().removeprefix("W/") for tag in if_match.split(",")}
    if current not in offered:
        raise PreconditionFailed(
            "Alguien cambió estos datos mientras usted los editaba. Recargue y vuelva a intentarlo."
        )
