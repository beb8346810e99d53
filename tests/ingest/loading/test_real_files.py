"""The shared folder's files, loaded with the mapping that is proposed: their known totals, to the cent."""

from decimal import Decimal
from pathlib import Path
from typing import Any


def test_mavens_accounts_and_pipeline(company: Any, shared_data: Path) -> None:
    accounts = shared_data / "crm/maven/accounts.csv"
    pipeline = shared_data / "crm/maven/sales_pipeline.csv"
    assert company.load("customers", accounts.read_bytes(), name=accounts.name).inserted == {"customers": 85}
    counts = company.load("opportunities", pipeline.read_bytes(), name=pipeline.name)
    assert counts.inserted == {"customers": 0, "opportunities": 8800}
    assert counts.rejected == 0
    query = (
        "select s.name, s.kind, count(*), sum(value), count(customer_id) from opportunities "
        "join stages s using (stage_id) group by 1, 2 order by min(s.position)"
    )
    assert company.rows(query) == [
        ("Prospecting", "open", 500, Decimal(0), 163),
        ("Engaging", "open", 1589, Decimal(0), 501),
        ("Won", "won", 4238, Decimal(10005534), 4238),
        ("Lost", "lost", 2473, Decimal(0), 2473),
    ]
    assert (
        company.value("select seller from opportunities group by 1 order by sum(value) desc limit 1")
        == "Darcel Schlecht"
    )
    assert company.value("select count(*) from stage_history") == 8800
    assert company.value("select max(created_at)::date::text from opportunities") == "2017-12-31"


def test_superstores_lines(company: Any, shared_data: Path) -> None:
    path = shared_data / "crm/superstore/Sample - Superstore.csv"
    counts = company.load(
        "sales", path.read_bytes(), name=path.name, options={"currency": "USD", "exchange_rate": "500"}
    )
    assert counts.inserted == {"customers": 793, "sales": 5009, "sale_lines": 9994}
    assert (counts.rejected, counts.warnings) == (0, 0)
    assert company.value("select round(sum(amount), 2) from sales") == Decimal("2297200.86")
    assert company.value(
        "select round(sum((l ->> 'total')::numeric - (l ->> 'cost')::numeric), 2) "
        "from sales, jsonb_array_elements(lines) l"
    ) == Decimal("286397.02")
    assert company.rows("select min(sold_at)::date::text, max(sold_at)::date::text from sales") == [
        ("2014-01-03", "2017-12-30")
    ]
    again = company.load(
        "sales", path.read_bytes(), name=path.name, options={"currency": "USD", "exchange_rate": "500", "repeat": True}
    )
    assert (again.unchanged["sales"], again.unchanged["sale_lines"], again.unchanged["customers"]) == (5009, 9994, 793)


def test_the_customers_in_latin1(company: Any, shared_data: Path) -> None:
    path = shared_data / "spanish/clientes_latin1_seudonimizado/cliente.csv"
    counts = company.load("customers", path.read_bytes(), name=path.name)
    assert counts.inserted["customers"] + counts.rejected + counts.duplicates == counts.rows
    assert counts.rejected == 0
    assert company.rows(
        "select first_name, last_name, created_at::date::text from customers where external_id = '1003'"
    ) == [("MIGUEL ANGEL", "QUILES", "2000-06-01")]
