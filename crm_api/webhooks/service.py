"""Webhooks: where they may lead, and what the audit log says of them."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from crm_api.dependencies import Caller
from crm_api.etags import etag_of, require_match
from crm_api.listing import ListRequest, Slice, fetch_slice
from crm_api.organization.repository import hold
from crm_api.webhooks import repository
from crm_api.webhooks.addresses import AddressRefused, parse_target
from crm_api.webhooks.events import TEST
from crm_api.webhooks.schemas import DeliveryFilters, WebhookAnswer, WebhookFields
from pymeai.clock import utc_now
from pymeai.database.tables.platform import Webhook, WebhookDelivery
from pymeai.database.tables.workspace import AuditLog
from pymeai.errors import Conflict, NotFound, invalid_field
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_within

MOST_WEBHOOKS = 20
SWITCHED_OFF = "El webhook está apagado."
SORTABLE = {"created_at": Webhook.created_at, "updated_at": Webhook.updated_at}
DELIVERIES_SORTABLE = {"created_at": WebhookDelivery.created_at}


def etag(webhook: Webhook | WebhookAnswer) -> str:
    """The tag of the webhook as it is now."""
    return etag_of(webhook.webhook_id, webhook.updated_at)


def list_webhooks(session: Session, organization_id: UUID, request: ListRequest) -> Slice[Webhook]:
    """One page of the organization's webhooks; `session` is the platform's."""
    statement = repository.in_organization(organization_id)
    if request.q:
        statement = statement.where(Webhook.url.icontains(request.q, autoescape=True))
    return fetch_slice(
        session, statement, request, key=Webhook.webhook_id, sortable=SORTABLE, default_sort="created_at"
    )


def get_webhook(session: Session, organization_id: UUID, webhook_id: UUID, *, lock: bool = False) -> Webhook:
    """One webhook. Raises NotFound, for another organization's as well."""
    webhook = repository.find(session, organization_id, webhook_id, lock=lock)
    if webhook is None:
        raise NotFound("No se encontró ese webhook.")
    return webhook


def create_webhook(session: Session, settings: Settings, caller: Caller, request: WebhookFields) -> Webhook:
    """Store a new webhook. Raises Invalid, or Conflict where there are too many."""
    _check_url(settings, request)
    with platform_within(session, caller.tenant, caller.actor):
        # Counted under a lock: of many at once, each would find the place that one of them takes.
        hold(session, caller.tenant.organization_id)
        if repository.count(session, caller.tenant.organization_id) >= MOST_WEBHOOKS:
            raise Conflict(
                f"Su organización ya tiene {MOST_WEBHOOKS} webhooks. Borre uno antes de crear otro.",
                code="too_many_webhooks",
            )
        webhook = Webhook(
            organization_id=caller.tenant.organization_id, created_by=caller.user_id, **request.model_dump()
        )
        repository.add(session, webhook)
    _audit(session, caller, webhook, "created", None, request.model_dump())
    return webhook


def change_webhook(
    session: Session,
    settings: Settings,
    caller: Caller,
    webhook_id: UUID,
    request: WebhookFields,
    if_match: str | None,
) -> Webhook:
    """Put a whole webhook in place of another. Raises NotFound, PreconditionFailed, Invalid."""
    with platform_within(session, caller.tenant, caller.actor):
        webhook = get_webhook(session, caller.tenant.organization_id, webhook_id, lock=True)
        require_match(if_match, etag(webhook))
        _check_url(settings, request)
        wanted = request.model_dump()
        changed = {name: value for name, value in wanted.items() if getattr(webhook, name) != value}
        before = {name: getattr(webhook, name) for name in changed}
        for name, value in changed.items():
            setattr(webhook, name, value)
        if changed:
            # Another address, or somebody who mended theirs: they do not wait for a pause of the time before.
            webhook.paused_until = None
        if changed.get("is_active") is False:
            repository.give_up_pending(session, webhook_id, SWITCHED_OFF)
        session.flush()
        session.refresh(webhook)
    if changed:
        _audit(session, caller, webhook, "updated", before, changed)
    return webhook


def delete_webhook(session: Session, caller: Caller, webhook_id: UUID, if_match: str | None) -> None:
    """Remove a webhook and all its deliveries. Raises NotFound, PreconditionFailed."""
    with platform_within(session, caller.tenant, caller.actor):
        webhook = get_webhook(session, caller.tenant.organization_id, webhook_id, lock=True)
        require_match(if_match, etag(webhook))
        session.delete(webhook)
    _audit(session, caller, webhook, "deleted", {"url": webhook.url, "events": webhook.events}, None)


def rotate_secret(session: Session, caller: Caller, webhook_id: UUID) -> Webhook:
    """Give a webhook a new secret; the one before goes on signing beside it until the next change. Raises NotFound."""
    with platform_within(session, caller.tenant, caller.actor):
        webhook = get_webhook(session, caller.tenant.organization_id, webhook_id, lock=True)
        webhook.secret_version += 1
        session.flush()
        session.refresh(webhook)
    _audit(session, caller, webhook, "secret_rotated", None, None)
    return webhook


def queue_test(session: Session, caller: Caller, webhook_id: UUID) -> WebhookDelivery:
    """Queue a delivery that tells of nothing. Raises NotFound, Conflict where the webhook is off."""
    with platform_within(session, caller.tenant, caller.actor):
        webhook = get_webhook(session, caller.tenant.organization_id, webhook_id)
        _require_on(webhook)
        delivery = WebhookDelivery(
            webhook_id=webhook_id,
            organization_id=caller.tenant.organization_id,
            event=TEST,
            entity="webhook",
            entity_id=webhook_id,
        )
        repository.add(session, delivery)
    return delivery


def list_deliveries(
    session: Session, organization_id: UUID, webhook_id: UUID, request: ListRequest, filters: DeliveryFilters
) -> Slice[WebhookDelivery]:
    """One page of a webhook's deliveries, the latest first; `session` is the platform's. Raises NotFound."""
    webhook = get_webhook(session, organization_id, webhook_id)
    return fetch_slice(
        session,
        repository.deliveries(webhook, filters),
        request,
        key=WebhookDelivery.delivery_id,
        sortable=DELIVERIES_SORTABLE,
        default_sort="-created_at",
    )


def redeliver(session: Session, caller: Caller, webhook_id: UUID, delivery_id: UUID) -> WebhookDelivery:
    """Send a delivery again from its first attempt, with the id it had. Raises NotFound, Conflict."""
    with platform_within(session, caller.tenant, caller.actor):
        webhook = get_webhook(session, caller.tenant.organization_id, webhook_id)
        delivery = repository.find_delivery(session, webhook, delivery_id)
        if delivery is None:
            raise NotFound("No se encontró esa entrega.")
        _require_on(webhook)
        delivery.status, delivery.attempts, delivery.next_attempt_at = "pending", 0, utc_now()
        delivery.delivered_at = None
        session.flush()
        session.refresh(delivery)
    return delivery


def _check_url(settings: Settings, request: WebhookFields) -> None:
    try:
        parse_target(request.url, allow_private=settings.webhook_allow_private)
    except AddressRefused as error:
        raise invalid_field("url", str(error)) from None


def _require_on(webhook: Webhook) -> None:
    if not webhook.is_active:
        raise Conflict("El webhook está apagado. Enciéndalo (is_active) y vuelva a intentarlo.", code="webhook_is_off")


def _audit(
    session: Session,
    caller: Caller,
    webhook: Webhook,
    action: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    session.add(
        AuditLog(
            user_id=caller.user_id,
            api_key_id=caller.api_key_id,
            request_id=caller.request_id,
            action=action,
            entity="webhook",
            entity_id=webhook.webhook_id,
            before=before,
            after=after,
        )
    )
