"""A question in, an answer out: the one way into Kula, whoever asks (API, command line, tests)."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

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
from kula.resolve import Resolved, resolve, today_note
from kula.resolve_filters import Refusal
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
    seen_by: UUID | None = None,
) -> Reply:
    """The reply to a question of one tenant. Nothing is written.

    `seen_by` is the user whose records alone are asked and named, where they see no others; None asks all.
    `today` is what "este mes" goes by (default: the business day). `conversation` are the earlier turns, oldest first.
    Whatever the question is, the reply is an answer, a question back, a refusal or help; Unavailable is raised where
    the database or the marts are not there.
    """
    catalogue = load_catalogue(settings)
    reader = engine or default_engine(settings)
    known = knowledge_of(settings, tenant, catalogue, seen_by=seen_by)
    context = Context(
        catalogue=catalogue,
        lexicon=lexicon_of(catalogue),
        values=known.values,
        today=today or business_today(settings),
        conversation=tuple(conversation)[-_REMEMBERED:],
        has=known.has,
    )
    reply = _Asking(settings, tenant, question, context, known, seen_by).reply(reader)
    if reply.reason in _MAY_BE_NEW and known.age > STALE_SECONDS:
        # A refresh may have brought the name meanwhile.
        known = knowledge_of(settings, tenant, catalogue, seen_by=seen_by, newer_than=STALE_SECONDS)
        context = replace(context, values=known.values, has=known.has)
        reply = _Asking(settings, tenant, question, context, known, seen_by).reply(reader)
    return reply


_REMEMBERED = 10
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


@dataclass(frozen=True)
class _Asking:
    """One question on its way to a reply."""

    settings: Settings
    tenant: Tenant
    question: str
    context: Context
    known: Knowledge
    seen_by: UUID | None

    def reply(self, engine: Engine) -> Reply:
        """The reply, with who read the question and how."""
        if len(self.question) > MAX_QUESTION:
            text = f"La pregunta es muy larga: escríbala en menos de {MAX_QUESTION} caracteres."
            return refuse(text, "too_long", self.context, self.known)
        understanding = engine.understand(self.question, self.context)
        reply = self._aside(understanding) or self._unanswerable(understanding) or self._figures(understanding)
        reply.engine = understanding.engine
        reply.plan = understanding.plan
        return reply

    def _aside(self, understanding: Understanding) -> Reply | None:
        """The reply to what asks for no figures."""
        plan = understanding.plan
        if plan.intent == "help":
            metric = self.context.catalogue.metrics.get(plan.metrics[0]) if plan.metrics else None
            return definition_reply(metric) if metric else help_reply(self.question)
        if plan.intent == "smalltalk":
            return self._greeting(plan.topic)
        if plan.intent == "write":
            return refuse_write(plan.topic or self.question.lower()[:200], self.context, self.known)
        return None

    def _unanswerable(self, understanding: Understanding) -> Reply | None:
        """The refusal or question back where a word was not placed or nothing says what to measure."""
        plan = understanding.plan
        if understanding.unknown:
            return refuse_unknown(understanding, self.context, self.known)
        if understanding.question_back is not None:
            return clarify(understanding.question_back)
        if plan.metrics and plan.intent != "unknown":
            return None
        if plan.topic in (None, "empty"):
            return clarify_metric(self.context, self.known)
        return refuse(plan.topic or "", "no_such_data", self.context, self.known)

    def _figures(self, understanding: Understanding) -> Reply:
        resolved = resolve(understanding.plan, self.context, self.question)
        if isinstance(resolved, QuestionBack):
            return clarify(resolved)
        if isinstance(resolved, Refusal):
            return refuse(resolved.text, resolved.reason, self.context, self.known, resolved.options)
        resolved.assumptions[:0] = understanding.assumptions
        if note := today_note(resolved.periods[0], self.context.today):
            resolved.assumptions.append(note)
        if understanding.plan.intent == "advice":
            return self._where_not_why(resolved)
        try:
            results = [run_query(self.settings, self.tenant, query, seen_by=self.seen_by) for query in resolved.queries]
        except (Invalid, BadRequest) as error:
            # What the metrics refuse, they refuse in Spanish.
            logger.info("a plan was refused by the metrics: %s", error.code)
            return refuse(error.message, error.code, self.context, self.known)
        return build_answer(resolved, results, self.context, self.known)

    def _greeting(self, topic: str | None) -> Reply:
        offered = suggestions(self.context, self.known)
        return Reply(
            kind="help",
            text=_GREETINGS.get(topic or "", _GREETINGS["greeting"]),
            reason="smalltalk",
            options=[Option(label=question, question=question) for question in offered],
        )

    def _where_not_why(self, resolved: Resolved) -> Reply:
        """Answers "¿por qué…?": the figures do not say why; they can say where."""
        label = self.context.catalogue.metrics[resolved.plan.metrics[0]].label
        period = resolved.periods[0]
        when = f" {period.name} comparado con el periodo anterior" if period is not None and not period.is_all else ""
        allowed = set(self.context.catalogue.dimensions_for(resolved.plan.metrics))
        options = tuple(
            Option(label=f"Por {word}", question=f"{label} por {word}{when}")
            for name, word in _SPLITS
            if name in allowed and self.known.values.by_dimension.get(name)
        )
        text = "Los datos no dicen la causa, pero sí dónde está el cambio. ¿Cómo lo quiere ver?"
        return clarify(QuestionBack(text, options[:3], "why"))


_SPLITS = (
    ("sale_line__category", "categoría"),
    ("customer__name", "cliente"),
    ("sale__seller", "vendedor"),
    ("opportunity__seller", "vendedor"),
    ("opportunity__stage", "etapa"),
)
_GREETINGS = {
    "greeting": "¡Pura vida! Soy Kula: pregúnteme por sus ventas, sus clientes o sus oportunidades. Por ejemplo:",
    "thanks": "Con mucho gusto. ¿Algo más que quiera ver?",
    "goodbye": "¡Que le vaya bien! Aquí estoy cuando me ocupe.",
}
