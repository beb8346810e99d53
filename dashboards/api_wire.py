"""What the generated client stands on: the request that an operation makes, and how an answer is read."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import NoneType
from typing import Any, BinaryIO, Protocol, TypeVar, cast
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from pymeai.errors import Unavailable

Answer = TypeVar("Answer")

Upload = tuple[str, BinaryIO]
"""A file to send: its name and its content."""

_NAME = re.compile(r"[a-z][a-z0-9_]*|\d+")

logger = logging.getLogger(__name__)


class Part(BaseModel):
    """Any model of the client. Unknown fields of an answer are ignored, so that the API may grow."""

    model_config = ConfigDict(extra="ignore", frozen=True)


@dataclass(frozen=True)
class Request:
    """What one operation sends. Values that are None are not sent; a body without its fields that nobody set."""

    method: str
    path: str
    query: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, object] = field(default_factory=dict)
    body: object = None
    form: Mapping[str, object] = field(default_factory=dict)
    files: Mapping[str, Upload | None] = field(default_factory=dict)

    def arguments(self) -> dict[str, Any]:
        """The request as httpx takes it, without method and path."""
        arguments = {
            "params": _plain(self.query),
            "headers": _plain(self.headers),
            "data": _plain(self.form),
            "files": {name: file for name, file in self.files.items() if file is not None},
        }
        if isinstance(self.body, BaseModel):
            arguments["json"] = self.body.model_dump(mode="json", by_alias=True, exclude_unset=True)
        elif self.body is not None:
            arguments["json"] = to_jsonable_python(self.body)
        return {name: value for name, value in arguments.items() if value != {} or name == "json"}


class Call(Protocol):
    """Sends a request and returns its answer as the type that is asked for. Raises the API's errors."""

    def __call__(self, answer: type[Answer], request: Request, /) -> Answer:
        """Send and read."""


class OperationGroup:
    """Some operations of the API, called through `call`. Each raises the API's errors.

    What is None is not sent. Of a body only the fields that were set are sent: null empties one, where the API says so.
    """

    def __init__(self, call: Call) -> None:
        self._call = call


def path_part(value: object) -> str:
    """A value as one part of an address."""
    return quote(str(to_jsonable_python(value)), safe="")


def read(answer: type[Answer], response: httpx.Response) -> Answer:
    """The answer of a response: a model, bytes as they are, or nothing. Raises Unavailable for what does not fit."""
    if answer is NoneType:
        return cast("Answer", None)
    if answer is bytes:
        return cast("Answer", response.content)
    try:
        return TypeAdapter(answer).validate_json(response.content)
    except ValidationError as error:
        raise _unexpected(error, response.request.url.path) from None


def read_part(answer: type[Answer], value: object, name: str) -> Answer:
    """A part of an answer that the API leaves free. Raises Unavailable for what does not fit."""
    try:
        return TypeAdapter(answer).validate_python(value)
    except ValidationError as error:
        raise _unexpected(error, name) from None


def _unexpected(error: ValidationError, name: str) -> Unavailable:
    # Not its traceback: that would carry the answer's values, which are people's data, into the log.
    # Nor the keys of a free object, which are a file's own words: the API's names alone look like names.
    places = [
        ".".join(str(part) if _NAME.fullmatch(str(part)) else "?" for part in problem["loc"])
        for problem in error.errors(include_input=False)
    ]
    logger.error("%s: unexpected answer at %s", name, places[:5])
    return Unavailable(
        "El servicio de datos respondió algo que esta pantalla no entiende. "
        "Recargue la página; si sigue así, avise a quien administra PymeAI.",
        code="api_answer",
    )


def _plain(values: Mapping[str, object]) -> dict[str, Any]:
    """Texts, numbers and lists of them, as httpx writes them into an address or a form."""
    return {name: to_jsonable_python(value) for name, value in values.items() if value is not None}
