"""The review before saving: what would happen, with every problem at once, and what the file leaves open."""

from collections.abc import Callable, Mapping, Sequence
from html import escape

import pandas as pd
import streamlit as st

from dashboards import account, formats, notices
from dashboards.api_models import mapping_of
from dashboards.generated.models import CountsAnswer, DryRunAnswer, ImportAnswer, ProblemAnswer, ReadingAnswer
from dashboards.notices import markdown_text
from pymeai.errors import PymeError

ENTITIES = {
    "customers": ("cliente", "clientes"),
    "sales": ("venta", "ventas"),
    "sale_lines": ("línea", "líneas"),
    "opportunities": ("oportunidad", "oportunidades"),
    "interactions": ("interacción", "interacciones"),
}
READINGS = {
    "d/m/yyyy": "día/mes/año (31/12/2026)",
    "m/d/yyyy": "mes/día/año (12/31/2026)",
    "iso": "año-mes-día (2026-12-31)",
    "yyyy-dd-mm": "año-día-mes (2026-31-12)",
    "yy-mm-dd": "año-mes-día con dos cifras (26-12-31)",
    "yyyymmdd": "año, mes y día juntos (20261231)",
    "ddmmyyyy": "día, mes y año juntos (31122026)",
    "excel": "fechas de Excel",
    "unix": "segundos desde 1970",
    "5 de enero de 2026": "mes en letras (5 de enero de 2026)",
    "1.234,50": "1.234,50 (coma para decimales)",
    "1,234.50": "1,234.50 (punto para decimales)",
}
PROBLEMS_IN_VIEW = 12
LISTED_ON_A_PHONE = 100
NOTICE = "import_notice"
"""Why a committed import has to wait, as the API said it."""


def show(found: ImportAnswer, *, on_back: Callable[[], None], on_committed: Callable[[], object]) -> None:
    """The step: it runs the dry run, shows it, and commits on demand."""
    client, session = account.api()
    key = f"dry_run_{found.import_id}"
    report: DryRunAnswer | None = st.session_state.get(key)
    if report is None:
        try:
            with st.spinner("Revisando cada fila, sin guardar nada…"):
                report = client.dry_run(session, found.import_id)
        except PymeError as error:
            notices.failure(error, "dry_run")
            st.button("Volver a las columnas", icon=":material/arrow_back:", on_click=_leave, args=(key, on_back))
            return
        st.session_state[key] = report
    _counts(report.counts)
    if report.truncated:
        st.caption(":material/info: Se muestran los primeros problemas; el archivo de rechazadas los trae todos.")
    for note in report.notes:
        st.caption(f":material/info: {markdown_text(note)}")
    _readings(report.readings)
    _questions(found, report.readings)
    _proposals(report.proposals)
    _problems(report)
    ready = report.counts.rows - report.counts.rejected - report.counts.duplicates
    with st.container(horizontal=True, horizontal_alignment="right"):
        st.button(
            "Volver a las columnas",
            type="tertiary",
            icon=":material/arrow_back:",
            on_click=_leave,
            args=(key, on_back),
        )
        label = "Importar 1 fila" if ready == 1 else f"Importar {formats.number(ready)} filas"
        if st.button(label, type="primary", icon=":material/check:", disabled=ready <= 0):
            _commit(found, key, on_committed)


def _leave(key: str, on_back: Callable[[], None]) -> None:
    st.session_state.pop(key, None)
    on_back()


def _commit(found: ImportAnswer, key: str, on_committed: Callable[[], object]) -> None:
    client, session = account.api()
    try:
        notice = client.commit(session, found.import_id)
    except PymeError as error:
        notices.failure(error, "commit")
        return
    st.session_state.pop(key, None)
    st.session_state[NOTICE] = notice
    on_committed()
    st.rerun()


def entity_counts(counts: Mapping[str, int]) -> str:
    """12 ventas, 3 clientes."""
    parts = [
        f"{formats.number(number)} {ENTITIES.get(entity, (entity, entity))[0 if number == 1 else 1]}"
        for entity, number in counts.items()
        if number
    ]
    return ", ".join(parts)


def _main(counts: Mapping[str, int]) -> int:
    """The number of the entity that the file is about: lines are parts of sales."""
    return sum(number for entity, number in counts.items() if entity != "sale_lines")


def figures(counts: CountsAnswer) -> str:
    """Five figures in a row, as HTML."""
    items = (
        ("Nuevos", _main(counts.inserted), entity_counts(counts.inserted), "pm-good"),
        ("Actualizados", _main(counts.updated), entity_counts(counts.updated), ""),
        ("Sin cambios", _main(counts.unchanged), entity_counts(counts.unchanged), ""),
        ("Filas repetidas", counts.duplicates, "", ""),
        ("Filas rechazadas", counts.rejected, "", "pm-bad" if counts.rejected else ""),
    )
    cells = "".join(
        f'<div class="{tone}"><span>{name}</span><b>{formats.number(number)}</b><em>{escape(note)}</em></div>'
        for name, number, note, tone in items
    )
    return f'<div class="pm-figures">{cells}</div>'


def _counts(counts: CountsAnswer) -> None:
    st.html(figures(counts))


def _readings(readings: Sequence[ReadingAnswer]) -> None:
    """How dates and numbers were read, where there is no doubt: a wrong one is seen here, before it is saved."""
    sure = [reading for reading in readings if not reading.ambiguous and reading.reading in READINGS]
    if sure:
        chips = "".join(
            f"<span>{escape(reading.column)}: <b>{escape(READINGS.get(reading.reading, reading.reading))}</b></span>"
            for reading in sure
        )
        st.html(f'<div class="pm-chips" aria-label="Cómo se leyeron las columnas">{chips}</div>')


def _questions(found: ImportAnswer, readings: Sequence[ReadingAnswer]) -> None:
    """What can be read in two ways is asked; a changed answer reads the file again."""
    answers: dict[str, str] = {}
    open_questions = [reading for reading in readings if reading.ambiguous]
    if not open_questions:
        return
    with st.container(border=True, key="import_questions", gap="small"):
        st.html('<div class="pm-widget-title"><h3>Confirme cómo leer estas columnas</h3></div>')
        for number, reading in enumerate(open_questions):
            choices = list(dict.fromkeys([reading.reading, *reading.alternatives]))
            answers[reading.column] = st.radio(
                markdown_text(reading.question or f"¿Cómo se lee la columna {reading.column}?"),
                choices,
                index=0,
                format_func=lambda choice: READINGS.get(choice, choice),
                key=f"reading_{found.import_id}_{number}",
                horizontal=True,
            )
        changed = any(answers[reading.column] != reading.reading for reading in open_questions)
        if changed and st.button("Leer de nuevo así", icon=":material/refresh:"):
            _read_again(found, answers)


def _read_again(found: ImportAnswer, answers: Mapping[str, str]) -> None:
    client, session = account.api()
    options = {**found.options, "readings": {**found.options.get("readings", {}), **answers}}
    targets = {column.source: column.target for column in mapping_of(found).columns}
    try:
        client.set_mapping(session, found.import_id, targets, options)
    except PymeError as error:
        notices.failure(error, "reading")
        return
    st.session_state.pop(f"dry_run_{found.import_id}", None)
    st.rerun()


def _proposals(proposals: Sequence[Mapping[str, object]]) -> None:
    if not proposals:
        return
    with st.expander(
        f"Valores de listas: {formats.number(len(proposals))} por crear o reconocer", icon=":material/list:"
    ):
        frame = pd.DataFrame(
            {
                "En el archivo": [str(item.get("value") or "") for item in proposals],
                "Quedará como": [str(item.get("proposal") or "en blanco") for item in proposals],
                "": ["ya existe" if item.get("matched") else "se crea" for item in proposals],
            }
        )
        st.dataframe(frame, hide_index=True, height="content" if len(frame) <= PROBLEMS_IN_VIEW else 400)


def problem_frame(problems: Sequence[ProblemAnswer], outcome: str) -> pd.DataFrame:
    """One row a problem, as the table shows it."""
    return pd.DataFrame(
        {
            "Fila": [problem.row_number for problem in problems],
            "Qué pasa": [outcome] * len(problems),
            "Columna": [problem.column or "" for problem in problems],
            "Valor": [problem.value or "" for problem in problems],
            "Problema": [problem.message for problem in problems],
            "Sugerencia": [problem.suggestion or "" for problem in problems],
        }
    )


def _problems(report: DryRunAnswer) -> None:
    rejected = [reason for row in report.rejected for reason in row.reasons]
    if not rejected and not report.warnings:
        st.success("Ninguna fila tiene problemas.", icon=":material/check_circle:")
        return
    frame = pd.concat(
        [
            problem_frame(rejected, "La fila no entra"),
            problem_frame(report.warnings, "Entra sin ese dato"),
        ],
        ignore_index=True,
    )
    with st.container(border=True, key="import_problems", gap="xsmall"):
        st.html(
            '<div class="pm-widget-title"><h3>Problemas encontrados</h3>'
            f"<span>{formats.number(len(frame))} en total</span></div>"
        )
        if rejected and report.warnings:
            shown = st.segmented_control(
                "Mostrar",
                ["Todos", "La fila no entra", "Entra sin ese dato"],
                default="Todos",
                required=True,
                label_visibility="collapsed",
                key="problem_filter",
            )
            frame = frame if shown == "Todos" else frame[frame["Qué pasa"] == shown]
        with st.container(key="problem_wide"):
            st.dataframe(
                frame,
                hide_index=True,
                key="problem_table",
                height="content" if len(frame) <= PROBLEMS_IN_VIEW else 440,
                column_config={
                    "Fila": st.column_config.NumberColumn(width="small", format="%d"),
                    "Qué pasa": st.column_config.TextColumn(width=150),
                    "Columna": st.column_config.TextColumn(width="small"),
                    "Problema": st.column_config.TextColumn(width="large"),
                    "Sugerencia": st.column_config.TextColumn(width="large"),
                },
            )
        st.html(problem_list(frame))


def problem_list(frame: pd.DataFrame) -> str:
    """The problems as a list, for screens that crop a table."""
    items = []
    for row in frame.head(LISTED_ON_A_PHONE).to_dict("records"):
        where = " · ".join(filter(None, (f"Fila {row['Fila']}", str(row["Columna"]), str(row["Qué pasa"]))))
        value = f"<code>{escape(str(row['Valor']))}</code> " if row["Valor"] else ""
        text = f"{escape(str(row['Problema']))} {escape(str(row['Sugerencia']))}"
        items.append(f"<li><small>{escape(where)}</small>{value}{text}</li>")
    more = len(frame) - LISTED_ON_A_PHONE
    if more > 0:
        items.append(f"<li><small>Y {formats.number(more)} más.</small></li>")
    return f'<ul class="pm-problems">{"".join(items)}</ul>'
