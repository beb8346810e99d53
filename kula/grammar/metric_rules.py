"""What is measured: from nouns ("ticket promedio"), verbs ("vendí") and what they stand beside ("cuántas")."""

from kula.grammar.draft import Draft
from kula.plan import PlanTime
from kula.reply import Option
from kula.understanding import QuestionBack

_OPPORTUNITIES = "opportunities_count"
_OPPORTUNITIES_VALUE = "opportunities_value"
_OUTCOMES = {"won": "won_opportunities", "lost": "lost_opportunities", "open": "open_opportunities"}
_VALUES = {"won": "won_value", "lost": "lost_value", "open": "open_value"}
_SALES = frozenset(
    ("net_sales", "sales_count", "average_ticket", "units_sold", "gross_profit", "gross_margin", "active_customers",
     "products_sold", "new_customers", "discount", "repeat_rate")
)  # fmt: skip
_CUSTOMER = "customer__name"
_PAYMENT = "sale__payment_method"
_PRODUCTS = frozenset(("sale_line__product", "sale_line__category"))


def read_metrics(draft: Draft) -> None:
    """Takes the metrics from the sentence."""
    _read_overview(draft)
    _read_nouns(draft)
    _read_outcomes(draft)
    _read_counted_customers(draft)
    _read_sales_verbs(draft)
    _read_win_verbs(draft)


def _read_overview(draft: Draft) -> None:
    """¿Cómo vamos este mes?: by net sales, or by won value where the tenant has no sales."""
    cues = draft.cued("overview")
    if not cues:
        return
    draft.use(*cues)
    if any(chunk.metric for chunk in draft.chunks):
        return
    sales = not draft.context.has or "sales" in draft.context.has
    draft.add_metric("net_sales" if sales else "won_value")
    if draft.time is None:
        draft.time = PlanTime(phrase="este mes")
    draft.assumptions.append("Le muestro las ventas netas." if sales else "Le muestro el valor ganado.")


def _read_nouns(draft: Draft) -> None:
    for index, chunk in enumerate(draft.chunks):
        if chunk.metric is None or chunk.used:
            continue
        if chunk.dimensions and (_names_dimension(draft, index) or _CUSTOMER in chunk.dimensions):
            continue
        if chunk.cue("share", "average") and not chunk.metric:
            continue
        if _bounded(draft, index):
            # "más de 5 compras": the condition's own metric, read with the condition.
            continue
        if chunk.metric == "active_customers" and _bound_follows(draft, index):
            # "clientes que compraron más de 500 mil": each of them, not how many.
            draft.add_metric("net_sales")
            draft.dimensions.append(_CUSTOMER)
            draft.use(index)
            continue
        name = chunk.metric
        # "Ventas promedio por mes" may be the average of the months, or of each sale in them.
        if name == "average_ticket" and (
            chunk.folded_text == "promedio de ventas" or (draft.grain is not None and "venta" in chunk.folded_text)
        ):
            draft.question_back = QuestionBack(
                "¿El promedio de qué?",
                (
                    Option(label="De cada venta (ticket promedio)", question="Ticket promedio"),
                    Option(label="Ventas de cada mes", question="Ventas por mes"),
                ),
            )
        counting = draft.before_is(index, "count")
        if name == "net_sales" and counting is not None:
            name = "sales_count"
        if (
            name == "net_sales"
            and chunk.folded_text in ("vendido", "vendida", "vendidos", "vendidas")
            and draft.metrics
        ):
            draft.use(index)
            continue
        draft.add_metric(name)
        draft.use(index, counting)


def _names_dimension(draft: Draft, index: int) -> bool:
    """Whether a word for both a metric and a dimension ("embudo") stands where a dimension does."""
    return draft.before_is(index, "by", "which", "top", "bottom") is not None


def _bound_follows(draft: Draft, index: int) -> bool:
    cue = draft.following(index)
    number = draft.following(cue) if cue is not None else None
    if cue is None or number is None or draft.chunks[number].number is None:
        return False
    return draft.chunks[cue].cue("more_than", "at_least", "less_than", "at_most", "between")


def _bounded(draft: Draft, index: int) -> bool:
    previous = draft.previous(index)
    if previous is None or draft.chunks[previous].number is None:
        return False
    return draft.before_is(previous, "more_than", "at_least", "less_than", "at_most", "between") is not None


def _read_outcomes(draft: Draft) -> None:
    """Oportunidades + ganadas/perdidas/abiertas, ganó/perdió; "valor de" asks for their money."""
    worth = draft.cued("value_of")
    if worth:
        # "¿cuánto valen las oportunidades abiertas?"
        for name, counted in _OUTCOMES.items():
            if counted in draft.metrics and _replace_metric(draft, counted, _VALUES[name]):
                draft.use(*worth)
    base = next((name for name in (_OPPORTUNITIES, _OPPORTUNITIES_VALUE) if name in draft.metrics), None)
    if base is None:
        return
    outcome = _outcome(draft)
    valued = bool(worth) or base == _OPPORTUNITIES_VALUE
    table, default = (_VALUES, _OPPORTUNITIES_VALUE) if valued else (_OUTCOMES, _OPPORTUNITIES)
    if _replace_metric(draft, base, table[outcome] if outcome else default):
        draft.use(*worth)
    draft.use(*draft.cued("count", "how_much"))


def _replace_metric(draft: Draft, name: str, by: str) -> bool:
    if by not in draft.context.catalogue.metrics:
        return False
    draft.metrics[draft.metrics.index(name)] = by
    return True


def _outcome(draft: Draft) -> str | None:
    """Won, lost or open, as an adjective or a verb says it first."""
    found: list[str] = []
    for name in _OUTCOMES:
        indices = draft.cued(name)
        draft.use(*indices)
        found += [name] * bool(indices)
    for chunk in draft.chunks:
        if chunk.verbs & {"win_self", "win", "lose"} and not chunk.used:
            found.append("lost" if "lose" in chunk.verbs else "won")
            chunk.used = True
    return found[0] if found else None


def _read_counted_customers(draft: Draft) -> None:
    """¿Cuántos clientes…?: those who bought, where a purchase or a period is spoken of; else all."""
    for index, chunk in enumerate(draft.chunks):
        if _CUSTOMER not in chunk.dimensions or chunk.used:
            continue
        counting = draft.before_is(index, "count")
        if counting is None:
            if _split_follows(draft, index) and not draft.metrics and not draft.has_verb("buy", "sell"):
                # "clientes por segmento"
                draft.add_metric("customers_count")
                draft.use(index)
            continue
        if draft.has_verb("buy", "sell"):
            draft.add_metric("active_customers")
            _use_verbs(draft, "buy", "sell")
        elif draft.time is not None and not draft.metrics:
            draft.add_metric("active_customers")
            draft.assumptions.append("Con un período, cuento los clientes que compraron en él.")
        else:
            draft.add_metric("customers_count")
        draft.use(index, counting)


def _split_follows(draft: Draft, index: int) -> bool:
    following = draft.following(index)
    after = draft.following(following) if following is not None else None
    if following is None or after is None or draft.before_is(index, "by", "top", "bottom", "which", "who") is not None:
        return False
    previous = draft.previous(index)
    if previous is not None and draft.chunks[previous].number is not None:
        return False
    return draft.chunks[following].cue("by") and bool(draft.chunks[after].dimensions)


def _use_verbs(draft: Draft, *verbs: str) -> None:
    for index, chunk in enumerate(draft.chunks):
        if any(verb in chunk.verbs for verb in verbs):
            draft.use(index)


def _read_sales_verbs(draft: Draft) -> None:
    paid = _payment_said(draft)
    for index, chunk in enumerate(draft.chunks):
        if "pay" in chunk.verbs and not chunk.used and paid:
            if not set(draft.metrics) & _SALES:
                draft.add_metric("net_sales")
            draft.use(index)
        # "no compran" is absence; it is not read as a sum of purchases.
        absent = draft.has_verb("buy") and draft.before_is(index, "not") is not None
        if not chunk.used and not absent and chunk.verbs & {"sell", "buy", "enter"}:
            _read_sales_verb(draft, index)


def _read_sales_verb(draft: Draft, index: int) -> None:
    chunk = draft.chunks[index]
    counting = next(iter(draft.cued("count")), None)
    counted = draft.following(counting) if counting is not None else None
    if not set(draft.metrics) & _SALES:
        if counted is not None and _counts_products(draft, counted):
            draft.add_metric("units_sold")
            draft.assumptions.append("Cuento unidades vendidas.")
            draft.use(counting, counted if draft.chunks[counted].dimensions else None)
        elif not draft.metrics and counted != index:
            draft.add_metric("net_sales")
            if "enter" in chunk.verbs:
                draft.assumptions.append("Tomé lo que entró como ventas netas.")
    if set(draft.metrics) & _SALES or ("sell" in chunk.verbs and counted != index):
        draft.use(index)


def _payment_said(draft: Draft) -> bool:
    """Whether a way of paying is spoken of: then "pagaron" says no more than that."""
    values = draft.context.values.values
    return any(
        _PAYMENT in c.dimensions
        or (c.entry.value is not None and c.entry.value[0] == _PAYMENT)
        or any(values[number].dimension == _PAYMENT for number in c.values)
        for c in draft.chunks
    )


def _counts_products(draft: Draft, index: int) -> bool:
    chunk = draft.chunks[index]
    if _PRODUCTS & set(chunk.dimensions):
        return True
    values = draft.context.values.values
    return any(values[number].dimension in _PRODUCTS for number in chunk.values)


def _read_win_verbs(draft: Draft) -> None:
    for index, chunk in enumerate(draft.chunks):
        if chunk.used or not chunk.verbs & {"win_self", "win", "lose"}:
            continue
        money = {"gross_profit", "gross_margin", "won_value", "won_opportunities", "lost_opportunities", "lost_value"}
        if set(draft.metrics) & money:
            draft.use(index)
        elif "win_self" in chunk.verbs and not draft.metrics and "gross_profit" in draft.context.catalogue.metrics:
            draft.add_metric("gross_profit")
            draft.assumptions.append("Ganancia: ventas netas menos el costo, donde el costo se conoce.")
            draft.use(index)
        elif not draft.metrics and draft.question_back is None and "win" in chunk.verbs:
            draft.use(index)
            draft.question_back = QuestionBack(
                "¿Qué quiere ver de lo ganado?",
                (
                    Option(label="Ventas netas", question="¿Cuánto vendió cada vendedor?"),
                    Option(label="Oportunidades ganadas", question="¿Cuántas oportunidades ganó cada vendedor?"),
                    Option(label="Valor ganado", question="Valor ganado por vendedor"),
                    Option(label="Ganancia", question="¿Cuál fue la ganancia por mes este año?"),
                ),
            )
