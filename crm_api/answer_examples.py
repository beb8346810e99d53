"""An example of every answer: what a hardware store in Costa Rica would really see.

Examples follow the schemas: of a field by its name (crm_api.field_examples), of an object by its fields, of a list by what
is in it.
"""

from hashlib import sha256
from typing import Any

from crm_api.field_examples import FIELDS, ID, MOMENT

Schema = dict[str, Any]

_REFERENCE = "#/components/schemas/"
_FORMATS = {"uuid": ID, "date-time": MOMENT, "date": "2026-11-16"}


def add_examples(document: dict[str, Any]) -> None:
    """Give every JSON answer to a success its example. Raises LookupError for a field that has none here."""
    examples = _Examples(document["components"]["schemas"])
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                content = answer.get("content", {}).get("application/json")
                if content is not None and (status.startswith("2") or "$ref" not in answer):
                    content["example"] = examples.of(content["schema"])


class _Examples:
    def __init__(self, schemas: dict[str, Schema]) -> None:
        self._schemas = schemas

    def of(self, schema: Schema, model: str = "", field: str = "") -> Any:
        """An example of a schema, which is that of a field of a model or a whole answer."""
        for name in (f"{model}.{field}", field):
            if name in FIELDS and (name != field or not self._leads_on(schema)):
                return FIELDS[name]
        if "$ref" in schema:
            return self._of_model(schema["$ref"].removeprefix(_REFERENCE))
        if "const" in schema or "enum" in schema:
            return schema.get("const") or schema["enum"][0]
        if "anyOf" in schema:
            return self.of(next(part for part in schema["anyOf"] if part.get("type") != "null"), model, field)
        if schema.get("type") == "array" and self._leads_on(schema):
            return [self.of(part) for part in schema["items"].get("oneOf", [schema["items"]])]
        return _of_format(schema, field, model)

    def _of_model(self, name: str) -> Any:
        schema = self._schemas[name]
        if "properties" not in schema:
            return self.of(schema, name)
        example = {
            field: None if field == "next_cursor" else self.of(part, name, field)
            for field, part in schema["properties"].items()
            if field != "total"
        }
        return example | ({"total": len(example["items"])} if "total" in schema["properties"] else {})

    def _leads_on(self, schema: Schema) -> bool:
        """Whether other schemas say what is in it."""
        return _REFERENCE in str(schema)


def _of_format(schema: Schema, field: str, model: str) -> str | bool:
    if schema.get("type") == "boolean":
        return False
    example = _FORMATS.get(schema.get("format", ""))
    if example is None:
        raise LookupError(f"crm_api/field_examples.py has no example of {model}.{field}")
    # An id for each kind of thing: two that are the same would say that they are one.
    return ID[:-12] + sha256(field.encode()).hexdigest()[:12] if example == ID else example
