"""What PostgreSQL writes into an answer is what pydantic would have written."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from pydantic import BaseModel
from sqlalchemy import DateTime, Numeric, Uuid, bindparam, select

from crm_api.etags import etag_column, etag_of
from crm_api.json_columns import moment_text, number
from crm_api.schemas import Number
from pymeai.database.connections import engine_for
from pymeai.settings import Settings

COSTA_RICA = timezone(timedelta(hours=-6))
MOMENTS = (
    datetime(2026, 11, 22, 14, 0, tzinfo=UTC),
    datetime(2026, 11, 22, 14, 0, 0, 31_000, tzinfo=UTC),
    datetime(1900, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
    datetime(2100, 12, 31, 23, 59, 59, 999_999, tzinfo=COSTA_RICA),
)


class _Shown(BaseModel):
    moment: datetime
    amount: Number


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("zone", ["UTC", "America/Costa_Rica", "Asia/Kolkata"])
def test_moments_and_etags(settings: Settings, moment: datetime, zone: str) -> None:
    key = UUID("0190a000-0000-7000-8000-000000000001")
    at, owner = bindparam("at", moment, DateTime(timezone=True)), bindparam("key", key, Uuid)
    with engine_for(settings, "owner").connect() as connection:
        connection.exec_driver_sql(f"set local timezone to '{zone}'")
        shown, tag, read = connection.execute(select(moment_text(at), etag_column(owner, at), at)).one()
    assert f'"{shown}"' == _Shown(moment=moment.astimezone(UTC), amount=Decimal(0)).model_dump_json()[10:].split(",")[0]
    assert tag == etag_of(key, moment) == etag_of(key, read)


@pytest.mark.parametrize("amount", ["0", "0.1", "1234567890123.12345", "-3.50000", "99999999.99"])
def test_amounts(settings: Settings, amount: str) -> None:
    with engine_for(settings, "owner").connect() as connection:
        read = connection.execute(select(number(bindparam("amount", Decimal(amount), Numeric(18, 5))))).scalar_one()
    assert (
        read
        == _Shown.model_validate_json(f'{{"moment": "2026-01-01T00:00:00Z", "amount": {amount}}}').model_dump(
            mode="json"
        )["amount"]
    )
