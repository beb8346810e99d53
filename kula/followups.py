"""What may be asked next, and what does work for this tenant: sentences that the offline engine itself reads."""

from kula.grammar.parse import parse
from kula.knowledge import Knowledge
from kula.periods.grammar import parse_periods
from kula.resolve import Resolved
from kula.understanding import Context

_SPLITS = (
    ("sale_line__category", "categoría"),
    ("customer__name", "cliente"),
    ("sale__seller", "vendedor"),
    ("opportunity__seller", "vendedor"),
    ("sale_line__product", "producto"),
    ("opportunity__stage", "etapa"),
    ("customer__segment", "segmento"),
)


def followups(resolved: Resolved, context: Context) -> list[str]:
    """Up to three questions near the one just answered."""
    plan = resolved.plan
    label = context.catalogue.metrics[plan.metrics[0]].label
    period = resolved.periods[0]
    when = "" if period is None or period.is_all else f" {period.name}"
    if when and not parse_periods(when, context.today):
        when = ""
    allowed = set(context.catalogue.dimensions_for(plan.metrics[:1]))
    candidates = []
    for name, word in _SPLITS:
        if name in allowed and name not in plan.dimensions and context.values.by_dimension.get(name):
            candidates.append(f"{label} por {word}{when}")
    if plan.grain is None:
        candidates.insert(1, f"{label} por mes{when}")
    if len(resolved.periods) == 1 and when and period is not None and not plan.dimensions and plan.grain is None:
        candidates.insert(0, f"{label}{when} comparado con el periodo anterior")
    return _readable(candidates, context)[:3]


def suggestions(context: Context, known: Knowledge) -> list[str]:
    """Three questions that this tenant's data can answer now."""
    values = context.values.by_dimension
    candidates: list[str] = []
    if "sales" in known.spans:
        year = known.spans["sales"][1].year
        if values.get("sale_line__category") and len(values["sale_line__category"]) > 1:
            candidates.append(f"¿Cuánto vendí en {year} por categoría?")
        else:
            candidates.append(f"¿Cuánto vendí en {year}?")
        if values.get("customer__name"):
            candidates.append(f"Top 5 clientes de {year}")
        candidates.append(f"Ventas por mes en {year}")
    if "opportunities" in known.spans:
        if values.get("opportunity__seller"):
            candidates.append("¿Cuántas oportunidades ganó cada vendedor?")
        candidates += ["Oportunidades por etapa", "¿Cuál es la tasa de cierre?"]
    if "customers" in known.spans:
        candidates += ["Clientes por segmento", "¿Cuántos clientes tengo?"]
    # A tenant without data yet: what will work after the first import.
    candidates += ["Ventas por mes este año", "Top 5 clientes", "Oportunidades por etapa"]
    if "sales" in known.spans and "opportunities" in known.spans:
        candidates[2], candidates[3] = candidates[3], candidates[2]
    return _readable(list(dict.fromkeys(candidates)), context)[:3]


def _readable(candidates: list[str], context: Context) -> list[str]:
    """Those that are read as a plan: a suggestion that is refused would be a bad joke."""
    readable = []
    for candidate in candidates:
        understanding = parse(candidate, context)
        if understanding.plan.metrics and not understanding.unknown and understanding.question_back is None:
            readable.append(candidate)
        if len(readable) == 3:
            break
    return readable
