"""A question in, an answer out: the one way into Kula, whoever asks (API, command line, tests)."""

import logging
from collections.abc import Sequence
from datetime import date

from kula.answer import build_answer
from kula.engines.offline import OfflineEngine
from kula.engines.openai_engine import OpenAIEngine
from kula.followups import suggestions
from kula.help_topics import definition_reply, help_reply
from kula.knowledge import STALE_SECONDS, Knowledge, knowledge_of
from kula.lexicon import Lexicon, build_lexicon
from kula.normalise import MAX_QUESTION
from kula.refuse import clarify, clarify_metric, refuse, refuse_unknown, refuse_write
from kula.reply import Option, Reply, Turn
from kula.resolve import Refusal, Resolved, resolve, today_note
from kula.understanding import Context, Engine, QuestionBack, Understanding
from pymeai.clock import business_today
from pymeai.errors import BadRequest, Invalid
from pymeai.metrics.catalogue import Catalogue, load_catalogue
from pymeai.metrics.service import run_query
from pymeai.settings import Settings
from pymeai.tenancy.tenant import Tenant

logger = logging.getLogger(__name__)

_lexicons: dict[int, tuple[Catalogue, Lexicon]] = {}


def ask(
    settings: Settings,
    tenant: Tenant,
    question: str,
    *,
    today: date | None = None,
    conversation: Sequence[Turn] = (),
    engine: Engine | None = None,
) -> Reply:
    """The reply to a question of one tenant. Nothing is written.

    `today` is what "este mes" goes by (default: the business day). `conversation` are the earlier turns, oldest first.
    Whatever the question is, the reply is an answer, a question back, a refusal or help; Unavailable is raised where
    the database or the marts are not there.
    """
    catalogue = load_catalogue(settings)
    known = knowledge_of(settings, tenant, catalogue)
    reader = engine or default_engine(settings)
    reply = _reply(settings, tenant, question, today, conversation, reader, catalogue, known)
    if reply.kind != "answer" and reply.reason in _MAY_BE_NEW and known.age > STALE_SECONDS:
        known = knowledge_of(settings, tenant, catalogue, newer_than=STALE_SECONDS)
        reply = _reply(settings, tenant, question, today, conversation, reader, catalogue, known)
    return reply


# A refresh may have brought the value meanwhile.
_MAY_BE_NEW = frozenset(("unknown_words", "no_value", "did_you_mean", "ambiguous"))


def default_engine(settings: Settings) -> Engine:
    """OpenAI where a key is set, else the grammar."""
    return OpenAIEngine(settings) if settings.openai_api_key is not None else OfflineEngine()


def lexicon_of(catalogue: Catalogue) -> Lexicon:
    """The lexicon of a catalogue, built once."""
    kept = _lexicons.get(id(catalogue))
    if kept is None or kept[0] is not catalogue:
        kept = _lexicons[id(catalogue)] = (catalogue, build_lexicon(catalogue))
    return kept[1]


def _reply(
    settings: Settings,
    tenant: Tenant,
    question: str,
    today: date | None,
    conversation: Sequence[Turn],
    engine: Engine,
    catalogue: Catalogue,
    known: Knowledge,
) -> Reply:
    context = Context(
        catalogue=catalogue,
        lexicon=lexicon_of(catalogue),
        values=known.values,
        today=today or business_today(settings),
        conversation=tuple(conversation)[-10:],
        has=known.has,
    )
    if len(question) > MAX_QUESTION:
        return refuse(
            f"La pregunta es muy larga: escríbala en menos de {MAX_QUESTION} caracteres.", "too_long", context, known
        )
    understanding = engine.understand(question, context)
    reply = _answer(settings, tenant, question, understanding, context, known)
    reply.engine = understanding.engine
    reply.plan = understanding.plan
    return reply


def _answer(
    settings: Settings, tenant: Tenant, question: str, understanding: Understanding, context: Context, known: Knowledge
) -> Reply:
    plan = understanding.plan
    if plan.intent == "help":
        metric = context.catalogue.metrics.get(plan.metrics[0]) if plan.metrics else None
        return definition_reply(metric) if metric else help_reply(question)
    if plan.intent == "smalltalk":
        return _greet(plan.topic, context, known)
    if plan.intent == "write":
        return refuse_write(plan.topic or question.lower()[:200], context, known)
    if understanding.unknown:
        return refuse_unknown(understanding, context, known)
    if understanding.question_back is not None:
        return clarify(understanding.question_back)
    if plan.topic == "empty" or (plan.intent == "unknown" and plan.topic is None) or not plan.metrics:
        return (
            refuse(plan.topic, "no_such_data", context, known)
            if plan.topic not in (None, "empty")
            else clarify_metric(context, known)
        )
    resolved = resolve(plan, context)
    if isinstance(resolved, QuestionBack):
        return clarify(resolved)
    if isinstance(resolved, Refusal):
        return refuse(resolved.text, resolved.reason, context, known, resolved.options)
    resolved.assumptions[:0] = understanding.assumptions
    note = today_note(resolved.periods[0], context.today)
    if note:
        resolved.assumptions.append(note)
    if plan.intent == "advice":
        return _decompose(resolved, context, known)
    try:
        results = [run_query(settings, tenant, query) for query in resolved.queries]
    except (Invalid, BadRequest) as error:
        # What the metrics refuse, they refuse in Spanish.
        logger.info("a plan was refused by the metrics: %s", error.code)
        return refuse(error.message, error.code, context, known)
    return build_answer(resolved, results, context, known)


def _greet(topic: str | None, context: Context, known: Knowledge) -> Reply:
    offered = suggestions(context, known)
    text = {
        "thanks": "Con mucho gusto. ¿Algo más que quiera ver?",
        "goodbye": "¡Que le vaya bien! Aquí estoy cuando me ocupe.",
    }.get(
        topic or "", "¡Pura vida! Soy Kula: pregúnteme por sus ventas, sus clientes o sus oportunidades. Por ejemplo:"
    )
    return Reply(
        kind="help",
        text=text,
        reason="smalltalk",
        options=[Option(label=q, question=q) for q in offered],
        followups=offered,
    )


def _decompose(resolved: Resolved, context: Context, known: Knowledge) -> Reply:
    """ "¿Por qué…?": the figures do not say why; they can say where."""
    label = context.catalogue.metrics[resolved.plan.metrics[0]].label
    period = resolved.periods[0]
    when = f" {period.name}" if period is not None and not period.is_all else ""
    allowed = set(context.catalogue.dimensions_for(resolved.plan.metrics))
    splits = [("sale_line__category", "categoría"), ("customer__name", "cliente"), ("sale__seller", "vendedor"),
              ("opportunity__seller", "vendedor"), ("opportunity__stage", "etapa")]  # fmt: skip
    versus = " comparado con el periodo anterior" if when else ""
    options = tuple(
        Option(label=f"Por {word}", question=f"{label} por {word}{when}{versus}")
        for name, word in splits
        if name in allowed and known.values.by_dimension.get(name)
    )
    return clarify(
        QuestionBack(
            "Los datos no dicen la causa, pero sí dónde está el cambio. ¿Cómo lo quiere ver?", options[:3], "why"
        )
    )
