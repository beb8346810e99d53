"""The generator of the dashboards' client, on documents of its own."""

from pathlib import Path
from typing import Any

import pytest

from crm_api.client_generator import models, operations, specification
from crm_api.client_generator.files import write
from crm_api.client_generator.groups import divide


def documented(responses: dict[str, Any] | None = None, **item: Any) -> dict[str, Any]:
    """A document of two operations that share their endpoint's name, not their group."""
    answer = responses or {
        "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Page_X_"}}}}
    }
    first, second = (
        {"operationId": f"find_api_{part}__key__get", "tags": [tag], "responses": answer, **item}
        for part, tag in (("sales", "Ventas"), ("users", "Usuarios"))
    )
    return {
        "paths": {"/api/sales/{key}": {"get": first}, "/api/users/{key}": {"get": second}, "/metrics": {"get": {}}},
        "components": {
            "schemas": {
                "Page_X_": {
                    "type": "object",
                    "title": "Page[X]",
                    "additionalProperties": False,
                    "properties": {
                        "amount": {"type": "number", "minimum": 0, "title": "Amount"},
                        "kind": {"$ref": "#/components/schemas/Kind"},
                        "tags": {"type": "array", "items": {"type": "string", "maxLength": 3}},
                        "at": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
                    },
                },
                "Kind": {"type": "string", "enum": ["a", "b"], "title": "Kind"},
                "Unused": {"type": "object", "properties": {}},
            }
        },
    }


def test_names_that_two_operations_share_are_told_apart_and_probes_are_left_out() -> None:
    found = specification.read(documented())
    assert [operation.name for operation in found.operations] == ["sales_find", "users_find"]


def test_of_an_answers_schema_the_types_are_kept() -> None:
    found = specification.read(documented())
    assert found.schemas == {
        "PageX": {
            "type": "object",
            "description": "PageX, as the API knows it.",
            "properties": {
                "amount": {"type": "number", "format": "decimal"},
                "kind": {"type": "string", "enum": ["a", "b"]},
                "tags": {"type": "array", "items": {"type": "string"}},
                "at": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
            },
            "required": ["amount", "kind", "tags"],
        }
    }


@pytest.mark.parametrize(
    ("schema", "written"),
    [
        ({"type": "array", "items": {"type": "string", "format": "uuid"}}, "Sequence[UUID]"),
        ({"anyOf": [{"$ref": "#/components/schemas/X"}, {"type": "null"}]}, "models.X | None"),
        ({"enum": ["up", "down"], "type": "string"}, "Literal['up', 'down']"),
        ({"const": 3}, "Literal[3]"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "dict[str, int]"),
        ({"type": "object"}, "dict[str, Any]"),
        ({"type": "number", "format": "decimal"}, "Decimal"),
        ({"type": "string", "format": "email"}, "str"),
        ({}, "Any"),
    ],
)
def test_types_as_python_writes_them(schema: dict[str, Any], written: str) -> None:
    assert operations.annotation(schema) == written


def test_what_the_client_could_not_send_is_said() -> None:
    body = {"content": {"text/csv": {"schema": {"type": "string"}}}}
    with pytest.raises(ValueError, match=r"get /api/sales/\{key\}: the client cannot send text/csv"):
        specification.read(documented(requestBody=body))


def test_an_answer_that_is_one_of_several_is_typed() -> None:
    one_or_none = {"anyOf": [{"$ref": "#/components/schemas/Page_X_"}, {"type": "null"}]}
    found = specification.read(documented({"200": {"content": {"application/json": {"schema": one_or_none}}}}))
    text = operations.group("sales", found.operations)
    assert "def sales_find(self) -> models.PageX | None:" in text
    assert 'cast("type[models.PageX | None]", models.PageX | None)' in text


def test_arguments_never_share_a_name() -> None:
    text = {"type": "string"}
    parameters = [
        {"name": "key", "in": "path", "required": True, "schema": text},
        {"name": "key", "in": "query", "schema": text},
        {"name": "from", "in": "query", "schema": text},
        {"name": "If-Match", "in": "header", "schema": text},
    ]
    found = specification.read(documented(parameters=parameters)).operations[0]
    assert [parameter.argument for parameter in found.parameters] == ["key", "key_query", "from_query", "if_match"]


def test_texts_of_the_document_cannot_leave_their_docstring() -> None:
    found = specification.read(documented(summary='Borra """todo"""', description="c:\\n"))
    text = operations.group("sales", found.operations)
    assert "'''todo'''" in text
    compile(text, "operations.py", "exec")


def test_a_group_is_a_module_and_a_model_of_several_groups_is_shared() -> None:
    division = divide(specification.read(documented()))
    assert {module: [operation.path for operation in group] for module, group in division.operations.items()} == {
        "sales": ["/api/sales/{key}"],
        "users": ["/api/users/{key}"],
    }
    assert division.models == {"PageX": "shared"}


def test_a_group_that_is_too_long_is_divided_by_its_addresses() -> None:
    found = specification.read(documented(tags=["Ventas", "Usuarios"]))
    assert list(divide(found).operations) == ["sales"]
    division = divide(found, by_address={"sales"})
    assert list(division.operations) == ["sales", "sales_users"]
    # What both parts use stays the group's.
    assert division.models == {"PageX": "sales"}


def test_a_tag_without_a_name_is_said() -> None:
    with pytest.raises(ValueError, match="'Inventario' needs an English name"):
        divide(specification.read(documented(tags=["Inventario"])))


def test_models_import_those_of_other_modules() -> None:
    line = {"type": "object", "description": "A line.", "properties": {"key": {"type": "string"}}}
    bill = {"type": "object", "description": "A bill.", "properties": {"line": {"$ref": "#/components/schemas/Line"}}}
    modules = models.groups({"Bill": bill, "Line": line}, {"Bill": "sales", "Line": "shared"})
    assert list(modules) == ["sales", "shared"]
    assert "from dashboards.generated.model_groups.shared import Line" in modules["sales"]
    assert "line: Line | None = None" in modules["sales"]


def test_modules_of_what_the_api_no_longer_has_go(tmp_path: Path) -> None:
    write(tmp_path, {"models.py": "1", "model_groups/sales.py": "2", "model_groups/users.py": "3"})
    write(tmp_path, {"models.py": "4", "model_groups/sales.py": "2"})
    left = {path.relative_to(tmp_path).as_posix(): path.read_text() for path in tmp_path.rglob("*.py")}
    assert left == {"models.py": "4", "model_groups/sales.py": "2"}
