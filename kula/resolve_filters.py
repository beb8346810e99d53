"""Conditions of a plan -> filters: the values that a text stands for, looked up in the tenant's data."""

from dataclasses import dataclass
from typing import Any

from kula.echo import plain, quoted
from kula.normalise import phrase_stems
from kula.plan import PlanFilter
from kula.reply import Option
from kula.understanding import Context, QuestionBack
from kula.values import ASK, SUBSTRING_DIMENSIONS, SURE
from pymeai.metrics.catalogue import DimensionInfo
from pymeai.metrics.query import Filter

_NUMERIC = frozenset(("integer", "number"))
_MAX_VALUES = 500
_SHORT_LIST = 40
_MAX_OPTIONS = 6


@dataclass(frozen=True)
class Refusal:
    """Why a plan cannot be answered, in Spanish."""

    text: str
    reason: str
    options: tuple[Option, ...] = ()


def resolve_filter(
    condition: PlanFilter, context: Context, question: str, assumptions: list[str]
) -> Filter | QuestionBack | Refusal:
    """The filter of a condition whose field is known. `question` is what buttons put a chosen name into."""
    if condition.op in ("is_null", "not_null"):
        return Filter(field=condition.field, op=condition.op)
    info = context.catalogue.dimensions.get(condition.field)
    if info is None or info.format in _NUMERIC or info.type == "time":
        return _bound(condition)
    if info.format == "boolean":
        wanted = "true" in (condition.text or ["true"]) and condition.op not in ("ne", "not_in")
        return Filter(field=info.name, op="eq", value=wanted)
    return _among(condition, _Search(info, context, question, assumptions))


def _bound(condition: PlanFilter) -> Filter | Refusal:
    numbers = condition.number
    if condition.op == "between" and len(numbers) == 2:
        return Filter(field=condition.field, op="between", value=[min(numbers), max(numbers)])
    if condition.op in ("gt", "gte", "lt", "lte", "eq", "ne") and len(numbers) == 1:
        return Filter(field=condition.field, op=condition.op, value=numbers[0])
    return Refusal("No entendí la condición sobre la cantidad.", "bad_bound")


def _among(condition: PlanFilter, search: "_Search") -> Filter | QuestionBack | Refusal:
    texts: list[Any] = []
    for said in condition.text:
        found = search.values(said, contains=condition.op == "contains")
        if not isinstance(found, list):
            return found
        texts += [text for text in found if text not in texts]
    if not texts:
        return Refusal(f"Falta el valor de {search.info.label.lower()}.", "no_value")
    negative = condition.op in ("ne", "not_in")
    if len(texts) == 1:
        return Filter(field=condition.field, op="ne" if negative else "eq", value=texts[0])
    return Filter(field=condition.field, op="not_in" if negative else "in", value=texts)


@dataclass(frozen=True)
class _Search:
    """Looks for values of one dimension."""

    info: DimensionInfo
    context: Context
    question: str
    assumptions: list[str]

    def values(self, said: str, *, contains: bool) -> list[str] | QuestionBack | Refusal:
        """The values that a text stands for."""
        stems = phrase_stems(said)
        for code, label in self.info.values.items():
            if stems in (phrase_stems(code), phrase_stems(label)):
                return [code]
        index = self.context.values
        numbers = index.containing(stems, self.info.name) if stems else []
        texts = [index.values[n].text for n in numbers]
        whole = [text for text in texts if text == said]
        whole = whole or [index.values[n].text for n in numbers if index.is_whole(n, stems)]
        if whole and not contains:
            return whole
        all_of_them = contains or self.info.name in SUBSTRING_DIMENSIONS or self._is_short_list()
        if texts and (len(texts) == 1 or all_of_them):
            return texts[:_MAX_VALUES]
        if texts:
            text = f"Hay {len(texts)} que se llaman así. ¿Cuál {self.info.label.lower()}?"
            return QuestionBack(text, self._options(said, texts))
        return self._similar(said)

    def _similar(self, said: str) -> list[str] | QuestionBack | Refusal:
        index = self.context.values
        similar = index.similar(said, [self.info.name], 3)
        if similar and similar[0][1] >= SURE:
            self.assumptions.append(f"Tomé {quoted(said)} como {quoted(similar[0][0].text)}.")
            return [similar[0][0].text]
        if similar and similar[0][1] >= ASK:
            names = [value.text for value, _ in similar]
            text = f"No encontré {quoted(said)}. ¿Quiso decir {quoted(names[0])}?"
            return QuestionBack(text, self._options(said, names), "did_you_mean")
        known = [index.values[n].text for n in index.by_dimension.get(self.info.name, [])]
        hint = f" Hay, por ejemplo: {', '.join(map(plain, known[:3]))}." if known and self._is_short_list() else ""
        return Refusal(f"No encontré {quoted(said)} en {self.info.label.lower()}.{hint}", "no_value")

    def _options(self, said: str, names: list[str]) -> tuple[Option, ...]:
        """Buttons that ask the same question of one name."""
        place = self.question.lower().find(said.lower())
        before, after = (self.question[:place], self.question[place + len(said) :]) if place >= 0 else ("", "")
        return tuple(Option(label=name, question=f"{before}{name}{after}") for name in names[:_MAX_OPTIONS])

    def _is_short_list(self) -> bool:
        """Whether a dimension is a short list (forms of payment), not names of people."""
        count = len(self.context.values.by_dimension.get(self.info.name, ()))
        return self.info.identity is None and count <= _SHORT_LIST and "seller" not in self.info.name
