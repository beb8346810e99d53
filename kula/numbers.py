"""Numbers inside a sentence: 5, 500k, 1.500.000, medio millón, cinco rojos, veinte."""

from collections.abc import Sequence
from decimal import Decimal

from kula.normalise import Token
from kula.vocabulary import NOT_ALONE_NUMBERS, NUMBER_WORDS
from pymeai.costa_rica.money import parse_amount

_LONGEST = 6


def number_at(tokens: Sequence[Token], start: int) -> tuple[Decimal, int] | None:
    """The longest number that starts at a token, and the position after it; None where none does."""
    last = start
    while last < min(len(tokens), start + _LONGEST) and (
        tokens[last].is_number or tokens[last].folded in NUMBER_WORDS or (last > start and tokens[last].folded == "de")
    ):
        last += 1
    for end in range(last, start, -1):
        words = [token.folded for token in tokens[start:end]]
        if words[-1] == "de" or (len(words) == 1 and words[0] in NOT_ALONE_NUMBERS):
            continue
        text = " ".join(words)
        if text.endswith("%"):
            amount = parse_amount(text[:-1].strip())
            if amount is not None:
                return amount.value / 100, end
        amount = parse_amount(text)
        if amount is not None:
            return amount.value, end
    return None


def integer_at(tokens: Sequence[Token], start: int) -> tuple[int, int] | None:
    """A whole number without scale or currency ("5", "diez"), and the position after it."""
    found = number_at(tokens, start)
    if found is None or found[0] != int(found[0]):
        return None
    return int(found[0]), found[1]
