"""What is implied once everything said is read, what was left unread, and the plan that comes of it."""

from kula.echo import quoted
from kula.grammar.draft import Draft
from kula.plan import Intent, Plan, PlanOrder
from kula.reply import Option
from kula.understanding import QuestionBack
from kula.vocabulary import HARMLESS

_CUSTOMER = "customer__name"


def settle(draft: Draft) -> None:
    """Completes a draft: shares, lists of customers, a subject for a bare dimension, the grain of a trend."""
    if draft.share:
        _settle_share(draft)
    about_customers = any(f.field.startswith("customer__") for f in (*draft.filters, *draft.metric_filters))
    spoken = any("client" in chunk.folded_text for chunk in draft.chunks)
    if about_customers and spoken and not draft.metrics and not draft.dimensions:
        draft.dimensions.append(_CUSTOMER)
    if not draft.metrics and draft.dimensions:
        _settle_list(draft, about_customers=about_customers)
    bounds = [f for f in draft.metric_filters if f.field in draft.context.catalogue.metrics]
    if bounds and not draft.dimensions and "customers_count" not in draft.metrics and draft.grain is None:
        draft.question_back = draft.question_back or QuestionBack(
            "¿Por qué quiere separar los datos antes de aplicar esa condición?",
            tuple(
                Option(label=label, question=f"Ventas por {label.lower()}") for label in ("Cliente", "Producto", "Mes")
            ),
        )
    if draft.trend and draft.grain is None:
        draft.grain = "month"
    _settle_compared_values(draft)
    if draft.rank is not None and draft.rank.limit and len(draft.dimensions) > 1:
        _ask_one_ranking(draft)


def _ask_one_ranking(draft: Draft) -> None:
    """Asks back "top 3 productos por categoría": three of each would need a ranking in each."""
    labels = [draft.context.catalogue.dimensions[name].label.lower() for name in draft.dimensions]
    metric = draft.context.catalogue.metrics[draft.metrics[0]].label
    draft.question_back = draft.question_back or QuestionBack(
        "Todavía no hago un ranking dentro de cada grupo. ¿Cuál quiere ver?",
        tuple(Option(label=f"Por {label}", question=f"{metric} por {label}") for label in labels),
    )


def _settle_compared_values(draft: Draft) -> None:
    """Shows names that are compared ("efectivo vs tarjeta") one beside the other."""
    cues = draft.cued("compare")
    several = next((f for f in draft.filters if f.op == "in"), None)
    if cues and several is not None and draft.metrics:
        if several.field not in draft.dimensions:
            draft.dimensions.append(several.field)
        draft.use(*cues)


def _settle_share(draft: Draft) -> None:
    """Shows a part beside the others: filtered to itself, it would be 100 %."""
    if not draft.metrics:
        draft.add_metric("net_sales")
    condition = next((f for f in draft.filters if f.op in ("eq", "in")), None)
    if condition is None or draft.dimensions:
        return
    draft.dimensions.append(condition.field)
    draft.filters.remove(condition)
    draft.assumptions.append(f"Le muestro la parte de {quoted(condition.text[0])} junto a las demás.")


def _settle_list(draft: Draft, *, about_customers: bool) -> None:
    """Finds what to list or count where nothing says what to measure."""
    draft.assumed_metric = True
    if draft.dimensions == [_CUSTOMER] and draft.time is not None:
        draft.add_metric("net_sales")
        draft.assumptions.append("Con un período, listo a quienes compraron en él y cuánto.")
    elif draft.dimensions == [_CUSTOMER] and (about_customers or draft.lists):
        draft.add_metric("customers_count")
    elif not draft.cued("count"):
        _assume_subject(draft)
    draft.lists = True


def _assume_subject(draft: Draft) -> None:
    """Counts a dimension that stands alone ("motivos de pérdida") by what it belongs to."""
    first = draft.dimensions[0]
    if first == "opportunity__lost_reason":
        name = "lost_opportunities"
    elif first.startswith("opportunity__"):
        name = "opportunities_count"
    else:
        name = "customers_count" if first.startswith("customer__") else "net_sales"
    if name in draft.context.catalogue.metrics and draft.choose(tuple(draft.dimensions)) is not None:
        draft.add_metric(name)
        draft.assumed_metric = True
        draft.assumptions.append(
            f"No dijo qué medir: le muestro {draft.context.catalogue.metrics[name].label.lower()}."
        )


def leftovers(draft: Draft) -> tuple[str, ...]:
    """The words that say something and that no rule has taken."""
    left = []
    for chunk in draft.chunks:
        if chunk.used or chunk.ignorable or (chunk.harmless and not chunk.cue("not", "top", "bottom")):
            continue
        if not chunk.unknown and chunk.folded_text in HARMLESS:
            continue
        left.append(chunk.text)
    if not draft.metrics and draft.dimensions and draft.cued("count", unused=False):
        # "¿cuántos vendedores tengo?": there is nothing that counts them.
        left += [
            f"{draft.chunks[i].text} {draft.chunks[j].text}" for i in draft.cued("count") if (j := draft.following(i))
        ]
    return tuple(left)


def plan_of(draft: Draft) -> Plan:
    """The plan of a draft that every rule has read."""
    order: PlanOrder | None = None
    limit: int | None = None
    if draft.rank is not None and draft.metrics:
        # "¿Qué categoría creció más?" is ranked by the change, "¿cuál bajó más?" by the largest fall.
        suffix = "__change" if draft.growth and draft.compare is not None else ""
        descending = draft.rank.descending != (bool(suffix) and draft.shrinking)
        order = PlanOrder(field=f"{draft.metrics[0]}{suffix}", descending=descending)
        limit = draft.rank.limit or None
    return Plan(
        intent=_intent(draft),
        metrics=draft.metrics[:6],
        dimensions=draft.dimensions[:4],
        filters=[*draft.filters, *draft.metric_filters][:12],
        time=draft.time,
        compare=draft.compare,
        grain=draft.grain,
        order=order,
        limit=min(limit, 1000) if limit else None,
        share_of_total=draft.share,
    )


def _intent(draft: Draft) -> Intent:
    if not draft.metrics:
        return "compare" if draft.compare is not None else "unknown"
    if draft.compare is not None:
        return "compare"
    if draft.grain is not None and draft.rank is None:
        return "trend"
    return "list" if draft.lists and draft.metrics == ["customers_count"] else "metric"
