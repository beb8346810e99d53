"""The OpenAPI document beyond what FastAPI writes: tags in words, problems with their codes, examples of every body."""

from typing import Any

from fastapi import FastAPI

from crm_api.answer_examples import add_examples
from crm_api.examples import EXAMPLES
from crm_api.problem_answers import declare

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


def tags() -> list[dict[str, str]]:
    """The document's groups of operations."""
    return [{"name": name, "description": description} for name, description in TAGS.items()]


def install(app: FastAPI) -> None:
    """Complete the application's document. Call it when all routes are included."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(app, plain())
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(app: FastAPI, document: dict[str, Any]) -> None:
    declare(app, document)
    schemas = document["components"]["schemas"]
    for name, example in EXAMPLES.items():
        if name in schemas:
            schemas[name].setdefault("examples", [example])
    add_examples(document)
