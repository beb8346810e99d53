"""Every place of a request, beside its path, where the id of a thing can stand: read off the OpenAPI."""

from collections.abc import Iterator
from typing import Any

from tests.crm_api.document import DOCUMENT, OPERATIONS
from tests.crm_api.isolation import NOBODY

ID = "{id}"
"""Stands in the bodies below for the id that is tried."""

BODIES: dict[tuple[str, str, str], dict[str, Any]] = {
    ("POST", "/api/customers/duplicates/dismiss", "customer_ids[]"): {"customer_ids": ["{customer_id}", ID]},
    ("POST", "/api/customers/merge", "keep"): {"keep": ID, "merge": ["{customer_id}"]},
    ("POST", "/api/customers/merge", "merge[]"): {"keep": "{customer_id}", "merge": [ID]},
    ("POST", "/api/customers/merge", "fields.*"): {
        "keep": "{customer_id}",
        "merge": ["{other_customer_id}"],
        "fields": {"email": ID},
    },
    ("POST", "/api/customers", "owner_user_id"): {"first_name": "X", "owner_user_id": ID},
    ("PUT", "/api/customers/{customer_id}", "owner_user_id"): {"owner_user_id": ID},
    ("POST", "/api/customers/bulk", "ids[]"): {"ids": ["{customer_id}", ID], "set": {"source": "Feria"}},
    ("POST", "/api/customers/bulk", "filter.customer_id[]"): {
        "filter": {"customer_id": [ID]},
        "set": {"source": "Feria"},
    },
    ("POST", "/api/customers/bulk", "filter.owner_user_id[]"): {
        "filter": {"owner_user_id": [ID]},
        "set": {"source": "Feria"},
    },
    ("POST", "/api/customers/bulk", "set.owner_user_id"): {"ids": ["{customer_id}"], "set": {"owner_user_id": ID}},
    **{
        ("POST", "/api/opportunities", name): {"title": "X", "currency": "CRC", name: ID}
        for name in ("pipeline_id", "stage_id", "customer_id", "user_id")
    },
    **{
        ("PUT", "/api/opportunities/{opportunity_id}", name): {name: ID}
        for name in ("pipeline_id", "stage_id", "customer_id", "user_id")
    },
    ("PUT", "/api/opportunities/{opportunity_id}/stage", "stage_id"): {"stage_id": ID},
    ("PUT", "/api/opportunities/{opportunity_id}/stage", "after_id"): {"stage_id": "{stage_id}", "after_id": ID},
    ("PUT", "/api/opportunities/{opportunity_id}/stage", "before_id"): {"stage_id": "{stage_id}", "before_id": ID},
    **{
        ("POST", "/api/sales", name): {"sold_at": "2026-01-01", "amount": 1, "currency": "CRC", name: ID}
        for name in ("customer_id", "opportunity_id", "user_id")
    },
    **{("PUT", "/api/sales/{sale_id}", name): {name: ID} for name in ("customer_id", "opportunity_id", "user_id")},
    **{
        ("POST", "/api/customers/{customer_id}/interactions", name): {"type": "WhatsApp", name: ID}
        for name in ("opportunity_id", "user_id")
    },
    **{("PUT", "/api/interactions/{interaction_id}", name): {name: ID} for name in ("opportunity_id", "user_id")},
    ("PUT", "/api/custom-fields/order", "field_ids[]"): {"entity_type": "sale", "field_ids": ["{field_id}", ID]},
    ("PUT", "/api/interaction-types/order", "interaction_type_ids[]"): {
        "interaction_type_ids": ["{interaction_type_id}", ID]
    },
    ("PUT", "/api/pipelines/order", "pipeline_ids[]"): {"pipeline_ids": ["{pipeline_id}", ID]},
    ("PUT", "/api/pipelines/{pipeline_id}/stages/order", "stage_ids[]"): {"stage_ids": ["{stage_id}", ID]},
    ("POST", "/api/kula/query", "conversation_id"): {"question": "gracias", "conversation_id": ID},
}
"""A body for each id that a body can have, good but for that id; names in braces are things of the caller's own company."""

FINDS_NOTHING = {
    ("POST", "/api/customers/bulk", "filter.customer_id[]"),
    ("POST", "/api/customers/bulk", "filter.owner_user_id[]"),
}
"""Filters: an id that is not there is no mistake, nothing has it."""


def in_bodies() -> set[tuple[str, str, str]]:
    """(method, path, where) of each id in a body."""
    return {
        (method, path, where)
        for (method, path), operation in OPERATIONS.items()
        for content in operation.get("requestBody", {}).get("content", {}).values()
        for where in _ids(content["schema"])
    }


def in_queries() -> list[tuple[str, str, str]]:
    """(method, path, name) of each query parameter that is an id."""
    return [
        (method, path, parameter["name"])
        for (method, path), operation in OPERATIONS.items()
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query" and any(_ids(parameter["schema"]))
    ]


def _ids(schema: dict[str, Any], where: str = "", seen: tuple[str, ...] = ()) -> Iterator[str]:
    name = schema.get("$ref", "").rpartition("/")[2]
    if name in seen:
        return
    if name:
        schema = DOCUMENT["components"]["schemas"][name]
    if schema.get("format") == "uuid":
        yield where.lstrip(".") or "is one"
    inner = [(where, part) for kind in ("anyOf", "oneOf", "allOf") for part in schema.get(kind, ())]
    inner += [(f"{where}.{field}", part) for field, part in schema.get("properties", {}).items()]
    inner += [(f"{where}[]", schema["items"])] if "items" in schema else []
    others = schema.get("additionalProperties")
    inner += [(f"{where}.*", others)] if isinstance(others, dict) else []
    for place, part in inner:
        yield from _ids(part, place, (*seen, name) if name else seen)


def with_ids(body: Any, own: dict[str, str], tried: str) -> Any:
    """The body with the caller's own things and the id that is tried."""
    if isinstance(body, dict):
        return {name: with_ids(value, own, tried) for name, value in body.items()}
    if isinstance(body, list):
        return [with_ids(value, own, tried) for value in body]
    return body.format(id=tried, **own) if isinstance(body, str) else body


def foreign_id(where: str, path: str, foreign: dict[str, str]) -> str:
    """The other company's thing of the kind that stands there."""
    last = where.removesuffix("[]").rpartition(".")[2].removesuffix("s")
    kinds = {"owner_user_id": "user_id", "created_by": "user_id", "entity_id": "customer_id"}
    kinds |= {"after_id": "opportunity_id", "before_id": "opportunity_id"}
    if path.startswith("/api/customers"):
        kinds |= dict.fromkeys(("keep", "merge", "*", "id"), "customer_id")
    if last == "move_to":
        return foreign["stage_id" if "stage" in path else "pipeline_id"]
    assert kinds.get(last, last) in foreign, where
    found = foreign[kinds.get(last, last)]
    assert found != NOBODY
    return found
