"""By what the rows are split, and which of them come first."""

from kula.grammar.draft import Draft, Rank
from kula.plan import Grain

_UNITS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")
_CUSTOMER = "customer__name"
_SELLERS = ("sale__seller", "opportunity__seller")
_DEFAULT_TOP = 10


def read_dimensions(draft: Draft) -> None:
    """Takes dimensions, top and bottom from the sentence. Metrics are read already, but may still be none."""
    _read_ranked_unit(draft)
    _read_listed(draft)
    _assume_metric(draft)
    for index, chunk in enumerate(draft.chunks):
        if chunk.dimensions and not chunk.used and not _is_named_value(draft, index) and not _is_amount(draft, index):
            _read_one(draft, index)
    _read_who(draft)
    _read_what(draft)
    _read_rank(draft)


def _read_listed(draft: Draft) -> None:
    for index in draft.cued("list"):
        draft.lists = True
        draft.use(index)


def _assume_metric(draft: Draft) -> None:
    """Where no metric is said ("mejores clientes"): by net sales, or by won value where the tenant has no sales."""
    if draft.metrics:
        return
    ranked = bool(draft.cued("top", "bottom"))
    named = [c for c in draft.chunks if c.dimensions and not c.used]
    grained = draft.grain is not None and (ranked or draft.rank is not None)
    if not ((ranked and named) or grained or draft.rank is not None):
        return
    sales = not draft.context.has or "sales" in draft.context.has
    if named and all(name.startswith("opportunity__") for name in named[0].dimensions):
        name = "opportunities_count"
    else:
        name = "net_sales" if sales else "won_value"
    if name in draft.context.catalogue.metrics:
        draft.add_metric(name)
        draft.assumed_metric = True
        label = draft.context.catalogue.metrics[name].label.lower()
        draft.assumptions.append(f"No dijo según qué: tomé {label}.")


def _is_amount(draft: Draft, index: int) -> bool:
    """Whether a dimension is a number with a bound ("más de 90 días sin comprar"): a condition, not a split."""
    formats = {draft.context.catalogue.dimensions[name].format for name in draft.chunks[index].dimensions}
    previous = draft.previous(index)
    return bool(formats & {"integer", "number"}) and previous is not None and draft.chunks[previous].number is not None


def _is_named_value(draft: Draft, index: int) -> bool:
    """Whether a word that is a dimension and a value of the tenant's data ("tienda") stands for the value."""
    return bool(draft.chunks[index].values) and draft.before_is(index, "by", "which", "top", "bottom", "and") is None


def _read_one(draft: Draft, index: int) -> None:
    chunk = draft.chunks[index]
    by = draft.before_is(index, "by")
    previous = draft.previous(index)
    joined = previous is not None and draft.chunks[previous].cue("and") and _is_group(draft, draft.previous(previous))
    asked = draft.before_is(index, "which")
    top = draft.before_is(index, "top", "bottom")
    if top is None and previous is not None and draft.chunks[previous].number is not None:
        # "los 5 clientes que más compran", "top 5 clientes"
        top = draft.before_is(previous, "top", "bottom")
        top = top if top is not None else next(iter(draft.cued("top", "bottom")), None)
    following = draft.following(index)
    ranked_after = (
        following is not None and draft.chunks[following].cue("top", "bottom") and not _is_condition(draft, following)
    )
    cue_for_value = following is not None and _is_value(draft, following) and following == index + 1
    plural = chunk.folded_text.endswith("s")
    wanted = by is not None or joined or asked is not None or top is not None or ranked_after or draft.lists
    if cue_for_value and by is None and top is None:
        # "cliente Juan Mora", "clientes inactivos": says what the value is of; a list where nothing is measured.
        if not draft.metrics or asked is not None:
            _group(draft, index)
        draft.use(index, asked)
        return
    if wanted or (plural and draft.metrics) or not draft.metrics or draft.share:
        _group(draft, index)
        draft.use(by, asked, previous if joined else None)
        if draft.rank is None and (
            top is not None or ranked_after or (asked is not None and draft.cued("top", "bottom"))
        ):
            cue = top if top is not None else (following if ranked_after else next(iter(draft.cued("top", "bottom"))))
            assert cue is not None
            singular = not plural and chunk.folded_text != "top"
            draft.rank = Rank(descending=draft.chunks[cue].cue("top"), limit=1 if singular else None)
            draft.use(cue)


def _is_group(draft: Draft, index: int | None) -> bool:
    if index is None or not draft.chunks[index].used:
        return False
    return bool(draft.chunks[index].dimensions) or draft.chunks[index].cue(*(f"grain_{unit}" for unit in _UNITS))


def _is_value(draft: Draft, index: int) -> bool:
    chunk = draft.chunks[index]
    return bool(chunk.values) or chunk.entry.value is not None


def _is_condition(draft: Draft, index: int) -> bool:
    following = draft.following(index)
    return (
        following is not None
        and draft.chunks[following].number is not None
        and draft.chunks[index].cue("more_than", "less_than")
    )


def _group(draft: Draft, index: int) -> None:
    name = draft.choose(draft.chunks[index].dimensions)
    if name is None:
        return
    if name not in draft.dimensions:
        draft.dimensions.append(name)
    draft.use(index)


def _read_ranked_unit(draft: Draft) -> None:
    """Ranks time itself: "mi mejor mes", "¿en qué mes vendí más?", "los 3 meses más flojos"."""
    for unit in _UNITS:
        for index in draft.cued(f"unit_{unit}"):
            asked = draft.before_is(index, "which")
            top = draft.before_is(index, "top", "bottom")
            previous = draft.previous(index)
            if top is None and previous is not None and draft.chunks[previous].number is not None:
                top = draft.before_is(previous, "top", "bottom")
            following = draft.following(index)
            after = next((i for i in draft.cued("top", "bottom") if i > index), None)
            if (
                top is None
                and after is not None
                and (asked is not None or after == following or _number_before(draft, index))
            ):
                top = after
            if top is None:
                continue
            draft.grain = draft.grain or unit
            singular = draft.chunks[index].folded_text in ("dia", "semana", "mes", "trimestre", "ano")
            draft.rank = Rank(draft.chunks[top].cue("top"), 1 if singular else None)
            draft.use(index, top, asked)
            if draft.time is None and singular:
                draft.assumptions.append("Busqué en todo el historial.")


def _number_before(draft: Draft, index: int) -> bool:
    previous = draft.previous(index)
    return previous is not None and draft.chunks[previous].number is not None


def _read_who(draft: Draft) -> None:
    """¿Quién me compró más? asks for customers, ¿quién vendió más? for sellers."""
    for index in draft.cued("who"):
        if draft.dimensions:
            draft.use(index)
            continue
        if draft.has_verb("buy", "pay"):
            candidates: tuple[str, ...] = (_CUSTOMER,)
        elif draft.chunks[index].folded_text.startswith("a quien") and draft.has_verb("sell"):
            candidates = (_CUSTOMER,)
        elif draft.has_verb("sell", "win", "win_self", "lose") or draft.metrics:
            candidates = _SELLERS
        else:
            continue
        if not draft.metrics:
            draft.add_metric("net_sales")
        name = draft.choose(candidates)
        if name is None:
            continue
        draft.dimensions.append(name)
        draft.use(index)
        singular = draft.chunks[index].folded_text in ("quien", "a quien")
        cue = next(iter(draft.cued("top", "bottom")), None)
        if cue is not None and draft.rank is None:
            draft.rank = Rank(draft.chunks[cue].cue("top"), 1 if singular else None)
            draft.use(cue)


def _read_what(draft: Draft) -> None:
    """¿Qué compró Juan?, ¿qué vendí ayer?: by product."""
    for index in draft.cued("which"):
        following = draft.following(index)
        if draft.dimensions or draft.grain or following is None or draft.chunks[index].folded_text != "que":
            continue
        name = draft.choose(("sale_line__product",))
        if name is not None and draft.chunks[following].verbs & {"sell", "buy"}:
            draft.dimensions.append(name)
            draft.use(index)


def _read_rank(draft: Draft) -> None:
    """The number of a top, and a top that stands away from its dimension ("por categoría, de mayor a menor")."""
    if draft.rank is None and (draft.dimensions or draft.grain):
        cue = next((i for i in draft.cued("top", "bottom") if not _is_condition(draft, i)), None)
        if cue is not None:
            text = draft.chunks[cue].folded_text
            ordering = text in ("de mayor a menor", "de menor a mayor")
            draft.rank = Rank(draft.chunks[cue].cue("top") and text != "de menor a mayor", None)
            if ordering:
                draft.rank.limit = 0
            draft.use(cue)
    if draft.rank is None:
        return
    draft.use(*[i for i in draft.cued("top", "bottom") if not _is_condition(draft, i)])
    number = _free_number(draft)
    if number is not None:
        draft.rank.limit = number
    elif draft.rank.limit is None:
        draft.rank.limit = _DEFAULT_TOP


def _free_number(draft: Draft) -> int | None:
    for index, chunk in enumerate(draft.chunks):
        if chunk.number is None or chunk.used or chunk.number != int(chunk.number) or not 1 <= chunk.number <= 1000:
            continue
        if draft.before_is(index, "more_than", "less_than", "at_least", "at_most", "between") is not None:
            continue
        draft.use(index)
        return int(chunk.number)
    return None
