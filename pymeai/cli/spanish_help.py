"""The few words that Typer itself writes into a help page, in Spanish."""

from typing import Any

from typer.core import TyperCommand, TyperGroup

# In the order of replacing; line breaks may stand where the page is narrow.
_WORDS = (
    ("Usage:", "Uso:"),
    ("[OPTIONS]", "[OPCIONES]"),
    ("COMMAND [ARGS]...", "COMANDO …"),
    ("Arguments:", "Argumentos:"),
    ("Options:", "Opciones:"),
    ("Commands:", "Comandos:"),
    ("Show this message and exit.", "Muestra esta ayuda."),
    ("[required]", "[obligatorio]"),
    ("[default:", "[si no se dice:"),
)


def _translated(page: str) -> str:
    for english, spanish in _WORDS:
        page = page.replace(english, spanish)
    return page


class SpanishCommand(TyperCommand):
    """A command with its help page in Spanish."""

    def get_help(self, ctx: Any) -> str:
        """The help page."""
        return _translated(super().get_help(ctx))


class SpanishGroup(TyperGroup):
    """A group of commands with its help page in Spanish."""

    command_class = SpanishCommand

    def get_help(self, ctx: Any) -> str:
        """The help page."""
        return _translated(super().get_help(ctx))
