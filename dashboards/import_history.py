"""The imports so far."""

from collections.abc import Callable
from html import escape
from uuid import UUID

import streamlit as st

from dashboards import account, formats
from dashboards.api_models import counts_of
from dashboards.generated.models import ImportAnswer
from dashboards.notices import markdown_text

STATUSES = {
    "uploaded": ("Por revisar", "pm-amber"),
    "ready": ("Por confirmar", "pm-amber"),
    "queued": ("En cola", "pm-blue"),
    "running": ("Cargando", "pm-blue"),
    "done": ("Lista", "pm-green"),
    "failed": ("Con error", "pm-red"),
    "undone": ("Deshecha", "pm-gray"),
}
KIND_NAMES = {
    "sales": "Ventas",
    "customers": "Clientes",
    "opportunities": "Oportunidades",
    "interactions": "Interacciones",
}


def show(on_open: Callable[[UUID], None]) -> None:
    """The latest imports, each a link to its own page."""
    client, session = account.api()
    imports = client.imports(session)
    if not imports:
        return
    st.subheader("Historial", anchor=False)
    with st.container(key="import_rows", gap=None):
        for item in imports:
            with st.container(key=f"import_row_{item.import_id}", gap=None):
                st.html(row_html(item))
                st.button(
                    markdown_text(f"Abrir la importación de {item.file_name}"),
                    key=f"import_open_{item.import_id}",
                    on_click=on_open,
                    args=(item.import_id,),
                    width="stretch",
                )


def extension(file_name: str) -> str:
    """The ending of a file's name in capitals: CSV, XLSX."""
    ending = file_name.rpartition(".")[2] if "." in file_name else ""
    return ending[:4].upper()


def row_html(item: ImportAnswer) -> str:
    """File, what and when, state, and how many rows went in."""
    label, color = STATUSES.get(item.status, (item.status, "pm-gray"))
    when = formats.moment(item.created_at) if item.created_at else ""
    rows = ""
    if item.status == "done":
        counts = counts_of(item)
        rows = f"{formats.number(counts.rows - counts.rejected)} de {formats.number(counts.rows)} filas"
    return (
        '<div class="pm-row">'
        f'<div class="pm-avatar pm-company pm-file" aria-hidden="true">{escape(extension(item.file_name))}</div>'
        f'<div class="pm-who"><b>{escape(item.file_name)}</b>'
        f"<span>{escape(KIND_NAMES.get(item.kind, item.kind))} · {escape(when)}</span></div>"
        f'<div class="pm-segment"><span class="pm-badge {color}">{escape(label)}</span></div>'
        f'<div class="pm-value"><span>{escape(rows)}</span></div>'
        "</div>"
    )
