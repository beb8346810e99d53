"""The sign-in page."""

import streamlit as st

from dashboards import session_script
from dashboards.account import ENDED_KEY
from dashboards.api_client import api_client
from dashboards.notices import markdown_text
from dashboards.sessions import session_store
from pymeai.errors import PymeError, Unauthorized

TICKET_KEY = "login_ticket"

PROMISES = (
    "Sus ventas, sus clientes y sus oportunidades, siempre al día.",
    "Sus hojas de cálculo entran como están, con cada problema explicado.",
    "Kula responde sus preguntas con sus propios datos.",
)


def page() -> None:
    """The form; once the API agrees, the browser trades a ticket for its cookie and loads the page again."""
    with st.container(key="login_shell", horizontal=True, gap=None):
        with st.container(key="login_brand", height="stretch", gap="small"):
            _brand()
        with st.container(key="login_form", vertical_alignment="center", gap="small"):
            _form()


def _brand() -> None:
    items = "".join(f"<li>{promise}</li>" for promise in PROMISES)
    st.html(
        '<div class="pm-brand"><img src="/app/static/logo.svg" alt="PymeAI" height="36">'
        "<div><h2>Su negocio, en una sola pantalla.</h2>"
        f"<ul>{items}</ul></div><p>Hecho para las pymes de Costa Rica</p></div>"
    )


def _form() -> None:
    st.html('<img class="pm-login-logo" src="/app/static/icon.svg" alt="PymeAI" height="44">')
    st.title("Ingrese a su cuenta", anchor=False)
    if st.session_state.get(ENDED_KEY):
        st.info("Su sesión terminó. Ingrese de nuevo para continuar.", icon=":material/lock_clock:")
    with st.form("login", border=False):
        email = st.text_input("Correo", type="email", autocomplete="username", placeholder="usted@suempresa.cr")
        password = st.text_input("Contraseña", type="password", autocomplete="current-password")
        submitted = st.form_submit_button("Ingresar", type="primary", width="stretch")
    if submitted:
        st.session_state.pop(TICKET_KEY, None)
        st.session_state.pop(ENDED_KEY, None)
        _sign_in((email or "").strip(), password or "")
    ticket = st.session_state.get(TICKET_KEY)
    if ticket and session_script.open_in_browser(ticket):
        st.error(
            "Su navegador no pudo abrir la sesión. Recargue la página y vuelva a ingresar.", icon=":material/error:"
        )


def _sign_in(email: str, password: str) -> None:
    if not email or not password:
        st.error("Escriba su correo y su contraseña.", icon=":material/error:")
        return
    client = api_client()
    try:
        login = client.login(email, password, _browser(), _address())
    except Unauthorized:
        st.error("Correo o contraseña incorrectos. Revíselos y vuelva a intentarlo.", icon=":material/error:")
    except PymeError as error:
        st.error(markdown_text(error.message), icon=":material/cloud_off:")
    else:
        st.session_state[TICKET_KEY] = session_store().issue_ticket(client.start_session(login))


def _browser() -> str:
    name = st.context.headers.get("User-Agent")
    return name[:200] if isinstance(name, str) else ""


def _address() -> str | None:
    # None on this machine itself, where Streamlit tells none.
    address = st.context.ip_address
    return address if isinstance(address, str) else None
