"""The error tree: a stable code, an HTTP status, and a message in Spanish that says what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field of a request."""

    field: str
    message: str


class PymeError(Exception):
    """Base of all errors that a person is told about."""

    status: ClassVar[int] = 500
    default_code: ClassVar[str] = "error"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        errors: Sequence[FieldError] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.errors = list(errors)


class ConfigurationError(PymeError):
    """The platform's settings do not allow it to start."""

    default_code = "configuration"


class BadRequest(PymeError):
    """The request cannot be read."""

    status = 400
    default_code = "bad_request"


class Unauthorized(PymeError):
    """Nobody is signed in, or no longer."""

    status = 401
    default_code = "unauthorized"


class Forbidden(PymeError):
    """The signed-in user's role does not allow it."""

    status = 403
    default_code = "forbidden"


class NotFound(PymeError):
    """There is no such thing for this tenant."""

    status = 404
    default_code = "not_found"


class Conflict(PymeError):
    """It contradicts what is there already."""

    status = 409
    default_code = "conflict"


class PreconditionFailed(PymeError):
    """Somebody changed it in between."""

    status = 412
    default_code = "precondition_failed"


class TooLarge(PymeError):
    """More than the platform takes."""

    status = 413
    default_code = "too_large"


class UnsupportedFile(PymeError):
    """A file that cannot be read as what it should be."""

    status = 415
    default_code = "unsupported_file"


class Invalid(PymeError):
    """Understood, but a value is not allowed; `errors` names the fields."""

    status = 422
    default_code = "invalid"


class TooManyRequests(PymeError):
    """Too often in too short a time; it may be tried again after `retry_after` seconds."""

    status = 429
    default_code = "too_many_requests"

    def __init__(
        self, message: str, *, code: str | None = None, errors: Sequence[FieldError] = (), retry_after: int = 5
    ) -> None:
        super().__init__(message, code=code, errors=errors)
        self.retry_after = retry_after


class Unavailable(PymeError):
    """Something the platform stands on is down for now; trying again later may work."""

    status = 503
    default_code = "unavailable"


def invalid_field(field: str, message: str) -> Invalid:
    """The error that says what is wrong with one field."""
    return Invalid("Revise los datos marcados.", errors=[FieldError(field, message)])
