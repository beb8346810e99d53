"""Queries on webhooks and their deliveries; the session is under the login's own role, so each names its organization."""

from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from crm_api.filtering import conditions
from crm_api.webhooks.schemas import DeliveryFilters
from pymeai.database.tables.platform import Webhook, WebhookDelivery

COLUMNS = {
    "status": WebhookDelivery.status,
    "event": WebhookDelivery.event,
    "created_at": WebhookDelivery.created_at,
}


def in_organization(organization_id: UUID) -> Select[Webhook]:
    """All webhooks of one organization."""
    return select(Webhook).where(Webhook.organization_id == organization_id)


def find(session: Session, organization_id: UUID, webhook_id: UUID, *, lock: bool = False) -> Webhook | None:
    """One webhook of the organization; held until the end of the transaction when it is to be changed."""
    statement = in_organization(organization_id).where(Webhook.webhook_id == webhook_id)
    return session.execute(statement.with_for_update() if lock else statement).scalar_one_or_none()


def count(session: Session, organization_id: UUID) -> int:
    """How many webhooks the organization has."""
    statement = select(func.count()).select_from(Webhook).where(Webhook.organization_id == organization_id)
    return session.execute(statement).scalar_one()


def deliveries(webhook: Webhook, filters: DeliveryFilters) -> Select[WebhookDelivery]:
    """The webhook's deliveries that the filters let through."""
    return select(WebhookDelivery).where(
        WebhookDelivery.webhook_id == webhook.webhook_id, *conditions(filters, COLUMNS)
    )


def find_delivery(session: Session, webhook: Webhook, delivery_id: UUID) -> WebhookDelivery | None:
    """One delivery of the webhook, held until the end of the transaction."""
    statement = (
        select(WebhookDelivery)
        .where(WebhookDelivery.webhook_id == webhook.webhook_id, WebhookDelivery.delivery_id == delivery_id)
        .with_for_update()
    )
    return session.execute(statement).scalar_one_or_none()


def give_up_pending(session: Session, webhook_id: UUID, reason: str) -> None:
    """Mark as failed all that waits for a webhook that is off."""
    session.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.status == "pending")
        .values(status="failed", last_error=reason)
    )


def add(session: Session, row: Webhook | WebhookDelivery) -> None:
    """Store a new row and read back what the database filled in."""
    session.add(row)
    session.flush()
    session.refresh(row)
