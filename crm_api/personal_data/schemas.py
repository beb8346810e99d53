"""One person's data: all of it, or none of it any more (law 8968)."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from crm_api.schemas import Answer, Schema


class PersonalData(Answer):
    """All that is stored about one customer, table by table; `exported_at` is when it was read."""

    exported_at: datetime
    organization: str
    customer: dict[str, Any]
    merged_customers: list[dict[str, Any]]
    interactions: list[dict[str, Any]]
    opportunities: list[dict[str, Any]]
    stage_history: list[dict[str, Any]]
    sales: list[dict[str, Any]]
    imports: list[dict[str, Any]]
    merges: list[dict[str, Any]]
    questions_to_kula: list[dict[str, Any]]
    audit_log: list[dict[str, Any]]


class ErasureRequest(Schema):
    """An erasure cannot be undone: it has to be confirmed."""

    confirm: Literal[True]


class ErasureAnswer(Answer):
    """What was erased: when, and in how many rows of each table."""

    customer_id: UUID
    erased_at: datetime
    rows: dict[str, int]
