"""Customers as they come in and go out."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from crm_api.auth.schemas import Email
from crm_api.schemas import Answer, Flag, JsonObject, Line, Moment, Number, Paragraph, Schema
from pymeai.costa_rica.phones import parse_phone
from pymeai.costa_rica.territory import match_province

Kind = Literal["person", "company"]
Status = Literal["active", "inactive"]
Channel = Literal["whatsapp", "call", "sms", "email", "visit", "other"]


def _province(text: str) -> str:
    code = match_province(text)
    if code is None:
        raise ValueError("No es una provincia de Costa Rica.")
    return code


Phone = Annotated[Line, AfterValidator(parse_phone)]
"""A number as people write it; stored as E.164."""
Province = Annotated[Line, AfterValidator(_province)]
"""A province by its name or code; stored as its code."""
Canton = Annotated[str, StringConstraints(pattern=r"^[1-7][0-9]{2}$")]
"""PCC: the province's digit and the canton's two."""
District = Annotated[str, StringConstraints(pattern=r"^[1-7][0-9]{4}$")]
"""PCCDD."""
Tags = Annotated[list[Line], Field(max_length=50)]


class Consent(Schema):
    """Whether the customer lets themselves be written to on one channel; `at` is now where it is not given."""

    granted: Flag
    at: Moment | None = None
    how: Line | None = None


class CustomerFields(Schema):
    """What may be said of a customer. Null empties a field; in a change, what is not sent stays."""

    kind: Kind | None = None
    first_name: Line | None = None
    last_name: Line | None = None
    company_name: Line | None = None
    identification_type: Annotated[str, StringConstraints(pattern=r"^0[1-6]$")] | None = None
    identification_number: Annotated[Line, Field(max_length=60)] | None = None
    email: Email | None = None
    phone: Phone | None = None
    phone_alt: Phone | None = None
    address: Paragraph | None = None
    province: Province | None = None
    canton: Canton | None = None
    district: District | None = None
    tags: Tags | None = None
    owner_user_id: UUID | None = None
    external_id: Line | None = None
    consent: dict[Channel, Consent | None] | None = None
    source: Line | None = None
    custom_fields: JsonObject | None = None
    status: Status | None = None


class CustomerAnswer(Answer):
    """A customer. `segment`, `lifetime_value` and `last_interaction` are computed."""

    customer_id: UUID
    kind: Kind
    first_name: str | None
    last_name: str | None
    company_name: str | None
    identification_type: str | None
    identification_number: str | None
    email: str | None
    phone: str | None
    phone_alt: str | None
    address: str | None
    province: str | None
    canton: str | None
    district: str | None
    tags: list[str]
    owner_user_id: UUID | None
    external_id: str | None
    consent: dict[str, Any]
    source: str | None
    custom_fields: dict[str, Any]
    status: Status
    created_at: datetime
    updated_at: datetime
    last_interaction: datetime | None
    segment: str | None
    lifetime_value: Number | None


class CustomerDetail(CustomerAnswer):
    """A customer with what the last segmentation said: sentences, and the flags en_riesgo, perdiendose, valioso."""

    segment_reasons: list[str] = Field(default_factory=list)
    flags: list[str] = Field(default_factory=list)


class DeletedCustomer(CustomerAnswer):
    """A customer who can be restored, and when they were deleted."""

    deleted_at: datetime


class SegmentCount(Answer):
    """How many customers have a segment; null: not computed yet."""

    segment: str | None
    customers: int


class SegmentList(Answer):
    """All segments that some customer has."""

    items: list[SegmentCount]
    total: int
