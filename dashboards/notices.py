"""What the user reads when something is missing, refused or broken. Never a traceback."""

from html import escape

import streamlit as st

from pymeai.errors import PymeError, Unavailable


def markdown_text(text: str) -> str:
    """Text from people or files, made safe to stand inside Streamlit's Markdown: shown as it is, never interpreted.

    ASCII punctuation is escaped with backslashes. Colons also get a word joiner (U+2060, no width): emoji and icon
    shortcodes are replaced after Markdown is parsed, when the backslash is gone.
    """
    out = []
    for character in text:
        if character == ":":
            out.append("\\:\u2060")
        elif character in "\r\n\t":
            out.append(" ")
        elif character.isascii() and not character.isalnum() and character != " ":
            out.append("\\" + character)
        else:
            out.append(character)
    return "".join(out)


def failure(error: PymeError, place: str = "page") -> None:
    """A refused or failed request: its message and, field by field, what is wrong.

    `place` tells apart the notices of one page.
    """
    icon = ":material/cloud_off:" if isinstance(error, Unavailable) else ":material/error:"
    lines = [markdown_text(error.message)]
    lines += [f"- {markdown_text(item.message)}" for item in error.errors if item.message != error.message]
    st.error("\n".join(lines), icon=icon)
    if isinstance(error, Unavailable):
        st.button("Volver a intentar", icon=":material/refresh:", key=f"retry_{place}")


def unexpected() -> None:
    """A fault of ours: said plainly, with what to do."""
    st.error(
        "Esta parte de la pantalla no se pudo mostrar. Sus datos están a salvo: recargue la página y, si vuelve a "
        "pasar, avise a quien administra PymeAI.",
        icon=":material/error:",
    )


def empty_state(icon: str, title: str, text: str, *, key: str) -> None:
    """A place without data yet: an icon (a name of Material Symbols), a title and what to do. Texts are plain."""
    with st.container(key=f"empty_{key}", horizontal_alignment="center", gap="xsmall"):
        st.markdown(f":material/{icon}:", width="content")
        st.html(f'<h3 class="pm-empty-title">{escape(title)}</h3><p class="pm-empty-text">{escape(text)}</p>')
