"""Help on the product: Markdown topics, found by their keywords."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from kula.normalise import phrase_stems, tokenise
from kula.reply import Reply
from pymeai.metrics.catalogue import MetricInfo

_HEADER = re.compile(r"\A# (?P<title>[^\n]+)\n+palabras: (?P<words>[^\n]+)\n+(?P<body>.+)\Z", re.DOTALL)
MAX_RELATED = 3
_SHORTEST = 2


@dataclass(frozen=True)
class Topic:
    """One page of help. `words` are stems; a question's words are counted against them."""

    name: str
    title: str
    words: frozenset[str]
    body: str


@cache
def topics() -> tuple[Topic, ...]:
    """All topics, by name."""
    found = []
    for file in sorted(files("kula").joinpath("help").iterdir(), key=lambda file: file.name):
        match = _HEADER.match(file.read_text(encoding="utf-8")) if file.name.endswith(".md") else None
        if match:
            words = frozenset(stem for stem in phrase_stems(match["words"]) if len(stem) > _SHORTEST)
            found.append(Topic(file.name.removesuffix(".md"), match["title"], words, match["body"].strip()))
    return tuple(found)


def topic_named(name: str) -> Topic | None:
    """The topic of GET /api/kula/help/:topic."""
    return next((topic for topic in topics() if topic.name == name), None)


def find_topics(question: str) -> list[Topic]:
    """The topics that a question is about, best first."""
    stems = {token.stem for token in tokenise(question)}
    # A word that few topics have says more.
    rarity = Counter(word for topic in topics() for word in topic.words)
    scored = [(sum(1 / rarity[stem] for stem in stems & topic.words), topic) for topic in topics()]
    return [topic for score, topic in sorted(scored, key=lambda item: (-item[0], item[1].name)) if score]


def help_reply(question: str) -> Reply:
    """The best topic as an answer; all titles where none fits."""
    found = find_topics(question) or ([topic] if (topic := topic_named("kula")) else [])
    if not found:
        body = "Puedo ayudarle con estos temas:\n\n" + "\n".join(f"- {topic.title}" for topic in topics())
        return Reply(kind="help", text=body, followups=[topic.title for topic in topics()][:MAX_RELATED], reason="help")
    best = found[0]
    related = [topic.title for topic in found[1 : 1 + MAX_RELATED]]
    return Reply(kind="help", text=f"**{best.title}**\n\n{best.body}", followups=related, reason=best.name)


def definition_reply(metric: MetricInfo) -> Reply:
    """What a metric means, in the catalogue's own words."""
    return Reply(
        kind="help",
        text=f"**{metric.label}**: {metric.description}",
        followups=[f"{metric.label} por mes este año"],
        reason="definition",
    )
