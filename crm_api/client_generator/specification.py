"""The OpenAPI document, reduced to what a client needs: operations with names of Python, and schemas to parse by.

A client checks types alone. Ranges, patterns and lengths are left to the API, which explains them in Spanish; and an
answer that gains a field, or loosens one, still parses.
"""

import keyword
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

Schema = dict[str, Any]

PREFIX = "/api/"
"""What is outside of it is for probes, not for clients."""
REFERENCE = "#/components/schemas/"
METHODS = ("get", "post", "put", "patch", "delete")
JSON = "application/json"
MULTIPART = "multipart/form-data"

# Keywords that lead to other schemas.
_MAPS = frozenset({"properties", "patternProperties"})
_LISTS = frozenset({"anyOf", "oneOf", "allOf", "prefixItems"})
_SINGLE = frozenset({"items", "additionalProperties"})
# Keywords that are kept as they are.
_KEPT = frozenset({"type", "enum", "const", "required", "description", "default", "format"})
_FORMATS = frozenset({"uuid", "date", "date-time", "time", "binary"})


@dataclass(frozen=True)
class Parameter:
    """A path, query or header parameter, or a part of a form. `argument` is its name in Python."""

    name: str
    argument: str
    place: str
    required: bool
    schema: Schema


@dataclass(frozen=True)
class Operation:
    """One method of one address. `answer` is None where nothing comes back, and {} where bytes do.

    `tag` is the group under which the document has it.
    """

    name: str
    tag: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    body: Schema | None
    body_required: bool
    answer: Schema | None


@dataclass(frozen=True)
class Specification:
    """All operations, by address, and the schemas that they name, by name."""

    operations: tuple[Operation, ...]
    schemas: Mapping[str, Schema]


def class_name(name: str) -> str:
    """The class of a schema: Page_SaleAnswer_ is PageSaleAnswer, Filter-Input is FilterInput."""
    return "".join(part[0].upper() + part[1:] for part in re.split(r"[^0-9A-Za-z]+", name) if part)


def read(document: Mapping[str, Any]) -> Specification:
    """What the document says. Raises ValueError for what the client could not call."""
    plain = {name: schema for name, schema in document["components"]["schemas"].items() if _is_plain(schema)}
    schemas: dict[str, Schema] = _inlined(document["components"]["schemas"], plain)
    raw = [
        (path, method, item[method])
        for path, item in sorted(_inlined(document["paths"], plain).items())
        for method in METHODS
        if path.startswith(PREFIX) and method in item
    ]
    sent = reachable((_sent(item) for _, _, item in raw), schemas)
    answered = reachable((_success(item["responses"])[1] for _, _, item in raw), schemas)
    classes = {class_name(name): _class(name, schemas[name], exact=name in sent) for name in sorted(sent | answered)}
    if len(classes) != len(sent | answered):
        raise ValueError("Two schemas would have the same class.")
    operations = _named([_operation(path, method, item) for path, method, item in raw])
    return Specification(tuple(operations), classes)


def _is_plain(schema: Schema) -> bool:
    return "properties" not in schema and schema.get("type") in ("string", "integer", "number", "boolean")


def _inlined(node: Any, plain: Mapping[str, Schema]) -> Any:
    """The document with its named texts and numbers where they are used: a class of one value would only be in the way."""
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str) and reference.removeprefix(REFERENCE) in plain:
            return plain[reference.removeprefix(REFERENCE)]
        return {name: _inlined(value, plain) for name, value in node.items()}
    return [_inlined(value, plain) for value in node] if isinstance(node, list) else node


def _named(operations: list[Operation]) -> list[Operation]:
    """The operations with names that differ: where two would share one, the first part of their address precedes it."""
    names = [operation.name for operation in operations]
    named = [
        replace(operation, name=f"{_first_part(operation.path)}_{operation.name}")
        if names.count(operation.name) > 1
        else operation
        for operation in operations
    ]
    if len({operation.name for operation in named}) != len(named):
        raise ValueError("Two operations would have the same method: give their endpoints different names.")
    return named


def _first_part(path: str) -> str:
    return identifier(path.removeprefix(PREFIX).split("/")[0])


def identifier(name: str) -> str:
    """A name of the document as one of Python: If-Match is if_match."""
    return re.sub(r"\W", "_", name).lower()


def _sent(item: Mapping[str, Any]) -> list[Any]:
    return [item.get("requestBody"), item.get("parameters")]


def reachable(roots: Iterable[Any], schemas: Mapping[str, Schema]) -> set[str]:
    """The names of the schemas that the roots name, themselves or through others."""
    found: set[str] = set()
    open_names = [name for root in roots for name in _references(root)]
    while open_names:
        name = open_names.pop()
        if name not in found:
            found.add(name)
            open_names += _references(schemas[name])
    return found


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str):
            yield reference.removeprefix(REFERENCE)
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _reduced(schema: Schema, *, exact: bool) -> Schema:
    """The types of a schema alone. `exact`: it is sent, so a name that the API does not know is a mistake of ours."""

    def inside(inner: Schema) -> Schema:
        return _reduced(inner, exact=exact)

    if _is_decimal(schema):
        alternatives = [inside(part) for part in schema["anyOf"] if part.get("type") not in ("number", "string")]
        number: Schema = {"type": "number", "format": "decimal"}
        return {**number, **_kept(schema)} if not alternatives else {**_kept(schema), "anyOf": [number, *alternatives]}
    reduced = _kept(schema)
    if schema.get("type") == "number" and not exact:
        # What the API shows as a number is an amount: it is read as it was written.
        reduced["format"] = "decimal"
    if "$ref" in schema:
        reduced["$ref"] = REFERENCE + class_name(schema["$ref"].removeprefix(REFERENCE))
    for key, value in schema.items():
        if key in _MAPS:
            reduced[key] = {name: inside(part) for name, part in value.items()}
        elif key in _LISTS:
            reduced[key] = [inside(part) for part in value]
        elif key in _SINGLE and isinstance(value, dict):
            reduced[key] = inside(value)
        elif key == "additionalProperties" and (value or exact):
            reduced[key] = value
    return reduced


def _class(name: str, schema: Schema, *, exact: bool) -> Schema:
    reduced = _reduced(schema, exact=exact)
    reduced.setdefault("description", f"{class_name(name)}, as the API knows it.")
    if not exact:
        # An answer has all its fields; the schema leaves those out whose default is made anew each time.
        required = {*reduced.get("required", ()), *_always_there(reduced.get("properties", {}))}
        reduced["required"] = [field for field in reduced.get("properties", {}) if field in required]
    return reduced


def _always_there(properties: Mapping[str, Schema]) -> Iterator[str]:
    for name, schema in properties.items():
        if "default" not in schema and {"type": "null"} not in schema.get("anyOf", ()):
            yield name


def _kept(schema: Schema) -> Schema:
    kept = {key: value for key, value in schema.items() if key in _KEPT}
    if kept.get("format") not in _FORMATS:
        kept.pop("format", None)
    if kept.get("default") in ([], {}):
        # Left out, it is the same to the API.
        del kept["default"]
    return kept


def _is_decimal(schema: Schema) -> bool:
    """Whether it is a decimal that is sent: pydantic takes it as a number or as a text of digits."""
    parts = {part.get("type"): part for part in schema.get("anyOf", ())}
    return parts.keys() - {"null"} == {"number", "string"} and parts["string"].keys() <= {"type", "pattern"}


def _operation(path: str, method: str, item: Mapping[str, Any]) -> Operation:
    parameters = [
        Parameter(
            name=parameter["name"],
            argument=identifier(parameter["name"]),
            place=parameter["in"],
            required=bool(parameter.get("required")),
            schema=_reduced(parameter["schema"], exact=True),
        )
        for parameter in item.get("parameters", ())
    ]
    body = item.get("requestBody")
    content = body["content"] if body else {}
    if MULTIPART in content:
        parameters += _form(content[MULTIPART]["schema"])
    elif content and JSON not in content:
        raise ValueError(f"{method} {path}: the client cannot send {', '.join(content)}.")
    return Operation(
        # FastAPI's operationId is the endpoint's function, its address and its method.
        name=item["operationId"].removesuffix(re.sub(r"\W", "_", f"{path}_{method}")),
        tag=item["tags"][0],
        method=method.upper(),
        path=path,
        summary=item.get("summary", ""),
        description=item.get("description", ""),
        parameters=tuple(_distinct(parameters)),
        body=_reduced(content[JSON]["schema"], exact=True) if JSON in content else None,
        body_required=bool(body and body.get("required")),
        answer=_answer(item["responses"]),
    )


def _distinct(parameters: list[Parameter]) -> Iterator[Parameter]:
    """The parameters under arguments that differ: `segment` of the path stays, that of the query is `segment_query`."""
    taken = {"self", "body"}
    for parameter in parameters:
        argument = parameter.argument
        if argument in taken or keyword.iskeyword(argument):
            argument = f"{argument}_{parameter.place}"
        taken.add(argument)
        yield replace(parameter, argument=argument)


def _form(schema: Schema) -> list[Parameter]:
    required = schema.get("required", ())
    return [
        Parameter(
            name=name,
            argument=identifier(name),
            place="file" if part.get("format") == "binary" else "form",
            required=name in required,
            schema=_reduced(part, exact=True),
        )
        for name, part in schema["properties"].items()
    ]


def _answer(responses: Mapping[str, Any]) -> Schema | None:
    status, response = _success(responses)
    content = response.get("content", {})
    if JSON in content:
        return _reduced(content[JSON].get("schema", {}), exact=False) or {"description": "Any JSON."}
    return None if status in ("204", "205") else {}


def _success(responses: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    status = min(status for status in responses if status.startswith("2"))
    return status, responses[status]
