"""Errors at the HTTP edge: RFC 9457 problem details, in Spanish, whatever went wrong."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from crm_api import constraints, validation
from pymeai.errors import BadRequest, FieldError, Invalid, PymeError, TooManyRequests, Unavailable
from pymeai.tenancy.sessions import DATABASE_DOWN

BUSY = "Alguien más está guardando estos mismos datos. Intente de nuevo en unos segundos."
_LOCK_NOT_AVAILABLE = "55P03"

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = (429, 503)
"""The statuses after which one should come back later, with the header that says when."""

TITLES: dict[int, str] = {
    400: "Solicitud incorrecta",
    401: "No ha ingresado",
    403: "Sin permiso",
    404: "No encontrado",
    405: "Método no permitido",
    406: "Formato no disponible",
    409: "Conflicto",
    412: "Cambió mientras tanto",
    413: "Demasiado grande",
    415: "Tipo de archivo no admitido",
    422: "Datos no válidos",
    429: "Demasiadas solicitudes",
    500: "Error interno",
    503: "No disponible por ahora",
}
DETAILS: dict[int, tuple[str, str]] = {
    400: ("bad_request", "La solicitud no se puede leer. Revise su formato."),
    404: ("not_found", "No se encontró lo que busca."),
    405: ("method_not_allowed", "Esta dirección no admite ese método."),
    413: ("too_large", "Lo enviado es más grande de lo permitido."),
    500: (
        "internal",
        "Algo falló de nuestro lado. Intente de nuevo; si sigue, comuníquenos el código de la solicitud.",
    ),
}
"""What to say of errors that are not ours: status -> code and detail."""


def problem_content(status: int, detail: str, code: str, errors: Sequence[FieldError] = ()) -> dict[str, Any]:
    """A problem as JSON."""
    return {
        "type": f"urn:pymeai:problem:{code}",
        "title": TITLES.get(status) or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": [{"field": error.field, "message": error.message} for error in errors],
    }


def problem(
    status: int,
    detail: str,
    code: str,
    *,
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """A problem+json response."""
    content = problem_content(status, detail, code, errors)
    return JSONResponse(content, status_code=status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def problem_of(error: PymeError) -> JSONResponse:
    """The response that tells of one of our errors."""
    headers = {}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if error.status in RETRY_AFTER:
        headers["Retry-After"] = str(error.retry_after if isinstance(error, TooManyRequests) else 5)
    return problem(error.status, error.message, error.code, errors=error.errors, headers=headers)


def internal_problem() -> JSONResponse:
    """The response to an error that nobody foresaw; it says nothing of the inside."""
    code, detail = DETAILS[500]
    return problem(500, detail, code)


def install(app: FastAPI) -> None:
    """Make every error of `app` a problem."""
    app.add_exception_handler(PymeError, _on_pyme_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(IntegrityError, _on_integrity_error)
    app.add_exception_handler(DataError, _on_data_error)
    app.add_exception_handler(OperationalError, _on_operational_error)


def _on_pyme_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, PymeError)
    request.state.problem = error.code
    return problem_of(error)


def _on_validation_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    if any(item["type"] == "json_invalid" for item in error.errors()):
        return _on_pyme_error(request, BadRequest("El cuerpo de la solicitud no es JSON válido.", code="bad_json"))
    known = getattr(request.scope.get("route"), "query_names", ())
    fields = validation.field_errors(error.errors(), query_names=known)
    return _on_pyme_error(request, Invalid("Revise los datos marcados.", errors=fields))


def _on_http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code, detail = DETAILS.get(error.status_code, ("http_error", TITLES.get(error.status_code, "La solicitud falló.")))
    request.state.problem = code
    headers = error.headers
    if error.status_code == 405:
        headers = {"Allow": ", ".join(sorted(_methods(request)))}
    return problem(error.status_code, detail, code, headers=headers)


def _methods(request: Request) -> set[str]:
    """All methods of the address. Each method has a route of its own, and Starlette names only the first one's."""
    return {
        method
        for method in ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in request.app.routes)
    }


def _on_integrity_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, IntegrityError)
    return _on_pyme_error(request, constraints.explain(error))


def _on_data_error(request: Request, _error: Exception) -> JSONResponse:
    return _on_pyme_error(request, Invalid("Un valor está fuera de lo que se puede guardar. Revíselo."))


def _on_operational_error(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, OperationalError) and getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
        return _on_pyme_error(request, Unavailable(BUSY, code="rows_busy"))
    return _on_pyme_error(request, Unavailable(DATABASE_DOWN, code="database_unavailable"))
