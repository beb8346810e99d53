"""Help, greetings, definitions, questions back: what is said when no figures are asked for."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kula.help_topics import find_topics, topic_named, topics
from pymeai.tenancy.tenant import Tenant
from tests.kula.real_data import Asked


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("¿cómo importo un archivo?", "importar"),
        ("cómo subo mi excel", "importar"),
        ("cómo agrego un cliente", "clientes"),
        ("cómo muevo una tarjeta del embudo", "oportunidades"),
        ("qué puede hacer", "kula"),
        ("cómo invito a un usuario", "usuarios"),
        ("cómo descargo mis datos", "exportar"),
        ("ayuda con el tablero", "tablero"),
    ],
)
def test_help_finds_its_topic(question: str, topic: str) -> None:
    assert find_topics(question)[0].name == topic


def test_every_topic_is_whole() -> None:
    folder = Path(__file__).resolve().parents[2] / "kula" / "help"
    assert {topic.name for topic in topics()} == {path.stem for path in folder.glob("*.md")}
    for topic in topics():
        assert topic_named(topic.name) == topic
        assert topic.title.startswith("¿")
        assert len(topic.body) > 100
        assert find_topics(topic.title)[0] == topic


def test_help_is_a_reply(shop: Asked) -> None:
    reply = shop.ask("¿cómo importo un archivo?")
    assert reply.kind == "help"
    assert "Importar" in reply.text
    assert reply.reason == "importar"
    assert reply.rows == []


def test_a_metric_is_explained_in_the_catalogues_words(shop: Asked) -> None:
    reply = shop.ask("¿qué es el ticket promedio?")
    assert reply.kind == "help"
    assert reply.text == "**Ticket promedio**: Ventas netas divididas entre el número de ventas."


def test_a_greeting_is_answered_with_questions_that_work(shop: Asked) -> None:
    reply = shop.ask("hola")
    assert reply.kind == "help"
    assert reply.text.startswith("¡Pura vida!")
    assert all(shop.ask(option.question).rows for option in reply.options)


def test_nothing_is_asked_back_with_examples(shop: Asked) -> None:
    reply = shop.ask("  ")
    assert reply.kind == "clarify"
    assert len(reply.options) == 3


def test_several_customers_of_one_name_are_asked_back(shop: Asked) -> None:
    reply = shop.ask("¿cuánto me compró Bill?")
    assert reply.kind == "clarify"
    assert "Bill Donatelli (cliente)" in [option.label for option in reply.options]
    chosen = shop.ask(next(o.question for o in reply.options if o.label == "Bill Donatelli (cliente)"))
    assert chosen.kind == "answer"
    assert "cliente: Bill Donatelli" in chosen.understood


def test_why_is_answered_with_where(shop: Asked) -> None:
    reply = shop.ask("¿por qué bajaron las ventas en febrero de 2017?")
    assert reply.kind == "clarify"
    assert "no dicen la causa" in reply.text
    for option in reply.options:
        assert shop.ask(option.question).kind == "answer", option.question


def test_a_metric_that_has_no_such_dimension_offers_others(shop: Asked) -> None:
    reply = shop.ask("tasa de cierre por categoría")
    assert reply.kind == "refuse"


def test_a_period_to_come_is_called_so(shop: Asked) -> None:
    assert "Ese período todavía no ha llegado." in shop.ask("ventas del mes que viene").assumptions


def test_a_company_without_data_is_told_so(companies: tuple[Asked, Asked], new_tenant: Callable[[str], Tenant]) -> None:
    empty = Asked(companies[0].settings, new_tenant("Sin datos"))
    assert empty.ask("¿cuánto vendí este mes?").text == "Todavía no hay ventas registradas."
    assert empty.ask("¿cuántos clientes tengo?").text == "Todavía no hay clientes registrados."
    assert empty.ask("hola").options
    assert empty.ask("ventas de Claire Gute").kind == "refuse"


def test_what_did_not_happen_is_refused_with_what_comes_near(shop: Asked) -> None:
    reply = shop.ask("clientes que no compraron en 2017")
    assert reply.kind == "refuse"
    assert "Todavía no contesto sobre lo que no ocurrió" in reply.text
    assert shop.ask(reply.options[0].question).kind == "answer"
