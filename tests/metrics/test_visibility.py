"""A query for somebody who sees only their own: every mart in it has its condition, whatever the shape of the query."""

from uuid import UUID

import pytest
from sqlglot import exp, parse_one

from pymeai.metrics.catalogue import load_catalogue
from pymeai.metrics.compiler import DIALECT
from pymeai.metrics.guard import Refused, guard
from pymeai.metrics.visibility import RULES, SEEN_BY, narrow

ME = UUID("0190a000-0000-7000-8000-000000000000")


def _parsed(sql: str) -> exp.Query:
    tree = parse_one(sql, dialect=DIALECT)
    assert isinstance(tree, exp.Query)
    return tree


def test_every_mart_that_can_be_asked_has_a_rule(settings):
    assert load_catalogue(settings).tables <= set(RULES)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "select name from analytics.dim_customers",
            "select name from analytics.dim_customers where (dim_customers.owner_user_id = %(seen_by)s or "
            "(dim_customers.owner_user_id is null and dim_customers.owner is null))",
        ),
        (
            "select o.title from analytics.fct_opportunities as o where o.status = 'open' or o.status = 'won'",
            "select o.title from analytics.fct_opportunities as o where (o.status = 'open' or o.status = 'won') "
            "and (o.user_id = %(seen_by)s or o.user_id is null)",
        ),
        (
            "select d.date_day from analytics.dim_dates as d left join analytics.fct_opportunities as o "
            "on o.created_on = d.date_day",
            "select d.date_day from analytics.dim_dates as d left join analytics.fct_opportunities as o "
            "on o.created_on = d.date_day and (o.user_id = %(seen_by)s or o.user_id is null)",
        ),
    ],
)
def test_the_condition_stands_beside_its_table(sql, expected):
    tree, values = narrow(_parsed(sql), ME)
    assert values == {SEEN_BY: ME}
    text = tree.sql(dialect=DIALECT).lower().replace('"', "")
    assert text == _parsed(expected).sql(dialect=DIALECT).lower().replace('"', "")
    assert SEEN_BY in guard(tree, frozenset(RULES))


@pytest.mark.parametrize(
    "sql",
    [
        "select name from analytics.customer_segments",
        "select s.amount from analytics.fct_sales as s full join analytics.dim_customers as c on c.customer_id = s.customer_id",
        "select c.name from analytics.fct_sales as s right join analytics.dim_customers as c on c.customer_id = s.customer_id",
    ],
)
def test_what_a_condition_would_not_narrow_is_refused(sql):
    with pytest.raises(Refused):
        narrow(_parsed(sql), ME)


def test_who_sees_all_asks_the_same():
    tree = _parsed("select name from analytics.dim_customers")
    assert narrow(tree, None) == (tree, {})
