"""The columns' step: what was understood of the file, and where each column goes."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import streamlit as st

from dashboards import account, formats, notices
from dashboards.api_models import ImportColumn, ImportMapping, currency_of, mapping_of
from dashboards.generated.models import ImportAnswer, TargetAnswer
from dashboards.notices import markdown_text
from pymeai.costa_rica.text import snake_name
from pymeai.errors import PymeError

IGNORE = "ignore"
UNDECIDED = ""
# Below this the column is shown as one to look at.
SURE = 0.8
DELIMITERS = {",": "coma", ";": "punto y coma", "\t": "tabulador", "|": "barra", " ": "espacio"}
POLICIES = {
    "overwrite": "Actualizar con lo que trae el archivo",
    "fill": "Llenar solo lo que está vacío",
    "never": "No tocar lo que ya está",
}
# Which entities a file of each kind may bring new fields for, the likeliest first.
NEW_FIELDS = {
    "customers": ("customer",),
    "sales": ("sale", "customer"),
    "opportunities": ("opportunity", "customer"),
    "interactions": ("interaction", "customer"),
}
ENTITIES = {
    "customer": "del cliente",
    "sale": "de la venta",
    "opportunity": "de la oportunidad",
    "interaction": "de la interacción",
}
POLICY_NOTE = "Una celda vacía nunca borra nada."


def show(found: ImportAnswer, on_done: Callable[[], None], on_cancel: Callable[[], None]) -> None:
    """The step; `on_done` once the API has taken the mapping."""
    client, session = account.api()
    targets = {target.name: target for target in client.targets(session, found.kind)}
    understood = mapping_of(found)
    _understood(found, understood)
    open_columns = sum(1 for column in understood.columns if column.target is None)
    with st.container(border=True, key="import_mapping", gap="xsmall"):
        note = f"{formats.number(open_columns)} por decidir" if open_columns else "todas tienen destino"
        st.html(
            '<div class="pm-widget-title"><h3>¿Qué es cada columna?</h3>'
            f"<span>{formats.number(len(understood.columns))} columnas · {escape(note)}</span></div>"
        )
        chosen = {
            column.source: _column(number, column, targets, found, understood.sheet)
            for number, column in enumerate(understood.columns)
        }
    options = _options(found, understood)
    problems = st.container()
    with st.container(horizontal=True, horizontal_alignment="right"):
        st.button("Cancelar", type="tertiary", on_click=on_cancel)
        if st.button("Revisar las filas", type="primary", icon=":material/fact_check:"):
            with problems:
                _save(found, chosen, options, on_done)


def _save(found: ImportAnswer, chosen: Mapping[str, str], options: dict[str, Any], on_done: Callable[[], None]) -> None:
    client, session = account.api()
    targets = {source: target or None for source, target in chosen.items()}
    try:
        client.set_mapping(session, found.import_id, targets, options)
    except PymeError as error:
        notices.failure(error, "mapping")
        return
    on_done()
    st.rerun()


def _understood(found: ImportAnswer, understood: ImportMapping) -> None:
    chips = [f"<b>{formats.number(understood.rows)}</b> filas"] if understood.rows is not None else []
    if understood.sheet:
        chips.append(f"Hoja <b>{escape(understood.sheet)}</b>")
    if understood.header_row is not None:
        chips.append(f"Encabezado en la fila <b>{formats.number(understood.header_row)}</b>")
    if understood.encoding:
        chips.append(f"Codificación <b>{escape(understood.encoding)}</b>")
    if understood.delimiter:
        chips.append(f"Separador <b>{escape(DELIMITERS.get(understood.delimiter, understood.delimiter))}</b>")
    with st.container(border=True, key="import_understood", gap="xsmall"):
        st.html('<div class="pm-widget-title"><h3>Lo que entendimos del archivo</h3></div>')
        st.html(f'<div class="pm-chips">{"".join(f"<span>{chip}</span>" for chip in chips)}</div>')
        if len(understood.sheets) > 1:
            sheet = st.selectbox(
                "Hoja del libro",
                understood.sheets,
                index=understood.sheets.index(understood.sheet) if understood.sheet in understood.sheets else 0,
                key=f"sheet_{found.import_id}_{understood.sheet}",
                width=320,
            )
            if sheet != understood.sheet:
                client, session = account.api()
                client.choose_sheet(session, found.import_id, sheet)
                st.rerun()
        for note in understood.notes:
            st.caption(f":material/info: {markdown_text(note)}")


def _column(
    number: int, column: ImportColumn, targets: Mapping[str, TargetAnswer], found: ImportAnswer, sheet: str | None
) -> str:
    """One column of the file and the choice of where it goes; returns the choice."""
    names = [UNDECIDED, *targets, *new_fields(found.kind, column.source), IGNORE]
    current = column.target or UNDECIDED
    if current not in names:
        names.insert(1, current)
    with st.container(key=f"mapping_row_{number}"):
        st.html(_source_html(column))
        return st.selectbox(
            f"Destino de la columna {markdown_text(column.source)}",
            names,
            index=names.index(current),
            format_func=lambda name: target_label(name, targets, column.source),
            key=f"mapping_{found.import_id}_{sheet}_{number}",
            label_visibility="collapsed",
        )


def new_fields(kind: str, source: str) -> list[str]:
    """The custom fields that could be made of a column that has no home."""
    return [f"{entity}.custom:{snake_name(source)}" for entity in NEW_FIELDS.get(kind, ())]


def target_label(name: str, targets: Mapping[str, TargetAnswer], source: str) -> str:
    """A target as the screen names it. Selectbox options are plain text."""
    if name == UNDECIDED:
        return "Elija un destino…"
    if name == IGNORE:
        return "No importar"
    target = targets.get(name)
    if target is None:
        entity = ENTITIES.get(name.partition(".")[0], "")
        return f"Campo nuevo {entity}: {source}"
    label = f"{target.group}: {target.label}" if target.group else target.label
    return f"{label} *" if target.required else label


def _source_html(column: ImportColumn) -> str:
    samples = " · ".join(column.samples[:5]) or "sin valores"
    sure = ""
    if column.target and ":" in column.target and column.confidence < SURE:
        sure = '<em><span class="pm-badge pm-amber">Campo nuevo</span> No es un dato que ya conozcamos: quedará aparte.</em>'
    elif column.target is not None and column.target != IGNORE:
        low = "" if column.confidence >= SURE else " pm-low"
        percent = formats.percent(column.confidence, 0)
        reason = f" · {column.reason}" if column.reason else ""
        sure = (
            f'<em><span class="pm-sure{low}" aria-hidden="true"><i style="width:{column.confidence * 100:.0f}%"></i></span>'
            f"{escape(percent)} de confianza{escape(reason)}</em>"
        )
    elif column.target is None:
        sure = f"<em>{escape(column.reason or 'No estamos seguros: decida usted.')}</em>"
    return f'<div class="pm-source"><b>{escape(column.source)}</b><span>{escape(samples)}</span>{sure}</div>'


def _options(found: ImportAnswer, understood: ImportMapping) -> dict[str, Any]:
    """What holds for the whole file; returns the options to send, those set elsewhere included."""
    options = dict(found.options)
    with st.expander("Opciones", icon=":material/tune:"):
        if found.kind in ("sales", "opportunities"):
            currencies = {"CRC": "Colones", "USD": "Dólares"}
            options["currency"] = st.selectbox(
                "Moneda de los montos que no dicen la suya",
                list(currencies),
                index=list(currencies).index(options.get("currency") or currency_of(account.signed_in().organization)),
                format_func=currencies.__getitem__,
                key=f"currency_{found.import_id}",
            )
        policy = options.get("default_policy") or "overwrite"
        options["default_policy"] = st.radio(
            "Si un cliente ya está",
            list(POLICIES),
            index=list(POLICIES).index(policy),
            format_func=POLICIES.__getitem__,
            help=POLICY_NOTE,
            key=f"policy_{found.import_id}",
        )
        options["reject_rows_with_warnings"] = st.checkbox(
            "Rechazar también las filas con una celda que no se entiende",
            value=bool(options.get("reject_rows_with_warnings")),
            help="Si no lo marca, la fila entra sin ese dato y el informe lo dice.",
            key=f"strict_{found.import_id}",
        )
        if options.get("repeat") or any("ya se importó" in note for note in understood.notes):
            options["repeat"] = st.checkbox(
                "Cargar este archivo otra vez",
                value=bool(options.get("repeat")),
                help="El mismo contenido no entra dos veces, a menos que usted lo pida.",
                key=f"repeat_{found.import_id}",
            )
    return options
