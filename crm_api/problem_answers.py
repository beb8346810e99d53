"""Which problems each operation can answer, said in the OpenAPI: read off its dependencies, parameters and body.

What these do not show (a limit on tries, a thing that the body names) the route says itself: `responses=answering(429)`.
"""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from crm_api.dependencies import Requirement, application_settings, bearer, in_person, platform_session, tenant_session
from crm_api.problem_codes import CODES
from crm_api.problems import MEDIA_TYPE, RETRY_AFTER, problem_content
from crm_api.routing import ThreadedRoute
from pymeai.errors import FieldError

UPLOAD = "multipart/form-data"

EXAMPLES: dict[int, dict[str, Any]] = {
    status: problem_content(status, detail, code, errors)
    for status, detail, code, errors in (
        (400, "El cuerpo de la solicitud no es JSON válido.", "bad_json", ()),
        (401, "Ingrese con su correo y su contraseña.", "not_signed_in", ()),
        (403, "Su rol no le permite hacer esto. Pídalo a quien administra la organización.", "forbidden", ()),
        (404, "No se encontró lo que busca.", "not_found", ()),
        (
            409,
            "Ya hay uno con ese dato.",
            "duplicate",
            [FieldError("name", "Ya hay uno con ese nombre. Escoja otro.")],
        ),
        (
            412,
            "Alguien cambió estos datos mientras usted los editaba. Recargue y vuelva a intentarlo.",
            "precondition_failed",
            (),
        ),
        (413, "Lo enviado es más grande de lo permitido.", "too_large", ()),
        (415, "Ese tipo de archivo no se admite: envíe un CSV o un XLSX.", "unsupported_file", ()),
        (
            422,
            "Revise los datos marcados.",
            "invalid",
            [FieldError("email", "No parece un correo electrónico.")],
        ),
        (429, "Demasiados intentos. Vuelva a intentarlo en 60 segundos.", "too_many_requests", ()),
        (503, "La base de datos no responde. Intente de nuevo en unos minutos.", "database_unavailable", ()),
    )
}
"""A problem of each status that operations declare."""

MEANINGS: dict[int, str] = {
    400: "La solicitud no se puede leer, o lo que trae ya no sirve.",
    401: "Falta el token, o ya no sirve.",
    403: "El rol, o el permiso de la llave de API, no alcanza.",
    404: "No existe, o no es de su organización.",
    409: "Contradice lo que ya está.",
    412: "Cambió desde que usted lo leyó (If-Match).",
    413: "Lo enviado es más grande de lo permitido.",
    415: "El archivo no es de un tipo que se admita.",
    422: "Hay datos que no son válidos; `errors` dice cuáles.",
    429: "Demasiadas solicitudes; `Retry-After` dice cuándo volver.",
    503: "Algo de lo que depende no responde; `Retry-After` dice cuándo volver.",
}

PROBLEM: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "Un problema (RFC 9457). Los códigos:\n\n"
    + "\n".join(f"- `{code}`: {meaning}" for code, meaning in sorted(CODES.items())),
    "required": ["type", "title", "status", "detail", "code", "errors"],
    "properties": {
        "type": {"type": "string", "description": "urn:pymeai:problem: y el código."},
        "title": {"type": "string", "description": "La clase de problema, en pocas palabras."},
        "status": {"type": "integer", "description": "El estado HTTP."},
        "detail": {"type": "string", "description": "Qué pasó y qué hacer, en español."},
        "code": {"type": "string", "description": "Un código que no cambia.", "examples": ["invalid"]},
        "errors": {
            "type": "array",
            "description": "Qué está mal en cada campo; vacío donde no es de un campo.",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
    "examples": [EXAMPLES[422]],
}

_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"description": "Cómo se ingresa.", "schema": {"type": "string"}}},
    **{
        status: {"Retry-After": {"description": "Segundos por esperar.", "schema": {"type": "integer"}}}
        for status in RETRY_AFTER
    },
}


def declare(app: FastAPI, document: dict[str, Any]) -> None:
    """Add to the document the problems of all operations, and what a problem is."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = PROBLEM
    # The framework's own 422, which no operation answers.
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    components["responses"] = {f"Problem{status}": _answer(status) for status in EXAMPLES}
    for route in iter_route_contexts(app.routes):
        operations = document["paths"].get(route.path_format, {})
        for method in route.methods or ():
            if method.lower() in operations:
                slow = isinstance(route.original_route, ThreadedRoute) and route.original_route.slow
                _declare(operations[method.lower()], method, set(_calls(route.dependant)), slow=slow)


def _answer(status: int) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": MEANINGS[status],
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": EXAMPLES[status]}},
    }
    return answer | ({"headers": _HEADERS[status]} if status in _HEADERS else {})


def _declare(operation: dict[str, Any], method: str, calls: set[Any], *, slow: bool) -> None:
    answers = operation["responses"]
    # Who is signed in has a share of the threads for what takes long, and may wait too long for a turn.
    share = [429] if slow and bearer in calls else []
    for status in [*_implied(operation, method, calls), *share]:
        answers.setdefault(str(status), {})
    for status in EXAMPLES:
        declared = answers.get(str(status))
        # A content of its own is no problem: /readyz tells which of its parts is down.
        if declared is not None and ("content" not in declared or status == 422):
            answers[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
    operation["responses"] = dict(sorted(answers.items()))


def _implied(operation: dict[str, Any], method: str, calls: set[Any]) -> Iterator[int]:
    # Whatever a query has that the operation does not.
    yield 422
    if bearer in calls:
        yield 401
    if in_person in calls or any(isinstance(call, Requirement) for call in calls):
        yield 403
    parameters = operation.get("parameters", ())
    if any(parameter["in"] == "path" for parameter in parameters):
        yield 404
    if any(parameter["name"].lower() == "if-match" for parameter in parameters):
        yield 412
    media = operation.get("requestBody", {}).get("content", {})
    if media:
        yield 400
        yield 413
    if UPLOAD in media:
        yield 415
    holds = bool(calls & {tenant_session, platform_session})
    if method != "GET" and holds:
        yield 409
    if holds or bearer in calls or application_settings in calls:
        yield 503


def _calls(dependant: Dependant) -> Iterator[Any]:
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from _calls(dependency)
