"""The OpenAPI document beyond what FastAPI writes: tags in words, problems with their codes, examples of every body."""

from typing import Any

from fastapi import FastAPI

from crm_api.examples import EXAMPLES
from crm_api.problem_codes import CODES
from crm_api.problems import MEDIA_TYPE

TAGS: dict[str, str] = {
    "Autenticación": "Registrarse, ingresar, renovar el token, contraseñas y sesiones abiertas.",
    "Organización": "Los datos de la empresa, sus ajustes y las plantillas de su industria.",
    "Usuarios": "Las personas de la organización, sus roles y las invitaciones.",
    "Llaves de API": "Acceso para programas, con permisos y vencimiento.",
    "Clientes": "Personas y empresas: listas con filtros y búsqueda, cambios en lote, línea de tiempo y segmentos.",
    "Duplicados": "Clientes repetidos: encontrarlos, fusionarlos y deshacer la fusión.",
    "Datos personales": "Los derechos de la ley 8968: copia de los datos de una persona y su borrado.",
    "Campos personalizados": "Los campos propios de clientes, oportunidades, interacciones y ventas.",
    "Tipos de interacción": "Las clases de contacto, con sus campos, plantillas de nota y días de seguimiento.",
    "Interacciones": "Llamadas, visitas, mensajes y sus seguimientos.",
    "Ventas": "Facturas, tiquetes y notas, con su moneda y tipo de cambio.",
    "Embudos": "Los procesos de venta, sus etapas y el tablero.",
    "Oportunidades": "Ventas por venir: etapas, historial, ganadas y perdidas.",
    "Importaciones": "Archivos de Excel y CSV: leerlos, revisarlos y cargarlos.",
    "Exportaciones": "Archivos con los datos de la organización.",
    "Tableros": "Tableros de widgets, propios y compartidos.",
    "Alertas": "Avisos cuando una métrica cumple una condición.",
    "Análisis": "Métricas, análisis listos y a quién escribir hoy.",
    "Kula": "Preguntas en español sobre los datos, y ayuda.",
    "Webhooks": "Avisos firmados a otros sistemas de lo que pasa en el CRM.",
    "Auditoría": "Quién hizo qué, y qué había antes.",
    "Plataforma": "Salud y mediciones del servicio.",
}
"""What each group of operations is about, in the document's order."""

PROBLEM: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "Un problema (RFC 9457). Los códigos:\n\n"
    + "\n".join(f"- `{code}`: {meaning}" for code, meaning in sorted(CODES.items())),
    "required": ["type", "title", "status", "detail", "code", "errors"],
    "properties": {
        "type": {"type": "string", "description": "urn:pymeai:problem: y el código."},
        "title": {"type": "string", "description": "La clase de problema, en pocas palabras."},
        "status": {"type": "integer", "description": "El estado HTTP."},
        "detail": {"type": "string", "description": "Qué pasó y qué hacer, en español."},
        "code": {"type": "string", "description": "Un código que no cambia.", "examples": ["invalid"]},
        "errors": {
            "type": "array",
            "description": "Qué está mal en cada campo; vacío donde no es de un campo.",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
    "examples": [
        {
            "type": "urn:pymeai:problem:invalid",
            "title": "Datos no válidos",
            "status": 422,
            "detail": "Revise los datos marcados.",
            "code": "invalid",
            "errors": [{"field": "email", "message": "El correo no es válido."}],
        }
    ],
}
_PROBLEM_REFERENCE = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}


def tags() -> list[dict[str, str]]:
    """The document's groups of operations."""
    return [{"name": name, "description": description} for name, description in TAGS.items()]


def install(app: FastAPI) -> None:
    """Complete the application's document. Call it when all routes are included."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(plain())
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(document: dict[str, Any]) -> None:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = PROBLEM
    for name, example in EXAMPLES.items():
        if name in schemas:
            schemas[name].setdefault("examples", [example])
    for methods in document["paths"].values():
        for operation in methods.values():
            operation["responses"]["default"]["content"] = _PROBLEM_REFERENCE
