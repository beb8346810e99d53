"""Periods, comparisons and grain: what of a sentence is about time."""

import re
from datetime import timedelta
from itertools import pairwise

from kula.grammar.chunks import Chunk
from kula.grammar.draft import Draft
from kula.periods.grammar import carry_year, parse_periods
from kula.periods.period import UNIT_MONTHS, Period, month_end
from kula.plan import CompareKind, Grain, PlanCompare, PlanTime

_RELATIVE = re.compile(
    r"(?:el |la |al |del )?(?P<unit>mes|ano|semana|trimestre|semestre|quincena|dia) (?:anterior|previo|previa|pasad[oa])"
)
_FROM_TO = re.compile(r"(?:(?P<between>entre)|de|del|desde) (?P<first>.+?) (?(between)y|(?:a|al|hasta)) (?P<second>.+)")
_YEAR_AGO = re.compile(r"hace (?:un|1) ano|(?:el |al )?ano (?:pasado|anterior)")
_GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")
_UNIT_NAMES = {"mes": "month", "ano": "year", "semana": "week", "trimestre": "quarter", "semestre": "semester",
               "quincena": "fortnight", "dia": "day"}  # fmt: skip


def read_time(draft: Draft) -> None:
    """Takes periods, comparison cues and grain from the sentence."""
    _read_grain(draft)
    _read_difference(draft)
    if draft.compare is None:
        _read_compare(draft)
    if draft.time is None:
        _read_periods(draft)
    _read_bare_unit(draft)
    if draft.growth and draft.compare is None:
        draft.compare = PlanCompare(kind="previous_period")
        if draft.time is None:
            draft.time = PlanTime(phrase="este mes")
            draft.assumptions.append("No dijo un período: comparo este mes con el anterior.")


def phrase_of(period: Period) -> str:
    """A phrase that reads back as the same days."""
    whole = period.start.day == 1 and period.end == month_end(period.end)
    if period.unit in UNIT_MONTHS and whole and not period.to_date:
        name = period.name
        read = parse_periods(name, period.start)
        if len(read) == 1 and (read[0].start, read[0].end) == (period.start, period.end):
            return name
    if period.start == period.end:
        return period.start.isoformat()
    return f"{period.start.isoformat()} a {period.end.isoformat()}"


def _read_grain(draft: Draft) -> None:
    for grain in _GRAINS:
        for index in draft.cued(f"grain_{grain}"):
            draft.grain = draft.grain or grain
            draft.use(index)
    for index in draft.cued("trend"):
        draft.trend = True
        draft.use(index)
    for index in draft.cued("growth"):
        draft.growth = True
        draft.use(index)
    for index, chunk in enumerate(draft.chunks):
        if "grow" in chunk.verbs and not chunk.used:
            draft.growth = True
            draft.shrinking = chunk.folded_text.startswith(("baj", "cay", "cai", "dism", "empeor"))
            draft.use(index)


def _period_indices(draft: Draft) -> list[int]:
    return [i for i, c in enumerate(draft.chunks) if c.period is not None and not c.used]


def _read_difference(draft: Draft) -> None:
    """Reads "la diferencia entre marzo y febrero", "aumentaron de 2016 a 2017" as two periods, not as one stretch."""
    if not draft.growth:
        return
    for index in _period_indices(draft):
        match = _FROM_TO.fullmatch(draft.chunks[index].folded_text)
        ends = [parse_periods(match[end], draft.context.today) for end in ("first", "second")] if match else []
        if match is None or any(len(periods) != 1 for periods in ends):
            continue
        first, second = carry_year([ends[0][0], ends[1][0]])
        # "De 2016 a 2017": the later is measured against the earlier; "entre marzo y febrero": as they are said.
        if match["between"] is None:
            first, second = second, first
        draft.time = PlanTime(phrase=phrase_of(first))
        draft.compare = PlanCompare(kind="periods", phrases=[phrase_of(second)])
        draft.use(index)
        return


def _read_compare(draft: Draft) -> None:
    cues = draft.cued("compare")
    periods = _period_indices(draft)
    cue = next((i for i in cues if _is_comparison(draft, i, periods) and not _compares_values(draft, i)), None)
    same_last_year = draft.cued("previous_year")
    previous = draft.cued("previous")
    if same_last_year or previous:
        draft.compare = PlanCompare(kind="previous_year" if same_last_year else "previous_period")
        draft.use(*same_last_year, *previous, *cues)
        _read_periods(draft)
        if draft.time is None:
            draft.time = PlanTime(phrase="este mes")
            draft.assumptions.append("No dijo un período: uso el mes en curso.")
        return
    if cue is None:
        return
    before = [i for i in periods if i < cue]
    after = [i for i in periods if i > cue]
    if before and after:
        _compare_two(draft, before, after)
    elif after:
        _compare_after(draft, after)
    elif before:
        chunk = draft.chunks[before[-1]]
        assert chunk.period is not None
        if len(chunk.period.periods) > 1:
            _use_list(draft, before[-1])
    if draft.compare is not None:
        draft.use(*cues)
        # "vendí más en marzo que en febrero": the "más" is part of the comparison.
        if draft.chunks[cue].text.lower().startswith(("que", "más que", "mas que", "menos que")):
            draft.use(*draft.cued("top", "bottom"))


def _compares_values(draft: Draft, cue: int) -> bool:
    """Whether names are compared, not periods: "efectivo vs tarjeta"."""
    following = draft.following(cue)
    return following is not None and bool(draft.chunks[following].values or draft.chunks[following].entry.value)


def _is_comparison(draft: Draft, cue: int, periods: list[int]) -> bool:
    text = draft.chunks[cue].text.lower()
    if not text.startswith(("que ", "más que", "mas que", "menos que")):
        return True
    if not text.startswith("que "):
        # "¿vendí más que el mes pasado?"
        return any(i > cue for i in periods)
    earlier = any(i < cue for i in draft.cued("top", "bottom"))
    return earlier and any(i < cue for i in periods) and any(i > cue for i in periods)


def _compare_two(draft: Draft, before: list[int], after: list[int]) -> None:
    main, other = draft.chunks[before[-1]], draft.chunks[after[0]]
    assert main.period is not None
    assert other.period is not None
    own = main.period.periods[-1]
    draft.time = PlanTime(phrase=main.text if len(main.period.periods) == 1 else phrase_of(own))
    relative = _relative_kind(other, own)
    if relative is not None:
        draft.compare = PlanCompare(kind=relative)
        if own.to_date:
            draft.assumptions.append("El período en curso se compara con los mismos días del anterior.")
    else:
        others = [*main.period.periods[:-1], *other.period.periods]
        single = len(others) == 1
        draft.compare = PlanCompare(kind="periods", phrases=[other.text] if single else [phrase_of(p) for p in others])
    draft.use(before[-1], after[0])


def _relative_kind(other: Chunk, own: Period) -> CompareKind | None:
    """What "el mes anterior" means beside a period: the one before it, not the one before today."""
    text = other.folded_text
    match = _RELATIVE.fullmatch(text)
    if match:
        unit = _UNIT_NAMES[match["unit"]]
        if unit == own.unit:
            return "previous_period"
        if unit == "year" and own.unit != "year":
            return "previous_year"
    if _YEAR_AGO.fullmatch(text) and own.unit != "year":
        return "previous_year"
    return None


def _compare_after(draft: Draft, after: list[int]) -> None:
    """Everything is said after the cue: "compare marzo y febrero", "ventas comparadas con el mes pasado"."""
    first = draft.chunks[after[0]]
    assert first.period is not None
    if len(first.period.periods) > 1:
        _use_list(draft, after[0])
        return
    if len(after) > 1:
        _compare_two(draft, after[:1], after[1:2])
        return
    match = _RELATIVE.fullmatch(first.folded_text)
    if match:
        unit = match["unit"]
        draft.time = PlanTime(phrase=f"{'esta' if unit in ('semana', 'quincena') else 'este'} {unit}")
        draft.compare = PlanCompare(kind="previous_period")
        draft.use(after[0])
        return
    # "comparado con 2015", after an earlier question: its period is the other one.
    draft.compare = PlanCompare(kind="periods", phrases=[first.text])
    draft.use(after[0])


def _use_list(draft: Draft, index: int) -> None:
    chunk = draft.chunks[index]
    assert chunk.period is not None
    periods = chunk.period.periods
    draft.time = PlanTime(phrase=phrase_of(periods[0]))
    draft.compare = PlanCompare(kind="periods", phrases=[phrase_of(p) for p in periods[1:]])
    draft.use(index)


def _read_periods(draft: Draft) -> None:
    indices = _period_indices(draft)
    if not indices:
        return
    if len(indices) == 1:
        chunk = draft.chunks[indices[0]]
        assert chunk.period is not None
        if len(chunk.period.periods) == 1:
            draft.time = PlanTime(phrase=chunk.text)
            draft.use(indices[0])
            return
        joined = _contiguous(chunk.period.periods) if draft.grain is not None else None
        if joined is not None:
            draft.time = PlanTime(phrase=phrase_of(joined))
            draft.use(indices[0])
        elif draft.compare is None:
            _use_list(draft, indices[0])
        return
    if len(indices) == 2:
        # "ventas de marzo por categoría en 2017": the year is said elsewhere.
        pair = []
        for index in indices:
            match = draft.chunks[index].period
            assert match is not None
            if len(match.periods) != 1:
                return
            pair.append(match.periods[0])
        years = [p for p in pair if p.unit == "year"]
        others = [p for p in pair if p.unit != "year" and not p.explicit_year]
        if len(years) == 1 and len(others) == 1:
            draft.time = PlanTime(phrase=phrase_of(carry_year([others[0], years[0]])[0]))
            draft.use(*indices)


def _contiguous(periods: tuple[Period, ...]) -> Period | None:
    ordered = sorted(periods, key=lambda p: p.start)
    for first, second in pairwise(ordered):
        if second.start != first.end + timedelta(days=1):
            return None
    return Period(ordered[0].start, ordered[-1].end, "span", explicit_year=True)


def _read_bare_unit(draft: Draft) -> None:
    """Takes "del mes", "de la semana" for the current one, where no period is said."""
    if draft.time is not None:
        return
    for grain, name in (
        ("day", "hoy"),
        ("week", "esta semana"),
        ("month", "este mes"),
        ("quarter", "este trimestre"),
        ("year", "este año"),
    ):
        for index in draft.cued(f"unit_{grain}"):
            chunk = draft.chunks[index]
            before = " ".join(c.folded_text for c in draft.chunks[max(0, index - 2) : index])
            single = chunk.folded_text in ("dia", "semana", "mes", "trimestre", "ano")
            if single and before.endswith(("del", "de la", "en el", "en la")):
                draft.time = PlanTime(phrase=name)
                draft.assumptions.append(f"Tomé «{chunk.text}» como {name}.")
                draft.use(index)
                return
