"""What the pages make of the API's answers: what things are called, and the parts that the API leaves free."""

from typing import Literal

from pydantic import Field

from dashboards.api_wire import Part, read_part
from dashboards.generated.models import (
    CountsAnswer,
    CustomerAnswer,
    CustomerDetail,
    DashboardAnswer,
    ImportAnswer,
    OrganizationAnswer,
    OrganizationSummary,
    SaleAnswer,
    UserAnswer,
)
from pymeai.templates.widgets import Widget

Customer = CustomerAnswer | CustomerDetail
Organization = OrganizationAnswer | OrganizationSummary

Entity = Literal["customer", "opportunity", "interaction", "sale"]
"""What may have custom fields."""
ImportKind = Literal["customers", "sales", "opportunities", "interactions"]
"""What a file brings."""


class SaleLine(Part):
    """One line of a sale."""

    description: str | None = None


class ImportColumn(Part):
    """A column of the file and where it goes; `confidence` is 0 to 1."""

    source: str
    target: str | None = None
    confidence: float = 0.0
    samples: list[str] = Field(default_factory=list)
    reason: str = ""


class ImportMapping(Part):
    """What the reader made of a file, for its owner to check, and where its columns go."""

    rows: int | None = None
    sheet: str | None = None
    sheets: list[str] = Field(default_factory=list)
    header_row: int | None = None
    encoding: str | None = None
    delimiter: str | None = None
    # Spanish sentences: what was left out, and whether the file was imported before.
    notes: list[str] = Field(default_factory=list)
    columns: list[ImportColumn] = Field(default_factory=list)


class Counts(CountsAnswer):
    """How many rows became what, as far as the import has counted; the three tables count by entity."""

    rows: int = 0
    rejected: int = 0
    warnings: int = 0
    duplicates: int = 0
    inserted: dict[str, int] = Field(default_factory=dict)
    updated: dict[str, int] = Field(default_factory=dict)
    unchanged: dict[str, int] = Field(default_factory=dict)


def user_name(user: UserAnswer) -> str:
    """First and last name, or the e-mail where neither is known."""
    return f"{user.first_name or ''} {user.last_name or ''}".strip() or user.email


def customer_name(customer: Customer) -> str:
    """What the customer is called: company, person, e-mail, code or telephone, whichever is known first."""
    person = f"{customer.first_name or ''} {customer.last_name or ''}".strip()
    return customer.company_name or person or customer.email or customer.external_id or customer.phone or "Sin nombre"


def currency_of(organization: Organization) -> str:
    """The currency that the marts convert to: CRC or USD."""
    return str(organization.settings.get("currency") or "CRC")


def widgets_of(board: DashboardAnswer) -> list[Widget]:
    """The board's widgets. Raises Unavailable for one that no page can draw."""
    return read_part(list[Widget], board.widgets, "widgets")


def lines_of(sale: SaleAnswer) -> list[SaleLine]:
    """The sale's lines."""
    return read_part(list[SaleLine], sale.lines, "lines")


def mapping_of(found: ImportAnswer) -> ImportMapping:
    """The file as understood."""
    return read_part(ImportMapping, found.mapping, "mapping")


def counts_of(found: ImportAnswer) -> Counts:
    """What became of the file's rows so far."""
    return read_part(Counts, found.counts, "counts")
