"""Opportunities in the order of what another table says with them: page by page, each row once, the empty ones last."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text

from pymeai.costa_rica.text import fold
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_connection
from tests.crm_api.conftest import Company

NAMES = ("Álvaro", "ana mora", "Ñato", "Óscar", "Zulma")
ROWS = st.lists(
    st.tuples(
        st.sampled_from([None, *NAMES]), st.integers(0, 3), st.sampled_from([None, 0, 10, 33.33, 50]), st.integers(0, 9)
    ),
    max_size=9,
)
"""Customer's name, stage, a person's own probability, value."""
ORDERS: dict[str, Callable[[Any], Any]] = {
    "customer_name": fold,
    "weighted_value": lambda value: Decimal(str(value)),
    "effective_probability": lambda value: Decimal(str(value)),
}


@pytest.fixture(scope="module")
def company(register: Callable[..., Company]) -> Company:
    company, neighbour = register("Orden de oportunidades", "ferreteria"), register("Ajena", "ferreteria")
    for one in (company, neighbour):
        for name in NAMES:
            assert one.post("/api/customers", {"company_name": name}).status_code == 201
    assert neighbour.post("/api/opportunities", {"title": "Ajena", "value": 5}).status_code == 201
    return company


@pytest.mark.parametrize("sort", list(ORDERS))
@given(rows=ROWS, limit=st.integers(1, 4), sign=st.sampled_from(["", "-"]), query=st.sampled_from(["", "techo"]))
@hypothesis_settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_give_each_row_once_in_order(
    company: Company, settings: Settings, sort: str, rows: list[tuple[Any, ...]], limit: int, sign: str, query: str
) -> None:
    with tenant_connection(settings, company.tenant) as connection:
        connection.execute(text("delete from stage_history"))
        connection.execute(text("delete from opportunities"))
        for name, stage, probability, value in rows:
            connection.execute(
                text(
                    """
                    insert into opportunities (pipeline_id, stage_id, customer_id, title, probability_override, value)
                    select pipeline_id, stage_id, (select customer_id from customers where company_name = :name), 'Techo',
                        :probability, :value
                    from stages where kind = 'open' order by position offset :stage limit 1
                    """
                ),
                {"name": name, "stage": stage, "probability": probability, "value": value},
            )
    parameters: dict[str, Any] = {"sort": sign + sort, "limit": limit} | ({"q": query} if query else {})
    seen: list[tuple[Any, str]] = []
    while True:
        page = company.get("/api/opportunities", params=parameters).json()
        seen += [
            (None if item[sort] is None else ORDERS[sort](item[sort]), item["opportunity_id"]) for item in page["items"]
        ]
        if page["next_cursor"] is None:
            break
        parameters["cursor"] = page["next_cursor"]
    assert page["total"] == len({key for _, key in seen}) == len(rows)
    filled, empty = [row for row in seen if row[0] is not None], [row for row in seen if row[0] is None]
    assert seen == sorted(filled, reverse=bool(sign)) + sorted(empty, reverse=bool(sign))
