"""Opportunities, sales, interactions and the board are searched by their own texts and by their customers', by indexes."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Select, event, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm_api.board import repository as board
from crm_api.board.repository import Wanted
from crm_api.interactions import repository as interactions
from crm_api.listing import ListRequest, Sortable, fetch_slice
from crm_api.opportunities import repository as opportunities
from crm_api.opportunities import service as opportunity_service
from crm_api.sales import repository as sales
from pymeai.database.tables.tenant import Interaction, Opportunity, Sale
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_session
from tests.conftest import TODAY
from tests.crm_api.conftest import Company

LISTS: dict[str, Callable[[str], Select[Any]]] = {
    "opportunities": lambda query: opportunities.living().where(*opportunities.matches(query)),
    "interactions": lambda query: interactions.visible().where(*interactions.matches(query)),
    "sales": lambda query: sales.every().where(*sales.matches(query)),
}


@pytest.fixture(scope="module")
def trade(register: Callable[..., Company]) -> Company:
    """Two customers, one with something of everything."""
    company = register("Buscar", "ferreteria")
    stage = company.get("/api/pipelines").json()["items"][0]["stages"][0]["stage_id"]
    for person, title in (("María Núñez", "Techo de zinc"), ("Luis Soto", "Portón")):
        first, last = person.split()
        values = {"first_name": first, "last_name": last, "phone": "8888-7777" if first == "María" else "8888-6666"}
        customer = company.post("/api/customers", values).json()["customer_id"]
        deal = {"title": title, "stage_id": stage, "customer_id": customer, "product": "100% acero", "value": 5}
        assert company.post("/api/opportunities", deal).status_code == 201
        sale = {"sold_at": "2026-11-01", "amount": 1, "customer_id": customer, "external_key": f"F-{title}"}
        assert company.post("/api/sales", sale).status_code == 201
        contact = {"type": "Llamada", "notes": f"Pregunta por {title}"}
        assert company.post(f"/api/customers/{customer}/interactions", contact).status_code == 201
    return company


@pytest.mark.parametrize("path", list(LISTS))
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("maria", 1), ("ZINC", 1), ("nunez techo", 1), ("techo maría de", 1), ("soto techo", 0), ("8888 7777", 1),
        ("88887777", 1), ("porton", 1), ("nada", 0), ("maria techo porton", 0), ("%", None), ("_", 0),
    ],
)  # fmt: skip
def test_rows_are_found_by_their_own_words_and_their_customers(
    trade: Company, path: str, query: str, found: int | None
) -> None:
    answer = trade.get(f"/api/{path}", params={"q": query}).json()
    if found is None:
        found = 2 if path == "opportunities" else 0
    assert (answer["total"], len(answer["items"])) == (found, found)


@pytest.mark.parametrize(("query", "found"), [("nunez techo", 1), ("8888-7777", 1), ("acero", 2), ("soto techo", 0)])
def test_the_board_is_searched_the_same_way(trade: Company, query: str, found: int) -> None:
    pipeline = trade.get("/api/pipelines").json()["items"][0]["pipeline_id"]
    shown = trade.get(f"/api/pipelines/{pipeline}/board", params={"q": query}).json()
    assert sum(len(stage["cards"]) for stage in shown["stages"]) == found
    assert sum(stage["count"] for stage in shown["stages"]) == found


@pytest.mark.parametrize("sort", ["title", "-value", "expected_close_date", "-expected_close_date"])
def test_what_is_found_has_pages(trade: Company, sort: str) -> None:
    query: dict[str, Any] = {"q": "acero", "limit": 1, "sort": sort}
    first = trade.get("/api/opportunities", params=query).json()
    second = trade.get("/api/opportunities", params=query | {"cursor": first["next_cursor"]}).json()
    whole = trade.get("/api/opportunities", params=query | {"limit": 5}).json()
    assert first["items"] + second["items"] == whole["items"]
    assert (first["total"], second["total"], second["next_cursor"]) == (2, 2, None)


@pytest.fixture
def session(trade: Company, settings: Settings) -> Iterator[Session]:
    """A session in which the planner reads a whole table only where no index serves."""
    with tenant_session(settings, trade.tenant) as session:
        session.execute(text("set local enable_seqscan = off"))
        yield session


@pytest.mark.parametrize("name", list(LISTS))
def test_both_search_indexes_serve(session: Session, name: str) -> None:
    keys: dict[str, InstrumentedAttribute[UUID]] = {
        "opportunities": Opportunity.opportunity_id, "interactions": Interaction.interaction_id, "sales": Sale.sale_id,
    }  # fmt: skip
    created: dict[str, dict[str, Sortable]] = {
        "opportunities": {"created_at": opportunity_service.SORTABLE["created_at"]},
        "interactions": {"created_at": Interaction.created_at},
        "sales": {"created_at": Sale.created_at},
    }
    plan = _plan(
        session,
        lambda: fetch_slice(
            session, LISTS[name]("techo nunez"), ListRequest(q="techo nunez"), key=keys[name], sortable=created[name],
            default_sort="created_at",
        ),
    )  # fmt: skip
    assert f"Bitmap Index Scan on {name}_search_idx" in plan
    assert "Bitmap Index Scan on customers_search_idx" in plan
    assert "Seq Scan" not in plan


def test_the_board_looks_once(session: Session, trade: Company) -> None:
    pipeline = UUID(trade.get("/api/pipelines").json()["items"][0]["pipeline_id"])
    plan = _plan(session, lambda: board.cards(session, pipeline, Wanted(query="techo"), TODAY, 5))
    assert plan.count("Bitmap Index Scan on opportunities_search_idx") == 1
    assert "CTE matching" in plan


def _plan(session: Session, run: Callable[[], object]) -> str:
    """The plan of the first statement that is run."""
    statements: list[tuple[str, Any]] = []
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", lambda *call: statements.append((call[2], call[3])))
    run()
    sql, parameters = statements[0]
    return "\n".join(row[0] for row in connection.exec_driver_sql(f"explain {sql}", parameters))
