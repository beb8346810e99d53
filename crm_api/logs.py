"""One line of JSON for each thing that happened. No personal data, no secrets, no query strings."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

LOGGER = logging.getLogger("pymeai.api")


class JsonFormatter(logging.Formatter):
    """A record as one JSON object; what was passed as extra={"fields": {…}} stands beside time, level and message."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line |= where(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def where(error: BaseException) -> dict[str, Any]:
    """An error's type and frames. Not its text: a driver's message quotes the row it was about."""
    return {"error": f"{type(error).__module__}.{type(error).__qualname__}", "frames": _frames(error.__traceback__)}


def configure() -> None:
    """Send our log to standard error as JSON, and silence uvicorn's access log, which writes query strings."""
    if not any(isinstance(handler.formatter, JsonFormatter) for handler in LOGGER.handlers):
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JsonFormatter())
        LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    access = logging.getLogger("uvicorn.access")
    access.handlers.clear()
    access.propagate = False


def _frames(trace: TracebackType | None) -> list[str]:
    return [
        f"{frame.filename.rsplit('/', 3)[-1]}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)
    ][-12:]
