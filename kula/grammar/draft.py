"""The plan in the making: the chunks of a sentence and what the rules have taken from them so far."""

from dataclasses import dataclass, field

from kula.grammar.chunks import Chunk
from kula.plan import Grain, PlanCompare, PlanFilter, PlanTime
from kula.understanding import Context, QuestionBack


@dataclass
class Rank:
    """Top or bottom: how many, and in which direction."""

    descending: bool = True
    limit: int | None = None


@dataclass
class Draft:
    """Filled by the rules in turn; what no rule took stays unused in `chunks`."""

    chunks: list[Chunk]
    context: Context
    metrics: list[str] = field(default_factory=list)
    dimensions: list[str] = field(default_factory=list)
    filters: list[PlanFilter] = field(default_factory=list)
    metric_filters: list[PlanFilter] = field(default_factory=list)
    time: PlanTime | None = None
    compare: PlanCompare | None = None
    grain: Grain | None = None
    rank: Rank | None = None
    share: bool = False
    growth: bool = False
    shrinking: bool = False
    trend: bool = False
    lists: bool = False
    assumed_metric: bool = False
    assumptions: list[str] = field(default_factory=list)
    question_back: QuestionBack | None = None

    def previous(self, index: int) -> int | None:
        """The chunk before one that is no mere filler."""
        for position in range(index - 1, -1, -1):
            if not self.chunks[position].ignorable:
                return position
        return None

    def following(self, index: int) -> int | None:
        """The chunk after one that is no mere filler."""
        for position in range(index + 1, len(self.chunks)):
            if not self.chunks[position].ignorable:
                return position
        return None

    def cued(self, *names: str, unused: bool = True) -> list[int]:
        """The chunks that can be one of these cues."""
        return [i for i, c in enumerate(self.chunks) if c.cue(*names) and not (unused and c.used)]

    def before_is(self, index: int, *names: str) -> int | None:
        """The chunk before, where it can be one of these cues."""
        previous = self.previous(index)
        return previous if previous is not None and self.chunks[previous].cue(*names) else None

    def has_verb(self, *names: str) -> bool:
        """Whether the sentence has one of these verbs."""
        return any(name in chunk.verbs for chunk in self.chunks for name in names)

    def use(self, *indices: int | None) -> None:
        """Marks chunks as understood."""
        for index in indices:
            if index is not None:
                self.chunks[index].used = True

    def add_metric(self, name: str) -> None:
        """Adds a metric once, if the catalogue has it."""
        if name in self.context.catalogue.metrics and name not in self.metrics:
            self.metrics.append(name)

    def choose(self, candidates: tuple[str, ...]) -> str | None:
        """The first of some dimensions that the metrics so far can be asked by."""
        if not self.metrics:
            return candidates[0] if candidates else None
        allowed = set(self.context.catalogue.dimensions_for(self.metrics))
        return next((name for name in candidates if name in allowed), None)
