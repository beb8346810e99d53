"""The query parameters that a route takes: another name is refused, since what it was meant to ask would be left out."""

from collections.abc import Iterator

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel


def names_of(dependant: Dependant) -> tuple[str, ...]:
    """The names of all query parameters of a route and of what it depends on, each once, in their order."""
    return tuple(dict.fromkeys(_names(dependant)))


def _names(dependant: Dependant) -> Iterator[str]:
    for parameter in dependant.query_params:
        kind = parameter.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from (field.alias or name for name, field in kind.model_fields.items())
        else:
            yield parameter.alias
    for dependency in dependant.dependencies:
        yield from _names(dependency)


def refuse_unknown(request: Request, known: tuple[str, ...]) -> None:
    """Raise RequestValidationError when the query has a name that is not `known`, as pydantic does for a model's fields."""
    if not request.scope["query_string"]:
        return
    unknown = [name for name in dict.fromkeys(request.query_params) if name not in known]
    if unknown:
        raise RequestValidationError(
            [
                {"type": "extra_forbidden", "loc": ("query", name), "msg": "", "input": request.query_params[name]}
                for name in unknown
            ]
        )


def unknown_message(known: tuple[str, ...]) -> str:
    """What to say of a parameter that is none."""
    if not known:
        return "Este parámetro no existe: esta dirección no recibe ninguno."
    return f"Este parámetro no existe. Los que hay: {', '.join(sorted(known))}."
