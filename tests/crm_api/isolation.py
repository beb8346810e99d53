"""Every route of the OpenAPI with what it takes and who may, and things for the ids in its path."""

import re
from typing import Any
from uuid import UUID, uuid4

from httpx2 import Response

from pymeai.database.tables.platform import WebhookDelivery
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session, tenant_session
from tests.crm_api.conftest import Company
from tests.crm_api.document import OPERATIONS as DESCRIBED

NOBODY = "0190a000-0000-7000-8000-000000000000"
CANARY = "CanarioDeOtraEmpresa"

OPERATIONS = list(DESCRIBED)
PUBLIC = {
    ("POST", "/api/auth/register"),
    ("POST", "/api/auth/login"),
    ("POST", "/api/auth/refresh-token"),
    ("POST", "/api/auth/forgot-password"),
    ("POST", "/api/auth/reset-password"),
    ("POST", "/api/auth/accept-invitation"),
    ("GET", "/api/templates"),
    ("GET", "/api/templates/{name}"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
}
# Paths whose parameter is no id of a thing: what they show is the caller's own.
NOT_AN_ID = {"/api/templates/{name}", "/api/customers/segments/{segment}", "/api/kula/help/{topic}"}

BOARD = {"name": "X", "widgets": []}
ALERT = {"name": "X", "query": {"metrics": ["net_sales"]}, "condition": {"op": "gt", "value": 1}}
HOOK = {"url": "https://ejemplo.cr/", "events": ["alert.deleted"], "is_active": False}
BODIES: dict[tuple[str, str], Any] = {
    ("POST", "/api/auth/logout"): None,
    ("PUT", "/api/auth/password"): {"current_password": "X", "new_password": "otra clave larga"},
    ("DELETE", "/api/auth/sessions"): None,
    ("POST", "/api/users/invite"): {"email": "quien@ejemplo.cr"},
    ("DELETE", "/api/users/invitations/{invitation_id}"): None,
    ("PUT", "/api/users/{user_id}"): {"first_name": "X"},
    ("DELETE", "/api/users/{user_id}"): None,
    ("PUT", "/api/users/{user_id}/role"): {"role": "viewer"},
    ("DELETE", "/api/users/{user_id}/sessions"): None,
    ("POST", "/api/api-keys"): {"name": "X", "scopes": ["read"]},
    ("DELETE", "/api/api-keys/{api_key_id}"): None,
    ("PUT", "/api/organization"): {"name": "X"},
    ("POST", "/api/onboarding"): {"template": "general"},
    ("POST", "/api/custom-fields"): {"entity_type": "sale", "label": "X"},
    ("PUT", "/api/custom-fields/order"): {"entity_type": "sale", "field_ids": []},
    ("PUT", "/api/custom-fields/{field_id}"): {"label": "X"},
    ("DELETE", "/api/custom-fields/{field_id}"): None,
    ("POST", "/api/custom-fields/{field_id}/restore"): None,
    ("POST", "/api/interaction-types"): {"name": "X"},
    ("PUT", "/api/interaction-types/order"): {"interaction_type_ids": []},
    ("PUT", "/api/interaction-types/{interaction_type_id}"): {"name": "X"},
    ("DELETE", "/api/interaction-types/{interaction_type_id}"): None,
    ("POST", "/api/interaction-types/{interaction_type_id}/restore"): None,
    ("POST", "/api/customers"): {"first_name": "X"},
    ("PUT", "/api/customers/{customer_id}"): {"first_name": "X"},
    ("POST", "/api/customers/bulk"): {"ids": [NOBODY], "set": {"status": "active"}},
    ("POST", "/api/customers/duplicates/dismiss"): {"customer_ids": [NOBODY, str(UUID(int=1))]},
    ("POST", "/api/customers/merge"): {"keep": NOBODY, "merge": [str(UUID(int=1))]},
    ("POST", "/api/customers/merges/{merge_id}/undo"): None,
    ("POST", "/api/customers/{customer_id}/erase"): {"confirm": True},
    ("POST", "/api/customers/{customer_id}/restore"): None,
    ("DELETE", "/api/customers/{customer_id}"): None,
    ("POST", "/api/sales"): {"sold_at": "2026-01-01", "amount": 1, "currency": "CRC"},
    ("POST", "/api/opportunities"): {"title": "X", "currency": "CRC"},
    ("PUT", "/api/opportunities/{opportunity_id}"): {"title": "X"},
    ("DELETE", "/api/opportunities/{opportunity_id}"): None,
    ("PUT", "/api/opportunities/{opportunity_id}/stage"): {"stage_id": NOBODY},
    ("PUT", "/api/sales/{sale_id}"): {"seller": "X"},
    ("DELETE", "/api/sales/{sale_id}"): None,
    ("POST", "/api/customers/{customer_id}/interactions"): {"type": "WhatsApp"},
    ("PUT", "/api/interactions/{interaction_id}"): {"notes": "X"},
    ("DELETE", "/api/interactions/{interaction_id}"): None,
    ("POST", "/api/interactions/{interaction_id}/followup-done"): None,
    ("POST", "/api/pipelines"): {"name": "X"},
    ("PUT", "/api/pipelines/order"): {"pipeline_ids": [NOBODY]},
    ("PUT", "/api/pipelines/{pipeline_id}"): {"description": "X"},
    ("DELETE", "/api/pipelines/{pipeline_id}"): None,
    ("POST", "/api/pipelines/{pipeline_id}/restore"): None,
    ("POST", "/api/pipelines/{pipeline_id}/stages"): {"name": "X"},
    ("PUT", "/api/pipelines/{pipeline_id}/stages/order"): {"stage_ids": []},
    ("PUT", "/api/pipelines/{pipeline_id}/stages/{stage_id}"): {"color": "#000000"},
    ("DELETE", "/api/pipelines/{pipeline_id}/stages/{stage_id}"): None,
    ("POST", "/api/pipelines/{pipeline_id}/stages/{stage_id}/restore"): None,
    ("POST", "/api/imports"): None,
    ("PUT", "/api/imports/{import_id}/mapping"): {"columns": []},
    ("PUT", "/api/imports/{import_id}/sheet"): {"sheet": "X"},
    ("POST", "/api/imports/{import_id}/dry-run"): None,
    ("POST", "/api/imports/{import_id}/commit"): None,
    ("POST", "/api/imports/{import_id}/undo"): None,
    ("POST", "/api/dashboards"): BOARD,
    ("PUT", "/api/dashboards/{dashboard_id}"): BOARD,
    ("DELETE", "/api/dashboards/{dashboard_id}"): None,
    ("POST", "/api/dashboards/{dashboard_id}/copy"): {},
    ("POST", "/api/alerts"): ALERT,
    ("POST", "/api/alerts/preview"): {},
    ("PUT", "/api/alerts/{alert_id}"): ALERT,
    ("DELETE", "/api/alerts/{alert_id}"): None,
    ("POST", "/api/alerts/{alert_id}/test"): None,
    ("POST", "/api/webhooks"): HOOK,
    ("PUT", "/api/webhooks/{webhook_id}"): HOOK,
    ("DELETE", "/api/webhooks/{webhook_id}"): None,
    ("POST", "/api/webhooks/{webhook_id}/rotate-secret"): None,
    ("POST", "/api/webhooks/{webhook_id}/test"): None,
    ("POST", "/api/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver"): None,
    ("DELETE", "/api/auth/sessions/{session_id}"): None,
    ("POST", "/api/analytics/query"): {"metrics": ["net_sales"]},
    ("POST", "/api/kula/query"): {"question": "ventas"},
    ("POST", "/api/kula/messages/{message_id}/feedback"): {"feedback": "up"},
}
# Who may: the roles that a mutation lets through; all of them where it is not named.
EDITORS = {"owner", "admin", "manager", "seller"}
IMPORTERS = {"owner", "admin", "manager"}
ADMINISTRATORS = {"owner", "admin"}
ALLOWED: dict[tuple[str, str], set[str]] = {
    ("PUT", "/api/organization"): ADMINISTRATORS,
    ("POST", "/api/users/invite"): ADMINISTRATORS,
    ("DELETE", "/api/users/invitations/{invitation_id}"): ADMINISTRATORS,
    ("DELETE", "/api/users/{user_id}"): ADMINISTRATORS,
    ("PUT", "/api/users/{user_id}/role"): ADMINISTRATORS,
    ("DELETE", "/api/users/{user_id}/sessions"): ADMINISTRATORS,
    ("POST", "/api/api-keys"): ADMINISTRATORS,
    ("DELETE", "/api/api-keys/{api_key_id}"): ADMINISTRATORS,
    ("POST", "/api/onboarding"): ADMINISTRATORS,
    ("POST", "/api/custom-fields"): ADMINISTRATORS,
    ("PUT", "/api/custom-fields/order"): ADMINISTRATORS,
    ("PUT", "/api/custom-fields/{field_id}"): ADMINISTRATORS,
    ("DELETE", "/api/custom-fields/{field_id}"): ADMINISTRATORS,
    ("POST", "/api/custom-fields/{field_id}/restore"): ADMINISTRATORS,
    ("POST", "/api/interaction-types"): ADMINISTRATORS,
    ("PUT", "/api/interaction-types/order"): ADMINISTRATORS,
    ("PUT", "/api/interaction-types/{interaction_type_id}"): ADMINISTRATORS,
    ("DELETE", "/api/interaction-types/{interaction_type_id}"): ADMINISTRATORS,
    ("POST", "/api/interaction-types/{interaction_type_id}/restore"): ADMINISTRATORS,
    ("POST", "/api/customers"): EDITORS,
    ("PUT", "/api/customers/{customer_id}"): EDITORS,
    ("POST", "/api/customers/bulk"): EDITORS,
    ("POST", "/api/customers/duplicates/dismiss"): IMPORTERS,
    ("POST", "/api/customers/merge"): IMPORTERS,
    ("POST", "/api/customers/merges/{merge_id}/undo"): IMPORTERS,
    ("POST", "/api/customers/{customer_id}/erase"): ADMINISTRATORS,
    ("POST", "/api/customers/{customer_id}/restore"): IMPORTERS,
    ("DELETE", "/api/customers/{customer_id}"): EDITORS,
    ("POST", "/api/sales"): EDITORS,
    ("POST", "/api/opportunities"): EDITORS,
    ("PUT", "/api/opportunities/{opportunity_id}"): EDITORS,
    ("DELETE", "/api/opportunities/{opportunity_id}"): EDITORS,
    ("PUT", "/api/opportunities/{opportunity_id}/stage"): EDITORS,
    ("PUT", "/api/sales/{sale_id}"): EDITORS,
    ("DELETE", "/api/sales/{sale_id}"): EDITORS,
    ("POST", "/api/customers/{customer_id}/interactions"): EDITORS,
    ("PUT", "/api/interactions/{interaction_id}"): EDITORS,
    ("DELETE", "/api/interactions/{interaction_id}"): EDITORS,
    ("POST", "/api/interactions/{interaction_id}/followup-done"): EDITORS,
    ("POST", "/api/pipelines"): IMPORTERS,
    ("PUT", "/api/pipelines/order"): IMPORTERS,
    ("PUT", "/api/pipelines/{pipeline_id}"): IMPORTERS,
    ("DELETE", "/api/pipelines/{pipeline_id}"): IMPORTERS,
    ("POST", "/api/pipelines/{pipeline_id}/restore"): IMPORTERS,
    ("POST", "/api/pipelines/{pipeline_id}/stages"): IMPORTERS,
    ("PUT", "/api/pipelines/{pipeline_id}/stages/order"): IMPORTERS,
    ("PUT", "/api/pipelines/{pipeline_id}/stages/{stage_id}"): IMPORTERS,
    ("DELETE", "/api/pipelines/{pipeline_id}/stages/{stage_id}"): IMPORTERS,
    ("POST", "/api/pipelines/{pipeline_id}/stages/{stage_id}/restore"): IMPORTERS,
    ("POST", "/api/imports"): IMPORTERS,
    ("PUT", "/api/imports/{import_id}/mapping"): IMPORTERS,
    ("PUT", "/api/imports/{import_id}/sheet"): IMPORTERS,
    ("POST", "/api/imports/{import_id}/dry-run"): IMPORTERS,
    ("POST", "/api/imports/{import_id}/commit"): IMPORTERS,
    ("POST", "/api/imports/{import_id}/undo"): IMPORTERS,
    ("POST", "/api/dashboards"): EDITORS,
    ("PUT", "/api/dashboards/{dashboard_id}"): EDITORS,
    ("DELETE", "/api/dashboards/{dashboard_id}"): EDITORS,
    ("POST", "/api/dashboards/{dashboard_id}/copy"): EDITORS,
    ("POST", "/api/alerts"): EDITORS,
    ("POST", "/api/alerts/preview"): EDITORS,
    ("PUT", "/api/alerts/{alert_id}"): EDITORS,
    ("DELETE", "/api/alerts/{alert_id}"): EDITORS,
    ("POST", "/api/webhooks"): ADMINISTRATORS,
    ("PUT", "/api/webhooks/{webhook_id}"): ADMINISTRATORS,
    ("DELETE", "/api/webhooks/{webhook_id}"): ADMINISTRATORS,
    ("POST", "/api/webhooks/{webhook_id}/rotate-secret"): ADMINISTRATORS,
    ("POST", "/api/webhooks/{webhook_id}/test"): ADMINISTRATORS,
    ("POST", "/api/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver"): ADMINISTRATORS,
}
# Reads that are not for all.
ALLOWED |= {
    ("GET", "/api/users/invitations"): ADMINISTRATORS,
    ("GET", "/api/api-keys"): ADMINISTRATORS,
    ("GET", "/api/customers/duplicates"): IMPORTERS,
    ("GET", "/api/customers/deleted"): IMPORTERS,
    ("GET", "/api/customers/{customer_id}/export"): IMPORTERS,
    ("GET", "/api/exports/customers"): IMPORTERS,
    ("GET", "/api/exports/sales"): IMPORTERS,
    ("GET", "/api/exports/opportunities"): IMPORTERS,
    ("GET", "/api/exports/interactions"): IMPORTERS,
    ("GET", "/api/imports/{import_id}/rejected"): IMPORTERS,
    ("GET", "/api/webhooks"): ADMINISTRATORS,
    ("GET", "/api/webhooks/{webhook_id}"): ADMINISTRATORS,
    ("GET", "/api/webhooks/{webhook_id}/deliveries"): ADMINISTRATORS,
    ("GET", "/api/audit"): ADMINISTRATORS,
}
ANYBODY = {"owner", "admin", "manager", "seller", "viewer"}
# These ask things of the tenant's marts.
ASKS = {("POST", "/api/analytics/query"), ("POST", "/api/kula/query")}


def with_id(operations: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(method, path) for method, path in operations if "{" in path and path not in NOT_AN_ID]


def things_of(company: Company, settings: Settings, canary: str = CANARY) -> dict[str, str]:
    """One thing of the company's for each kind of id that a path can have; their texts hold the canary."""
    from pymeai.database.tables.workspace import KulaMessage

    def made(path: str, key: str, body: dict[str, Any]) -> str:
        response = company.post(path, body)
        assert response.status_code == 201, response.text
        return str(response.json()[key])

    with tenant_session(settings, company.tenant) as session:
        message = KulaMessage(
            conversation_id=uuid4(), user_id=company.user_id, question=canary, answer={"text": canary}
        )
        session.add(message)
        session.flush()
        message_id, conversation_id = str(message.message_id), str(message.conversation_id)
    content = {"file": (f"{canary}.csv", f"Nombre,Correo\n{canary},{uuid4().hex}@ejemplo.cr\n".encode())}
    uploaded = company.request("POST", "/api/imports", files=content, data={"kind": "customers"})
    assert uploaded.status_code == 201, uploaded.text
    webhook_id = made("/api/webhooks", "webhook_id", HOOK | {"description": canary})
    customer = made("/api/customers", "customer_id", {"first_name": canary, "tags": [canary]})
    merge = {"keep": customer, "merge": [made("/api/customers", "customer_id", {"first_name": canary})]}
    return {
        "customer_id": customer,
        "other_customer_id": made("/api/customers", "customer_id", {"first_name": canary, "company_name": "Otra"}),
        "merge_id": str(company.post("/api/customers/merge", merge).json()["merges"][0]["merge_id"]),
        "sale_id": made(
            "/api/sales", "sale_id", {"sold_at": "2026-01-01", "amount": 1, "currency": "CRC", "seller": canary}
        ),
        "opportunity_id": made(
            "/api/opportunities", "opportunity_id", {"title": canary, "currency": "CRC", "customer_id": customer}
        ),
        "import_id": str(uploaded.json()["id"]),
        "dashboard_id": made("/api/dashboards", "dashboard_id", {"name": canary, "widgets": []}),
        "alert_id": made("/api/alerts", "alert_id", ALERT | {"name": canary}),
        "webhook_id": webhook_id,
        "delivery_id": _delivery(settings, company, webhook_id),
        "pipeline_id": str(company.get("/api/pipelines").json()["items"][0]["pipeline_id"]),
        "stage_id": str(company.get("/api/pipelines").json()["items"][0]["stages"][0]["stage_id"]),
        "interaction_id": made(
            f"/api/customers/{customer}/interactions", "interaction_id", {"type": "WhatsApp", "notes": canary}
        ),
        "field_id": made("/api/custom-fields", "field_id", {"entity_type": "sale", "label": canary}),
        "interaction_type_id": made("/api/interaction-types", "interaction_type_id", {"name": canary}),
        "user_id": str(company.user_id),
        "invitation_id": made("/api/users/invite", "invitation_id", {"email": f"{canary}@ejemplo.cr"}),
        "api_key_id": made("/api/api-keys", "api_key_id", {"name": canary, "scopes": ["read"]}),
        "session_id": str(company.get("/api/auth/sessions").json()["items"][0]["session_id"]),
        "message_id": message_id,
        "conversation_id": conversation_id,
    }


def _delivery(settings: Settings, company: Company, webhook_id: str) -> str:
    with platform_session(settings) as session:
        delivery = WebhookDelivery(
            webhook_id=UUID(webhook_id),
            organization_id=company.tenant.organization_id,
            event="webhook.test",
            entity="webhook",
            status="delivered",
        )
        session.add(delivery)
        session.flush()
        return str(delivery.delivery_id)


def call(person: Company, method: str, path: str, template: str) -> Response:
    return person.request(method, path, json=BODIES.get((method, template)))


def filled(path: str, ids: dict[str, str] | str) -> str:
    return re.sub(r"{(\w+)}", lambda found: ids if isinstance(ids, str) else ids[found[1]], path)
