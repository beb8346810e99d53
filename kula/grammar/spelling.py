"""Typos: a word nobody knows that is a slip of one we know, or a misspelt name of the tenant's data."""

from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz import process
from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import ratio

from kula.echo import quoted
from kula.grammar.chunks import Chunk
from kula.normalise import Token, stem, tokenise
from kula.reply import Option
from kula.understanding import Context, QuestionBack
from kula.values import SURE, Value

_MARGIN = 4.0
_NAME_FIRST = 88.0

_SPELLING = str.maketrans({"z": "s", "c": "s", "v": "b", "j": "g", "y": "i", "k": "s", "q": "s"})


def correct(
    tokens: Sequence[Token], chunks: Sequence[Chunk], context: Context, assumptions: list[str], question: str
) -> list[Token] | QuestionBack:
    """The tokens with sure typos mended, or a question back where a word is only likely to be one."""
    result = list(tokens)
    names: list[tuple[int, int, str]] = []
    ask: QuestionBack | None = None
    for chunk in chunks:
        if not chunk.unknown:
            continue
        token = tokens[chunk.start]
        word = token.folded
        target, sure = _nearest_word(word, context) if not context.lexicon.knows(token) else (None, False)
        if target is not None and sure:
            assumptions.append(f"Leí {quoted(token.text)} como «{target}».")
            result[chunk.start] = replace(token, folded=target, stem=stem(target))
            continue
        first, last, similar = _similar_name(tokens, chunk.start, context)
        said = " ".join(t.text for t in tokens[first:last])
        if similar and similar[0][1] >= SURE and (len(similar) == 1 or similar[0][1] - similar[1][1] >= _MARGIN):
            best = similar[0][0].text
            assumptions.append(f"Leí {quoted(said)} como {quoted(best)}.")
            names.append((first, last, best))
            continue
        if target is not None and similar and similar[0][1] < _NAME_FIRST:
            similar = []
        suggestions = [v.text for v, _ in similar[:3]] or ([target] if target is not None else [])
        if suggestions and ask is None:
            said = said if similar else token.text
            options = tuple(Option(label=s, question=_replaced(question, said, s)) for s in suggestions)
            ask = QuestionBack(f"No conozco {quoted(said)}. ¿Quiso decir {_or(suggestions)}?", options, "did_you_mean")
    if ask is not None:
        return ask
    for first, last, name in reversed(names):
        result[first:last] = tokenise(name)
    return [replace(token, position=position) for position, token in enumerate(result)]


def _similar_name(
    tokens: Sequence[Token], unknown: int, context: Context
) -> tuple[int, int, list[tuple[Value, float]]]:
    """The stretch of unplaced words around one that is most like a name of the tenant's data, and the names."""
    best: tuple[int, int, list[tuple[Value, float]]] = (unknown, unknown + 1, [])
    for first in range(max(0, unknown - 2), unknown + 1):
        for last in range(unknown + 1, min(len(tokens), unknown + 3) + 1):
            if any(context.lexicon.knows(token) or token.is_number for token in tokens[first:last]):
                continue
            found = context.values.similar(" ".join(token.text for token in tokens[first:last]))
            if found and (not best[2] or found[0][1] > best[2][0][1]):
                best = (first, last, found)
    return best


def _or(texts: list[str]) -> str:
    named = [quoted(text) for text in texts]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} o {named[-1]}"


def _replaced(question: str, word: str, by: str) -> str:
    return question.replace(word, by, 1)


def _nearest_word(word: str, context: Context) -> tuple[str | None, bool]:
    """The word that a typo probably meant, and whether that is sure.

    Sure are slips of the hand and of spelling in longer words (transposed, doubled or left-out letters; b/v, s/c/z,
    h). A changed letter is not: "mesas" is one away from "meses".
    """
    if len(word) < 4 or not word.isalpha():
        return None, False
    cutoff = 2 if len(word) >= 8 else 1
    for form in dict.fromkeys((word, stem(word))):
        near = process.extract(form, context.lexicon.words_of_all, scorer=OSA.distance, score_cutoff=cutoff, limit=3)
        if not near:
            continue
        best, distance, _ = near[0]
        rivals = [other for other, far, _ in near[1:] if far == distance and stem(other) != stem(best)]
        if not rivals and _is_slip(form, best):
            return best, True
        if best in context.lexicon.content_words:
            return best, False
    found = process.extractOne(word, context.lexicon.content_words, scorer=ratio, score_cutoff=84)
    return (found[0], False) if found else (None, False)


def _is_slip(word: str, target: str) -> bool:
    if _spelling(word) == _spelling(target):
        return True
    shorter, longer = sorted((len(word), len(target)))
    if shorter < 5 or word[0] != target[0]:
        return False
    if shorter == longer:
        return sorted(word) == sorted(target)
    return longer - shorter == 1 and longer >= 6 and (OSA.distance(word, target) == 1 or longer >= 9)


def _spelling(word: str) -> str:
    return word.replace("h", "").replace("ll", "y").replace("ce", "se").replace("ci", "si").translate(_SPELLING)
