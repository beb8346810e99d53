"""What a file has of each kind of thing: headers in Spanish, in an order that a person expects."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from crm_api.references import display_name
from pymeai.costa_rica.identification import show_identification
from pymeai.costa_rica.phones import show_phone
from pymeai.costa_rica.territory import province_name
from pymeai.database.tables.tenant import Customer, Interaction, Opportunity, Pipeline, Sale, Stage

Kind = Literal["customers", "sales", "opportunities", "interactions"]
_DESCRIPTIONS: ColumnElement[Any] = literal_column("'$[*].description'::jsonpath")
PERSON = "person"
"""Marks a column that holds a user's key: the file has their name."""
_WORDS: dict[str, dict[str, str]] = {
    "kind": {"person": "Persona", "company": "Empresa"},
    "status": {"active": "Activo", "inactive": "Inactivo", "open": "Abierta", "won": "Ganada", "lost": "Perdida"},
    "document_type": {
        "invoice": "Factura", "ticket": "Tiquete", "credit_note": "Nota de crédito", "debit_note": "Nota de débito",
        "other": "Otro",
    },
    "direction": {"inbound": "Entrante", "outbound": "Saliente"},
    "identification_type": {
        "01": "Física", "02": "Jurídica", "03": "DIMEX", "04": "NITE", "05": "Extranjero", "06": "No contribuyente",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column of a file: its header, what is read, and how that is shown (`show` names a way of `shown`)."""

    header: str
    expression: Any
    show: str | None = None


@dataclass(frozen=True)
class Sheet:
    """One kind of file: what is in it, the key of a row, the order, and the entity whose custom fields it has."""

    name: str
    entity: str
    key: InstrumentedAttribute[Any]
    columns: Sequence[Column]
    custom_fields: InstrumentedAttribute[dict[str, Any]]
    joined: Select[Any]


def shown(value: Any, how: str | None, people: dict[str, str]) -> Any:
    """A value as the file has it: words for codes, numbers as people write them."""
    if value is None or how is None:
        return value
    if how == "phone":
        return show_phone(value)
    if how == "province":
        return province_name(value)
    if how == PERSON:
        return people.get(str(value), "")
    if how == "identification":
        kind, _, number = str(value).partition(":")
        return show_identification(kind or None, number)
    return _WORDS[how].get(value, value)


def _customers() -> Sheet:
    c = Customer
    numbered = func.concat(c.identification_type, ":", c.identification_number)
    columns = [
        Column("Código", c.external_id), Column("Tipo", c.kind, "kind"), Column("Nombre", c.first_name),
        Column("Apellidos", c.last_name), Column("Empresa", c.company_name),
        Column("Tipo de identificación", c.identification_type, "identification_type"),
        Column("Identificación", func.nullif(numbered, ":"), "identification"), Column("Correo", cast(c.email, String)),
        Column("Teléfono", c.phone, "phone"), Column("Teléfono 2", c.phone_alt, "phone"), Column("Dirección", c.address),
        Column("Provincia", c.province, "province"), Column("Cantón", c.canton), Column("Distrito", c.district),
        Column("Etiquetas", c.tags), Column("Vendedor", c.owner_user_id, PERSON), Column("Origen", c.source),
        Column("Estado", c.status, "status"), Column("Segmento", c.segment), Column("Valor de vida", c.lifetime_value),
        Column("Último contacto", c.last_interaction), Column("Fecha de registro", c.created_at),
    ]  # fmt: skip
    return Sheet("clientes", "customer", c.customer_id, columns, c.custom_fields, select().select_from(c))


def _sales() -> Sheet:
    s = Sale
    columns = [
        Column("Número de documento", s.external_key), Column("Tipo de documento", s.document_type, "document_type"),
        Column("Fecha", s.sold_at), Column("Cliente", display_name()), Column("Código de cliente", Customer.external_id),
        Column("Monto", s.amount), Column("Impuesto", s.tax), Column("Moneda", s.currency),
        Column("Tipo de cambio", s.exchange_rate), Column("Forma de pago", s.payment_method), Column("Canal", s.channel),
        Column("Vendedor", s.seller), Column("Registrada por", s.user_id, PERSON), Column("Origen", s.source),
        Column("Líneas", func.jsonb_array_length(s.lines)),
        Column("Productos", func.jsonb_path_query_array(s.lines, _DESCRIPTIONS)),
    ]  # fmt: skip
    joined = select().select_from(s).outerjoin(Customer, Customer.customer_id == s.customer_id)
    return Sheet("ventas", "sale", s.sale_id, columns, s.custom_fields, joined)


def _opportunities() -> Sheet:
    o, stage, pipeline = Opportunity, aliased(Stage), aliased(Pipeline)
    columns = [
        Column("Código", o.external_id), Column("Oportunidad", o.title), Column("Cliente", display_name()),
        Column("Embudo", pipeline.name), Column("Etapa", stage.name), Column("Estado", o.status, "status"),
        Column("Valor", o.value), Column("Moneda", o.currency), Column("Tipo de cambio", o.exchange_rate),
        Column("Probabilidad", func.coalesce(o.probability_override, o.probability, stage.probability)),
        Column("Producto", o.product), Column("Vendedor", o.seller), Column("Responsable", o.user_id, PERSON),
        Column("Fecha de creación", o.created_at), Column("Cierre esperado", o.expected_close_date),
        Column("Fecha de cierre", func.coalesce(o.won_at, o.lost_at)), Column("Motivo de pérdida", o.lost_reason),
        Column("Próximo paso", o.next_step_at), Column("Origen", o.source), Column("Descripción", o.description),
    ]  # fmt: skip
    joined = (
        select()
        .select_from(o)
        .join(stage, stage.stage_id == o.stage_id)
        .join(pipeline, pipeline.pipeline_id == o.pipeline_id)
        .outerjoin(Customer, Customer.customer_id == o.customer_id)
    )
    return Sheet("oportunidades", "opportunity", o.opportunity_id, columns, o.custom_fields, joined)


def _interactions() -> Sheet:
    i = Interaction
    columns = [
        Column("Fecha", i.date_time), Column("Cliente", display_name()), Column("Tipo", i.type),
        Column("Dirección", i.direction, "direction"), Column("Canal", i.channel), Column("Notas", i.notes),
        Column("Resultado", i.outcome), Column("Seguimiento", i.followup_date),
        Column("Seguimiento hecho", i.followup_done_at), Column("Oportunidad", Opportunity.title),
        Column("Responsable", i.user_id, PERSON),
    ]  # fmt: skip
    joined = (
        select()
        .select_from(i)
        .join(Customer, Customer.customer_id == i.customer_id)
        .outerjoin(Opportunity, and_(Opportunity.opportunity_id == i.opportunity_id, Opportunity.deleted_at.is_(None)))
    )
    return Sheet("contactos", "interaction", i.interaction_id, columns, i.custom_fields, joined)


SHEETS: dict[Kind, Sheet] = {
    "customers": _customers(),
    "sales": _sales(),
    "opportunities": _opportunities(),
    "interactions": _interactions(),
}
