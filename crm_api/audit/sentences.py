"""A line of the audit log as a Spanish sentence."""

from collections.abc import Iterable, Mapping
from typing import Any

PLATFORM = "PymeAI"
"""Who did what nobody in particular did."""
SHOWN_FIELDS = 4

VERBS: dict[str, str] = {
    "created": "creó",
    "updated": "cambió",
    "deleted": "borró",
    "restored": "restauró",
    "won": "marcó como ganada",
    "lost": "marcó como perdida",
    "reopened": "reabrió",
    "merged": "fusionó",
    "unmerged": "deshizo la fusión de",
    "undone": "deshizo",
    "exported": "exportó los datos de",
    "erased": "borró los datos personales de",
    "secret_rotated": "cambió el secreto de",
    "disabled": "apagó",
    "invited": "invitó a",
    "accepted": "aceptó",
    "revoked": "revocó",
    "deactivated": "desactivó a",
    "role_changed": "cambió el rol de",
    "login_blocked": "bloqueó por un rato, tras varios intentos fallidos, el ingreso de",
    "password_reset_requested": "envió un enlace para cambiar la contraseña de",
    "password_reset": "puso una contraseña nueva, con el enlace del correo, a la cuenta de",
    "password_changed": "cambió la contraseña de",
    "refresh_token_reused": "usó dos veces el mismo token de",
    "converted": "cambió el tipo de",
}
"""What was done, before the thing that it was done to."""
_NOUNS: dict[str, str] = {
    "customer": "el cliente",
    "custom_field": "el campo",
    "interaction_type": "el tipo de contacto",
    "interaction": "el contacto",
    "pipeline": "el embudo",
    "stage": "la etapa",
    "opportunity": "la oportunidad",
    "sale": "la venta",
    "dashboard": "el tablero",
    "alert": "la alerta",
    "import": "la importación",
    "organization": "la organización",
    "user": "la persona",
    "session": "la sesión",
    "invitation": "la invitación",
    "api_key": "la clave de API",
    "webhook": "el webhook",
}
_FILES: dict[str, str] = {
    "customer": "clientes",
    "sale": "ventas",
    "opportunity": "oportunidades",
    "interaction": "interacciones",
}
FIELDS: dict[str, str] = {
    "address": "dirección",
    "amount": "monto",
    "archived_at": "archivo",
    "board_position": "lugar en el tablero",
    "canton": "cantón",
    "channel": "canal",
    "color": "color",
    "company_name": "nombre de la empresa",
    "condition": "condición",
    "consent": "consentimiento",
    "created_at": "cliente desde",
    "currency": "moneda",
    "custom_fields": "campos personalizados",
    "customer_id": "cliente",
    "date_time": "fecha",
    "deleted_at": "borrado",
    "default": "valor inicial",
    "description": "descripción",
    "direction": "dirección del contacto",
    "display_order": "orden",
    "district": "distrito",
    "document_type": "tipo de documento",
    "email": "correo",
    "entity_type": "de qué es el campo",
    "events": "eventos",
    "exchange_rate": "tipo de cambio",
    "expected_close_date": "cierre esperado",
    "expected_duration_days": "días esperados",
    "external_id": "código",
    "external_key": "número de documento",
    "field_name": "nombre interno",
    "field_type": "tipo",
    "fields": "campos",
    "first_name": "nombre",
    "followup_date": "fecha de seguimiento",
    "followup_days": "días para el seguimiento",
    "followup_done_at": "seguimiento hecho",
    "help_text": "ayuda",
    "icon": "ícono",
    "identification_number": "identificación",
    "identification_type": "tipo de identificación",
    "industry_type": "industria",
    "is_active": "si está activo",
    "is_favorite": "favorito",
    "is_required": "si es obligatorio",
    "kind": "tipo",
    "label": "etiqueta",
    "last_name": "apellidos",
    "lines": "líneas",
    "lost_reason": "motivo de pérdida",
    "name": "nombre",
    "next_step_at": "próximo paso",
    "note_template": "plantilla de nota",
    "notes": "notas",
    "opportunity_id": "oportunidad",
    "options": "opciones",
    "outcome": "resultado",
    "owner_user_id": "responsable",
    "payment_method": "forma de pago",
    "phone": "teléfono",
    "phone_alt": "segundo teléfono",
    "pipeline_id": "embudo",
    "position": "orden",
    "probability": "probabilidad",
    "probability_override": "probabilidad",
    "product": "producto",
    "province": "provincia",
    "query": "consulta",
    "role": "rol",
    "schedule": "frecuencia",
    "section": "sección",
    "seller": "vendedor",
    "settings": "ajustes",
    "shared": "si se comparte",
    "sold_at": "fecha",
    "source": "origen",
    "stage_id": "etapa",
    "status": "estado",
    "suggested_activities": "actividades sugeridas",
    "tags": "etiquetas",
    "tax": "impuesto",
    "title": "título",
    "type": "tipo",
    "url": "dirección",
    "user_id": "responsable",
    "validation": "validación",
    "value": "valor",
    "widgets": "widgets",
}
"""What a field is called in a sentence."""
# What changes along with something else, and is no news of its own.
SILENT = frozenset(
    {
        "created_at",
        "created_by",
        "erased_at",
        "last_stage_change",
        "lost_at",
        "merged_into",
        "organization_id",
        "template_key",
        "updated_at",
        "won_at",
    }
)


def sentence(
    who: str | None,
    action: str,
    entity: str,
    name: str | None,
    after: Mapping[str, Any] | None,
    *,
    by_key: bool = False,
    of_many: bool = False,
) -> str:
    """Such as "Ana Mora cambió correo y teléfono del cliente «Constructora Peña»".

    `of_many`: it was done to no thing in particular but to all that were chosen.
    """
    subject = who or PLATFORM
    if by_key:
        subject += " (con una clave de API)"
    if (action, entity) == ("invited", "invitation"):
        return f"{subject} invitó a {(after or {}).get('email', 'alguien')}"
    if action == "exported" and of_many:
        return f"{subject} descargó un archivo de {_FILES.get(entity, entity)}"
    thing = _NOUNS.get(entity, entity.replace("_", " "))
    named = f"{thing} «{name}»" if name else thing
    fields = listed_fields(after or {})
    if action == "updated" and fields:
        return f"{subject} cambió {fields} {_of(named)}"
    verb = VERBS.get(action)
    if verb is None:
        return f"{subject}: {action.replace('_', ' ')} ({named})"
    return f"{subject} {_done(verb, named)}"


def listed_fields(columns: Iterable[str]) -> str:
    """Columns by their Spanish names, as a list to read: "correo, nombre y 2 datos más"; empty where none is news."""
    fields = sorted({FIELDS.get(column, column) for column in columns if column not in SILENT})
    return _listed(fields) if fields else ""


def _done(verb: str, thing: str) -> str:
    if verb.endswith(" de"):
        return f"{verb.removesuffix(' de')} {_of(thing)}"
    if verb.endswith(" a"):
        return f"{verb.removesuffix(' a')} {_to(thing)}"
    return f"{verb} {thing}"


def _of(thing: str) -> str:
    return f"del {thing.removeprefix('el ')}" if thing.startswith("el ") else f"de {thing}"


def _to(thing: str) -> str:
    return f"al {thing.removeprefix('el ')}" if thing.startswith("el ") else f"a {thing}"


def _listed(fields: list[str]) -> str:
    shown, more = fields[:SHOWN_FIELDS], len(fields) - SHOWN_FIELDS
    if more > 0:
        return f"{', '.join(shown)} y {more} {'dato' if more == 1 else 'datos'} más"
    return " y ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
