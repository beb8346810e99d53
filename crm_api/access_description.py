"""Who may call what, said in the OpenAPI: read off the dependencies that enforce it, so that the two never differ.

Each operation gets `x-roles` (empty where nobody need be signed in), `x-required-permission` (null where being signed in
is enough), `x-api-key` (whether an API key can call it) and a sentence in its description.
"""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from crm_api.access import RANKS, SCOPES, Permission, roles_with
from crm_api.dependencies import Requirement, bearer, in_person
from pymeai.mail.messages import ROLE_NAMES


def install(app: FastAPI) -> None:
    """Add to the application's OpenAPI who may call each operation. Call it when all routes are included."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _describe(app, plain())
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _describe(app: FastAPI, document: dict[str, Any]) -> None:
    for route in iter_route_contexts(app.routes):
        operations = document["paths"].get(route.path_format, {})
        for method in route.methods or ():
            if method.lower() in operations:
                _add(operations[method.lower()], route.dependant)


def _add(operation: dict[str, Any], dependant: Dependant) -> None:
    calls = set(_calls(dependant))
    permissions = sorted({call.permission for call in calls if isinstance(call, Requirement)})
    if bearer not in calls:
        operation.update({"x-roles": [], "x-required-permission": None, "x-api-key": False})
        said = "No hace falta haber ingresado."
    else:
        roles = _roles(permissions)
        with_key = in_person not in calls and all(permission in SCOPES for permission in permissions)
        operation["x-roles"] = roles
        operation["x-required-permission"] = permissions[0].value if permissions else None
        operation["x-api-key"] = with_key
        who = (
            "cualquiera que haya ingresado" if len(roles) == len(RANKS) else _joined(ROLE_NAMES[role] for role in roles)
        )
        said = f"Pueden: {who}." if with_key else f"Pueden: {who}; no con una llave de API."
    operation["description"] = f"{operation.get('description', '')}\n\n_{said}_".strip()


def _roles(permissions: list[Permission]) -> list[str]:
    allowed = sorted(RANKS, key=lambda role: -RANKS[role])
    for permission in permissions:
        allowed = [role for role in allowed if role in roles_with(permission)]
    return allowed


def _calls(dependant: Dependant) -> Iterator[Any]:
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from _calls(dependency)


def _joined(names: Iterator[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} y {last}" if most else last
