"""The conversation with Kula: what was asked, what was understood, the answer, and where to go from there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any
from uuid import UUID

import pandas as pd
import streamlit as st

from dashboards import account, charts, formats, metric_data
from dashboards.api_client import SessionEnded
from dashboards.api_models import currency_of
from dashboards.generated.models import KulaAnswer, ReplyColumn
from dashboards.notices import markdown_text
from pymeai.errors import PymeError

ICON = str(Path(__file__).with_name("static") / "icon.svg")
STATE = "kula_conversation"
PENDING = "kula_pending"
SUGGESTIONS = (
    "¿Cuánto vendí este año por mes?",
    "¿Cuáles son mis 5 mejores clientes?",
    "Ventas por categoría de los últimos 12 meses",
    "¿Cuántas oportunidades abiertas tengo por etapa?",
)
# More rows than this scroll inside their table.
ROWS_IN_VIEW = 14


@dataclass
class Turn:
    """A question and what came back: a reply, or what went wrong."""

    question: str
    reply: KulaAnswer | None = None
    error: str | None = None


@dataclass
class Conversation:
    """What the page remembers between reruns."""

    conversation_id: UUID | None = None
    turns: list[Turn] = field(default_factory=list)


def show() -> None:
    """The whole page."""
    conversation: Conversation = st.session_state.setdefault(STATE, Conversation())
    with st.container(horizontal=True, vertical_alignment="center", key="kula_header"):
        with st.container(width="stretch", gap="xxsmall"):
            st.title("Kula", anchor=False)
            st.caption("Pregunte por sus ventas, clientes y oportunidades. Kula responde solo con sus datos.")
        if conversation.turns and st.button("Nueva conversación", icon=":material/add_comment:"):
            st.session_state[STATE] = Conversation()
            st.rerun()
    asked = st.chat_input("Pregúntele a Kula sobre su negocio…", max_chars=500, key="kula_input")
    question = asked or st.session_state.pop(PENDING, None)
    if not conversation.turns and not question:
        _welcome()
    for number, turn in enumerate(conversation.turns):
        _draw(turn, number, latest=number == len(conversation.turns) - 1 and not question)
    if question:
        turn = Turn(str(question).strip())
        _user(turn.question)
        with st.chat_message("assistant", avatar=ICON), st.spinner("Revisando sus datos…"):
            _answer(conversation, turn)
        conversation.turns.append(turn)
        # Drawn again from the conversation, with its buttons in their lasting places.
        st.rerun()


def _answer(conversation: Conversation, turn: Turn) -> None:
    client, session = account.api()
    try:
        turn.reply = client.ask(session, turn.question, conversation.conversation_id)
        conversation.conversation_id = turn.reply.conversation_id or conversation.conversation_id
    except SessionEnded:
        raise
    except PymeError as error:
        turn.error = error.message


def _welcome() -> None:
    with st.container(key="kula_welcome", horizontal_alignment="center", gap="small"):
        st.html(
            '<div class="pm-hello"><img src="/app/static/icon.svg" alt="" height="52">'
            "<h2>¿Qué quiere saber de su negocio?</h2><p>Escriba como habla. Si algo no queda claro, Kula le pregunta "
            "antes de responder.</p></div>"
        )
        with st.container(key="kula_suggestions"):
            for number, suggestion in enumerate(SUGGESTIONS):
                st.button(
                    suggestion, key=f"kula_suggestion_{number}", on_click=_ask_next, args=(suggestion,), width="stretch"
                )


def _ask_next(question: str) -> None:
    st.session_state[PENDING] = question


def _user(question: str) -> None:
    with st.chat_message("user", avatar=":material/person:"):
        st.html(f'<p class="pm-said">{escape(question)}</p>')


def _draw(turn: Turn, number: int, *, latest: bool) -> None:
    _user(turn.question)
    with st.chat_message("assistant", avatar=ICON):
        if turn.reply is None:
            st.error(markdown_text(turn.error or ""), icon=":material/cloud_off:")
            if latest:
                st.button("Volver a preguntar", key=f"kula_again_{number}", on_click=_ask_next, args=(turn.question,))
            return
        _reply(turn.reply, number, latest=latest)


def _reply(reply: KulaAnswer, number: int, *, latest: bool) -> None:
    currency = reply.currency or currency_of(account.signed_in().organization)
    if reply.understood:
        st.html(f'<p class="pm-understood">{escape(_understood(reply.understood))}</p>')
    if reply.kind == "help":
        # A help topic is the platform's own page: the only text here that nobody outside wrote a word of.
        st.markdown(reply.text)
    else:
        st.html(f'<p class="pm-said">{escape(reply.text)}</p>')
    for assumption in reply.assumptions:
        st.caption(f":material/info: {markdown_text(assumption)}")
    if reply.rows:
        _chart(reply, currency, number)
        if len(reply.columns) > 1 or len(reply.rows) > 1:
            _table(reply, currency, number)
    if reply.options:
        with st.container(horizontal=True, key=f"kula_options_{number}", gap="xsmall"):
            for index, option in enumerate(reply.options):
                st.button(
                    markdown_text(option.label),
                    key=f"kula_option_{number}_{index}",
                    on_click=_ask_next,
                    args=(option.question,),
                    disabled=not latest,
                )
    _footer(reply, number)
    if latest and reply.followups:
        with st.container(horizontal=True, key=f"kula_followups_{number}", gap="xsmall"):
            for index, question in enumerate(reply.followups):
                st.button(
                    markdown_text(question),
                    key=f"kula_followup_{number}_{index}",
                    icon=":material/subdirectory_arrow_right:",
                    on_click=_ask_next,
                    args=(question,),
                )


def _understood(text: str) -> str:
    return text if text.lower().startswith("entend") else f"Entendí: {text}"


def _footer(reply: KulaAnswer, number: int) -> None:
    if reply.kind != "answer":
        return
    with st.container(horizontal=True, vertical_alignment="center", key=f"kula_footer_{number}"):
        if reply.data_as_of:
            st.caption(f":material/verified: Datos al {formats.moment(reply.data_as_of)}", width="stretch")
        if reply.message_id:
            st.feedback(
                "thumbs",
                key=f"kula_feedback_{reply.message_id}",
                on_change=_rate,
                args=(reply.message_id,),
            )


def _rate(message_id: UUID) -> None:
    given = st.session_state.get(f"kula_feedback_{message_id}")
    if given is None:
        return
    client, session = account.api()
    try:
        client.rate(session, message_id, "up" if given else "down")
    except PymeError as error:
        st.toast(markdown_text(error.message), icon=":material/error:")
    else:
        st.toast("Gracias: su opinión mejora las respuestas.", icon=":material/check_circle:")


def _number(value: Any) -> float | None:
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        return None


def series_of(reply: KulaAnswer, name: str, currency: str) -> charts.Series | None:
    """One column of the reply against its x, ready to draw; None where the reply has no such columns."""
    chart = reply.chart
    names = [column.name for column in reply.columns]
    if chart is None or chart.x not in names or name not in names:
        return None
    x, y = names.index(chart.x), names.index(name)
    values = [_number(row[y]) for row in reply.rows]
    return charts.Series(
        labels=[_label(row[x], reply.columns[x], currency) for row in reply.rows],
        numbers=values,
        texts=[formats.cell(value, reply.columns[y].format, currency) for value in values],
        kind=reply.columns[y].format,
        currency=currency,
    )


def _label(value: Any, column: ReplyColumn, currency: str) -> str:
    if column.kind == "dimension":
        return "Sin dato" if value in (None, "") else metric_data.SEGMENT_LABELS.get(str(value), str(value))
    return formats.cell(value, column.format, currency)


def _chart(reply: KulaAnswer, currency: str, number: int) -> None:
    chart = reply.chart
    if chart is None:
        return
    if chart.type == "number" or len(reply.rows) == 1:
        _big_numbers(reply, currency)
        return
    drawn = {column.name: column.label for column in reply.columns}
    found = [(drawn[name], series_of(reply, name, currency)) for name in chart.series if name in drawn]
    series = [(label, item) for label, item in found if item is not None]
    if not series:
        return
    key = f"kula_chart_{number}"
    if len(series) > 1:
        option = charts.several(series, chart.type)
        st.echarts_chart(option, height=280, key=key, alt=chart.title or "Gráfico de la respuesta")
        return
    only = series[0][1]
    if chart.type == "line":
        st.echarts_chart(charts.line(only), height=260, key=key, alt=chart.title or "Gráfico de la respuesta")
    else:
        height = min(40 + 34 * len(only.labels), 420)
        st.echarts_chart(charts.horizontal_bar(only), height=height, key=key, alt=chart.title or "Gráfico")


def _big_numbers(reply: KulaAnswer, currency: str) -> None:
    row = reply.rows[0]
    metrics = [(column, row[index]) for index, column in enumerate(reply.columns) if column.kind == "metric"]
    cells = "".join(
        f"<div><span>{escape(column.label)}</span><b>{escape(formats.cell(value, column.format, currency))}</b></div>"
        for column, value in metrics
    )
    st.html(f'<div class="pm-figures pm-answer">{cells}</div>')


def _table(reply: KulaAnswer, currency: str, number: int) -> None:
    frame = pd.DataFrame(
        {
            column.label: [_label(row[index], column, currency) for row in reply.rows]
            for index, column in enumerate(reply.columns)
        }
    )
    st.dataframe(
        frame,
        hide_index=True,
        key=f"kula_table_{number}",
        height="content" if len(frame) <= ROWS_IN_VIEW else 460,
        column_config=_alignment(reply.columns),
    )


def _alignment(columns: Sequence[ReplyColumn]) -> dict[str, Any]:
    return {
        column.label: st.column_config.TextColumn(alignment="right") for column in columns if column.kind == "metric"
    }
