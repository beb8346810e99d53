"""The queue of deliveries in PostgreSQL: many processes take from it, none takes what another has.

What is taken is leased, not locked: no transaction stays open while a receiver thinks, and what a process that died had
taken comes due again by itself. A delivery may so arrive twice, with the same webhook-id.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from crm_api.webhooks.repository import give_up_pending
from crm_api.webhooks.sending import Outcome
from pymeai.database.tables.platform import Webhook, WebhookDelivery

BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
    timedelta(hours=24),
)
"""How long after each failed attempt the next one comes; after the last of them the delivery has failed."""
LEASE = timedelta(minutes=2)
PATIENCE = timedelta(days=5)
"""For how long a webhook may only fail before it is switched off."""
KEPT = timedelta(days=30)
"""For how long deliveries that are over can be read."""
GONE = 410
SWITCHED_OFF = "El webhook se apagó: no respondió bien en varios días."


@dataclass(frozen=True)
class Due:
    """A delivery to make now, and where to."""

    delivery_id: UUID
    webhook_id: UUID
    organization_id: UUID
    url: str
    secret_version: int
    event: str
    entity: str
    entity_id: UUID | None
    created_at: datetime


def take_due(
    session: Session, limit: int, busy: Collection[UUID], busy_organizations: Collection[UUID] = ()
) -> list[Due]:
    """Lease up to `limit` deliveries that are due, the oldest first; none of the webhooks and organizations that are busy."""
    statement = (
        select(WebhookDelivery, Webhook.url, Webhook.secret_version)
        .join(Webhook, Webhook.webhook_id == WebhookDelivery.webhook_id)
        .where(
            WebhookDelivery.status == "pending",
            WebhookDelivery.next_attempt_at <= func.now(),
            WebhookDelivery.webhook_id.not_in(busy),
            WebhookDelivery.organization_id.not_in(busy_organizations),
            Webhook.is_active,
        )
        # What waits for a pause to end is due at one moment: the oldest, tried most often, asks for all.
        .order_by(WebhookDelivery.next_attempt_at, WebhookDelivery.delivery_id)
        .limit(limit)
        .with_for_update(of=WebhookDelivery, skip_locked=True)
    )
    found = [
        Due(
            row.delivery_id,
            row.webhook_id,
            row.organization_id,
            url,
            version,
            row.event,
            row.entity,
            row.entity_id,
            row.created_at,
        )
        for row, url, version in session.execute(statement)
    ]
    _set_next(session, [due.delivery_id for due in found], LEASE)
    return found


def give_back(session: Session, deliveries: Sequence[Due]) -> None:
    """End the lease of deliveries that nobody tried."""
    _set_next(session, [due.delivery_id for due in deliveries], timedelta())


def hold(session: Session, webhook_id: UUID) -> None:
    """Keep the webhook as it is until the end of the transaction.

    To be called before `give_back` and `record`: whoever changes a webhook locks it first, and then its deliveries.
    """
    session.execute(
        select(Webhook.webhook_id).where(Webhook.webhook_id == webhook_id).with_for_update(key_share=True)
    ).first()


def record(session: Session, due: Due, outcome: Outcome) -> bool:
    """Write down what came of an attempt; True where the webhook is to be switched off for it."""
    row = session.execute(
        select(WebhookDelivery).where(WebhookDelivery.delivery_id == due.delivery_id).with_for_update()
    ).scalar_one_or_none()
    if row is None or row.status != "pending":
        # Its webhook was deleted or switched off meanwhile.
        return False
    row.attempts += 1
    row.response_status, row.last_error = outcome.status, outcome.error
    if outcome.delivered:
        row.status, row.delivered_at = "delivered", session.execute(select(func.now())).scalar_one()
        _resume(session, due.webhook_id)
        return False
    if row.attempts > len(BACK_OFF):
        row.status = "failed"
    else:
        pause = BACK_OFF[row.attempts - 1]
        _set_next(session, [row.delivery_id], pause)
        if outcome.receiver_is_down:
            _postpone(session, due.webhook_id, pause)
    session.flush()
    return outcome.status == GONE or _only_failed(session, due.webhook_id)


def switch_off(session: Session, webhook_id: UUID) -> bool:
    """Switch a webhook off and give up what waits for it; False where it is off already."""
    switched = session.execute(
        update(Webhook)
        .where(Webhook.webhook_id == webhook_id, Webhook.is_active)
        .values(is_active=False)
        .returning(Webhook.webhook_id)
    ).scalar_one_or_none()
    give_up_pending(session, webhook_id, SWITCHED_OFF)
    return switched is not None


def remove_old(session: Session) -> None:
    """Remove what is over and older than `KEPT`."""
    session.execute(
        delete(WebhookDelivery).where(
            WebhookDelivery.status != "pending", WebhookDelivery.created_at < func.now() - KEPT
        )
    )


def _set_next(session: Session, delivery_ids: Sequence[UUID], pause: timedelta) -> None:
    if delivery_ids:
        session.execute(
            update(WebhookDelivery)
            .where(WebhookDelivery.delivery_id.in_(delivery_ids), WebhookDelivery.status == "pending")
            .values(next_attempt_at=func.now() + pause)
            .execution_options(synchronize_session=False)
        )


def _postpone(session: Session, webhook_id: UUID, pause: timedelta) -> None:
    """Let everything else for a receiver that is down wait as long, what is yet to happen too: one attempt a pause."""
    session.execute(
        update(Webhook)
        .where(Webhook.webhook_id == webhook_id)
        .values(paused_until=func.greatest(Webhook.paused_until, func.now() + pause))
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.webhook_id == webhook_id,
            WebhookDelivery.status == "pending",
            WebhookDelivery.next_attempt_at < func.now() + pause,
        )
        .values(next_attempt_at=func.now() + pause)
        .execution_options(synchronize_session=False)
    )


def _resume(session: Session, webhook_id: UUID) -> None:
    """Its receiver answers: what waited for the end of the pause is due now."""
    until = session.execute(
        select(Webhook.paused_until).where(Webhook.webhook_id == webhook_id, Webhook.paused_until.is_not(None))
    ).scalar_one_or_none()
    if until is None:
        return
    session.execute(
        update(Webhook)
        .where(Webhook.webhook_id == webhook_id)
        .values(paused_until=None)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.webhook_id == webhook_id,
            WebhookDelivery.status == "pending",
            WebhookDelivery.next_attempt_at > func.now(),
            WebhookDelivery.next_attempt_at <= until,
        )
        .values(next_attempt_at=func.now())
        .execution_options(synchronize_session=False)
    )


def _only_failed(session: Session, webhook_id: UUID) -> bool:
    # Since the webhook was last changed: whoever switches it on again starts a new count.
    statement = text(
        """
        select exists (
            select from platform.webhook_deliveries as d
            where d.webhook_id = w.webhook_id and d.attempts > 0 and d.status <> 'delivered'
                and d.created_at >= w.updated_at and d.created_at < now() - :patience
        ) and not exists (
            select from platform.webhook_deliveries as d
            where d.webhook_id = w.webhook_id and d.delivered_at > now() - :patience
        )
        from platform.webhooks as w where w.webhook_id = :webhook_id
        """
    )
    return bool(session.execute(statement, {"webhook_id": webhook_id, "patience": PATIENCE}).scalar_one_or_none())
