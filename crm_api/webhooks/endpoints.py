"""/api/webhooks."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from crm_api.dependencies import (
    IfMatch,
    Listing,
    PlatformSession,
    SettingsOf,
    TenantSession,
    WebhookManager,
)
from crm_api.idempotency import Once
from crm_api.routing import new_router, takes_long
from crm_api.schemas import Nothing, Page
from crm_api.webhooks import service
from crm_api.webhooks.schemas import (
    DeliveryAnswer,
    DeliveryFilters,
    WebhookAnswer,
    WebhookFields,
    WebhookWithSecret,
)
from crm_api.webhooks.signing import secret_of
from pymeai.settings import Settings

router = new_router("/api/webhooks", tag="Webhooks")


@router.get("", summary="Listar los webhooks")
def list_webhooks(caller: WebhookManager, session: PlatformSession, listing: Listing) -> Page[WebhookAnswer]:
    """Los webhooks de su organización, sin sus secretos; busca en la dirección."""
    found = service.list_webhooks(session, caller.tenant.organization_id, listing)
    items = [WebhookAnswer.model_validate(webhook) for webhook in found.rows]
    return Page(items=items, total=found.total, next_cursor=found.next_cursor)


@router.post("", status_code=201, summary="Crear un webhook")
def create_webhook(
    caller: WebhookManager, settings: SettingsOf, session: TenantSession, once: Once, body: WebhookFields
) -> WebhookWithSecret:
    """Una dirección https que se entera de lo que pasa. El secret para revisar las firmas se muestra solo aquí."""
    created = once.create(
        body,
        WebhookAnswer,
        lambda: WebhookAnswer.model_validate(service.create_webhook(session, settings, caller, body)),
        at="/api/webhooks/{webhook_id}",
        etag=service.etag,
    )
    return _with_secret(settings, created)


@router.get("/{webhook_id}", summary="Ver un webhook")
def get_webhook(
    caller: WebhookManager, session: PlatformSession, webhook_id: UUID, response: Response
) -> WebhookAnswer:
    """El ETag de la respuesta sirve como If-Match al cambiarlo."""
    webhook = service.get_webhook(session, caller.tenant.organization_id, webhook_id)
    response.headers["ETag"] = service.etag(webhook)
    return WebhookAnswer.model_validate(webhook)


@router.put("/{webhook_id}", summary="Cambiar un webhook")
def change_webhook(
    caller: WebhookManager,
    settings: SettingsOf,
    session: TenantSession,
    webhook_id: UUID,
    body: WebhookFields,
    response: Response,
    if_match: IfMatch = None,
) -> WebhookAnswer:
    """Lo enviado reemplaza el webhook entero; el secret sigue igual. Apagado, no recibe nada, ni después."""
    webhook = service.change_webhook(session, settings, caller, webhook_id, body, if_match)
    response.headers["ETag"] = service.etag(webhook)
    return WebhookAnswer.model_validate(webhook)


@router.delete("/{webhook_id}", status_code=204, summary="Borrar un webhook")
@takes_long
def delete_webhook(caller: WebhookManager, session: TenantSession, webhook_id: UUID, if_match: IfMatch = None) -> None:
    """Lo borra con sus entregas, también las que esperan."""
    service.delete_webhook(session, caller, webhook_id, if_match)


@router.post("/{webhook_id}/rotate-secret", summary="Cambiar el secreto de un webhook")
def rotate_webhook_secret(
    caller: WebhookManager, settings: SettingsOf, session: TenantSession, webhook_id: UUID, once: Once
) -> WebhookWithSecret:
    """Da un secret nuevo. Hasta el próximo cambio, cada entrega lleva también la firma del anterior."""
    rotated = once.run(
        Nothing(),
        WebhookAnswer,
        lambda: WebhookAnswer.model_validate(service.rotate_secret(session, caller, webhook_id)),
    )
    return _with_secret(settings, rotated)


@router.post("/{webhook_id}/test", status_code=201, summary="Enviar una entrega de prueba")
def test_webhook(caller: WebhookManager, session: TenantSession, webhook_id: UUID, once: Once) -> DeliveryAnswer:
    """Pone en cola el evento webhook.test; su resultado se ve en las entregas."""
    return once.run(
        Nothing(),
        DeliveryAnswer,
        lambda: DeliveryAnswer.model_validate(service.queue_test(session, caller, webhook_id)),
    )


@router.get("/{webhook_id}/deliveries", summary="Ver las entregas de un webhook")
def list_deliveries(
    caller: WebhookManager,
    session: PlatformSession,
    webhook_id: UUID,
    listing: Listing,
    filters: Annotated[DeliveryFilters, Query()],
) -> Page[DeliveryAnswer]:
    """Qué se envió, qué respondió el receptor y qué falta por enviar. Se guardan 30 días."""
    found = service.list_deliveries(session, caller.tenant.organization_id, webhook_id, listing, filters)
    items = [DeliveryAnswer.model_validate(delivery) for delivery in found.rows]
    return Page(items=items, total=found.total, next_cursor=found.next_cursor)


@router.post("/{webhook_id}/deliveries/{delivery_id}/redeliver", summary="Repetir una entrega")
def redeliver(
    caller: WebhookManager, session: TenantSession, webhook_id: UUID, delivery_id: UUID, once: Once
) -> DeliveryAnswer:
    """La envía otra vez con el mismo webhook-id."""
    return once.run(
        Nothing(),
        DeliveryAnswer,
        lambda: DeliveryAnswer.model_validate(service.redeliver(session, caller, webhook_id, delivery_id)),
    )


def _with_secret(settings: Settings, webhook: WebhookAnswer) -> WebhookWithSecret:
    secret = secret_of(settings, webhook.webhook_id, webhook.secret_version)
    return WebhookWithSecret(**webhook.model_dump(), secret=secret)
