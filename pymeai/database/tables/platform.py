"""The schema `platform`: organizations, people, sessions, and the state of the pipeline."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Numeric,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, CITEXT
from sqlalchemy.orm import Mapped, mapped_column

from pymeai.database.tables.base import EMPTY_OBJECT, NOW, PlatformBase, key


class Organization(PlatformBase):
    """One company, one tenant."""

    __tablename__ = "organizations"

    organization_id: Mapped[UUID] = key()
    name: Mapped[str]
    industry_type: Mapped[str] = mapped_column(server_default=text("'general'"))
    subscription_plan: Mapped[str] = mapped_column(server_default=text("'free'"))
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    active_until: Mapped[datetime | None]
    # time_zone, currency, thresholds, and what the organization's owner may change of them.
    settings: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)


class User(PlatformBase):
    """A person who signs in; the e-mail is unique on the platform."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("role in ('owner', 'admin', 'manager', 'seller', 'viewer')", name="role"),
        Index("users_organization_id_idx", "organization_id"),
    )

    user_id: Mapped[UUID] = key()
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("platform.organizations.organization_id"))
    email: Mapped[str] = mapped_column(CITEXT, unique=True)
    password_hash: Mapped[str | None]
    first_name: Mapped[str] = mapped_column(server_default=text("''"))
    last_name: Mapped[str] = mapped_column(server_default=text("''"))
    role: Mapped[str] = mapped_column(server_default=text("'seller'"))
    last_login: Mapped[datetime | None]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)


class UserSession(PlatformBase):
    """One refresh-token family: one sign-in on one device."""

    __tablename__ = "sessions"
    __table_args__ = (Index("sessions_user_id_idx", "user_id"),)

    session_id: Mapped[UUID] = key()
    user_id: Mapped[UUID] = mapped_column(ForeignKey("platform.users.user_id", ondelete="CASCADE"))
    refresh_hash: Mapped[str] = mapped_column(unique=True)
    previous_hash: Mapped[str | None]
    device: Mapped[str | None]
    ip: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    last_seen: Mapped[datetime] = mapped_column(server_default=NOW)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Invitation(PlatformBase):
    """An invitation to join an organization; the token is stored hashed and used once."""

    __tablename__ = "invitations"
    __table_args__ = (Index("invitations_organization_id_idx", "organization_id"),)

    invitation_id: Mapped[UUID] = key()
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("platform.organizations.organization_id"))
    email: Mapped[str] = mapped_column(CITEXT)
    role: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    invited_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class PasswordReset(PlatformBase):
    """A request to set a new password; the token is stored hashed and used once."""

    __tablename__ = "password_resets"
    __table_args__ = (Index("password_resets_user_id_idx", "user_id"),)

    reset_id: Mapped[UUID] = key()
    user_id: Mapped[UUID] = mapped_column(ForeignKey("platform.users.user_id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class TenantRole(PlatformBase):
    """Which organization a database login belongs to: what row-level security goes by."""

    __tablename__ = "tenant_roles"

    role_name: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("platform.organizations.organization_id"))


class TenantChange(PlatformBase):
    """One transaction that changed one tenant's data and that no refresh has read yet.

    Insert-only, so writers of one tenant never wait for each other, and a transaction that commits after a refresh
    took its snapshot leaves a row that the next refresh sees.
    """

    __tablename__ = "tenant_changes"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    transaction_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    changed_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class TenantStatus(PlatformBase):
    """When a tenant's marts were last refreshed, and what went wrong if something did."""

    __tablename__ = "tenant_status"

    organization_id: Mapped[UUID] = mapped_column(
        ForeignKey("platform.organizations.organization_id", ondelete="CASCADE"),
        primary_key=True,
    )
    refreshed_at: Mapped[datetime | None]
    last_error: Mapped[str | None]


class PipelineScope(PlatformBase):
    """The tenants that the running refresh covers; dbt's incremental models read it."""

    __tablename__ = "pipeline_scope"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    # The changes this refresh will have read: what it deletes from tenant_changes when it succeeds.
    business_day: Mapped[date]
    transaction_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=text("'{}'::bigint[]"))


class ExchangeRate(PlatformBase):
    """Colones for one unit of a currency on a day."""

    __tablename__ = "exchange_rates"

    day: Mapped[date] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    rate: Mapped[Decimal] = mapped_column(Numeric(12, 5))


class IdempotencyKey(PlatformBase):
    """The answer already given to a POST with this key."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("organization_id", "user_id", "key"),)

    idempotency_id: Mapped[UUID] = key()
    organization_id: Mapped[UUID]
    user_id: Mapped[UUID]
    key: Mapped[str]
    request_hash: Mapped[str]
    status: Mapped[int | None]
    body: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Throttle(PlatformBase):
    """How often something was tried lately: sign-ins of an account, mails to an address. Keys are hashed."""

    __tablename__ = "throttles"

    throttle_key: Mapped[str] = mapped_column(primary_key=True)
    hits: Mapped[int] = mapped_column(server_default=text("0"))
    window_started_at: Mapped[datetime] = mapped_column(server_default=NOW)
    blocked_until: Mapped[datetime | None]


class ApiKey(PlatformBase):
    """A program's access, in the name of who made it; stored hashed, shown once."""

    __tablename__ = "api_keys"
    __table_args__ = (Index("api_keys_organization_id_idx", "organization_id"),)

    api_key_id: Mapped[UUID] = key()
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("platform.organizations.organization_id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("platform.users.user_id", ondelete="CASCADE"))
    name: Mapped[str]
    # The first characters, by which a person tells keys apart.
    prefix: Mapped[str]
    key_hash: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Webhook(PlatformBase):
    """An address that is told what happens. Its signing secret derives from the server's (Settings.derive)."""

    __tablename__ = "webhooks"
    __table_args__ = (Index("webhooks_organization_id_idx", "organization_id"),)

    webhook_id: Mapped[UUID] = key()
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("platform.organizations.organization_id"))
    url: Mapped[str]
    description: Mapped[str | None]
    # Such as customer.created and opportunity.won; "*" is all of them.
    events: Mapped[list[str]]
    secret_version: Mapped[int] = mapped_column(server_default=text("1"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)
    # Its receiver is down: what happens before then is sent then. Not a change of the webhook's: updated_at stays.
    paused_until: Mapped[datetime | None]


class WebhookDelivery(PlatformBase):
    """One event for one webhook: which thing, never its content. Whoever hears of it asks the API for the rest."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        CheckConstraint("status in ('pending', 'delivered', 'failed')", name="status"),
        Index(
            "webhook_deliveries_next_attempt_at_idx",
            "next_attempt_at",
            postgresql_where=text("status = 'pending'"),
        ),
        Index("webhook_deliveries_webhook_id_idx", "webhook_id", "created_at"),
    )

    delivery_id: Mapped[UUID] = key()
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("platform.webhooks.webhook_id", ondelete="CASCADE"))
    organization_id: Mapped[UUID]
    event: Mapped[str]
    entity: Mapped[str]
    entity_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    status: Mapped[str] = mapped_column(server_default=text("'pending'"))
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=NOW)
    response_status: Mapped[int | None]
    last_error: Mapped[str | None]
    delivered_at: Mapped[datetime | None]
