"""What the dashboards read of the API's answers. Fields that the screens do not use are ignored."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from pymeai.templates.widgets import Widget

Item = TypeVar("Item")


class Model(BaseModel):
    """A part of an answer; unknown fields are ignored, so that the API may grow."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Page(Model, Generic[Item]):
    """One page of a list. `total` counts all that match; `next_cursor` is None on the last page."""

    items: list[Item]
    total: int
    next_cursor: str | None = None


class User(Model):
    """The person who signed in."""

    user_id: UUID
    email: str
    first_name: str = ""
    last_name: str = ""
    role: str = "viewer"

    @property
    def name(self) -> str:
        """First and last name, or the e-mail where neither is known."""
        return f"{self.first_name} {self.last_name}".strip() or self.email


class Organization(Model):
    """The company of the signed-in user."""

    organization_id: UUID
    name: str
    industry_type: str = "general"
    settings: dict[str, Any] = Field(default_factory=dict)

    @property
    def currency(self) -> str:
        """The currency that the marts convert to: CRC or USD."""
        return str(self.settings.get("currency") or "CRC")


class Tokens(Model):
    """Access and refresh token; `expires_in` is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int


class Login(Tokens):
    """The answer to a sign-in."""

    user: User
    organization: Organization


class Customer(Model):
    """A customer as the lists and the card show it."""

    customer_id: UUID
    kind: Literal["person", "company"] = "person"
    first_name: str | None = None
    last_name: str | None = None
    company_name: str | None = None
    identification_type: str | None = None
    identification_number: str | None = None
    email: str | None = None
    phone: str | None = None
    phone_alt: str | None = None
    address: str | None = None
    province: str | None = None
    canton: str | None = None
    district: str | None = None
    tags: list[str] = Field(default_factory=list)
    external_id: str | None = None
    source: str | None = None
    custom_fields: dict[str, Any] = Field(default_factory=dict)
    status: str = "active"
    created_at: datetime | None = None
    last_interaction: datetime | None = None
    segment: str | None = None
    lifetime_value: Decimal | None = None
    # Of one customer's card alone: sentences, and flags of the segmentation.
    segment_reasons: list[str] = Field(default_factory=list)
    flags: list[str] = Field(default_factory=list)

    @property
    def name(self) -> str:
        """What the customer is called: company, person, e-mail, code or telephone, whichever is known first."""
        person = f"{self.first_name or ''} {self.last_name or ''}".strip()
        return self.company_name or person or self.email or self.external_id or self.phone or "Sin nombre"


class SegmentCount(Model):
    """How many customers a segment has; None: those whose segment is not computed yet."""

    segment: str | None
    customers: int


class SaleLine(Model):
    """One line of a sale."""

    description: str | None = None
    category: str | None = None
    quantity: Decimal | None = None
    total: Decimal | None = None


class Sale(Model):
    """One document. `amount` is positive, net of tax, in `currency`; a credit note is to be subtracted."""

    sale_id: UUID
    sold_at: datetime
    amount: Decimal
    currency: str = "CRC"
    exchange_rate: Decimal = Decimal(1)
    document_type: str = "invoice"
    external_key: str | None = None
    payment_method: str | None = None
    channel: str | None = None
    lines: list[SaleLine] = Field(default_factory=list)


class CustomField(Model):
    """A field that the organization added."""

    field_name: str
    label: str
    field_type: str = "text"
    section: str | None = None
    display_order: int = 0


class Board(Model):
    """A saved dashboard."""

    dashboard_id: UUID
    name: str
    widgets: list[Widget] = Field(default_factory=list)
    is_favorite: bool = False


class ImportColumn(Model):
    """A column of the file and where it goes; `confidence` is 0 to 1."""

    source: str
    target: str | None = None
    confidence: float = 0.0
    samples: list[str] = Field(default_factory=list)
    reason: str = ""


class Problem(Model):
    """What is wrong with one cell."""

    row_number: int
    column: str | None = None
    value: str | None = None
    code: str = ""
    message: str
    suggestion: str | None = None


class RejectedRow(Model):
    """A row that does not go in, and why."""

    row_number: int
    original: dict[str, str | None] = Field(default_factory=dict)
    reasons: list[Problem] = Field(default_factory=list)


class Reading(Model):
    """How a column's text was read; `question` is there where another reading was possible."""

    column: str
    reading: str
    ambiguous: bool = False
    question: str | None = None
    alternatives: list[str] = Field(default_factory=list)


class Counts(Model):
    """How many rows became what; the three tables count by entity."""

    rows: int = 0
    rejected: int = 0
    warnings: int = 0
    duplicates: int = 0
    inserted: dict[str, int] = Field(default_factory=dict)
    updated: dict[str, int] = Field(default_factory=dict)
    unchanged: dict[str, int] = Field(default_factory=dict)


class DryRun(Model):
    """What a commit would do."""

    counts: Counts
    rejected: list[RejectedRow] = Field(default_factory=list)
    warnings: list[Problem] = Field(default_factory=list)
    readings: list[Reading] = Field(default_factory=list)
    proposals: list[dict[str, Any]] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    # There are more problems than are listed.
    truncated: bool = False


class Target(Model):
    """A place that a column can go to, as the screen names it."""

    name: str
    label: str
    group: str = ""
    required: bool = False


class Understood(Model):
    """What the reader made of a file, for its owner to check."""

    rows: int | None = None
    sheet: str | None = None
    sheets: list[str] = Field(default_factory=list)
    header_row: int | None = None
    encoding: str | None = None
    delimiter: str | None = None
    # Spanish sentences: what was left out, and whether the file was imported before.
    notes: list[str] = Field(default_factory=list)


class ImportMapping(Understood):
    """The file as understood, and where its columns go."""

    columns: list[ImportColumn] = Field(default_factory=list)


class Import(Model):
    """A file that somebody handed in, and what became of it."""

    import_id: UUID
    file_name: str
    kind: str
    status: str
    mapping: ImportMapping = Field(default_factory=ImportMapping)
    options: dict[str, Any] = Field(default_factory=dict)
    counts: dict[str, Any] = Field(default_factory=dict)
    progress: dict[str, Any] = Field(default_factory=dict)
    error: str | None = None
    created_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def columns(self) -> list[ImportColumn]:
        """The file's columns, in its order."""
        return self.mapping.columns


class KulaColumn(Model):
    """A column of Kula's table."""

    name: str
    label: str
    kind: str = "dimension"
    format: str = "text"


class KulaChart(Model):
    """How to draw the rows; `x` and `series` name columns."""

    type: str = "bar"
    x: str | None = None
    series: list[str] = Field(default_factory=list)
    title: str = ""


class KulaOption(Model):
    """A button: what it says and what it asks."""

    label: str
    question: str


class KulaReply(Model):
    """Kula's answer to one question."""

    kind: Literal["answer", "clarify", "refuse", "help"]
    text: str = ""
    understood: str | None = None
    assumptions: list[str] = Field(default_factory=list)
    columns: list[KulaColumn] = Field(default_factory=list)
    rows: list[list[Any]] = Field(default_factory=list)
    chart: KulaChart | None = None
    options: list[KulaOption] = Field(default_factory=list)
    followups: list[str] = Field(default_factory=list)
    engine: str = "offline"
    data_as_of: datetime | None = None
    currency: str | None = None
    message_id: UUID | None = None
    conversation_id: UUID | None = None
