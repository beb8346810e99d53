"""Sales as they come in and go out."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from crm_api.schemas import Answer, Currency, JsonObject, Line, Moment, Money, Number, Schema

DocumentType = Literal["invoice", "ticket", "credit_note", "debit_note", "other"]
MOST = Decimal(10) ** 13
"""What numeric(18, 5) holds no more."""
Rate = Annotated[Number, Field(gt=0, max_digits=12, decimal_places=5)]


class SaleLineFields(Schema):
    """One line of a document: net of tax. Without `total`, it is quantity by price less discount."""

    code: Line | None = None
    description: Line | None = None
    category: Line | None = None
    quantity: Money = Decimal(1)
    unit_price: Annotated[Money, Field(ge=0)] | None = None
    discount: Annotated[Money, Field(ge=0)] | None = None
    cost: Annotated[Money, Field(ge=0)] | None = None
    total: Money | None = None

    @model_validator(mode="after")
    def _has_a_total(self) -> Self:
        if self.total is None and self.unit_price is None:
            raise ValueError("Indique el total de la línea o su precio unitario.")
        if abs(self.quantity * (self.unit_price or 0)) >= MOST:
            raise ValueError("El total de la línea es demasiado grande.")
        return self

    @property
    def net(self) -> Decimal:
        """The line's total, rounded to the five decimals that are stored."""
        if self.total is not None:
            return self.total
        return round(self.quantity * (self.unit_price or 0) - (self.discount or 0), 5)


class SaleFields(Schema):
    """A document. `amount` is positive and net of tax; a credit note is subtracted wherever sales are added up.

    Without `exchange_rate` it is that of its day; null says that nobody knows it, and sums leave the sale out.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "customer_id": "01998a3e-6a00-7cc3-98c4-dc0c0c07398f",
                    "sold_at": "2026-11-16T10:30:00-06:00",
                    "document_type": "invoice",
                    "external_key": "FAC-1024",
                    "payment_method": "SINPE Móvil",
                    "lines": [{"description": "Cemento 50 kg", "quantity": 10, "unit_price": 7250}],
                }
            ]
        }
    )

    customer_id: UUID | None = None
    opportunity_id: UUID | None = None
    user_id: UUID | None = None
    sold_at: Moment
    amount: Annotated[Money, Field(ge=0)] | None = None
    tax: Annotated[Money, Field(ge=0)] = Decimal(0)
    currency: Currency | None = None
    exchange_rate: Rate | None = None
    document_type: DocumentType = "invoice"
    external_key: Line | None = None
    payment_method: Line | None = None
    source: Line | None = None
    seller: Line | None = None
    channel: Line | None = None
    custom_fields: Annotated[JsonObject, Field(default_factory=dict)]
    lines: Annotated[list[SaleLineFields], Field(max_length=1000, default_factory=list)]

    @model_validator(mode="after")
    def _has_an_amount(self) -> Self:
        if self.amount is None and not self.lines:
            raise ValueError("Indique el monto de la venta o sus líneas.")
        return self


class SaleChange(Schema):
    """What changes of a document; what is not sent stays. New lines without an amount give their sum."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"payment_method": "SINPE Móvil", "tax": 9425}]})

    customer_id: UUID | None = None
    opportunity_id: UUID | None = None
    user_id: UUID | None = None
    sold_at: Moment | None = None
    amount: Annotated[Money, Field(ge=0)] | None = None
    tax: Annotated[Money, Field(ge=0)] | None = None
    currency: Currency | None = None
    exchange_rate: Rate | None = None
    document_type: DocumentType | None = None
    external_key: Line | None = None
    payment_method: Line | None = None
    source: Line | None = None
    seller: Line | None = None
    channel: Line | None = None
    custom_fields: JsonObject | None = None
    lines: Annotated[list[SaleLineFields], Field(max_length=1000)] | None = None


class SaleAnswer(Answer):
    """A document. `exchange_rate` is how many colones one unit of `currency` was on its day."""

    sale_id: UUID
    customer_id: UUID | None
    customer_name: str | None = None
    opportunity_id: UUID | None
    user_id: UUID | None
    sold_at: datetime
    amount: Number
    tax: Number
    currency: str
    exchange_rate: Number | None
    document_type: DocumentType
    external_key: str | None
    payment_method: str | None
    source: str | None
    seller: str | None
    channel: str | None
    custom_fields: dict[str, Any]
    lines: list[dict[str, Any]]
    created_at: datetime
    updated_at: datetime
