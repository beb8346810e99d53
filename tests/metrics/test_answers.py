"""Answers against figures computed by hand from the rows in conftest."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


def test_totals_are_net_of_credit_notes_in_the_organizations_currency(store):
    metrics = ["net_sales", "sales_count", "average_ticket", "units_sold", "gross_profit", "active_customers"]
    result = store.ask(metrics=metrics)
    assert result.rows == [[240000.0, 5, 48000.0, 5.0, 33000.0, 4]]
    assert result.currency == "CRC"
    assert result.data_as_of is not None
    assert [column.label for column in result.columns][:3] == ["Ventas netas", "Número de ventas", "Ticket promedio"]
    assert [column.format for column in result.columns][:3] == ["money", "integer", "money"]


def test_margin_counts_only_lines_whose_cost_is_known(store):
    assert store.cells(metrics=["gross_margin"]) == [[pytest.approx(33000 / 95000)]]


def test_colones_of_a_company_that_counts_in_dollars_are_converted(tours):
    result = tours.ask(metrics=["net_sales"])
    assert result.rows == [[12.0]]
    assert result.currency == "USD"


def test_categories_add_up_to_the_total(store):
    result = store.ask(metrics=["net_sales"], group_by=["sale_line__category"], share_of_total=True)
    assert result.rows == [
        [None, 105000.0, pytest.approx(105 / 240)],
        ["Herramientas", 95000.0, pytest.approx(95 / 240)],
        ["Pinturas", 40000.0, pytest.approx(40 / 240)],
    ]
    assert result.columns[-1].name == "net_sales__share"
    assert result.columns[-1].format == "percent"


def test_months_are_those_of_costa_rica(store):
    result = store.ask(metrics=["net_sales", "sales_count"], group_by=["metric_time"], grain="month")
    assert result.rows == [[JANUARY, 100000.0, 1], [FEBRUARY, 100000.0, 2], [MARCH, 40000.0, 2]]
    assert result.columns[0].kind == "time"
    assert result.columns[0].format == "month"


@pytest.mark.parametrize(
    ("grain", "first"),
    [("day", date(2026, 1, 15)), ("week", date(2026, 1, 12)), ("quarter", JANUARY), ("year", JANUARY)],
)
def test_every_grain_begins_on_its_first_day(store, grain, first):
    assert store.cells(metrics=["net_sales"], group_by=["metric_time"], grain=grain)[0][0] == first


def test_time_range_takes_both_of_its_days(store):
    rows = store.cells(metrics=["net_sales"], time_range={"start": "2026-02-10", "end": "2026-03-31"})
    assert rows == [[140000.0]]
    assert store.cells(metrics=["net_sales"], time_range={"start": "2026-02-11", "end": "2026-03-30"}) == [[65000.0]]


def test_a_period_without_rows_is_empty_and_no_zero(store):
    assert store.cells(metrics=["net_sales"], time_range={"start": "2020-01-01", "end": "2020-12-31"}) == [[None]]


def test_top_n_says_that_there_is_more(store):
    result = store.ask(metrics=["net_sales"], group_by=["customer__name"], limit=2)
    assert result.rows == [["Ana Mora", 90000.0], ["Comercial Beta S.A.", 50000.0]]
    assert result.truncated
    assert not store.ask(metrics=["net_sales"], group_by=["customer__name"], limit=5).truncated


def test_two_customers_of_one_name_stay_two_rows(store):
    rows = store.cells(metrics=["net_sales"], group_by=["customer__name"])
    assert rows.count(["Luis Rojas", 25000.0]) == 2


def test_order_puts_empty_cells_last(store):
    rows = store.cells(
        metrics=["net_sales"], group_by=["sale__seller"], order=[{"field": "sale__seller", "descending": True}]
    )
    assert rows == [["Pedro", 75000.0], ["Marta", 115000.0], [None, 50000.0]]


@pytest.mark.parametrize(
    ("condition", "total"),
    [
        ({"field": "sale_line__category", "op": "eq", "value": "Pinturas"}, 40000.0),
        ({"field": "sale_line__category", "op": "ne", "value": "Pinturas"}, 200000.0),
        ({"field": "sale_line__category", "op": "in", "value": ["Pinturas", "Herramientas"]}, 135000.0),
        ({"field": "sale_line__category", "op": "not_in", "value": ["Pinturas", "Herramientas"]}, 105000.0),
        ({"field": "sale_line__category", "op": "is_null"}, 105000.0),
        ({"field": "sale_line__category", "op": "not_null"}, 135000.0),
        ({"field": "sale_line__product", "op": "contains", "value": "100%"}, 40000.0),
        ({"field": "sale_line__product", "op": "contains", "value": "a_i"}, None),
        ({"field": "sale_line__product", "op": "contains", "value": "MART"}, 95000.0),
        ({"field": "sale__document_type", "op": "eq", "value": "Nota de crédito"}, -10000.0),
        ({"field": "customer__segment", "op": "eq", "value": "frecuente"}, 90000.0),
        ({"field": "customer__is_valuable", "op": "eq", "value": True}, 90000.0),
        ({"field": "customer__purchases", "op": "gte", "value": 1}, 190000.0),
        ({"field": "customer__province", "op": "eq", "value": "Heredia"}, 50000.0),
        ({"field": "metric_time", "op": "gte", "value": "2026-03-01"}, 40000.0),
        ({"field": "customer__last_sale_on", "op": "between", "value": ["2026-02-01", "2026-02-28"]}, 50000.0),
    ],
)
def test_filters(store, condition, total):
    assert store.cells(metrics=["net_sales"], filters=[condition]) == [[total]]


def test_a_value_is_never_read_as_sql(store):
    hostile = "x' or true or 'a' = '"
    condition = {"field": "sale_line__category", "op": "eq", "value": hostile}
    result = store.ask(metrics=["net_sales"], filters=[condition])
    assert result.rows == [[None]]
    assert hostile not in result.sql


@settings(max_examples=30, deadline=None)
@given(text=st.text(alphabet="Mart100%_\\'", max_size=3))
def test_contains_takes_every_character_as_it_is(store, text):
    amounts = {"Martillo": 95000.0, "Pintura 100%": 40000.0}
    expected = [amount for product, amount in amounts.items() if text.lower() in product.lower()]
    condition = {"field": "sale_line__product", "op": "contains", "value": text}
    assert store.cells(metrics=["net_sales"], filters=[condition]) == [[sum(expected) if expected else None]]


def test_conditions_on_metrics_apply_to_groups(store):
    rows = store.cells(
        metrics=["net_sales"],
        group_by=["sale__seller"],
        metric_filters=[{"field": "sales_count", "op": "gte", "value": 2}],
    )
    assert rows == [["Marta", 115000.0], ["Pedro", 75000.0]]


def test_comparison_with_the_period_before(store):
    result = store.ask(
        metrics=["net_sales", "sales_count"],
        group_by=["sale_line__category"],
        time_range={"start": "2026-02-01", "end": "2026-02-28"},
        comparison="previous_period",
    )
    assert result.previous_range is not None
    assert (result.previous_range.start, result.previous_range.end) == (JANUARY, date(2026, 1, 31))
    assert result.rows == [
        [None, 55000.0, 0.0, None, 2, 0, None],
        ["Herramientas", 45000.0, 60000.0, pytest.approx(-0.25), 1, 1, 0.0],
        ["Pinturas", 0.0, 40000.0, -1.0, 0, 1, -1.0],
    ]


def test_comparison_of_one_total(store):
    rows = store.cells(
        metrics=["net_sales", "average_ticket"],
        time_range={"start": "2026-03-01", "end": "2026-03-31"},
        comparison="previous_period",
    )
    assert rows == [[40000.0, 100000.0, pytest.approx(-0.6), 20000.0, 50000.0, pytest.approx(-0.6)]]


def test_comparison_lays_the_months_of_two_years_side_by_side(store):
    rows = store.cells(
        metrics=["net_sales"],
        group_by=["metric_time"],
        grain="month",
        time_range={"start": "2027-01-01", "end": "2027-12-31"},
        comparison="previous_year",
    )
    assert rows == [
        [date(2027, 1, 1), 0.0, 100000.0, -1.0],
        [date(2027, 2, 1), 0.0, 100000.0, -1.0],
        [date(2027, 3, 1), 0.0, 40000.0, -1.0],
    ]


def test_customers_are_new_from_their_first_purchase(store):
    assert store.cells(metrics=["customers_count"]) == [[5]]
    rows = store.cells(metrics=["new_customers"], group_by=["metric_time"], grain="month")
    assert rows == [[JANUARY, 1], [FEBRUARY, 1], [MARCH, 2], [date(2026, 6, 1), 1]]


def test_customers_by_segment_and_without_purchases(store):
    assert store.cells(metrics=["customers_count"], group_by=["customer__segment"]) == [
        ["nuevo", 3],
        ["frecuente", 1],
        ["inactivo", 1],
    ]
    idle = [{"field": "customer__last_sale_on", "op": "is_null"}]
    assert store.cells(metrics=["customers_count"], group_by=["customer__name"], filters=idle) == [["Sin Compras", 1]]


def test_opportunities_are_counted_when_opened_and_won_when_closed(store):
    metrics = ["opportunities_count", "open_opportunities", "won_opportunities", "lost_opportunities"]
    assert store.cells(metrics=metrics) == [[4, 1, 2, 1]]
    september = {"start": "2026-09-01", "end": "2026-09-30"}
    assert store.cells(metrics=metrics, time_range=september) == [[2, 0, 1, 1]]


def test_values_of_opportunities(store):
    metrics = [
        "open_value",
        "weighted_value",
        "won_value",
        "win_rate",
        "average_days_to_close",
        "stalled_opportunities",
    ]
    # 1,000 x 20 %; 2 of 3; (20 + 10) / 2 days; 37 days in its stage by the business day.
    assert store.cells(metrics=metrics) == [[1000.0, 200.0, 5000.0, pytest.approx(2 / 3), 15.0, 1]]
    assert store.cells(metrics=["won_opportunities"], group_by=["opportunity__seller"]) == [["Marta", 1], ["Pedro", 1]]
    waiting = [{"field": "opportunity__days_in_stage", "op": "gt", "value": 36}]
    assert store.cells(metrics=["open_value"], group_by=["opportunity__title"], filters=waiting) == [["Techo", 1000.0]]


def test_every_metric_answers_by_every_dimension_it_has(store):
    from pymeai.metrics.catalogue import load_catalogue

    catalogue = load_catalogue(store.settings)
    for name in catalogue.dimensions:
        metrics = catalogue.dimensions[name].metrics
        for metric in (metrics[0], metrics[-1]):
            assert store.ask(metrics=[metric], group_by=[name]).columns[0].name == name


def test_a_company_never_refreshed_has_no_rows_yet(companies, without_marts):
    result = without_marts.ask(metrics=["sales_count"], group_by=["sale__seller"])
    assert result.rows == []
    assert result.data_as_of is None


def test_each_company_sees_its_own_rows_alone(store, tours):
    assert store.cells(metrics=["sales_count"]) == [[5]]
    assert tours.cells(metrics=["sales_count"]) == [[2]]
