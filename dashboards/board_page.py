"""Inicio: the board of saved questions."""

from datetime import datetime, timedelta

import streamlit as st

from dashboards import account, board_layout, formats, metric_data, notices, periods, widgets
from dashboards.api_models import widgets_of
from dashboards.generated.models import DashboardAnswer, ImportAnswer
from dashboards.notices import markdown_text
from pymeai.clock import COSTA_RICA, business_today, utc_now
from pymeai.settings import get_settings

# Days without a sale after which the page says that the data are old.
OLD_DAYS = 60
POLL_SECONDS = 3.0
# How long after an import the marts may be without it.
REFRESH_TIME = timedelta(minutes=5)


def greeting(now: datetime) -> str:
    """What one says at this hour in Costa Rica."""
    hour = now.astimezone(COSTA_RICA).hour
    if 5 <= hour < 12:
        return "Buenos días"
    return "Buenas tardes" if 12 <= hour < 18 else "Buenas noches"


def header(has_data: bool, freshness: metric_data.Freshness) -> str:
    """Greeting, the age of the data, and the period; returns the chosen one."""
    session = account.signed_in()
    first_name = session.user.first_name.strip()
    hello = f"{greeting(utc_now())}, {first_name}" if first_name else greeting(utc_now())
    with st.container(horizontal=True, vertical_alignment="bottom", key="board_header"):
        with st.container(width="stretch", gap="xxsmall"):
            st.title(markdown_text(hello), anchor=False)
            st.caption(f"{markdown_text(session.organization.name)} · {freshness.sentence()}")
        if not has_data:
            return periods.OWN
        return st.selectbox(
            "Período",
            periods.CHOICES,
            format_func=periods.LABELS.__getitem__,
            key="board_period",
            label_visibility="collapsed",
            width=210,
            icon=":material/calendar_month:",
            filter_mode=None,
        )


def nothing_yet() -> None:
    """The way from an empty company to its first chart."""
    client, session = account.api()
    latest = client.imports(session, limit=1)
    if latest and on_its_way(latest[0]):
        preparing()
        return
    notices.empty_state(
        "upload_file",
        "Su tablero está listo para sus datos",
        "Suba la hoja de cálculo que ya usa: ventas, clientes u oportunidades. PymeAI reconoce las columnas, le muestra "
        "cada problema antes de guardar y arma este tablero en menos de un minuto.",
        key="board",
    )
    account.import_button("Importar mi primer archivo")


def on_its_way(latest: ImportAnswer) -> bool:
    """Whether an import is under way, or was done so lately that the marts may not have it yet."""
    if latest.status in ("queued", "running"):
        return True
    return latest.status == "done" and latest.finished_at is not None and utc_now() - latest.finished_at < REFRESH_TIME


def preparing() -> None:
    """The wait for the first figures; the page shows them by itself."""
    notices.empty_state(
        "hourglass_top",
        "Estamos armando su tablero",
        "Su archivo ya va en camino. Las primeras cifras aparecen aquí solas, en menos de un minuto.",
        key="preparing",
    )

    @st.fragment(run_every=POLL_SECONDS)
    def look_again() -> None:
        with account.guarded():
            tenant = account.tenant()
            freshness = metric_data.freshness(tenant)
            if metric_data.any_rows(tenant, freshness):
                st.rerun()

    look_again()


def board_to_show(boards: list[DashboardAnswer]) -> DashboardAnswer | None:
    """The favourite, else the first."""
    return next((board for board in boards if board.is_favorite), boards[0] if boards else None)


def show() -> None:
    """The whole page."""
    client, session = account.api()
    tenant = account.tenant()
    today = business_today(get_settings())
    freshness = metric_data.freshness(tenant)
    last_day = metric_data.last_day_of_data(tenant, freshness)
    has_data = last_day is not None or metric_data.any_rows(tenant, freshness)
    choice = header(has_data, freshness)
    if not has_data:
        nothing_yet()
        return
    board = board_to_show(client.boards(session))
    found = widgets_of(board) if board else []
    if not found:
        notices.empty_state(
            "dashboard_customize",
            "Este tablero no tiene tarjetas",
            "Pregúntele a Kula por sus ventas mientras se agregan.",
            key="widgets",
        )
        return
    if last_day is not None and (today - last_day).days > OLD_DAYS and choice == periods.OWN:
        st.info(
            f"Sus ventas llegan hasta el {formats.day(last_day)}. Elija «{periods.LABELS['all']}» para verlas, "
            "o importe las más recientes.",
            icon=":material/history:",
        )
    view = widgets.BoardView(tenant=tenant, today=today, data_as_of=freshness.key, choice=choice)
    # Ids and numbers alone go into the style sheet.
    st.html(f"<style>{board_layout.stylesheet(found)}</style>")
    with st.container(key=board_layout.BOARD_KEY):
        for widget in found:
            widgets.draw(widget, view)
