"""What the tables of both metadata share: column types, key defaults, and the two declarative bases."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, FetchedValue, MetaData, Numeric, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING_CONVENTION = {
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}

# Five decimals, as the electronic invoice 4.4 carries them (DecimalDineroType: 18 digits, 5 fractional): rounding each
# document to cents loses up to half a cent a sale, and a file's own total would not be met.
MONEY = Numeric(18, 5)

TYPE_ANNOTATIONS = {
    str: Text,
    UUID: PG_UUID(as_uuid=True),
    datetime: DateTime(timezone=True),
    Decimal: MONEY,
    dict[str, Any]: JSONB,
    list[Any]: JSONB,
    list[str]: ARRAY(Text),
}

NEW_KEY = text("platform.uuid_v7()")
NOW = text("now()")
EMPTY_OBJECT = text("'{}'::jsonb")
EMPTY_LIST = text("'[]'::jsonb")
EMPTY_ARRAY = text("'{}'::text[]")
COMPUTED: dict[str, Any] = {"computed": True}
"""Marks a column that the platform computes; changing it is no edit, makes no tenant dirty and is not audited."""


class PlatformBase(DeclarativeBase):
    """Tables of the schema `platform`: what is not one tenant's."""

    metadata = MetaData(schema="platform", naming_convention=NAMING_CONVENTION)
    type_annotation_map = TYPE_ANNOTATIONS


class TenantBase(DeclarativeBase):
    """Tables of each tenant's schema, named without a schema: `search_path` says whose they are."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = TYPE_ANNOTATIONS


def key() -> Mapped[UUID]:
    """A UUIDv7 primary key, made by the database."""
    return mapped_column(primary_key=True, server_default=NEW_KEY)


def organization() -> Mapped[UUID]:
    """The tenant's own key: provisioning gives the column its constant default, and no code passes it."""
    return mapped_column(server_default=FetchedValue())
