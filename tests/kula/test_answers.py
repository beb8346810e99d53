"""Whole answers over real marts, beside what pandas computes from the files."""

from datetime import date

import pandas as pd
import pytest

from kula.reply import Turn
from tests.kula.real_data import Asked

NBSP = "\u00a0"


def table(rows: list[list[object]]) -> dict[object, object]:
    return {row[0]: row[1] for row in rows}


def year(frame: pd.DataFrame, number: int) -> pd.DataFrame:
    return frame[frame["day"].dt.year == number]


def test_sales_of_a_year_by_category(shop: Asked, sales_frame: pd.DataFrame) -> None:
    reply = shop.ask("¿Cuánto vendí en 2016 por categoría?")
    expected = year(sales_frame, 2016).groupby("categoria")["ventas"].sum().sort_values(ascending=False)
    assert reply.kind == "answer"
    assert [row[0] for row in reply.rows] == list(expected.index)
    assert table(reply.rows) == pytest.approx(expected.to_dict())
    assert reply.understood == "Entendí: ventas netas por categoría · 1 ene – 31 dic 2016 · CRC"
    assert f"₡609{NBSP}205,60" in reply.text
    assert reply.chart is not None
    assert (reply.chart.type, reply.chart.x, reply.chart.series) == ("bar", "sale_line__category", ["net_sales"])
    assert reply.sql is not None
    assert "fct_sale_lines" in reply.sql
    assert reply.data_as_of is None or reply.data_as_of.tzinfo is not None
    assert reply.query is not None
    assert reply.query["metrics"] == ["net_sales"]


def test_best_customers_of_a_year(shop: Asked, sales_frame: pd.DataFrame) -> None:
    reply = shop.ask("top 5 clientes de 2017")
    expected = year(sales_frame, 2017).groupby(["id_cliente", "nombre_cliente"])["ventas"].sum().nlargest(5)
    assert [row[0] for row in reply.rows] == [name for _, name in expected.index]
    assert [row[1] for row in reply.rows] == pytest.approx(list(expected))
    assert reply.text.startswith(f"1. {expected.index[0][1]} (₡")


def test_a_month_beside_another(shop: Asked, sales_frame: pd.DataFrame) -> None:
    reply = shop.ask("ventas de marzo comparado con febrero de 2017")
    months = year(sales_frame, 2017).groupby(sales_frame["day"].dt.month)["ventas"].sum()
    march, february = months[3], months[2]
    assert reply.rows == [pytest.approx([march, february, (march - february) / february])]
    assert [column.label for column in reply.columns] == [
        "Ventas netas · marzo 2017",
        "Ventas netas · febrero 2017",
        "Cambio",
    ]
    assert "1–31 mar 2017 frente a 1–28 feb 2017" in reply.understood


def test_opportunities_won_by_each_seller(agency: Asked, pipeline_frame: pd.DataFrame) -> None:
    reply = agency.ask("¿cuántas oportunidades ganó cada vendedor?")
    won = pipeline_frame[pipeline_frame["deal_stage"] == "Won"].groupby("sales_agent").size()
    assert table(reply.rows) == won.to_dict()
    assert reply.columns[0].name == "opportunity__seller"
    assert f"4{NBSP}238 en total" in reply.text


@pytest.mark.parametrize("company", ["shop", "agency"])
def test_what_employees_earn_is_refused_with_questions_that_work(company: str, request: pytest.FixtureRequest) -> None:
    asked: Asked = request.getfixturevalue(company)
    reply = asked.ask("¿cuánto ganan mis empleados?")
    assert reply.kind == "refuse"
    assert reply.rows == []
    assert reply.sql is None
    assert "No tengo datos de empleados" in reply.text
    assert len(reply.options) == 3
    for option in reply.options:
        offered = asked.ask(option.question)
        assert offered.kind == "answer", option.question
        assert offered.rows, option.question


def test_best_month(shop: Asked, sales_frame: pd.DataFrame) -> None:
    months = sales_frame.groupby(sales_frame["day"].dt.to_period("M"))["ventas"].sum()
    reply = shop.ask("¿cuál fue mi mejor mes?")
    assert reply.rows == [[months.idxmax().start_time.date(), pytest.approx(months.max())]]
    assert reply.text.startswith("Noviembre 2017: ₡")
    assert reply.columns[0].label == "Mes"


def test_months_of_a_year(shop: Asked, sales_frame: pd.DataFrame) -> None:
    reply = shop.ask("ventas por mes en 2017")
    months = year(sales_frame, 2017).groupby(sales_frame["day"].dt.month)["ventas"].sum()
    assert [row[0] for row in reply.rows] == [date(2017, month, 1) for month in range(1, 13)]
    assert [row[1] for row in reply.rows] == pytest.approx(list(months))
    assert reply.chart is not None
    assert reply.chart.type == "line"


def test_two_years_month_by_month(shop: Asked, sales_frame: pd.DataFrame) -> None:
    reply = shop.ask("ventas por mes de 2017 comparado con 2015")
    months = sales_frame.groupby([sales_frame["day"].dt.year, sales_frame["day"].dt.month])["ventas"].sum()
    assert [row[1] for row in reply.rows] == pytest.approx(list(months[2017]))
    assert [row[2] for row in reply.rows] == pytest.approx(list(months[2015]))
    assert [column.label for column in reply.columns[1:3]] == ["Ventas netas · 2017", "Ventas netas · 2015"]


def test_three_months_named_apart(shop: Asked, sales_frame: pd.DataFrame) -> None:
    reply = shop.ask("ventas de enero, marzo y mayo de 2017")
    months = year(sales_frame, 2017).groupby(sales_frame["day"].dt.month)["ventas"].sum()
    assert reply.rows == [pytest.approx([months[1], months[3], months[5]])]


def test_categories_of_two_periods_apart(shop: Asked, sales_frame: pd.DataFrame) -> None:
    reply = shop.ask("ventas por categoría de diciembre de 2017 comparado con marzo de 2016")
    frame = sales_frame.assign(month=sales_frame["day"].dt.strftime("%Y-%m"))
    totals = frame.groupby(["month", "categoria"])["ventas"].sum()
    for name, now, before, change in reply.rows:
        assert now == pytest.approx(totals["2017-12", name])
        assert before == pytest.approx(totals["2016-03", name])
        assert change == pytest.approx((now - before) / before)
    assert len(reply.rows) == 3


def test_a_payment_method_is_found_whatever_its_spelling(shop: Asked, sales_frame: pd.DataFrame) -> None:
    expected = sales_frame[sales_frame["payment"] == "SINPE Móvil"]["ventas"].sum()
    for question in ("ventas por sinpe", "cuánto vendí con SINPE MOVIL", "ventas pagadas con sinpe móvil"):
        reply = shop.ask(question)
        assert reply.rows == [[pytest.approx(expected)]], question
    assert "forma de pago: SINPE Móvil" in reply.understood


def test_all_but_one_value(shop: Asked, sales_frame: pd.DataFrame) -> None:
    reply = shop.ask("ventas sin Technology en 2017")
    frame = year(sales_frame, 2017)
    assert reply.rows == [[pytest.approx(frame[frame["categoria"] != "Technology"]["ventas"].sum())]]
    assert "categoría menos: Technology" in reply.understood


def test_a_name_with_a_slip_is_read_and_with_more_is_asked_back(shop: Asked, sales_frame: pd.DataFrame) -> None:
    expected = sales_frame[sales_frame["nombre_cliente"] == "Claire Gute"]["ventas"].sum()
    assert shop.ask("¿cuánto me compró Claire Gute?").rows == [[pytest.approx(expected)]]
    slip = shop.ask("¿cuánto me compró Claire Guthe?")
    assert slip.rows == [[pytest.approx(expected)]]
    assert slip.assumptions == ["Leí «Claire Guthe» como «Claire Gute»."]
    asked_back = shop.ask("¿cuánto me compró Clare Gutte?")
    assert asked_back.kind == "clarify"
    assert "Claire Gute" in [option.label for option in asked_back.options]
    chosen = next(option for option in asked_back.options if option.label == "Claire Gute")
    assert shop.ask(chosen.question).rows == [[pytest.approx(expected)]]


def test_products_by_a_word_of_their_name(shop: Asked, sales_frame: pd.DataFrame) -> None:
    frame = sales_frame[sales_frame["nombre_producto"].str.contains(r"\bBookcases?\b", case=False)]
    reply = shop.ask("¿cuánto vendí de bookcases en 2016?")
    assert reply.rows == [[pytest.approx(year(frame, 2016)["ventas"].sum())]]
    assert any("que contienen" in assumption for assumption in reply.assumptions)


def test_customers_above_a_bound(shop: Asked, sales_frame: pd.DataFrame) -> None:
    totals = year(sales_frame, 2017).groupby(["id_cliente", "nombre_cliente"])["ventas"].sum()
    reply = shop.ask("clientes que compraron más de 8 mil en 2017")
    expected = totals[totals > 8000].sort_values(ascending=False)
    assert [row[0] for row in reply.rows] == [name for _, name in expected.index]


def test_share_of_the_total(shop: Asked, sales_frame: pd.DataFrame) -> None:
    reply = shop.ask("¿qué porcentaje de las ventas es de cada categoría en 2017?")
    totals = year(sales_frame, 2017).groupby("categoria")["ventas"].sum()
    shares = {row[0]: row[2] for row in reply.rows}
    assert shares == pytest.approx((totals / totals.sum()).to_dict())


def test_profit_and_margin(shop: Asked, sales_frame: pd.DataFrame) -> None:
    frame = year(sales_frame, 2016)
    assert shop.ask("¿cuánto gané en 2016?").rows == [[pytest.approx(frame["ganancia"].sum())]]
    margin = frame["ganancia"].sum() / frame["ventas"].sum()
    assert shop.ask("margen de 2016").rows == [[pytest.approx(margin)]]


def test_counts(shop: Asked, sales_frame: pd.DataFrame) -> None:
    frame = year(sales_frame, 2016)
    assert shop.ask("¿cuántas ventas hice en 2016?").rows == [[frame["id_pedido"].nunique()]]
    assert shop.ask("¿cuántos clientes compraron en 2016?").rows == [[frame["id_cliente"].nunique()]]
    assert shop.ask("¿cuántas unidades vendí en 2016?").rows == [[frame["cantidad"].sum()]]
    assert shop.ask("¿cuántos clientes tengo?").rows == [[793]]


def test_a_list_of_customers(shop: Asked, sales_frame: pd.DataFrame) -> None:
    reply = shop.ask("clientes inactivos")
    people = sales_frame.drop_duplicates("id_cliente")
    expected = sorted(people[people["id_cliente"].str.startswith("A")]["nombre_cliente"])
    assert sorted(row[0] for row in reply.rows) == expected
    assert [column.name for column in reply.columns] == ["customer__name"]
    assert reply.text.startswith(f"Son {len(expected)}: ")


def test_win_rate_and_money_of_the_pipeline(agency: Asked, pipeline_frame: pd.DataFrame) -> None:
    closed = pipeline_frame[pipeline_frame["deal_stage"].isin(["Won", "Lost"])]
    assert agency.ask("tasa de cierre").rows == [[pytest.approx((closed["deal_stage"] == "Won").mean())]]
    assert agency.ask("valor ganado").rows == [[10_005_534.0]]
    best = agency.ask("mejor vendedor")
    assert best.rows == [["Darcel Schlecht", 1_153_214.0]]
    stages = agency.ask("oportunidades por etapa")
    assert table(stages.rows) == {"Won": 4238, "Lost": 2473, "Engaging": 1589, "Prospecting": 500}


def test_a_period_without_data_says_where_there_is_some(shop: Asked) -> None:
    reply = shop.ask("ventas del mes pasado")
    assert reply.kind == "answer"
    assert reply.text == "No hay ventas en ese período (1–31 oct 2026). Hay datos de 1 ene 2014 – 31 dic 2017."


def test_data_that_the_tenant_has_none_of(shop: Asked, agency: Asked) -> None:
    assert shop.ask("oportunidades ganadas").text == "Todavía no hay oportunidades registradas."
    assert agency.ask("ventas de 2017").text == "Todavía no hay ventas registradas."


def test_a_follow_up_completes_the_question_before(shop: Asked, sales_frame: pd.DataFrame) -> None:
    first = shop.ask("ventas por categoría en 2016")
    turns = (Turn(question="ventas por categoría en 2016", plan=first.plan),)
    second = shop.ask("¿y en 2017?", conversation=turns)
    expected = year(sales_frame, 2017).groupby("categoria")["ventas"].sum()
    assert table(second.rows) == pytest.approx(expected.to_dict())
    third = shop.ask("¿y por cliente?", conversation=(*turns, Turn(question="¿y en 2017?", plan=second.plan)))
    assert third.columns[0].name == "customer__name"
    assert "31 dic 2017" in third.understood
    fourth = shop.ask("y por mes", conversation=turns)
    assert [column.name for column in fourth.columns] == ["metric_time", "sale_line__category", "net_sales"]
    fifth = shop.ask("¿y en abril?", conversation=turns)
    april = year(sales_frame, 2016)
    april = april[april["day"].dt.month == 4]
    assert table(fifth.rows) == pytest.approx(april.groupby("categoria")["ventas"].sum().to_dict())
    sixth = shop.ask("comparado con 2015", conversation=turns)
    assert sixth.understood.endswith("1 ene – 31 dic 2016 frente a 1 ene – 31 dic 2015 · CRC")


def test_followups_are_questions_that_are_answered(shop: Asked) -> None:
    reply = shop.ask("ventas de 2017")
    assert len(reply.followups) == 3
    for question in reply.followups:
        assert shop.ask(question).kind == "answer", question


def test_nothing_of_one_tenant_is_known_to_the_other(shop: Asked, agency: Asked) -> None:
    assert agency.ask("ventas de Claire Gute").kind == "refuse"
    assert shop.ask("valor ganado de Darcel Schlecht").kind == "refuse"
    assert shop.ask("oportunidades por etapa").rows == []
