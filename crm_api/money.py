"""The exchange rate that goes beside an amount."""

from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel
from sqlalchemy import Null, null

from crm_api.organization import repository
from crm_api.organization.service import exchange_rate_of
from pymeai.clock import COSTA_RICA
from pymeai.errors import invalid_field
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session


def rate_of(settings: Settings, currency: str, request: BaseModel, moment: datetime) -> Decimal | None:
    """The `exchange_rate` that `request` says, or that of the day of `moment` where it says nothing.

    None only where null was sent: somebody says that it is not known (docs/decisions/0005). Raises Invalid where no rate
    is known and nobody said so, and for a rate of colones other than 1.
    """
    sent: Decimal | None = getattr(request, "exchange_rate", None)
    if currency == "CRC":
        if sent not in (None, 1):
            message = "En colones, el tipo de cambio es 1."
            raise invalid_field("exchange_rate", message)
        return Decimal(1)
    if "exchange_rate" in request.model_fields_set:
        return sent
    return exchange_rate_of(settings, currency, moment.astimezone(COSTA_RICA).date())


def of_new_row(rate: Decimal | None) -> Decimal | Null:
    """The rate as a new row takes it: the ORM leaves None out, and the column's default of 1 would be a guess."""
    return null() if rate is None else rate


def known_rate(settings: Settings, currency: str, moment: datetime) -> Decimal | None:
    """The rate of the day of `moment`, or of the last day before it; None where there is none."""
    if currency == "CRC":
        return Decimal(1)
    with platform_session(settings) as session:
        return repository.exchange_rate(session, currency, moment.astimezone(COSTA_RICA).date())
