"""The list of customers: search, segments, pages; a row is a link to the card."""

from html import escape

import streamlit as st

from dashboards import account, formats
from dashboards.api_models import Customer, customer_name
from dashboards.generated.models import SegmentCount
from dashboards.metric_data import SEGMENT_LABELS
from dashboards.notices import empty_state, markdown_text
from pymeai.costa_rica.phones import show_phone

PARAMETER = "cliente"
PAGE_SIZE = 25
SORTS = {
    "-lifetime_value": "Los que más han comprado",
    "-created_at": "Los más recientes",
    "-last_interaction": "Último contacto",
}
SEGMENT_CLASSES = {"frecuente": "pm-green", "nuevo": "pm-blue", "ocasional": "pm-amber", "inactivo": "pm-gray"}
SEGMENT_NAMES = {"frecuente": "Frecuente", "nuevo": "Nuevo", "ocasional": "Ocasional", "inactivo": "Inactivo"}

# The cursors of the pages seen so far: the first page has none.
CURSORS = "customer_cursors"


def show() -> None:
    """The whole page."""
    client, session = account.api()
    segments = client.segments(session)
    total = sum(item.customers for item in segments)
    st.title("Clientes", anchor=False)
    if not total:
        empty_state(
            "groups",
            "Todavía no hay clientes",
            "Suba una lista de clientes o de ventas: de ambas salen sus clientes, sin repetirlos.",
            key="customers",
        )
        account.import_button("Importar un archivo")
        return
    search, segment, sort = _filters(segments, total)
    _rows(search, segment, sort)


def _filters(segments: list[SegmentCount], total: int) -> tuple[str, str | None, str]:
    counts = {item.segment: item.customers for item in segments if item.segment}
    names = [name for name in SEGMENT_LABELS if name in counts] + [
        name for name in counts if name not in SEGMENT_LABELS
    ]
    with st.container(horizontal=True, key="customer_filters"):
        search = st.text_input(
            "Buscar",
            type="search",
            placeholder="Nombre, teléfono, correo, cédula o código",
            key="customer_search",
            label_visibility="collapsed",
            live="400ms",
            on_change=_first_page,
        )
        sort = st.selectbox(
            "Orden",
            list(SORTS),
            format_func=SORTS.__getitem__,
            key="customer_sort",
            label_visibility="collapsed",
            width=250,
            filter_mode=None,
            on_change=_first_page,
        )
    segment = st.pills(
        "Segmento",
        ["", *names],
        default="",
        required=True,
        format_func=lambda name: _segment_option(name, counts, total),
        key="customer_segment",
        label_visibility="collapsed",
        on_change=_first_page,
    )
    return (search or "").strip(), segment or None, sort


def _segment_option(name: str, counts: dict[str, int], total: int) -> str:
    if not name:
        return f"Todos · {formats.number(total)}"
    return f"{markdown_text(SEGMENT_LABELS.get(name, name))} · {formats.number(counts[name])}"


def _first_page() -> None:
    st.session_state[CURSORS] = [None]


def _rows(search: str, segment: str | None, sort: str) -> None:
    client, session = account.api()
    cursors: list[str | None] = st.session_state.setdefault(CURSORS, [None])
    page = client.customers(session, search=search, segment=segment, sort=sort, cursor=cursors[-1], limit=PAGE_SIZE)
    if not page.items:
        empty_state(
            "search_off",
            "Nadie coincide con esa búsqueda",
            "Revise la escritura o quite el filtro de segmento. Las tildes y las mayúsculas no importan.",
            key="search",
        )
        return
    first = (len(cursors) - 1) * PAGE_SIZE + 1
    with st.container(key="customer_rows", gap=None):
        for customer in page.items:
            _row(customer)
    with st.container(horizontal=True, vertical_alignment="center", key="customer_pages"):
        st.caption(
            f"{formats.number(first)}–{formats.number(first + len(page.items) - 1)} de {formats.number(page.total)}",
            width="stretch",
        )
        if st.button("Anteriores", icon=":material/chevron_left:", disabled=len(cursors) == 1):
            cursors.pop()
            st.rerun()
        if st.button(
            "Siguientes", icon=":material/chevron_right:", icon_position="right", disabled=not page.next_cursor
        ):
            cursors.append(page.next_cursor)
            st.rerun()


def _row(customer: Customer) -> None:
    with st.container(key=f"customer_row_{customer.customer_id}", gap=None):
        st.html(row_html(customer))
        st.button(
            markdown_text(f"Abrir la ficha de {customer_name(customer)}"),
            key=f"customer_open_{customer.customer_id}",
            on_click=_open,
            args=(str(customer.customer_id),),
            width="stretch",
        )


def _open(customer_id: str) -> None:
    st.query_params[PARAMETER] = customer_id


def row_html(customer: Customer) -> str:
    """A row: initials, name and how to reach them, segment, what they bought in all, and the last contact."""
    reach = " · ".join(filter(None, (show_phone(customer.phone) if customer.phone else "", customer.email or "")))
    last = f"Último contacto {formats.day(customer.last_interaction)}" if customer.last_interaction else ""
    value = formats.money(customer.lifetime_value) if customer.lifetime_value else ""
    return (
        '<div class="pm-row">'
        f"{avatar(customer)}"
        f'<div class="pm-who"><b>{escape(customer_name(customer))}</b><span>{escape(reach) or "Sin teléfono ni correo"}</span></div>'
        f'<div class="pm-segment">{badge(customer.segment)}</div>'
        f'<div class="pm-value"><b>{escape(value) or formats.MISSING}</b><span>{escape(last)}</span></div>'
        "</div>"
    )


def avatar(customer: Customer) -> str:
    """A disc with the initials, or a square one for a company."""
    given, family = (customer.first_name or "").split(), (customer.last_name or "").split()
    words = given[:1] + family[:1] if given and family else customer_name(customer).split()[:2]
    initials = "".join(word[0] for word in words if word[0].isalnum()).upper()
    shape = "pm-avatar pm-company" if customer.kind == "company" else "pm-avatar"
    return f'<div class="{shape}" aria-hidden="true">{escape(initials or "?")}</div>'


def badge(segment: str | None) -> str:
    """The segment as a coloured label; nothing where it is not computed yet."""
    if not segment:
        return ""
    name = SEGMENT_NAMES.get(segment, segment)
    return f'<span class="pm-badge {SEGMENT_CLASSES.get(segment, "pm-gray")}">{escape(name)}</span>'
