"""The smallest phrases that name a period, each a pattern over folded text and the days it stands for."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from kula.normalise import tokenise
from kula.numbers import integer_at
from kula.periods.period import (
    FIRST_DAY,
    LAST_DAY,
    Period,
    Unit,
    add_months,
    month_end,
    rolling,
    shifted,
    unit_of,
)

Build = Callable[[re.Match[str], date], Period | None]

_MONTH_WORDS = {
    "enero": 1, "ene": 1, "febrero": 2, "feb": 2, "marzo": 3, "mar": 3, "abril": 4, "abr": 4, "mayo": 5, "may": 5,
    "junio": 6, "jun": 6, "julio": 7, "jul": 7, "agosto": 8, "ago": 8, "setiembre": 9, "septiembre": 9, "set": 9,
    "sep": 9, "sept": 9, "octubre": 10, "oct": 10, "noviembre": 11, "nov": 11, "diciembre": 12, "dic": 12,
}  # fmt: skip
_UNIT_WORDS: dict[str, Unit] = {
    "dia": "day", "dias": "day", "semana": "week", "semanas": "week", "quincena": "fortnight", "quincenas": "fortnight",
    "mes": "month", "meses": "month", "bimestre": "bimester", "bimestres": "bimester", "trimestre": "quarter",
    "trimestres": "quarter", "cuatrimestre": "four_months", "cuatrimestres": "four_months", "semestre": "semester",
    "semestres": "semester", "ano": "year", "anos": "year", "anio": "year", "anios": "year",
}  # fmt: skip
_ORDINALS = {
    "primer": 1, "primera": 1, "primero": 1, "1er": 1, "1ro": 1, "1ra": 1, "1": 1, "i": 1, "segundo": 2, "segunda": 2,
    "2do": 2, "2da": 2, "2": 2, "ii": 2, "tercer": 3, "tercera": 3, "tercero": 3, "3er": 3, "3ra": 3, "3": 3, "iii": 3,
    "cuarto": 4, "cuarta": 4, "4to": 4, "4ta": 4, "4": 4, "iv": 4, "quinto": 5, "quinta": 5, "5to": 5, "sexto": 6,
    "ultimo": -1, "ultima": -1,
}  # fmt: skip
_WEEKDAYS = {"lunes": 0, "martes": 1, "miercoles": 2, "jueves": 3, "viernes": 4, "sabado": 5, "domingo": 6}

VOCABULARY = frozenset(word for word in (*_MONTH_WORDS, *_UNIT_WORDS, *_WEEKDAYS) if len(word) > 4) | {
    "pasado", "pasada", "ultimo", "ultima", "ultimos", "ultimas", "anterior", "anteayer", "primer", "primera", "segundo",
    "segunda", "tercer", "cuarto",
}  # fmt: skip
"""Words that a typo may have meant."""


def _any(words: dict[str, object] | frozenset[str]) -> str:
    return "(?:" + "|".join(sorted((re.escape(word) for word in words), key=len, reverse=True)) + ")"


_LONG_MONTHS = frozenset(word for word in _MONTH_WORDS if len(word) > 3 and word != "sept")
_M = _any(dict(_MONTH_WORDS))
_LM = _any(_LONG_MONTHS)
_U = _any(dict(_UNIT_WORDS))
_O = _any(dict(_ORDINALS))
_Y = r"(?:19[89]\d|20\d\d)"
_NUM = (
    r"(?:\d{1,4}|un|una|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|quince|dieciocho|veinte"
    r"|veinticuatro|treinta|cuarenta y cinco|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa|cien|ciento veinte"
    r"|ciento ochenta)"
)
_PRE = r"(?:(?:en|de|del|durante|para|dentro de|a lo largo de) )?(?:(?:el|la|los|las|todo|toda|todo el|toda la) )?"
_THIS_YEAR = r"(?:de |del )?(?:este ano|este mismo ano|ano actual|ano en curso|presente ano)"
_LAST_YEAR = r"(?:de |del )?(?:el )?(?:ano pasado|pasado ano|ano anterior)"
_BEFORE_LAST = r"(?:de |del )?(?:el )?(?:ano antepasado|ano trasanterior)"
_YEAR = (
    rf"(?: (?:(?:de|del|en|en el|,) )?(?:ano )?(?P<year>{_Y})"
    rf"| (?P<this_year>{_THIS_YEAR})| (?P<last_year>{_LAST_YEAR})| (?P<before_last>{_BEFORE_LAST}))"
)
CONNECTED_TAIL = re.compile(r"(?:hasta|a) (?:hoy|la fecha|ahora|el dia de hoy)")
"""What may follow "desde marzo" without changing it."""


def _count(word: str) -> int:
    found = integer_at(tokenise(word), 0)
    if found is None:
        return 1
    if not 1 <= found[0] <= 3650:
        raise ValueError("out of range")
    return found[0]


def _named_year(match: re.Match[str], today: date) -> int | None:
    groups = match.groupdict()
    if groups.get("year"):
        return int(groups["year"])
    if groups.get("this_year"):
        return today.year
    if groups.get("last_year"):
        return today.year - 1
    if groups.get("before_last"):
        return today.year - 2
    return None


def _in_named_year(period: Period, match: re.Match[str], today: date) -> Period:
    """In the year that the phrase names; without one, the most recent such period that has begun."""
    year = _named_year(match, today)
    if year is not None:
        return period.in_year(year)
    recent = period.in_year(today.year)
    if recent.start > today:
        recent = period.in_year(today.year - 1)
    return replace(recent, explicit_year=False)


def _month(match: re.Match[str], today: date) -> Period:
    number = _MONTH_WORDS[match["month"]]
    # 2024 is a leap year: February keeps its 29th until the year is known.
    period = unit_of(date(today.year, number, 1), "month")
    result = _in_named_year(period, match, today)
    return replace(unit_of(result.start, "month"), explicit_year=result.explicit_year)


def _past_month(match: re.Match[str], today: date) -> Period:
    """Diciembre pasado: the last one that is over."""
    period = unit_of(date(today.year, _MONTH_WORDS[match["month"]], 1), "month")
    return unit_of(period.start.replace(year=today.year - 1), "month") if period.end >= today else period


def _day_of_month(match: re.Match[str], today: date) -> Period:
    word = match["day"]
    number = 1 if word in ("primero", "uno") else int(word)
    year = _named_year(match, today)
    month = _MONTH_WORDS[match["month"]]
    if year is not None:
        day = date(year, month, number)
        return Period(day, day, "day")
    day = date(today.year, month, number)
    if day > today:
        day = date(today.year - 1, month, number)
    return Period(day, day, "day", explicit_year=False)


def _iso(match: re.Match[str], _today: date) -> Period:
    day = date(int(match["y"]), int(match["m"]), int(match["d"]))
    return Period(day, day, "day")


def _slashed(match: re.Match[str], _today: date) -> Period:
    year = int(match["y"])
    day = date(year if year > 99 else 2000 + year, int(match["m"]), int(match["d"]))
    return Period(day, day, "day")


def _year(match: re.Match[str], _today: date) -> Period:
    return unit_of(date(int(match["y"]), 1, 1), "year")


def _word_day(match: re.Match[str], today: date) -> Period:
    back = {"hoy": 0, "ayer": 1, "anoche": 1, "manana": -1}.get(match["word"], 2)
    day = today - timedelta(days=back)
    return Period(day, day, "day")


def _current(match: re.Match[str], today: date) -> Period:
    whole = unit_of(today, _UNIT_WORDS[match["unit"]])
    return replace(whole, end=today, to_date=whole.end > today)


def _relative(steps: int) -> Build:
    def build(match: re.Match[str], today: date) -> Period:
        unit = _UNIT_WORDS[match["unit"]]
        return shifted(unit_of(today, unit), unit, steps)

    return build


def _last_one(match: re.Match[str], today: date) -> Period:
    """El último mes rolls back from today; el último trimestre is the last complete one."""
    unit = _UNIT_WORDS[match["unit"]]
    if unit in ("day", "week", "month", "year"):
        return rolling(today, unit, 1)
    return shifted(unit_of(today, unit), unit, -1)


def _last_many(match: re.Match[str], today: date) -> Period:
    return rolling(today, _UNIT_WORDS[match["unit"]], _count(match["count"]))


def _complete_many(match: re.Match[str], today: date) -> Period:
    unit, count = _UNIT_WORDS[match["unit"]], _count(match["count"])
    current = unit_of(today, unit)
    return Period(shifted(current, unit, -count).start, current.start - timedelta(days=1), unit, count)


def _ago(match: re.Match[str], today: date) -> Period:
    """Hace dos meses is that whole month. In Costa Rica ocho días are a week and quince days are two."""
    unit, count = _UNIT_WORDS[match["unit"]], _count(match["count"])
    if unit == "day":
        day = today - timedelta(days={8: 7, 15: 14}.get(count, count))
        return Period(day, day, "day")
    return shifted(unit_of(today, unit), unit, -count)


def _since_ago(match: re.Match[str], today: date) -> Period:
    return rolling(today, _UNIT_WORDS[match["unit"]], _count(match["count"]))


def _ordinal(match: re.Match[str], today: date) -> Period | None:
    """Primer trimestre de 2025, II semestre, Q1 2025."""
    unit = _UNIT_WORDS[match["unit"]] if match.groupdict().get("unit") else "quarter"
    months = {"bimester": 2, "quarter": 3, "four_months": 4, "semester": 6}.get(unit)
    number = _ORDINALS[match["ordinal"]]
    if months is None:
        return None
    parts = 12 // months
    number = parts if number == -1 else number
    if not 1 <= number <= parts:
        return None
    period = unit_of(date(today.year, (number - 1) * months + 1, 1), unit)
    return _in_named_year(period, match, today)


def _part_of_month(match: re.Match[str], today: date) -> Period | None:
    """Segunda quincena de marzo, primera semana de mayo (days 1-7, 8-14, …)."""
    month = _month(match, today)
    number, unit = _ORDINALS[match["ordinal"]], _UNIT_WORDS[match["unit"]]
    if unit == "fortnight" and number in (1, 2, -1):
        first = month.start if number == 1 else month.start.replace(day=16)
        last = month.start.replace(day=15) if number == 1 else month.end
        return Period(first, last, "fortnight", explicit_year=month.explicit_year)
    return None


def _part_of_current_month(match: re.Match[str], today: date) -> Period | None:
    number, unit = _ORDINALS[match["ordinal"]], _UNIT_WORDS[match["unit"]]
    month = unit_of(today, "month")
    if match.groupdict().get("past"):
        month = shifted(month, "month", -1)
    if unit != "fortnight" or number not in (1, 2):
        return None
    return unit_of(month.start if number == 1 else month.end, "fortnight")


def _first_many(match: re.Match[str], today: date) -> Period | None:
    """Los primeros seis meses de 2017, los últimos 10 días de marzo."""
    unit, count = _UNIT_WORDS[match["unit"]], _count(match["count"])
    whole = _month(match, today) if match["month"] else unit_of(date(int(match["only_year"]), 1, 1), "year")
    if unit in ("day", "week"):
        length = timedelta(days=count * (7 if unit == "week" else 1) - 1)
        first = whole.start if match["which"].startswith("primer") else whole.end - length
        last = first + length
    elif unit in ("month", "quarter") and whole.unit == "year":
        months = count * (3 if unit == "quarter" else 1)
        if months > 12:
            return None
        if match["which"].startswith("primer"):
            first, last = whole.start, month_end(add_months(whole.start, months - 1))
        else:
            first, last = add_months(whole.end.replace(day=1), 1 - months), whole.end
    else:
        return None
    if first < whole.start or last > whole.end:
        return None
    return Period(first, last, "span", explicit_year=whole.explicit_year)


def _weekday(match: re.Match[str], today: date) -> Period:
    """The most recent such day before today."""
    back = (today.weekday() - _WEEKDAYS[match["weekday"]] - 1) % 7 + 1
    day = today - timedelta(days=back)
    return Period(day, day, "day")


def _weekend(match: re.Match[str], today: date) -> Period:
    saturday = today - timedelta(days=(today.weekday() - 5) % 7)
    if match.groupdict().get("past") and today.weekday() >= 5:
        saturday -= timedelta(days=7)
    return Period(saturday, saturday + timedelta(days=1), "span")


def _all(_match: re.Match[str], _today: date) -> Period:
    return Period(FIRST_DAY, LAST_DAY, "all")


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(_PRE + pattern)


_PAST = r"(?:pasad[oa]|anterior|previ[oa]|que paso)"

ATOMS: tuple[tuple[re.Pattern[str], Build], ...] = (
    (_compile(r"(?:dia )?(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})"), _iso),
    (_compile(r"(?:dia )?(?P<d>\d{1,2})[/-](?P<m>\d{1,2})[/-](?P<y>\d{4}|\d\d)"), _slashed),
    (
        re.compile(_PRE + r"(?P<m>\d{1,2})/(?P<y>\d{4})"),
        lambda match, _today: unit_of(date(int(match["y"]), int(match["m"]), 1), "month"),
    ),
    (_compile(rf"(?:dia )?(?P<day>\d{{1,2}}|primero|uno) (?:de )?(?P<month>{_M})(?:{_YEAR})?"), _day_of_month),
    (_compile(rf"(?:mes(?:es)? de )?(?P<month>{_LM})(?:{_YEAR})?"), _month),
    (_compile(rf"(?:mes(?:es)? de )?(?P<month>{_M}){_YEAR}"), _month),
    (_compile(rf"(?P<month>{_LM}) (?:pasado|anterior|ultimo)"), _past_month),
    (_compile(rf"(?:pasado|ultimo) (?:mes de )?(?P<month>{_LM})"), _past_month),
    (_compile(rf"(?:ano |anio )?(?P<y>{_Y})(?! (?:colones|dolares|mil|unidades|pesos))"), _year),
    (_compile(r"(?:dia de )?(?P<word>hoy|ayer|anoche|anteayer|antier|antes de ayer|manana)(?: mismo)?"), _word_day),
    (_compile(rf"(?:este|esta|este mismo|esta misma|presente) (?P<unit>{_U})"), _current),
    (_compile(rf"(?P<unit>{_U}) (?:actual|en curso|corriente|presente)"), _current),
    (
        _compile(
            r"(?:lo )?que (?:va|vamos|llevamos|llevo|lleva|ha transcurrido|ha pasado)"
            rf" (?:del|de|de el|de la|de este|de esta|en el|en este) (?P<unit>{_U})"
        ),
        _current,
    ),
    (_compile(rf"(?P<unit>{_U}) (?:a|hasta) (?:la fecha|hoy)"), _current),
    (_compile(rf"(?P<unit>{_U}) {_PAST}"), _relative(-1)),
    (_compile(rf"pasad[oa] (?P<unit>{_U})"), _relative(-1)),
    (_compile(rf"(?P<unit>{_U}) (?:antepasad[oa]|trasanterior)"), _relative(-2)),
    (_compile(rf"antepasad[oa] (?P<unit>{_U})"), _relative(-2)),
    (_compile(rf"(?P<unit>{_U}) (?:que viene|entrante|siguiente|proxim[oa])"), _relative(1)),
    (_compile(rf"proxim[oa] (?P<unit>{_U})"), _relative(1)),
    (_compile(rf"ultim[oa] (?P<unit>{_U})"), _last_one),
    (_compile(rf"(?:ultim[oa]s|pasad[oa]s|anteriores) (?P<count>{_NUM}) (?P<unit>{_U})"), _last_many),
    (_compile(rf"(?:ultim[oa]s) (?P<count>{_NUM}) (?P<unit>{_U}) (?:complet[oa]s|cerrad[oa]s)"), _complete_many),
    (_compile(rf"(?P<count>{_NUM}) (?:ultim[oa]s|pasad[oa]s) (?P<unit>{_U})"), _last_many),
    (_compile(rf"(?P<count>{_NUM}) (?P<unit>{_U}) (?:pasad[oa]s|anteriores)"), _last_many),
    (_compile(rf"hace (?P<count>{_NUM}) (?P<unit>{_U})"), _ago),
    (_compile(rf"(?P<count>{_NUM}) (?P<unit>{_U}) atras"), _ago),
    (_compile(rf"desde hace (?P<count>{_NUM}) (?P<unit>{_U})"), _since_ago),
    (_compile(rf"(?P<ordinal>{_O}) (?P<unit>{_U})(?:{_YEAR})?"), _ordinal),
    (_compile(rf"(?P<unit>trimestre|semestre|cuatrimestre|bimestre) (?P<ordinal>{_O})(?:{_YEAR})?"), _ordinal),
    (_compile(rf"(?:q|t)(?P<ordinal>[1-4])(?:{_YEAR})?"), _ordinal),
    (
        _compile(rf"(?P<ordinal>{_O}) (?P<unit>quincena) (?:de |del mes de )?(?P<month>{_M})(?:{_YEAR})?"),
        _part_of_month,
    ),
    (
        _compile(
            rf"(?P<ordinal>{_O}) (?P<unit>quincena)(?: (?:de este mes|del mes(?! pasado| anterior)|(?P<past>del mes (?:pasado|anterior))))?"
        ),
        _part_of_current_month,
    ),
    (
        _compile(
            rf"(?P<which>primer[oa]s|ultim[oa]s) (?P<count>{_NUM}) (?P<unit>{_U}) (?:de|del)(?: ano)?"
            rf" (?:(?P<month>{_M})(?:{_YEAR})?|(?P<only_year>{_Y}))"
        ),
        _first_many,
    ),
    (
        re.compile(
            rf"(?<!los )(?<!cada )(?:en |de |del |durante )?(?:el |este |el ultimo )?(?P<weekday>{_any(dict(_WEEKDAYS))})(?: pasado)?"
        ),
        _weekday,
    ),
    (_compile(r"(?:este )?fin de semana(?: (?P<past>pasado))?"), _weekend),
    (
        _compile(
            r"(?:siempre|desde siempre|tiempo|todos los tiempos|historia|historial|historico|desde el (?:principio|inicio|comienzo)"
            r"|hasta (?:la fecha|hoy|ahora|el momento)|a la fecha|todos los anos|toda la vida)"
        ),
        _all,
    ),
)
