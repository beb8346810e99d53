"""One customer: who they are, how to reach them, what they bought, and their segment with its reasons."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from html import escape
from typing import Any
from urllib.parse import quote
from uuid import UUID

import streamlit as st

from dashboards import account, charts, formats, periods
from dashboards.api_models import customer_name, lines_of
from dashboards.customer_list import PARAMETER, avatar, badge
from dashboards.generated.models import CustomerDetail, CustomFieldAnswer, SaleAnswer
from pymeai.clock import COSTA_RICA, business_today
from pymeai.costa_rica.identification import show_identification
from pymeai.costa_rica.phones import show_phone, whatsapp_link
from pymeai.costa_rica.territory import province_name
from pymeai.costa_rica.text import fold
from pymeai.settings import get_settings

DOCUMENTS = {
    "invoice": "Factura",
    "ticket": "Tiquete",
    "credit_note": "Nota de crédito",
    "debit_note": "Nota de débito",
    "other": "Otro",
}
IDENTIFICATIONS = {
    "01": "Cédula física",
    "02": "Cédula jurídica",
    "03": "DIMEX",
    "04": "NITE",
    "05": "Identificación extranjera",
    "06": "Identificación",
}
# What people write in a column of yes and no, folded.
YES = frozenset({"true", "si", "s", "x", "1", "yes", "y", "v", "verdadero"})
# The segmentation's flags: what the badge says and its colour.
FLAGS = {
    "valioso": ("Valioso", "pm-green"),
    "en_riesgo": ("En riesgo", "pm-amber"),
    "perdiendose": ("Perdiéndose", "pm-red"),
}
SALES_SHOWN = 200
CHART_MONTHS = 24


def show(customer_id: UUID) -> None:
    """The whole card. Raises NotFound."""
    client, session = account.api()
    customer = client.customer(session, customer_id)
    sales = client.sales_of(session, customer_id, limit=SALES_SHOWN)
    fields = client.custom_fields(session, "customer")
    back()
    _header(customer)
    _figures(customer, sales.items, sales.total)
    left, right = st.columns([1.9, 1], gap="small")
    with left:
        _purchases(sales.items, sales.total)
    with right:
        _segment(customer, sales.items, sales.total)
        _profile(customer)
        _custom_fields(customer, fields)


def back() -> None:
    """The way back to the list, where it was left."""
    if st.button("Clientes", icon=":material/arrow_back:", type="tertiary", key="customer_back"):
        del st.query_params[PARAMETER]
        st.rerun()


def _header(customer: CustomerDetail) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="card_header"):
        st.html(
            f'<div class="pm-card-head">{avatar(customer)}<div><h1>{escape(customer_name(customer))}</h1>'
            f"<p>{badge(customer.segment)}{_tags(customer.tags)}</p></div></div>",
            width="stretch",
        )
        if customer.phone:
            st.link_button("WhatsApp", whatsapp_link(customer.phone), icon=":material/chat:", type="primary")
        if customer.email:
            st.link_button("Correo", f"mailto:{quote(customer.email, safe='@.+-_')}", icon=":material/mail:")


def _tags(tags: Sequence[str]) -> str:
    return "".join(f'<span class="pm-badge pm-outline">{escape(tag)}</span>' for tag in tags)


def signed(sale: SaleAnswer) -> Decimal:
    """What the sale adds in colones: a credit note subtracts, and one whose rate nobody knows adds nothing."""
    amount = sale.amount * (1 if sale.currency == "CRC" else sale.exchange_rate or 0)
    return -amount if sale.document_type == "credit_note" else amount


def local_day(moment: datetime) -> date:
    """The day in Costa Rica."""
    return moment.astimezone(COSTA_RICA).date()


def _figures(customer: CustomerDetail, sales: Sequence[SaleAnswer], total: int) -> None:
    purchases = [sale for sale in sales if sale.document_type != "credit_note"]
    last = max((local_day(sale.sold_at) for sale in purchases), default=None)
    today = business_today(get_settings())
    value = customer.lifetime_value
    if value is None and total <= len(sales):
        value = sum((signed(sale) for sale in sales), Decimal(0))
    with st.container(key="card_figures"):
        items = (
            ("Ha comprado", formats.money(value), "en colones, menos notas de crédito"),
            ("Documentos", formats.number(total), "facturas, tiquetes y notas"),
            ("Última compra", formats.day(last) if last else formats.MISSING, _ago(last, today)),
            ("Cliente desde", formats.day(customer.created_at) if customer.created_at else formats.MISSING, ""),
        )
        st.html(
            '<div class="pm-figures">'
            + "".join(
                f"<div><span>{label}</span><b>{escape(text)}</b><em>{escape(note)}</em></div>"
                for label, text, note in items
            )
            + "</div>"
        )


def _ago(day: date | None, today: date) -> str:
    if day is None:
        return "sin compras registradas"
    days = (today - day).days
    if days <= 0:
        return "hoy"
    return "ayer" if days == 1 else f"hace {formats.number(days)} días"


def monthly(sales: Sequence[SaleAnswer]) -> charts.Series:
    """Net purchases in colones by month, over the last months that have any."""
    sums: dict[date, Decimal] = {}
    for sale in sales:
        month = local_day(sale.sold_at).replace(day=1)
        sums[month] = sums.get(month, Decimal(0)) + signed(sale)
    if not sums:
        return charts.Series([], [], [], "money")
    months = periods.buckets(min(sums), max(sums), "month")[-CHART_MONTHS:]
    values = [float(sums.get(month, 0)) for month in months]
    return charts.Series(
        labels=[formats.month(month) for month in months],
        numbers=values,
        texts=[formats.money(value) for value in values],
        kind="money",
    )


def _purchases(sales: Sequence[SaleAnswer], total: int) -> None:
    with st.container(border=True, key="card_chart", gap="xsmall"):
        st.html('<div class="pm-widget-title"><h3>Compras por mes</h3><span>colones</span></div>')
        if not sales:
            st.html('<div class="pm-nothing">Todavía no hay ventas de este cliente.</div>')
            return
        st.echarts_chart(charts.bar(monthly(sales)), height=230, key="card_sales_chart", alt="Compras por mes")
    with st.container(border=True, key="card_sales", gap="xsmall"):
        note = f"las {formats.number(len(sales))} más recientes" if total > len(sales) else ""
        st.html(f'<div class="pm-widget-title"><h3>Ventas</h3><span>{note}</span></div>')
        st.html(f'<ul class="pm-sales">{"".join(sale_html(sale) for sale in sales)}</ul>')


def sale_html(sale: SaleAnswer) -> str:
    """A sale as a line of the list: day, document and what it was about, amount."""
    credit = sale.document_type == "credit_note"
    amount = formats.money(-sale.amount if credit else sale.amount, sale.currency)
    document = " ".join(filter(None, (DOCUMENTS.get(sale.document_type, "Otro"), sale.external_key)))
    tone = ' class="pm-minus"' if credit else ""
    return (
        f"<li{tone}><time>{escape(formats.day(local_day(sale.sold_at)))}</time>"
        f"<div><b>{escape(_detail(sale) or document)}</b><span>{escape(document)}</span></div>"
        f"<strong>{escape(amount)}</strong></li>"
    )


def _detail(sale: SaleAnswer) -> str:
    names = [line.description for line in lines_of(sale) if line.description]
    more = f" y {len(names) - 2} más" if len(names) > 2 else ""
    return ", ".join(names[:2]) + more


def _segment(customer: CustomerDetail, sales: Sequence[SaleAnswer], total: int) -> None:
    if not customer.segment:
        return
    last = max((local_day(sale.sold_at) for sale in sales if sale.document_type != "credit_note"), default=None)
    today = business_today(get_settings())
    facts = [f"{formats.number(total)} {'documento' if total == 1 else 'documentos'} de venta"]
    facts += [f"la última compra fue {_ago(last, today)}"] if last else ["ninguna compra registrada"]
    # Until the segmentation has said why, what the card itself knows.
    reasons = customer.segment_reasons or [f"{'; '.join(facts).capitalize()}."]
    with st.container(border=True, key="card_segment", gap="xsmall"):
        st.html('<div class="pm-widget-title"><h3>Segmento</h3></div>')
        st.html(
            f'<p class="pm-why">{badge(customer.segment)}{flag_badges(customer.flags)}</p>'
            + "".join(f'<p class="pm-why">{escape(reason)}</p>' for reason in reasons)
        )


def flag_badges(flags: Sequence[str]) -> str:
    """What the segmentation noticed beside the segment; a flag that is not known here goes by its own name."""
    named = (FLAGS.get(flag, (flag.replace("_", " ").capitalize(), "pm-outline")) for flag in flags)
    return "".join(f'<span class="pm-badge {tone}">{escape(label)}</span>' for label, tone in named)


def _profile(customer: CustomerDetail) -> None:
    place = province_name(customer.province)
    number = customer.identification_number
    entries: list[tuple[str, str | None]] = [
        ("Teléfono", show_phone(customer.phone) if customer.phone else None),
        ("Otro teléfono", show_phone(customer.phone_alt) if customer.phone_alt else None),
        ("Correo", customer.email),
        (
            IDENTIFICATIONS.get(customer.identification_type or "", "Identificación"),
            show_identification(customer.identification_type, number) if number else None,
        ),
        ("Dirección", customer.address),
        ("Provincia", place),
        ("Código", customer.external_id),
        ("Origen", customer.source),
        ("Último contacto", formats.day(customer.last_interaction) if customer.last_interaction else None),
    ]
    with st.container(border=True, key="card_profile", gap="xsmall"):
        st.html('<div class="pm-widget-title"><h3>Datos</h3></div>')
        known = [(label, text) for label, text in entries if text]
        st.html(_definitions(known) if known else '<div class="pm-nothing">Sin datos de contacto.</div>')


def _definitions(entries: Sequence[tuple[str, str]]) -> str:
    rows = "".join(f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>" for label, text in entries)
    return f'<dl class="pm-data">{rows}</dl>'


def _custom_fields(customer: CustomerDetail, fields: Sequence[CustomFieldAnswer]) -> None:
    sections: dict[str, list[tuple[str, str]]] = {}
    known = set()
    for field in sorted(fields, key=lambda field: field.display_order):
        known.add(field.field_name)
        text = _field_text(customer.custom_fields.get(field.field_name), field.field_type)
        if text:
            sections.setdefault(field.section or "Otros datos", []).append((field.label, text))
    for name, value in customer.custom_fields.items():
        text = _field_text(value, "text")
        if name not in known and text:
            sections.setdefault("Otros datos", []).append((name.replace("_", " ").capitalize(), text))
    for number, (section, entries) in enumerate(sections.items()):
        with st.container(border=True, key=f"card_section_{number}", gap="xsmall"):
            st.html(f'<div class="pm-widget-title"><h3>{escape(section)}</h3></div>')
            st.html(_definitions(entries))


def _field_text(value: Any, kind: str) -> str:
    if value is None or value == "":
        return ""
    if kind == "boolean":
        return "Sí" if fold(str(value)) in YES else "No"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return formats.cell(value, {"money": "money", "number": "number", "date": "date"}.get(kind, "text"))
