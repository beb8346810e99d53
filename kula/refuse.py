"""Honest refusals and questions back: the reason, and three questions that do work."""

from kula.echo import quoted
from kula.followups import suggestions
from kula.knowledge import Knowledge
from kula.normalise import tokenise
from kula.reply import Option, Reply
from kula.understanding import Context, QuestionBack, Understanding

WRITE_PLACES: tuple[tuple[str, str], ...] = (
    ("cliente", "Clientes"),
    ("contacto", "Clientes"),
    ("oportunidad", "Embudo"),
    ("negocio", "Embudo"),
    ("etapa", "Configuración › Embudos y etapas"),
    ("venta", "Ventas"),
    ("factura", "Ventas"),
    ("archivo", "Importar"),
    ("excel", "Importar"),
    ("usuario", "Configuración › Usuarios"),
    ("vendedor", "Configuración › Usuarios"),
    ("campo", "Configuración › Campos"),
    ("tablero", "Inicio"),
    ("alerta", "Configuración › Alertas"),
    ("mensaje", "Clientes (enlace de WhatsApp)"),
    ("correo", "Clientes"),
)


_ABSENCE = frozenset(("no", "nunca", "jamas", "sin", "dejaron", "dejo"))
_INSTEAD_OF_ABSENCE = ("Clientes inactivos", "Clientes con más de 90 días sin comprar", "Clientes en riesgo")


def refuse(text: str, reason: str, context: Context, known: Knowledge, options: tuple[Option, ...] = ()) -> Reply:
    """A refusal with questions that work."""
    offered = [*options, *(Option(label=q, question=q) for q in suggestions(context, known))]
    closing = " Puede preguntarme, por ejemplo:" if offered else ""
    return Reply(
        kind="refuse",
        text=f"{text}{closing}",
        reason=reason,
        options=offered[: max(3, len(options))],
    )


def refuse_unknown(understanding: Understanding, context: Context, known: Knowledge) -> Reply:
    """Words that could not be placed: named, never skipped."""
    words = [said for word in understanding.unknown[:3] if len(said := quoted(word)) > 2]
    said = " ni ".join(words)
    if understanding.plan.topic and understanding.plan.topic != "empty":
        return refuse(understanding.plan.topic, "no_such_data", context, known)
    if not words:
        return refuse("No entendí qué quiere medir.", "not_understood", context, known)
    tokens = [token for word in understanding.unknown for token in tokenise(word)]
    if any(token.folded in _ABSENCE for token in tokens):
        options = tuple(Option(label=question, question=question) for question in _INSTEAD_OF_ABSENCE)
        text = "Todavía no contesto sobre lo que no ocurrió (como quién no compró)."
        return refuse(text, "unknown_words", context, known, options)
    if all(context.lexicon.knows(token) for token in tokens):
        text = f"No supe leer {said} en esa pregunta, y prefiero no adivinar."
    else:
        text = f"No conozco {said}: no es nada que mida ni aparece en sus datos, y prefiero no adivinar."
    return refuse(text, "unknown_words", context, known)


def refuse_write(request: str, context: Context, known: Knowledge) -> Reply:
    """Kula changes nothing: says where it is done."""
    place = next((screen for word, screen in WRITE_PLACES if word in request), None)
    where = f" Eso se hace en la pantalla {place}." if place else " Eso se hace en las pantallas del menú."
    return refuse(f"Yo solo consulto los datos: no puedo cambiarlos.{where}", "write", context, known)


def clarify(question: QuestionBack) -> Reply:
    """A question back, with its buttons."""
    return Reply(kind="clarify", text=question.text, options=list(question.options), reason=question.reason)


def clarify_metric(context: Context, known: Knowledge) -> Reply:
    """Nothing says what to measure."""
    offered = suggestions(context, known)
    return Reply(
        kind="clarify",
        text="¿Qué quiere saber? Dígame qué medir (ventas, clientes, oportunidades) y de cuándo. Por ejemplo:",
        options=[Option(label=q, question=q) for q in offered],
        reason="no_metric",
    )
