"""One tenant's CRM tables; tables.workspace holds the others.

Keys to users carry no foreign key: a tenant's schema can be dumped, moved and restored without `platform`.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import CITEXT
from sqlalchemy.orm import Mapped, mapped_column

from pymeai.clock import EARLIEST_YEAR, LATEST_YEAR
from pymeai.database.tables.base import (
    COMPUTED,
    EMPTY_ARRAY,
    EMPTY_LIST,
    EMPTY_OBJECT,
    NOW,
    TenantBase,
    key,
    organization,
)
from pymeai.database.tables.indexes import (
    CUSTOMER_SEARCH,
    customer_indexes,
    interaction_indexes,
    opportunity_indexes,
    sale_indexes,
)

CURRENCY = "currency in ('CRC', 'USD')"


def _allowed_years(*columns: str) -> list[CheckConstraint]:
    """The years that pymeai.clock allows. A row of the year 0 in one tenant would stop the refresh of all of them."""
    # To the end of the last day in Costa Rica; the hour falls away where the column is a day.
    first, after = f"{EARLIEST_YEAR}-01-01 00:00+00", f"{LATEST_YEAR + 1}-01-01 06:00+00"
    return [CheckConstraint(f"{column} >= '{first}' and {column} < '{after}'", name=column) for column in columns]


class Customer(TenantBase):
    """A person or a company that buys, or may."""

    __tablename__ = "customers"
    __table_args__ = (
        *_allowed_years("created_at"),
        CheckConstraint("kind in ('person', 'company')", name="kind"),
        CheckConstraint("status in ('active', 'inactive')", name="status"),
        *customer_indexes(),
    )

    customer_id: Mapped[UUID] = key()
    organization_id: Mapped[UUID] = organization()
    kind: Mapped[str] = mapped_column(server_default=text("'person'"))
    first_name: Mapped[str | None]
    last_name: Mapped[str | None]
    company_name: Mapped[str | None]
    # 01 física, 02 jurídica, 03 DIMEX, 04 NITE, 05 foreigner, 06 non-contributor.
    identification_type: Mapped[str | None]
    identification_number: Mapped[str | None]
    email: Mapped[str | None] = mapped_column(CITEXT)
    phone: Mapped[str | None]
    phone_alt: Mapped[str | None]
    address: Mapped[str | None]
    # Codes of the territory: P, PCC, PCCDD.
    province: Mapped[str | None]
    canton: Mapped[str | None]
    district: Mapped[str | None]
    tags: Mapped[list[str]] = mapped_column(server_default=EMPTY_ARRAY)
    owner_user_id: Mapped[UUID | None]
    external_id: Mapped[str | None]
    consent: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)
    source: Mapped[str | None]
    custom_fields: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)
    status: Mapped[str] = mapped_column(server_default=text("'active'"))
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)
    deleted_at: Mapped[datetime | None]
    last_interaction: Mapped[datetime | None] = mapped_column(info=COMPUTED)
    segment: Mapped[str | None] = mapped_column(info=COMPUTED)
    lifetime_value: Mapped[Decimal | None] = mapped_column(info=COMPUTED)
    # The customer that this one was found to be; it is deleted then.
    merged_into: Mapped[UUID | None]
    # When what identified the person was removed (law 8968); the row stays for the totals.
    erased_at: Mapped[datetime | None]
    # All that they are searched by, folded. Read only where it is asked for: no answer shows it.
    search_text: Mapped[str | None] = mapped_column(
        Computed(CUSTOMER_SEARCH, persisted=True), info=COMPUTED, deferred=True, deferred_raiseload=True
    )


class CustomField(TenantBase):
    """A field that the tenant added to customers, opportunities, interactions or sales."""

    __tablename__ = "custom_fields"
    __table_args__ = (
        CheckConstraint(
            "entity_type in ('customer', 'opportunity', 'interaction', 'sale')",
            name="entity_type",
        ),
        CheckConstraint(
            "field_type in ('text', 'number', 'date', 'dropdown', 'boolean', 'money', 'phone', 'email', 'url')",
            name="field_type",
        ),
        UniqueConstraint("entity_type", "field_name"),
    )

    field_id: Mapped[UUID] = key()
    organization_id: Mapped[UUID] = organization()
    entity_type: Mapped[str]
    # The key in custom_fields JSONB: snake_case without accents; `label` is what screens show.
    field_name: Mapped[str]
    label: Mapped[str]
    field_type: Mapped[str] = mapped_column(server_default=text("'text'"))
    is_required: Mapped[bool] = mapped_column(server_default=text("false"))
    options: Mapped[list[Any]] = mapped_column(server_default=EMPTY_LIST)
    display_order: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    section: Mapped[str | None]
    help_text: Mapped[str | None]
    default: Mapped[str | None]
    validation: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)
    archived_at: Mapped[datetime | None]
    template_key: Mapped[str | None] = mapped_column(unique=True)


class InteractionType(TenantBase):
    """A kind of contact, such as WhatsApp, a call or a visit."""

    __tablename__ = "interaction_types"

    interaction_type_id: Mapped[UUID] = key()
    organization_id: Mapped[UUID] = organization()
    name: Mapped[str] = mapped_column(unique=True)
    icon: Mapped[str | None]
    fields: Mapped[list[Any]] = mapped_column(server_default=EMPTY_LIST)
    note_template: Mapped[str | None]
    followup_days: Mapped[int | None]
    position: Mapped[int] = mapped_column(server_default=text("0"))
    archived_at: Mapped[datetime | None]
    template_key: Mapped[str | None] = mapped_column(unique=True)


class Pipeline(TenantBase):
    """A way in which opportunities are won, stage by stage."""

    __tablename__ = "pipelines"

    pipeline_id: Mapped[UUID] = key()
    organization_id: Mapped[UUID] = organization()
    name: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    position: Mapped[int] = mapped_column(server_default=text("0"))
    template_key: Mapped[str | None] = mapped_column(unique=True)


class Stage(TenantBase):
    """A step of a pipeline. `position` is the API's `order`."""

    __tablename__ = "stages"
    __table_args__ = (
        CheckConstraint("kind in ('open', 'won', 'lost')", name="kind"),
        CheckConstraint("probability between 0 and 100", name="probability"),
        UniqueConstraint("pipeline_id", "name"),
    )

    stage_id: Mapped[UUID] = key()
    organization_id: Mapped[UUID] = organization()
    pipeline_id: Mapped[UUID] = mapped_column(ForeignKey("pipelines.pipeline_id", ondelete="CASCADE"))
    name: Mapped[str]
    position: Mapped[int] = mapped_column(server_default=text("0"))
    color: Mapped[str | None]
    # Percent, 0 to 100.
    probability: Mapped[Decimal] = mapped_column(Numeric(5, 2), server_default=text("0"))
    expected_duration_days: Mapped[int | None]
    kind: Mapped[str] = mapped_column(server_default=text("'open'"))
    suggested_activities: Mapped[list[Any]] = mapped_column(server_default=EMPTY_LIST)
    archived_at: Mapped[datetime | None]
    template_key: Mapped[str | None] = mapped_column(unique=True)


class Opportunity(TenantBase):
    """A sale that may come about."""

    __tablename__ = "opportunities"
    __table_args__ = (
        *_allowed_years("created_at", "expected_close_date", "won_at", "lost_at", "next_step_at"),
        CheckConstraint("status in ('open', 'won', 'lost')", name="status"),
        CheckConstraint(CURRENCY, name="currency"),
        *opportunity_indexes(),
    )

    opportunity_id: Mapped[UUID] = key()
    organization_id: Mapped[UUID] = organization()
    pipeline_id: Mapped[UUID] = mapped_column(ForeignKey("pipelines.pipeline_id"))
    stage_id: Mapped[UUID] = mapped_column(ForeignKey("stages.stage_id"))
    # Empty: not known yet.
    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("customers.customer_id", ondelete="SET NULL"))
    user_id: Mapped[UUID | None]
    # The seller's name as a file brought it, where it is no user of ours.
    seller: Mapped[str | None]
    title: Mapped[str]
    value: Mapped[Decimal] = mapped_column(server_default=text("0"))
    currency: Mapped[str] = mapped_column(server_default=text("'CRC'"))
    exchange_rate: Mapped[Decimal | None] = mapped_column(Numeric(12, 5), server_default=text("1"))
    product: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default=text("'open'"))
    # Where the card stands among those of its stage; making room for another one is no edit of it.
    board_position: Mapped[float] = mapped_column(server_default=text("0"), info=COMPUTED)
    lost_reason: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)
    last_stage_change: Mapped[datetime | None]
    expected_close_date: Mapped[date | None]
    won_at: Mapped[datetime | None]
    lost_at: Mapped[datetime | None]
    # Percent, 0 to 100: what the model says, and what a person said instead.
    probability: Mapped[Decimal | None] = mapped_column(Numeric(5, 2), info=COMPUTED)
    probability_override: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    next_step_at: Mapped[datetime | None]
    description: Mapped[str | None]
    source: Mapped[str | None]
    external_id: Mapped[str | None]
    custom_fields: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)
    deleted_at: Mapped[datetime | None]


class StageHistory(TenantBase):
    """A move of an opportunity into a stage; `time_in_stage` is filled when the stage is left."""

    __tablename__ = "stage_history"
    __table_args__ = (Index("stage_history_opportunity_id_idx", "opportunity_id", "changed_at"),)

    history_id: Mapped[UUID] = key()
    organization_id: Mapped[UUID] = organization()
    opportunity_id: Mapped[UUID] = mapped_column(ForeignKey("opportunities.opportunity_id", ondelete="CASCADE"))
    stage_id: Mapped[UUID] = mapped_column(ForeignKey("stages.stage_id"))
    from_stage_id: Mapped[UUID | None] = mapped_column(ForeignKey("stages.stage_id"))
    user_id: Mapped[UUID | None]
    changed_at: Mapped[datetime] = mapped_column(server_default=NOW)
    notes: Mapped[str | None]
    # Seconds spent in stage_id.
    time_in_stage: Mapped[int | None]
    # Made by the archiving of a stage or a pipeline, by nobody who sells.
    is_administrative: Mapped[bool] = mapped_column(server_default=text("false"))


class Interaction(TenantBase):
    """A contact with a customer."""

    __tablename__ = "interactions"
    __table_args__ = (
        *_allowed_years("date_time", "followup_date"),
        *interaction_indexes(),
    )

    interaction_id: Mapped[UUID] = key()
    organization_id: Mapped[UUID] = organization()
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.customer_id", ondelete="CASCADE"))
    opportunity_id: Mapped[UUID | None] = mapped_column(ForeignKey("opportunities.opportunity_id", ondelete="SET NULL"))
    user_id: Mapped[UUID | None]
    type: Mapped[str]
    direction: Mapped[str | None]
    channel: Mapped[str | None]
    date_time: Mapped[datetime] = mapped_column(server_default=NOW)
    notes: Mapped[str | None]
    followup_date: Mapped[date | None]
    followup_done_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    external_id: Mapped[str | None] = mapped_column(unique=True)
    custom_fields: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)


class Sale(TenantBase):
    """One document (order, invoice, ticket). The amount is positive; a credit note is subtracted by the marts."""

    __tablename__ = "sales"
    __table_args__ = (
        CheckConstraint(
            "document_type in ('invoice', 'ticket', 'credit_note', 'debit_note', 'other')",
            name="document_type",
        ),
        CheckConstraint(CURRENCY, name="currency"),
        *_allowed_years("sold_at"),
        *sale_indexes(),
    )

    sale_id: Mapped[UUID] = key()
    organization_id: Mapped[UUID] = organization()
    # Empty: a till ticket without a receiver.
    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("customers.customer_id", ondelete="SET NULL"))
    opportunity_id: Mapped[UUID | None] = mapped_column(ForeignKey("opportunities.opportunity_id", ondelete="SET NULL"))
    user_id: Mapped[UUID | None]
    sold_at: Mapped[datetime]
    # Net of tax, in `currency`.
    amount: Mapped[Decimal]
    tax: Mapped[Decimal] = mapped_column(server_default=text("0"))
    currency: Mapped[str] = mapped_column(server_default=text("'CRC'"))
    # Colones for one unit of `currency` on the day of the sale; empty where nobody knows it, never a guess.
    exchange_rate: Mapped[Decimal | None] = mapped_column(Numeric(12, 5), server_default=text("1"))
    document_type: Mapped[str] = mapped_column(server_default=text("'invoice'"))
    # The 50-digit Clave, or the file's own document number.
    external_key: Mapped[str | None]
    payment_method: Mapped[str | None]
    source: Mapped[str | None]
    seller: Mapped[str | None]
    channel: Mapped[str | None]
    custom_fields: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)
    # [{code, description, category, quantity, unit_price, discount, cost, total}]: totals net of tax, signed as the amount.
    lines: Mapped[list[Any]] = mapped_column(server_default=EMPTY_LIST)
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)


class CustomerMerge(TenantBase):
    """Two customers that were one person, and what undoing it needs."""

    __tablename__ = "customer_merges"
    __table_args__ = (Index("customer_merges_kept_customer_id_idx", "kept_customer_id"),)

    merge_id: Mapped[UUID] = key()
    organization_id: Mapped[UUID] = organization()
    kept_customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.customer_id", ondelete="CASCADE"))
    merged_customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.customer_id", ondelete="CASCADE"))
    # The columns of the kept customer that the merge changed, as they were and as the merge left them.
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    # {table: [ids]} of what moved to the kept customer.
    moved: Mapped[dict[str, Any]]
    merged_by: Mapped[UUID | None]
    merged_at: Mapped[datetime] = mapped_column(server_default=NOW)
    undone_by: Mapped[UUID | None]
    undone_at: Mapped[datetime | None]
