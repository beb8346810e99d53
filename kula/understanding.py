"""What an engine hands on: a plan, or a question back, or the words that it could not place."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from kula.lexicon import Lexicon
from kula.plan import Plan
from kula.reply import EngineName, Option, Turn
from kula.values import ValueIndex
from pymeai.metrics.catalogue import Catalogue


@dataclass(frozen=True)
class Context:
    """All that an engine may know: the catalogue, the tenant's values (never sent to a model), the day, earlier turns."""

    catalogue: Catalogue
    lexicon: Lexicon
    values: ValueIndex
    today: date
    conversation: Sequence[Turn] = ()
    # What the tenant has data of: "sales", "opportunities". Empty: unknown, both are possible.
    has: frozenset[str] = frozenset()


@dataclass(frozen=True)
class QuestionBack:
    """A question to the asker, with the buttons that settle it."""

    text: str
    options: tuple[Option, ...] = ()
    reason: str = "ambiguous"


@dataclass
class Understanding:
    """A question as an engine read it."""

    plan: Plan
    engine: EngineName = "offline"
    assumptions: list[str] = field(default_factory=list)
    question_back: QuestionBack | None = None
    unknown: tuple[str, ...] = ()
    # The question named no metric; the plan's was supplied. A follow-up takes the earlier question's instead.
    assumed_metric: bool = False


class Engine(Protocol):
    """Reads a question. Never raises on what a person may type."""

    def understand(self, question: str, context: Context) -> Understanding:
        """The plan of a question."""
        ...
