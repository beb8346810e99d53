"""The modules of operations: one method for each operation of the API, one class for each module."""

import textwrap
from collections.abc import Iterable, Iterator

from crm_api.client_generator.specification import REFERENCE, Operation, Parameter, Schema

PACKAGE = "dashboards.generated.operation_groups"

WIDTH = 112
"""Of a docstring's lines, which are indented by eight."""
INDENT = "    "

NAMES = {
    ("string", "uuid"): "UUID",
    ("string", "date"): "date",
    ("string", "date-time"): "datetime",
    ("string", "time"): "time",
    ("string", "binary"): "Upload",
    ("number", "decimal"): "Decimal",
    ("string", None): "str",
    ("integer", None): "int",
    ("number", None): "float",
    ("boolean", None): "bool",
    ("null", None): "None",
}
"""JSON's types and formats in Python."""

IMPORTS = """
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from types import NoneType
from typing import Any, Literal, cast
from uuid import UUID

from dashboards.api_wire import OperationGroup, Request, Upload, path_part
from dashboards.generated import models
"""


def group(name: str, operations: Iterable[Operation]) -> str:
    """The text of a group's module, not formatted yet."""
    title = f'"""The operations of the API: {name.replace("_", " ")}."""'
    body = textwrap.indent("\n".join([title, "", *map(_method, operations)]), INDENT)
    return f"{title}\n{IMPORTS}\n\nclass {_group_class(name)}(OperationGroup):\n{body}"


def client(names: Iterable[str]) -> str:
    """The text of the module of all operations, not formatted yet: one class of the classes of these groups."""
    classes = {name: _group_class(name) for name in names}
    imports = "\n".join(f"from {PACKAGE}.{name} import {classes[name]}" for name in classes)
    return (
        f'"""The operations of the API, one method each: all of them are called from here."""\n\n{imports}\n\n'
        f"class Operations({', '.join(classes.values())}):\n"
        f'    """All operations of the API, by the groups of its documentation."""\n'
    )


def _group_class(name: str) -> str:
    return f"{name.title().replace('_', '')}Operations"


def annotation(schema: Schema) -> str:
    """The type of a value, as it is written in Python."""
    if "$ref" in schema:
        return f"models.{schema['$ref'].removeprefix(REFERENCE)}"
    values = schema.get("enum") or ([schema["const"]] if "const" in schema else ())
    if values:
        return f"Literal[{', '.join(repr(value) for value in values)}]"
    # A union's alternatives, each once.
    parts = schema.get("anyOf") or schema.get("oneOf")
    return " | ".join(dict.fromkeys(annotation(part) for part in parts)) if parts else _plain(schema)


def _plain(schema: Schema) -> str:
    kind = schema.get("type")
    if kind == "array":
        return f"Sequence[{annotation(schema.get('items', {}))}]"
    if kind == "object":
        inner = schema.get("additionalProperties")
        return f"dict[str, {annotation(inner) if isinstance(inner, dict) else 'Any'}]"
    if not isinstance(kind, str):
        return "Any"
    return NAMES.get((kind, schema.get("format"))) or NAMES[kind, None]


def _method(operation: Operation) -> str:
    answer = _answer(operation.answer)
    returned = "None" if answer == "NoneType" else answer
    arguments = ", ".join(_arguments(operation))
    docstring = "\n".join(_docstring(operation))
    # A union is no class, though it can be read as well as one.
    asked = f'cast("type[{answer}]", {answer})' if " | " in answer or answer == "Any" else answer
    call = f"self._call({asked}, Request({', '.join(_request(operation))}))"
    body = call if returned == "None" else f"return {call}"
    head = f"def {operation.name}({arguments}) -> {returned}:"
    return f"{head}\n{textwrap.indent(docstring, INDENT)}\n    {body}\n"


def _answer(schema: Schema | None) -> str:
    if schema is None:
        return "NoneType"
    return annotation(schema).replace("Sequence[", "list[") if schema else "bytes"


def _arguments(operation: Operation) -> Iterator[str]:
    yield "self"
    for parameter in operation.parameters:
        if parameter.place == "path":
            yield f"{parameter.argument}: {annotation(parameter.schema)}"
    if operation.body is not None:
        kind = annotation(operation.body)
        yield f"body: {kind}" if operation.body_required else f"body: {_optional(kind)} = None"
    named = sorted((parameter for parameter in operation.parameters if parameter.place != "path"), key=_is_optional)
    if named:
        yield "*"
    for parameter in named:
        kind = annotation(parameter.schema)
        yield (
            f"{parameter.argument}: {kind}" if parameter.required else f"{parameter.argument}: {_optional(kind)} = None"
        )


def _is_optional(parameter: Parameter) -> bool:
    return not parameter.required


def _optional(kind: str) -> str:
    return kind if kind == "None" or kind.endswith("| None") else f"{kind} | None"


def _docstring(operation: Operation) -> Iterator[str]:
    paragraphs = [text.strip() for text in (operation.summary, operation.description) if text.strip()]
    lines = [line for text in paragraphs for line in ("", *_wrapped(text))][1:] or [operation.name]
    lines[0] = lines[0].rstrip(".") + "."
    if len(lines) == 1:
        yield f'"""{lines[0]}"""'
        return
    yield f'"""{lines[0]}'
    yield from lines[1:]
    yield '"""'


def _wrapped(text: str) -> Iterator[str]:
    # A triple quote or a backslash would end or change the docstring.
    safe = text.replace("\\", "/").replace('"""', "'''")
    for line in safe.splitlines():
        yield from textwrap.wrap(line, WIDTH, break_on_hyphens=False) or [""]


def _request(operation: Operation) -> Iterator[str]:
    yield repr(operation.method)
    path, is_format = repr(operation.path), False
    for parameter in operation.parameters:
        if parameter.place == "path":
            path = path.replace(f"{{{parameter.name}}}", f"{{path_part({parameter.argument})}}")
            is_format = True
    yield f"f{path}" if is_format else path
    for place, argument in (("query", "query"), ("header", "headers"), ("form", "form"), ("file", "files")):
        values = list(_values(operation.parameters, place))
        if values:
            yield f"{argument}={{{', '.join(values)}}}"
    if operation.body is not None:
        yield "body=body"


def _values(parameters: Iterable[Parameter], place: str) -> Iterator[str]:
    for parameter in parameters:
        if parameter.place == place:
            yield f"{parameter.name!r}: {parameter.argument}"
