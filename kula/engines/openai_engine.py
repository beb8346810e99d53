"""An OpenAI-compatible model fills the plan; whatever it replies is checked, mended once, and else left aside.

Order: structured output, one repair with the error, JSON mode, the offline engine; all within one deadline. The reply
of a model is never shown: only what the code makes of a plan that passed.
"""

import json
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from typing import Any

import httpx2
import openai
from pydantic import BaseModel, ValidationError

from kula.echo import quoted
from kula.engines.offline import OfflineEngine
from kula.engines.prompt import messages_for, plan_of, wire_model
from kula.grammar.chunks import Cutter
from kula.grammar.intents import missing_topic
from kula.normalise import phrase_stems, tokenise
from kula.periods.grammar import parse_periods
from kula.plan import Plan
from kula.understanding import Context, Understanding
from pymeai.settings import Settings

logger = logging.getLogger(__name__)

DEADLINE_SECONDS = 15.0
MAX_REPLY_BYTES = 256 * 1024
# Room for models that think before they answer, and bill it.
_MAX_TOKENS = 4000
_JSON = re.compile(r"\{.*\}", re.DOTALL)
_NO_FORMAT = (openai.BadRequestError, openai.NotFoundError, openai.UnprocessableEntityError)


class UnusableReply(Exception):
    """A reply that is no plan, or a plan that says what the question does not."""


class OpenAIEngine:
    """Asks a model for the plan. `settings` name the key, the model and the base URL."""

    def __init__(self, settings: Settings, *, deadline: float = DEADLINE_SECONDS) -> None:
        self._settings = settings
        self._deadline = deadline
        self._offline = OfflineEngine()

    def understand(self, question: str, context: Context) -> Understanding:
        """The plan of a question; the offline engine's where the model gives none in time."""
        offline = self._offline.understand(question, context)
        if offline.plan.intent in ("smalltalk", "help", "write") or offline.plan.topic == "empty":
            # Settled without a model, and without its cost.
            return offline
        try:
            plan = self._within_deadline(lambda client: self._plan(client, question, context))
        except (UnusableReply, TimeoutError) as error:
            logger.warning("the model gave no plan (%s); the offline engine reads the question", error)
            return offline
        return self._checked(plan, question, context)

    def _within_deadline(self, work: Callable[[openai.OpenAI], Plan]) -> Plan:
        """Runs the exchange in a thread of its own: a server that drips bytes never trips a socket's timeout."""
        result: SimpleQueue[Plan | Exception] = SimpleQueue()
        client = self._client()

        def run() -> None:
            try:
                result.put(work(client))
            except Exception as error:  # noqa: BLE001
                # An edge: on a reply that is not of the protocol the client raises whatever its parsing meets
                # (AttributeError, JSONDecodeError, UnicodeDecodeError, …: seen with each).
                result.put(error)

        thread = threading.Thread(target=run, name="kula-model", daemon=True)
        thread.start()
        try:
            outcome = result.get(timeout=self._deadline)
        except Empty:
            raise TimeoutError("no reply in time") from None
        finally:
            # Ends the exchange of a thread that is still waiting.
            client.close()
        if isinstance(outcome, Exception):
            raise UnusableReply(type(outcome).__name__) from outcome
        return outcome

    def _client(self) -> openai.OpenAI:
        key = self._settings.openai_api_key
        return openai.OpenAI(
            api_key=key.get_secret_value() if key else "",
            base_url=self._settings.openai_base_url,
            max_retries=0,
            timeout=self._deadline,
            http_client=httpx2.Client(timeout=self._deadline, event_hooks={"response": [_cap]}, follow_redirects=False),
        )

    def _plan(self, client: openai.OpenAI, question: str, context: Context) -> Plan:
        deadline = time.monotonic() + self._deadline
        wire = wire_model(context.catalogue)
        messages: list[Any] = messages_for(question, context.catalogue, context.conversation)
        try:
            for _ in range(2):
                try:
                    return _valid(self._structured(client, messages, wire, deadline), question, context)
                except (ValidationError, UnusableReply) as error:
                    messages = [
                        *messages,
                        {
                            "role": "user",
                            "content": f"Su respuesta anterior no sirve: {_brief(error)} Responda de nuevo.",
                        },
                    ]
        except _NO_FORMAT:
            logger.info("the server takes no response schema; trying JSON mode")
        try:
            return _valid(self._json_mode(client, messages, wire, deadline), question, context)
        except ValidationError as error:
            raise UnusableReply(_brief(error)) from error

    def _structured(self, client: openai.OpenAI, messages: list[Any], wire: type[BaseModel], deadline: float) -> Plan:
        completion = client.chat.completions.parse(
            model=self._settings.openai_model,
            messages=messages,
            response_format=wire,
            max_completion_tokens=_MAX_TOKENS,
            timeout=_left(deadline),
        )
        message = completion.choices[0].message if completion.choices else None
        if message is None or message.parsed is None:
            raise UnusableReply("no trae un plan.")
        return plan_of(message.parsed)

    def _json_mode(self, client: openai.OpenAI, messages: list[Any], wire: type[BaseModel], deadline: float) -> Plan:
        told = f"Responda solo un objeto JSON con este esquema: {json.dumps(wire.model_json_schema())}"
        asked: list[Any] = [{"role": "system", "content": told}, *messages]
        completion = client.chat.completions.create(
            model=self._settings.openai_model,
            messages=asked,
            response_format={"type": "json_object"},
            timeout=_left(deadline),
        )
        content = (completion.choices[0].message.content or "") if completion.choices else ""
        found = _JSON.search(content)
        if found is None:
            raise UnusableReply("no es JSON.")
        return Plan.model_validate_json(found.group())

    def _checked(self, plan: Plan, question: str, context: Context) -> Understanding:
        """The model's plan, with what it passed over: a question about what we have no data of is refused all the same."""
        understanding = Understanding(plan, engine="openai")
        if plan.intent == "unknown":
            understanding.plan = Plan(
                intent="unknown", topic=missing_topic(" ".join(t.folded for t in tokenise(question)))
            )
            return understanding
        tokens = tokenise(question)
        chunks = Cutter(context.lexicon, context.values, context.today).cut(tokens)
        used = {stem for condition in plan.filters for text in condition.text for stem in phrase_stems(text)}
        left = tuple(chunk.text for chunk in chunks if chunk.unknown and not set(phrase_stems(chunk.text)) & used)
        topic = missing_topic(" ".join(token.folded for token in tokens))
        if left and topic and plan.metrics:
            understanding.plan = Plan(intent="unknown", topic=topic)
        elif left and plan.metrics:
            understanding.assumptions.append(f"Palabras que no usé: {', '.join(quoted(word) for word in left[:5])}.")
        return understanding


def _valid(plan: Plan, question: str, context: Context) -> Plan:
    """The plan, if code can stand by it. Raises UnusableReply with what is wrong, in words for the model."""
    if plan.intent in ("help", "smalltalk", "write", "unknown"):
        # What a model writes into a topic is never shown.
        return Plan(intent=plan.intent)
    catalogue = context.catalogue
    names = [*plan.metrics, *plan.dimensions, *(f.field for f in plan.filters)]
    unknown = [name for name in names if name not in catalogue.metrics and name not in catalogue.dimensions]
    if unknown or not plan.metrics:
        raise UnusableReply(f"nombres que no existen o faltan métricas: {unknown}.")
    phrases = [plan.time.phrase] if plan.time else []
    phrases += plan.compare.phrases if plan.compare else []
    unread = [phrase for phrase in phrases if not parse_periods(phrase, context.today)]
    if unread:
        raise UnusableReply(f"períodos que no se entienden: {unread}.")
    said = {token.stem for token in tokenise(question)}
    for turn in context.conversation:
        said |= {token.stem for token in tokenise(turn.question)}
    for condition in plan.filters:
        info = catalogue.dimensions.get(condition.field)
        for text in condition.text:
            coded = info is not None and (text in info.values or info.format == "boolean")
            if not coded and not set(phrase_stems(text)) <= said:
                raise UnusableReply("un filtro tiene texto que no está en la pregunta.")
    return plan.model_copy(update={"topic": None})


def _brief(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in error.errors()[:5]) + "."
    return str(error)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("no time left")
    return left


class _Capped(httpx2.SyncByteStream):
    """A reply's body that ends in an error once it is longer than any plan."""

    def __init__(self, stream: httpx2.SyncByteStream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        read = 0
        for chunk in self._stream:
            read += len(chunk)
            if read > MAX_REPLY_BYTES:
                raise httpx2.RemoteProtocolError("the reply is too long")
            yield chunk

    def close(self) -> None:
        self._stream.close()


def _cap(response: httpx2.Response) -> None:
    if isinstance(response.stream, httpx2.SyncByteStream):
        response.stream = _Capped(response.stream)
