"""The board: totals and cards of all stages, page by page, in the order that people put them."""

import json
import random
from base64 import urlsafe_b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text

from crm_api.board import repository
from crm_api.board.repository import Wanted
from crm_api.board.schemas import CardAnswer
from pymeai.database.connections import engine_for
from pymeai.database.tables.platform import Organization
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session, tenant_connection, tenant_session
from tests.conftest import TODAY
from tests.crm_api.conftest import Company, fields, problem

NOBODY = "0190a000-0000-7000-8000-000000000000"


@pytest.fixture
def company(register: Callable[..., Company]) -> Company:
    """A company of the test's own; its stages: Contacto 10, Propuesta 40, Negociación 70, Ganada, Perdida."""
    return register("Tablero")


def _pipeline(company: Company) -> dict[str, Any]:
    found: dict[str, Any] = company.get("/api/pipelines").json()["items"][0]
    return found


def _board(company: Company, **parameters: Any) -> dict[str, Any]:
    response = company.get(f"/api/pipelines/{_pipeline(company)['pipeline_id']}/board", params=parameters)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def _stage(board: dict[str, Any], place: int) -> dict[str, Any]:
    found: dict[str, Any] = board["stages"][place]
    return found


def _titles(company: Company, place: int, **parameters: Any) -> list[str]:
    return [card["title"] for card in _stage(_board(company, **parameters), place)["cards"]]


def _create(company: Company, title: str, stage_id: str, **values: Any) -> dict[str, Any]:
    response = company.post("/api/opportunities", {"title": title, "stage_id": stage_id, "currency": "CRC"} | values)
    assert response.status_code == 201, response.text
    created: dict[str, Any] = response.json()
    return created


def _put(company: Company, card: dict[str, Any], stage_id: str, **values: Any) -> dict[str, Any]:
    response = company.put(f"/api/opportunities/{card['opportunity_id']}/stage", {"stage_id": stage_id} | values)
    assert response.status_code == 200, response.text
    moved: dict[str, Any] = response.json()
    return moved


def test_an_empty_board(company: Company) -> None:
    board, pipeline = _board(company), _pipeline(company)
    assert (board["pipeline_id"], board["name"], board["currency"]) == (
        pipeline["pipeline_id"],
        pipeline["name"],
        "CRC",
    )
    nothing = {
        "count": 0,
        "total_value": 0.0,
        "weighted_value": 0.0,
        "without_rate": 0,
        "cards": [],
        "next_cursor": None,
    }
    assert board["stages"] == [stage | nothing for stage in pipeline["stages"]]


def test_a_card_says_what_the_opportunity_says(company: Company) -> None:
    customer = company.post("/api/customers", {"first_name": "Ana", "last_name": "Mora"}).json()["customer_id"]
    stage = _pipeline(company)["stages"][1]["stage_id"]
    created = _create(
        company, "Cerca", stage, value=2000, customer_id=customer, product="Malla", next_step_at=f"{TODAY}T08:00:00",
        user_id=str(company.user_id), expected_close_date="2026-01-01",
    )  # fmt: skip
    card = _stage(_board(company), 1)["cards"][0]
    tag = company.get(f"/api/opportunities/{created['opportunity_id']}").headers["etag"]
    assert card == {name: created[name] for name in card if name != "etag"} | {"etag": tag}
    assert list(card) == list(CardAnswer.model_fields)
    assert (card["customer_name"], card["weighted_value"], card["is_overdue"]) == ("Ana Mora", 800.0, True)
    moved = company.put(
        f"/api/opportunities/{created['opportunity_id']}/stage",
        {"stage_id": stage, "board_position": 7},
        headers={"If-Match": card["etag"]},
    )
    assert moved.status_code == 200


def test_totals_are_in_the_organizations_currency(company: Company) -> None:
    stage = _pipeline(company)["stages"][2]["stage_id"]
    _create(company, "Colones", stage, value=1000)
    _create(company, "Dólares", stage, value=10, currency="USD", exchange_rate=500)
    _create(company, "Sin tipo de cambio", stage, value=99, currency="USD", exchange_rate=None)
    gone = _create(company, "Borrada", stage, value=1)
    company.delete(f"/api/opportunities/{gone['opportunity_id']}")
    totals = _stage(_board(company), 2)
    assert (totals["count"], totals["without_rate"]) == (3, 1)
    assert (totals["total_value"], totals["weighted_value"]) == (6000.0, 4200.0)


def test_totals_in_dollars_take_each_days_rate(
    register: Callable[..., Company], settings: Settings, tell_rates: Callable[[dict[str, float]], None]
) -> None:
    company = register("En dólares", currency="USD")
    stage = _pipeline(company)["stages"][0]["stage_id"]
    tell_rates({"2026-11-01": 500, "2026-11-08": 400})
    early, late = (_create(company, title, stage, value=1000) for title in ("Antes", "Después"))
    _create(company, "Dólares", stage, value=7, currency="USD", exchange_rate=None)
    with tenant_connection(settings, company.tenant) as connection:
        for card, day in ((early, "2026-11-07T23:00:00-06:00"), (late, "2026-11-10T00:00:00-06:00")):
            connection.execute(
                text("update opportunities set created_at = :day where opportunity_id = :id"),
                {"day": day, "id": card["opportunity_id"]},
            )
    totals = _stage(_board(company), 0)
    assert (totals["total_value"], totals["without_rate"], totals["count"]) == (11.5, 0, 3)
    assert totals["weighted_value"] == 1.15


def test_pages_of_a_stage(company: Company) -> None:
    pipeline = _pipeline(company)
    stage = pipeline["stages"][0]["stage_id"]
    for number in range(7):
        _create(company, f"{number}", stage, value=1)
    first = _stage(_board(company, limit=3), 0)
    titles = [card["title"] for card in first["cards"]]
    # What is new stands on top.
    assert titles == ["6", "5", "4"]
    assert (first["count"], first["total_value"]) == (7, 7.0)
    cursor, path = first["next_cursor"], f"/api/pipelines/{pipeline['pipeline_id']}/board/{stage}"
    while cursor:
        page = company.get(path, params={"limit": 3, "cursor": cursor}).json()
        titles += [card["title"] for card in page["items"]]
        cursor = page["next_cursor"]
    assert titles == ["6", "5", "4", "3", "2", "1", "0"]
    assert [card["title"] for card in company.get(path, params={"limit": 2}).json()["items"]] == ["6", "5"]


@pytest.mark.parametrize(
    "content",
    ["x", "[]", "[1]", '["a", "b"]', '[NaN, "0190a000000070008000000000000000"]', '[1e999, "0190a000000070008000000000000000"]',
     "[1, 2]", "{}", "null", '[[[[1]]], "0190a000000070008000000000000000"]', "9" * 300, "\u00e9"],
)  # fmt: skip
def test_a_cursor_that_is_none_is_refused(company_a: Company, content: str) -> None:
    pipeline = _pipeline(company_a)
    path = f"/api/pipelines/{pipeline['pipeline_id']}/board/{pipeline['stages'][0]['stage_id']}"
    for cursor in (content, urlsafe_b64encode(content.encode()).decode()):
        found = problem(company_a.get(path, params={"cursor": cursor}), 422, "invalid")
        assert list(fields(found)) == ["cursor"]


@pytest.mark.parametrize("parameters", [{"limit": 0}, {"limit": 10**9}, {"user_id": "x"}, {"q": "a\x00"}])
def test_bad_parameters_are_refused(company_a: Company, parameters: dict[str, Any]) -> None:
    path = f"/api/pipelines/{_pipeline(company_a)['pipeline_id']}/board"
    problem(company_a.get(path, params=parameters), 422, "invalid")


def test_by_person_and_by_text(company: Company, colleague: Callable[[Company, str], Company]) -> None:
    seller = colleague(company, "seller")
    customer = company.post("/api/customers", {"company_name": "Ganadería Peñón"}).json()["customer_id"]
    stage = _pipeline(company)["stages"][0]["stage_id"]
    _create(company, "Portón", stage, value=5, user_id=str(company.user_id), customer_id=customer)
    _create(seller, "Cerca", stage, value=7)
    for parameters, title, value in (
        ({"user_id": str(seller.user_id)}, "Cerca", 7.0),
        ({"q": "PORTON penon"}, "Portón", 5.0),
    ):
        shown = _stage(_board(company, **parameters), 0)
        assert ([card["title"] for card in shown["cards"]], shown["count"], shown["total_value"]) == ([title], 1, value)
    both = _board(company, user_id=[str(seller.user_id), str(company.user_id)])
    assert _stage(both, 0)["count"] == 2
    path = f"/api/pipelines/{_pipeline(company)['pipeline_id']}/board/{stage}"
    page = company.get(path, params={"q": "cerca"}).json()
    assert [card["title"] for card in page["items"]] == ["Cerca"]


def test_cards_are_put_beside_each_other(company: Company) -> None:
    stage, other = (stage["stage_id"] for stage in _pipeline(company)["stages"][:2])
    cards = {name: _create(company, name, stage) for name in "dcba"}
    ids = {name: card["opportunity_id"] for name, card in cards.items()}
    assert _titles(company, 0) == ["a", "b", "c", "d"]
    _put(company, cards["d"], stage, after_id=ids["a"])
    assert _titles(company, 0) == ["a", "d", "b", "c"]
    _put(company, cards["a"], stage, before_id=ids["c"])
    assert _titles(company, 0) == ["d", "b", "a", "c"]
    _put(company, cards["d"], stage, after_id=ids["c"])
    assert _titles(company, 0) == ["b", "a", "c", "d"]
    _put(company, cards["d"], stage, before_id=ids["b"])
    assert _titles(company, 0) == ["d", "b", "a", "c"]
    _put(company, cards["c"], stage, after_id=ids["d"], before_id=ids["b"])
    assert _titles(company, 0) == ["d", "c", "b", "a"]
    # Where it stands already, and without a place: it stays.
    _put(company, cards["b"], stage, after_id=ids["c"])
    _put(company, cards["b"], stage)
    assert _titles(company, 0) == ["d", "c", "b", "a"]
    moved = _put(company, cards["b"], other)
    _put(company, cards["a"], other, after_id=ids["b"])
    _put(company, cards["c"], other)
    assert (_titles(company, 0), _titles(company, 1)) == (["d"], ["c", "b", "a"])
    path = f"/api/opportunities/{ids['d']}/stage"
    for wrong in ({"after_id": ids["a"]}, {"before_id": ids["a"]}, {"after_id": ids["d"]}):
        assert list(fields(problem(company.put(path, {"stage_id": stage} | wrong), 422))) == list(wrong)
    turned = {"stage_id": other, "after_id": ids["a"], "before_id": ids["c"]}
    assert list(fields(problem(company.put(path, turned), 422))) == ["before_id"]
    assert moved["stage_id"] == other


def test_ties_and_narrow_gaps_are_put_in_order(company: Company, settings: Settings) -> None:
    stage = _pipeline(company)["stages"][0]["stage_id"]
    cards = {name: _create(company, name, stage) for name in "abcdef"}
    with tenant_connection(settings, company.tenant) as connection:
        # As an import leaves them.
        connection.execute(text("update opportunities set board_position = 0"))
        before = connection.execute(text("select opportunity_id, updated_at from opportunities")).all()
        audited = connection.scalar(text("select count(*) from audit_log"))
    order = _titles(company, 0)
    assert sorted(order) == sorted(cards)
    _put(company, cards[order[-1]], stage, after_id=cards[order[0]]["opportunity_id"])
    expected = [order[0], order[-1], *order[1:-1]]
    assert _titles(company, 0) == expected
    with tenant_connection(settings, company.tenant) as connection:
        # Making room was no edit: the others' tags hold, and nobody reads of it in the audit log.
        after = connection.execute(text("select opportunity_id, updated_at from opportunities")).all()
        assert sorted(after) == sorted(before)
        assert connection.scalar(text("select count(*) from audit_log")) == audited
    # The same gap, halved until nothing is left of it, many times over.
    for _ in range(40):
        last = expected[-1]
        _put(company, cards[last], stage, after_id=cards[expected[0]]["opportunity_id"])
        expected = [expected[0], last, *expected[1:-1]]
        assert _titles(company, 0) == expected


def test_many_hands_at_once(company: Company, settings: Settings) -> None:
    stages = [stage["stage_id"] for stage in _pipeline(company)["stages"][:2]]
    cards = [_create(company, f"{number:02}", stages[number % 2]) for number in range(12)]
    with tenant_connection(settings, company.tenant) as connection:
        # Tied, so that whoever comes between two of them puts all of the stage in order.
        connection.execute(text("update opportunities set board_position = 0"))
    chance = random.Random(3)
    moves = []
    for _ in range(80):
        card, neighbour = chance.sample(cards, 2)
        moves.append((card["opportunity_id"], neighbour["opportunity_id"], chance.choice(["after_id", "before_id"])))

    def move(card: str, neighbour: str, how: str) -> int:
        # Beside the other one, in whichever stage it is; it may have gone when we arrive.
        body = {"stage_id": company.get(f"/api/opportunities/{neighbour}").json()["stage_id"], how: neighbour}
        return company.put(f"/api/opportunities/{card}/stage", body).status_code

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(lambda one: move(*one), moves))
    assert set(results) <= {200, 422}
    assert results.count(200) > len(moves) / 2
    board = _board(company, limit=200)
    shown = [card["title"] for place in (0, 1) for card in _stage(board, place)["cards"]]
    assert sorted(shown) == [f"{number:02}" for number in range(12)]


def test_sellers_see_their_own_where_the_organization_says_so(
    company: Company, colleague: Callable[[Company, str], Company], settings: Settings
) -> None:
    seller = colleague(company, "seller")
    stage = _pipeline(company)["stages"][0]["stage_id"]
    hidden = _create(company, "De otra", stage, value=5, user_id=str(company.user_id))
    _create(company, "De nadie", stage, value=7)
    _create(seller, "Suya", stage, value=9)
    with platform_session(settings) as session:
        organization = session.get_one(Organization, company.tenant.organization_id)
        organization.settings = organization.settings | {"sellers_see": "own"}
    shown = _stage(_board(seller), 0)
    assert [card["title"] for card in shown["cards"]] == ["Suya", "De nadie"]
    assert (shown["count"], shown["total_value"]) == (2, 16.0)
    assert seller.get("/api/opportunities").json()["total"] == 2
    path = f"/api/opportunities/{hidden['opportunity_id']}"
    for suffix in ("", "/history", "/activities"):
        never = seller.get(f"/api/opportunities/{NOBODY}{suffix}").json()
        assert problem(seller.get(path + suffix), 404) == never
    problem(seller.put(path, {"title": "X"}), 404)
    problem(seller.put(f"{path}/stage", {"stage_id": stage}), 404)
    assert _stage(_board(company), 0)["count"] == 3


def test_the_other_company_has_a_board_of_its_own(company: Company, company_b: Company) -> None:
    pipeline = _pipeline(company)
    _create(company, "Canario", pipeline["stages"][0]["stage_id"])
    foreign = company_b.get(f"/api/pipelines/{pipeline['pipeline_id']}/board")
    assert problem(foreign, 404) == company_b.get(f"/api/pipelines/{NOBODY}/board").json()
    assert "Canario" not in json.dumps(_board(company_b))


@pytest.fixture(scope="module")
def crowded(register: Callable[..., Company], settings: Settings) -> Company:
    """A company with 5,000 opportunities in each of its three open stages, each group tied as an import leaves it."""
    company = register("Multitud")
    with tenant_connection(settings, company.tenant) as connection:
        connection.execute(text("set local pymeai.unaudited = 'test'"))
        connection.execute(
            text(
                "insert into opportunities (pipeline_id, stage_id, title, value) "
                "select pipeline_id, stage_id, 'Oportunidad ' || n, n from stages, generate_series(1, 5000) n "
                "where kind = 'open'"
            )
        )
    with engine_for(settings, "owner").connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f'analyze "{company.tenant.schema}".opportunities'))
    return company


def test_a_page_reads_the_index_and_no_more(crowded: Company, settings: Settings) -> None:
    pipeline_id = UUID(_pipeline(crowded)["pipeline_id"])
    statements: list[tuple[str, Any]] = []
    with tenant_session(settings, crowded.tenant) as session:
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", lambda *call: statements.append((call[2], call[3])))
        rows = repository.cards(session, pipeline_id, Wanted(), TODAY, 26)
        assert len(rows) == 3 * 26
        sql, parameters = statements[0]
        plan = connection.exec_driver_sql(f"explain (analyze, format json) {sql}", parameters).scalar_one()
    read, seen = 0, set()

    def walk(node: dict[str, Any]) -> None:
        nonlocal read
        if node.get("Relation Name") == "opportunities":
            seen.add(node.get("Index Name", node["Node Type"]))
            read += node["Actual Rows"] * node["Actual Loops"]
        for child in node.get("Plans", ()):
            walk(child)

    walk(plan[0]["Plan"])
    # The index of the board for which ones, and the key for what they say.
    assert seen == {"opportunities_stage_id_idx", "opportunities_pkey"}
    assert read <= 2 * 3 * 27, plan


def test_the_number_of_queries_does_not_grow(crowded: Company, company: Company, settings: Settings) -> None:
    engine = engine_for(settings, "api")

    def queries(person: Company) -> int:
        count = 0

        def counted(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            nonlocal count
            # The worker of webhooks looks into its queue whenever it is time.
            count += "webhook" not in statement

        event.listen(engine, "before_cursor_execute", counted)
        try:
            board = _board(person, limit=100)
        finally:
            event.remove(engine, "before_cursor_execute", counted)
        assert len(board["stages"]) == 5
        return count

    few = queries(company)
    assert queries(crowded) == few
    totals = _stage(_board(crowded), 0)
    assert (totals["count"], totals["total_value"], len(totals["cards"])) == (5000, 12502500.0, 25)


def test_room_is_made_among_thousands(crowded: Company) -> None:
    shown = _stage(_board(crowded), 1)
    first, second, third = shown["cards"][:3]
    _put(crowded, third, shown["stage_id"], after_id=first["opportunity_id"])
    titles = [card["title"] for card in _stage(_board(crowded), 1)["cards"][:3]]
    assert titles == [first["title"], third["title"], second["title"]]
