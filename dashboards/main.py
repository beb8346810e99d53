"""The Streamlit script behind every page: who is it, which pages are there, and the chosen one."""

from pathlib import Path

import streamlit as st

from dashboards import account, login, session_script
from dashboards.api_models import user_name
from dashboards.notices import markdown_text
from dashboards.sessions import SignedIn

STATIC = Path(__file__).with_name("static")
ROLES = {
    "owner": "Propietario",
    "admin": "Administrador",
    "manager": "Gerencia",
    "seller": "Ventas",
    "viewer": "Consulta",
}


def pages_for(role: str | None) -> dict[str, list[st.Page]]:
    """The pages by section; what a role may not do is not shown, and refused by the API anyway."""
    pages = {
        "": [
            st.Page("app_pages/inicio.py", title="Inicio", icon=":material/space_dashboard:", default=True),
            st.Page("app_pages/clientes.py", title="Clientes", icon=":material/groups:", url_path="clientes"),
        ],
        "Datos": [
            st.Page("app_pages/importar.py", title="Importar", icon=":material/upload_file:", url_path="importar")
        ],
        "Asistente": [st.Page("app_pages/kula.py", title="Kula", icon=":material/auto_awesome:", url_path="kula")],
    }
    if role is not None and role not in account.IMPORTERS:
        del pages["Datos"]
    return pages


def sidebar(session: SignedIn) -> None:
    """Who is signed in, and the way out."""
    with st.sidebar, st.container(key="account", gap="xxsmall"):
        st.markdown(f"**{markdown_text(user_name(session.user))}**")
        st.caption(f"{markdown_text(session.organization.name)} · {ROLES.get(session.user.role, session.user.role)}")
        if st.button("Cerrar sesión", icon=":material/logout:", type="tertiary"):
            session_script.close_in_browser()


st.set_page_config(page_title="PymeAI", page_icon=str(STATIC / "icon.svg"), layout="wide", initial_sidebar_state="auto")
st.logo(str(STATIC / "logo.svg"), size="large", icon_image=str(STATIC / "icon.svg"))

signed_in = account.current_session()
# The same pages are there, hidden, for who is not signed in: a deep link survives the login.
navigation = st.navigation(
    pages_for(signed_in.user.role if signed_in else None), position="sidebar" if signed_in else "hidden"
)
if signed_in is None:
    login.page()
else:
    sidebar(signed_in)
    with account.guarded():
        account.confirm(signed_in)
        navigation.run()
