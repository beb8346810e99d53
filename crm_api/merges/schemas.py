"""Customers that are one and the same."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from crm_api.customers.schemas import CustomerAnswer
from crm_api.schemas import Answer, Schema

Reason = Literal["identification", "email", "phone", "name"]
Column = Literal[
    "kind", "first_name", "last_name", "company_name", "identification_number", "email", "phone", "phone_alt",
    "address", "province", "owner_user_id", "external_id", "source", "status",
]  # fmt: skip
"""What one chooses of one of them; the type goes with the identification, canton and district with the province."""
MAX_MERGED = 20


class DuplicateGroup(Answer):
    """Customers that may be one, the oldest first; why, and how sure that is (0 to 1)."""

    score: float
    reasons: list[Reason]
    customers: list[CustomerAnswer]


class DuplicatePage(Answer):
    """Groups, the surest first. A page may be short or empty and have a next one: the search goes on there."""

    items: list[DuplicateGroup]
    next_cursor: str | None = None


class MergeRequest(Schema):
    """Which customer stays, which ones become part of it, and whose value is taken where it is not the obvious one."""

    keep: UUID
    merge: Annotated[list[UUID], Field(min_length=1, max_length=MAX_MERGED)]
    fields: dict[Column, UUID] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.keep in self.merge or len(set(self.merge)) < len(self.merge):
            raise ValueError("Cada cliente se nombra una sola vez.")
        if not set(self.fields.values()) <= {self.keep, *self.merge}:
            raise ValueError("Los valores solo se toman de los clientes que se fusionan.")
        return self


class DismissRequest(Schema):
    """Customers that somebody looked at and that are not one."""

    customer_ids: Annotated[list[UUID], Field(min_length=2, max_length=MAX_MERGED)]

    @model_validator(mode="after")
    def _different(self) -> Self:
        if len(set(self.customer_ids)) < len(self.customer_ids):
            raise ValueError("Cada cliente se nombra una sola vez.")
        return self


class DismissAnswer(Answer):
    """How many pairs will not be proposed again."""

    dismissed: int


class MergeRecord(Answer):
    """One customer that became part of another: what changed, how much moved, and whether it was undone."""

    merge_id: UUID
    kept_customer_id: UUID
    merged_customer_id: UUID
    merged_name: str
    before: dict[str, Any]
    after: dict[str, Any]
    moved: dict[str, int]
    merged_by: UUID | None
    merged_at: datetime
    undone_by: UUID | None
    undone_at: datetime | None


class MergeAnswer(Answer):
    """The customer as it is now, and one record for each that became part of it."""

    customer: CustomerAnswer
    merges: list[MergeRecord]


class MergeList(Answer):
    """All merges into a customer, the latest first."""

    items: list[MergeRecord]
    total: int


class UndoAnswer(Answer):
    """The two customers as they are again."""

    kept: CustomerAnswer
    restored: CustomerAnswer
