"""Texts that others wrote (a question, a customer's name) inside our own sentences: plain, short, and no link or markup."""

import re

_MARKUP = re.compile(r"[<>\[\]`{}|\\*#~]|(?<=:)//|[\x00-\x1f\x7f]")
_ADDRESS = re.compile(r"\b(?:https?|ftp|javascript|data|www)\b[.:]*|\.(?=\w{2,}\b)", re.IGNORECASE)
_LONGEST = 60


def plain(text: str) -> str:
    """A value of the data, without what a page could take for markup or a link."""
    return " ".join(_MARKUP.sub(" ", text).split())


def quoted(text: str) -> str:
    """Words of a question, in «» and shortened: no markup, no address."""
    return f"«{plain(_ADDRESS.sub(' ', text))[:_LONGEST].strip()}»"
