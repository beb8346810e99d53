"""What happened with a customer, newest first: one kind of item for each kind of event."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from crm_api.schemas import Answer, Number, Page

ItemKind = Literal["interaction", "stage", "sale", "import", "change", "merge"]


class _Item(Answer):
    """What all items have: when it happened, a Spanish sentence, and who did it where somebody did."""

    id: UUID
    at: datetime
    summary: str
    user_id: UUID | None
    user_name: str | None


class InteractionItem(_Item):
    """A contact."""

    kind: Literal["interaction"]
    type: str
    direction: str | None
    channel: str | None
    notes: str | None
    outcome: str | None
    followup_date: date | None
    followup_done_at: datetime | None
    opportunity_id: UUID | None


class StageItem(_Item):
    """An opportunity that came into a stage; without `from_stage` it was created there."""

    kind: Literal["stage"]
    opportunity_id: UUID
    title: str
    from_stage: str | None
    stage: str
    stage_kind: str
    notes: str | None


class SaleItem(_Item):
    """A document. The amount is positive on a credit note too."""

    kind: Literal["sale"]
    amount: Number
    currency: str
    document_type: str
    external_key: str | None
    channel: str | None
    opportunity_id: UUID | None


class ImportItem(_Item):
    """A file that brought the customer (insert) or changed them (update), or that it was taken back (undo).

    `before` and `after` are the columns that the file changed; null where that was not noted. `undone_at` is when the
    import was undone, if it was.
    """

    kind: Literal["import"]
    import_id: UUID
    file_name: str
    action: Literal["insert", "update", "undo"]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    undone_at: datetime | None


class ChangeItem(_Item):
    """A change of the customer's own data; what the columns were and what they became."""

    kind: Literal["change"]
    action: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class MergeItem(_Item):
    """Another customer that was found to be this one (merge), or that was not after all (undo).

    `merged_customer_id` is the other one; `undone_at` is when the merge was undone, if it was.
    """

    kind: Literal["merge"]
    action: Literal["merge", "undo"]
    merged_customer_id: UUID
    merged_name: str
    undone_at: datetime | None


TimelineItem = Annotated[
    InteractionItem | StageItem | SaleItem | ImportItem | ChangeItem | MergeItem, Field(discriminator="kind")
]


class TimelinePage(Page[TimelineItem]):
    """One page of what happened with a customer. A class of its own: a page of a union is named by all that is in it."""
