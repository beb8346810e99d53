"""Words, numbers, typos and names: how a sentence is taken apart, and when it is asked back."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from kula.echo import plain, quoted
from kula.normalise import stem, tokenise
from kula.numbers import number_at
from kula.plan import Plan, PlanFilter
from kula.resolve import resolve
from kula.resolve_filters import Refusal
from kula.understanding import Context, QuestionBack, Understanding
from kula.values import ValueIndex


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("5", 5),
        ("diez", 10),
        ("500k", 500_000),
        ("₡1.500.000", 1_500_000),
        ("1,5 millones", 1_500_000),
        ("500 mil", 500_000),
        ("medio millón", 500_000),
        ("cinco rojos", 5_000),
        ("10%", Decimal("0.1")),
        ("$1,234.50", Decimal("1234.5")),
    ],
)
def test_numbers_as_people_write_them(text: str, number: Decimal) -> None:
    tokens = tokenise(text)
    assert number_at(tokens, 0) == (number, len(tokens))


@pytest.mark.parametrize("text", ["un", "medio", "millones", "cliente", "50kg", "GTX500", "colones"])
def test_what_is_no_number(text: str) -> None:
    assert number_at(tokenise(text), 0) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("¿Q vendí x categoría?", "que vendi por categoria"),
        ("xq bajaron", "por que bajaron"),
        ("Año, niño", "ano , nino"),
        ("marzo vs. abril", "marzo vs abril"),
        ("GTX500 y 50kg", "gtx500 y 50kg"),
        ("01/03/2017 2017-03-01", "01/03/2017 2017-03-01"),
        ("S.A. D'Angelo", "s.a. d'angelo"),
    ],
)
def test_words_are_folded_and_chat_spellings_written_out(text: str, words: str) -> None:
    assert " ".join(token.folded for token in tokenise(text)) == words


def test_plural_and_singular_are_one() -> None:
    pairs = [
        "cliente clientes",
        "vendedor vendedores",
        "mes meses",
        "vez veces",
        "categoria categorias",
        "canal canales",
    ]
    for pair in pairs:
        one, many = pair.split()
        assert stem(one) == stem(many)


@pytest.mark.parametrize(
    ("question", "noted"),
    [
        ("vetnas de octubre", "Leí «vetnas» como «venta»."),
        ("bentas de octubre", "Leí «bentas» como «venta»."),
        ("ventas por cateogria", "Leí «cateogria» como «categoria»."),
        ("oportunidaes ganadas", "Leí «oportunidaes» como «oportunidad»."),
    ],
)
def test_a_slip_is_mended_and_said(question: str, noted: str, read: Callable[[str], Understanding]) -> None:
    understanding = read(question)
    assert understanding.plan.metrics
    assert noted in understanding.assumptions


@pytest.mark.parametrize(
    "question", ["cuántas mesas vendí", "ventanas de octubre", "rentas de octubre", "motos de octubre"]
)
def test_a_word_that_only_looks_like_ours_is_never_taken_for_it(
    question: str, read: Callable[[str], Understanding]
) -> None:
    understanding = read(question)
    assert understanding.unknown or understanding.question_back is not None


def test_the_buttons_of_a_question_back_ask_the_whole_question(read: Callable[[str], Understanding]) -> None:
    back = read("¿cuánto le vendí a Juan en octubre?").question_back
    assert back is not None
    assert [option.label for option in back.options] == ["Juan Mora (cliente)", "Juan Solano (cliente)"]
    chosen = read(back.options[1].question)
    assert chosen.question_back is None
    assert chosen.plan.filters == [PlanFilter(field="customer__name", text=["Juan Solano"])]
    assert chosen.plan.time is not None


def test_similar_names_come_with_their_likeness() -> None:
    index = ValueIndex.build({"customer__name": ["Claire Gute", "Clara Gutiérrez", "Juan Mora"], "x": ["Claire Gute"]})
    (best, score), *_ = index.similar("claire guthe", ["customer__name"])
    assert (best.dimension, best.text) == ("customer__name", "Claire Gute")
    assert score > 92
    assert index.similar("zzzz") == []
    assert index.similar("yo") == []


@pytest.mark.parametrize(
    ("plan", "reason"),
    [
        (Plan(intent="metric", metrics=["password_hash"]), "unknown_metric"),
        (Plan(intent="metric"), "unknown_metric"),
        (Plan(intent="metric", metrics=["net_sales"], dimensions=["organization_id"]), "unknown_dimension"),
        (Plan(intent="metric", metrics=["net_sales"], dimensions=["opportunity__stage"]), "not_by_dimension"),
        (
            Plan(intent="metric", metrics=["net_sales"], filters=[PlanFilter(field="sale__seller", text=["Zzyzx"])]),
            "no_value",
        ),
        (Plan(intent="metric", metrics=["net_sales"], filters=[PlanFilter(field="sale__seller")]), "no_value"),
        (
            Plan(intent="metric", metrics=["net_sales"], filters=[PlanFilter(field="net_sales", op="gt")]),
            "bad_bound",
        ),
    ],
)
def test_a_plan_is_checked_whoever_made_it(plan: Plan, reason: str, context: Context) -> None:
    resolved = resolve(plan, context)
    assert isinstance(resolved, Refusal)
    assert resolved.reason == reason


def test_a_plan_whose_name_is_shared_is_asked_back_with_the_question(context: Context) -> None:
    plan = Plan(intent="metric", metrics=["net_sales"], filters=[PlanFilter(field="customer__name", text=["juan"])])
    resolved = resolve(plan, context, "ventas de Juan en octubre")
    assert isinstance(resolved, QuestionBack)
    assert [o.question for o in resolved.options] == [
        "ventas de Juan Mora en octubre",
        "ventas de Juan Solano en octubre",
    ]


def test_what_others_wrote_is_shown_without_markup() -> None:
    assert quoted("<b>x</b> http://malo.example") == "«b x b malo example»" or "<" not in quoted("<b>")
    assert plain("[a](http://b) `c`") == "a (http: b) c"
    assert len(quoted("x" * 500)) < 70
