"""Text made comparable: what people write with and without accents, capitals and stray spaces."""

import re
import unicodedata

_NOT_WORD = re.compile(r"[^a-z0-9]+")


def tidy(text: str) -> str:
    """The text without invisible characters and with single ordinary spaces; capitals and accents stay."""
    # Cf: zero-width spaces, byte-order marks and direction marks that spreadsheets and web pages leave behind.
    visible = "".join(character for character in text if unicodedata.category(character) != "Cf")
    return " ".join(visible.split())


def fold(text: str) -> str:
    """Lower case, no accents (ñ becomes n), single spaces: two texts that fold alike are the same to a reader."""
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", tidy(text))
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).lower().split())


def snake_name(text: str) -> str:
    """A column's name from a label: "Fecha de Cumpleaños" is fecha_de_cumpleanos. Starts with a letter; never empty."""
    name = _NOT_WORD.sub("_", fold(text)).strip("_")[:60].strip("_")
    if not name:
        return "campo"
    return name if name[0].isalpha() else f"campo_{name}"
