"""While an import loads, and what came of it."""

from collections.abc import Callable
from uuid import UUID

import streamlit as st

from dashboards import account, formats, import_review, notices
from dashboards.api_models import counts_of
from dashboards.generated.models import ImportAnswer
from dashboards.notices import markdown_text
from pymeai.errors import PymeError

POLL_SECONDS = 1.0
UNDERWAY = ("queued", "running")


def watch(import_id: UUID) -> None:
    """The progress, asked of the API every second; the page runs again once the import is over."""
    st.caption("Puede cerrar esta página: la importación sigue y queda en el historial.")

    @st.fragment(run_every=POLL_SECONDS)
    def progress() -> None:
        with account.guarded():
            client, session = account.api()
            found = client.import_(session, import_id)
            if found.status not in UNDERWAY:
                st.rerun()
            _bar(found)

    progress()


def _bar(found: ImportAnswer) -> None:
    done = found.progress.get("done")
    fraction = min(max(float(done), 0.0), 1.0) if isinstance(done, int | float) else 0.0
    step = str(found.progress.get("step") or "")
    if found.status == "queued":
        step = step or "En cola: empieza en unos segundos"
    with st.container(border=True, key="import_progress", gap="xsmall"):
        st.progress(fraction, text=markdown_text(step or "Cargando las filas"))
    notice = st.session_state.get(import_review.NOTICE)
    if found.status == "queued" and notice:
        st.info(markdown_text(notice), icon=":material/hourglass_top:")


def result(found: ImportAnswer, *, on_again: Callable[[], None], on_mend: Callable[[], None]) -> None:
    """What came of an import that is over."""
    if found.status == "failed":
        st.error(
            markdown_text(found.error or "La importación no se pudo terminar; no se guardó ninguna fila."),
            icon=":material/error:",
        )
    elif found.status == "undone":
        st.info(
            "Esta importación se deshizo: lo que creó se quitó y lo que cambió volvió a como estaba, salvo lo que se "
            "modificó después.",
            icon=":material/undo:",
        )
    else:
        _done(found)
    with st.container(horizontal=True, horizontal_alignment="right"):
        st.button("Importar otro archivo", icon=":material/upload_file:", on_click=on_again)
        if found.status == "failed":
            st.button("Corregir y volver a intentar", type="primary", icon=":material/build:", on_click=on_mend)
        if found.status == "done" and st.button("Ver el tablero", type="primary", icon=":material/space_dashboard:"):
            st.switch_page("app_pages/inicio.py")


def _done(found: ImportAnswer) -> None:
    counts = counts_of(found)
    loaded = counts.rows - counts.rejected - counts.duplicates
    st.success(
        f"Listo: {formats.number(loaded)} de {formats.number(counts.rows)} filas están en PymeAI. "
        "El tablero se actualiza en unos segundos.",
        icon=":material/check_circle:",
    )
    st.html(import_review.figures(counts))
    if counts.rejected:
        _rejected(found)


def _rejected(found: ImportAnswer) -> None:
    client, session = account.api()
    try:
        content = client.rejected_file(session, found.import_id)
    except PymeError as error:
        notices.failure(error, "rejected")
        return
    name = found.file_name.rsplit(".", 1)[0]
    number = found_rejected(found)
    refused = "1 fila" if number == 1 else f"{formats.number(number)} filas"
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="import_rejected"):
        st.markdown(
            f"**{refused} no {'entró' if number == 1 else 'entraron'}.** El archivo trae sus columnas y el motivo "
            "de cada una: corríjalas ahí mismo y vuelva a subirlo.",
            width="stretch",
        )
        st.download_button(
            "Descargar rechazadas",
            content,
            f"{name} - rechazadas.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
        )


def found_rejected(found: ImportAnswer) -> int:
    """How many rows were rejected."""
    return counts_of(found).rejected
