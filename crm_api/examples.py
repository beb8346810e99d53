"""An example of every request's body, by the name of its schema: what somebody would really send."""

from typing import Any

_ID = "01970c6e-5b7a-7c3e-9f00-1a2b3c4d5e6f"
_OTHER_ID = "01970c6e-5b7a-7c3e-9f00-6f5e4d3c2b1a"
_TOKEN = "el-token-que-llegó-por-correo"  # noqa: S105 - an example
_PASSWORD = "cafe chorreado con tres leches"  # noqa: S105 - an example

EXAMPLES: dict[str, Any] = {
    # Acceso
    "RegisterRequest": {
        "organization_name": "Ferretería El Roble",
        "industry_type": "ferreteria",
        "currency": "CRC",
        "email": "ana@elroble.cr",
        "password": _PASSWORD,
        "first_name": "Ana",
        "last_name": "Mora",
    },
    "LoginRequest": {"email": "ana@elroble.cr", "password": _PASSWORD},
    "RefreshRequest": {"refresh_token": "el-refresh-token-que-dio-el-ingreso"},
    "LogoutRequest": {"refresh_token": "el-refresh-token-que-dio-el-ingreso"},
    "ForgotPasswordRequest": {"email": "ana@elroble.cr"},
    "ResetPasswordRequest": {"token": _TOKEN, "password": _PASSWORD},
    "PasswordChange": {"current_password": "la de antes, ya larga", "new_password": _PASSWORD},
    "InviteRequest": {"email": "luis@elroble.cr", "role": "seller", "first_name": "Luis"},
    "AcceptInvitationRequest": {"token": _TOKEN, "first_name": "Luis", "last_name": "Vargas", "password": _PASSWORD},
    "UserChange": {"first_name": "Luis", "last_name": "Vargas Solís"},
    "RoleChange": {"role": "manager"},
    "NewApiKey": {"name": "Tienda en línea", "scopes": ["read", "record_sales"], "expires_at": "2027-01-31T00:00:00Z"},
    # Organización
    "OrganizationChange": {
        "name": "Ferretería El Roble",
        "settings": {"currency": "CRC", "sellers_see": "own", "thresholds": {"inactivity_days": 60}},
    },
    "OnboardingRequest": {"template": "ferreteria"},
    # Campos y tipos de interacción
    "NewCustomField": {
        "entity_type": "customer",
        "label": "Tipo de cliente",
        "field_type": "dropdown",
        "options": ["Contratista", "Hogar"],
        "section": "Crédito",
        "is_required": False,
        "help_text": "Según lo que suele comprar.",
    },
    "FieldOrder": {"entity_type": "customer", "field_ids": [_OTHER_ID, _ID]},
    "CustomFieldChange": {"label": "Clase de cliente", "rename_options": {"Hogar": "Casa"}},
    "NewInteractionType": {
        "name": "Entrega",
        "icon": "local_shipping",
        "fields": [{"label": "Placa", "type": "text", "required": True}],
        "note_template": "Entregado a: \nObservaciones: ",
        "followup_days": 3,
    },
    "InteractionTypeChange": {"followup_days": 5},
    "InteractionTypeOrder": {"interaction_type_ids": [_OTHER_ID, _ID]},
    # Clientes
    "CustomerFields": {
        "first_name": "Juan",
        "last_name": "Pérez Solano",
        "identification_number": "1-1234-0567",
        "email": "juan.perez@ejemplo.cr",
        "phone": "8888-7777",
        "province": "Heredia",
        "tags": ["mayorista"],
        "consent": {"whatsapp": {"granted": True, "how": "En el mostrador"}},
    },
    "BulkRequest": {"ids": [_ID, _OTHER_ID], "set": {"tags_add": ["mayorista"], "status": "active"}},
    "MergeRequest": {"keep": _ID, "merge": [_OTHER_ID], "fields": {"email": _OTHER_ID}},
    "DismissRequest": {"customer_ids": [_ID, _OTHER_ID]},
    "ErasureRequest": {"confirm": True},
    # Interacciones y ventas
    "InteractionFields": {
        "type": "Llamada",
        "direction": "outbound",
        "channel": "call",
        "notes": "Pidió cotización de 40 láminas de zinc.",
        "followup_date": "2026-11-20",
    },
    "FollowupDone": {"outcome": "Compró"},
    "SaleFields": {
        "customer_id": _ID,
        "sold_at": "2026-11-16T10:30:00-06:00",
        "currency": "CRC",
        "document_type": "invoice",
        "external_key": "F-1024",
        "payment_method": "sinpe",
        "tax": 6500,
        "lines": [
            {"description": "Lámina de zinc", "category": "Techos", "quantity": 10, "unit_price": 5000, "total": 50000}
        ],
    },
    "SaleChange": {"payment_method": "card", "seller": "Luis Vargas"},
    # Embudos y oportunidades
    "PipelineCreation": {"name": "Proyectos", "description": "Obras de más de un mes"},
    "PipelineFields": {"name": "Proyectos grandes"},
    "PipelineOrder": {"pipeline_ids": [_OTHER_ID, _ID]},
    "StageFields": {
        "name": "Visita",
        "color": "#2e7d32",
        "probability": 30,
        "expected_duration_days": 5,
        "kind": "open",
        "suggested_activities": ["Medir el sitio", "Tomar fotos"],
    },
    "StageOrder": {"stage_ids": [_OTHER_ID, _ID]},
    "OpportunityFields": {
        "title": "Techo de la bodega",
        "customer_id": _ID,
        "value": 850000,
        "currency": "CRC",
        "product": "Zinc estructural",
        "expected_close_date": "2026-12-10",
        "source": "WhatsApp",
    },
    "StageMove": {"stage_id": _ID, "notes": "Aceptó la cotización por teléfono."},
    # Importaciones
    "MappingChange": {"columns": [{"source": "Nombre", "target": "customer.first_name"}], "options": {}},
    "SheetChoice": {"sheet": "Clientes 2026"},
    # Tableros, alertas, análisis
    "DashboardFields": {
        "name": "Ventas del mes",
        "widgets": [
            {
                "id": "ventas",
                "title": "Ventas",
                "chart": "kpi",
                "period": "this_month",
                "query": {"metrics": ["net_sales"], "comparison": "previous_period"},
                "x": 0,
                "y": 0,
                "w": 3,
                "h": 2,
            }
        ],
        "shared": True,
    },
    "DashboardCopy": {"name": "Mis ventas"},
    "AlertFields": {
        "name": "Las ventas bajaron",
        "query": {"metrics": ["net_sales"]},
        "condition": {
            "op": "changes_by",
            "value": -20,
            "unit": "percent",
            "comparison": "previous_period",
            "period": "last_7_days",
        },
        "schedule": "weekly",
        "channel": "email",
    },
    "MetricQuery": {
        "metrics": ["net_sales", "sales_count"],
        "group_by": ["sale_line__category"],
        "time_range": {"start": "2026-11-01", "end": "2026-11-30"},
        "order": [{"field": "net_sales", "descending": True}],
        "limit": 10,
    },
    # Kula y webhooks
    "KulaQuestion": {"question": "¿Cuánto vendí este mes por categoría?"},
    "Feedback": {"feedback": "up"},
    "WebhookFields": {
        "url": "https://ganchos.elroble.cr/pymeai",
        "events": ["customer.created", "opportunity.won"],
        "description": "Avisa al sistema de bodega",
    },
}
