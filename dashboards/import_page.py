"""The steps of an import: file, columns, review, result. Which one is shown follows from the import's own state."""

import re
from collections.abc import Mapping
from html import escape
from uuid import UUID

import streamlit as st

from dashboards import account, import_history, import_mapping, import_progress, import_review, notices
from dashboards.api_models import ImportKind
from dashboards.notices import markdown_text
from pymeai.costa_rica.text import fold
from pymeai.errors import NotFound, PymeError
from pymeai.settings import get_settings

PARAMETER = "importacion"
# Set while the user goes back from the review to the columns.
STEP = "import_step"
UPLOADS = "import_uploads"

STEPS = (
    ("Archivo", "¿Qué trae?"),
    ("Columnas", "¿Qué es cada una?"),
    ("Revisión", "Antes de guardar"),
    ("Resultado", ""),
)
KINDS: Mapping[ImportKind, tuple[str, str]] = {
    "sales": ("Ventas", "Facturas, tiquetes o sus líneas. Puede traer los datos del cliente."),
    "customers": ("Clientes", "Personas o empresas, con sus teléfonos y lo que usted anote de ellas."),
    "opportunities": ("Oportunidades", "Cotizaciones y negocios en curso, ganados o perdidos, con su etapa."),
}
KIND_WORDS: Mapping[ImportKind, re.Pattern[str]] = {
    "opportunities": re.compile(r"oportunidad|pipeline|cotizaci|proforma|embudo|etapa|stage|deal|lead|prospecto"),
    "sales": re.compile(r"venta|factura|tiquete|sale|order|invoice|pedido|transacc|retail|articulo|cantidad|monto"),
    "customers": re.compile(r"cliente|contacto|customer|account|contact|empresa|directorio"),
}
FILE_TYPES = ["csv", "tsv", "txt", "xlsx", "xlsm", "xls", "xlsb", "ods", "xml", "zip"]
FINISHED = ("done", "failed", "undone")
UNDERWAY = ("queued", "running")


def show() -> None:
    """The whole page."""
    import_id = chosen_import()
    if import_id is None:
        _title("Importar", "Suba su hoja de cálculo como está. Usted revisa todo antes de guardar.")
        steps(0)
        _upload()
        import_history.show(open_import)
        return
    client, session = account.api()
    try:
        found = client.import_(session, import_id)
    except NotFound:
        _title("Importar", "")
        notices.empty_state("search_off", "Esa importación no está", "Puede que sea de otra empresa.", key="import")
        st.button("Importar un archivo", on_click=start_over, icon=":material/upload_file:")
        return
    _title(f"Importar {KINDS.get(found.kind, (found.kind, ''))[0].lower()}", found.file_name)
    if found.status in UNDERWAY:
        steps(3)
        import_progress.watch(import_id)
    elif found.status in FINISHED and not (found.status == "failed" and retrying(import_id)):
        steps(3, finished=found.status == "done")
        import_progress.result(found, on_again=start_over, on_mend=lambda: go_to(import_id, "mapping"))
    elif st.session_state.get(STEP) == (import_id, "review"):
        steps(2)
        import_review.show(
            found, on_back=lambda: go_to(import_id, "mapping"), on_committed=lambda: st.session_state.pop(STEP, None)
        )
    else:
        steps(1)
        import_mapping.show(found, on_done=lambda: go_to(import_id, "review"), on_cancel=start_over)


def chosen_import() -> UUID | None:
    """The import of the address, if it names one."""
    try:
        return UUID(st.query_params.get(PARAMETER, ""))
    except ValueError:
        return None


def open_import(import_id: UUID) -> None:
    """Show this import."""
    st.query_params[PARAMETER] = str(import_id)


def retrying(import_id: UUID) -> bool:
    """Whether the user went back to the columns of an import that failed."""
    step: object = st.session_state.get(STEP)
    return isinstance(step, tuple) and step[0] == import_id


def go_to(import_id: UUID, step: str) -> None:
    """Show this step of an import that is not under way."""
    st.session_state[STEP] = (import_id, step)


def start_over() -> None:
    """Back to the upload."""
    st.query_params.pop(PARAMETER, None)
    st.session_state.pop(STEP, None)
    # A new key empties the uploader.
    st.session_state[UPLOADS] = st.session_state.get(UPLOADS, 0) + 1


def _title(title: str, note: str) -> None:
    st.title(markdown_text(title), anchor=False)
    if note:
        st.caption(markdown_text(note))


def steps(now: int, *, finished: bool = False) -> None:
    """Where one is: the steps, the present one marked."""
    items = ""
    for number, (name, question) in enumerate(STEPS):
        done = number < now or (finished and number == now)
        state = "pm-now" if number == now else ("pm-done" if done else "")
        current = ' aria-current="step"' if number == now else ""
        items += f'<li class="{state}"{current}>{number + 1}. <span>{escape(name)}</span><small>{escape(question)}</small></li>'
    st.html(f'<ol class="pm-steps">{items}</ol>')


def _upload() -> None:
    limit = get_settings().max_upload_bytes // (1024 * 1024)
    with st.container(border=True, key="import_upload"):
        file = st.file_uploader(
            "Archivo de Excel, CSV u OpenDocument",
            type=FILE_TYPES,
            key=f"import_file_{st.session_state.get(UPLOADS, 0)}",
            max_upload_size=limit,
        )
        if file is None:
            st.caption(
                "Las fórmulas no se ejecutan, nada se guarda sin su aprobación y el mismo archivo no entra dos veces."
            )
            return
        kind = st.radio(
            "¿Qué trae este archivo?",
            list(KINDS),
            index=list(KINDS).index(proposed_kind(file.name, file.getvalue()[:4096])),
            format_func=lambda kind: KINDS[kind][0],
            captions=[KINDS[kind][1] for kind in KINDS],
            horizontal=True,
            key=f"import_kind_{file.file_id}",
        )
        if not st.button("Leer el archivo", type="primary", icon=":material/arrow_forward:"):
            return
        client, session = account.api()
        try:
            with st.spinner("Leyendo el archivo…"):
                import_id = client.create_import(session, file_name=file.name, content=file, kind=kind)
        except PymeError as error:
            notices.failure(error, "upload")
            return
    start_over()
    open_import(import_id)
    st.rerun()


def proposed_kind(file_name: str, head: bytes) -> ImportKind:
    """What the file seems to hold, by its name, else by its first bytes where they are text; sales where nothing says."""
    # A workbook's bytes are compressed: only its name speaks.
    beginning = "" if head.startswith(b"PK") else fold(head.decode("latin-1"))
    for text in (fold(file_name), beginning):
        found = {kind: len(words.findall(text)) for kind, words in KIND_WORDS.items()}
        best = max(found, key=lambda kind: found[kind])
        if found[best]:
            return best
    return "sales"
