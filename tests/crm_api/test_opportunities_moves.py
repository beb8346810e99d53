"""Opportunities go from stage to stage: won with their sale, reopened without it, lost for a reason, and together."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_connection
from tests.conftest import TODAY
from tests.crm_api.conftest import Company, fields, problem
from tests.crm_api.opportunities import create_opportunity, move_opportunity, sales_of, stages_of

NOBODY = "0190a000-0000-7000-8000-000000000000"


@pytest.fixture
def stages(company_a: Company) -> dict[str, str]:
    return stages_of(company_a)


def test_a_won_opportunity_writes_its_sale(company_a: Company, stages: dict[str, str], settings: Settings) -> None:
    customer = company_a.post("/api/customers", {"company_name": "Constructora Uno"}).json()["customer_id"]
    created = create_opportunity(
        company_a, value=1500000.5, product="Láminas de zinc", customer_id=customer, user_id=str(company_a.user_id)
    )
    assert created["sale_id"] is None
    won = move_opportunity(company_a, created, stages["Ganada"])
    sales = sales_of(company_a, created)
    assert [sale["sale_id"] for sale in sales] == [won["sale_id"]]
    assert sales[0] == sales[0] | {
        "customer_id": customer,
        "customer_name": "Constructora Uno",
        "opportunity_id": created["opportunity_id"],
        "user_id": str(company_a.user_id),
        "sold_at": won["won_at"],
        "amount": 1500000.5,
        "tax": 0.0,
        "currency": "CRC",
        "exchange_rate": 1.0,
        "document_type": "other",
        "source": "opportunity",
        "lines": [{"description": "Láminas de zinc", "quantity": 1.0, "unit_price": 1500000.5, "total": 1500000.5}],
    }
    # Once only: a place within the stage, or another stage that is won, adds nothing.
    move_opportunity(company_a, created, stages["Ganada"], board_position=3)
    assert sales_of(company_a, created) == sales
    with tenant_connection(settings, company_a.tenant) as connection:
        actions = connection.execute(
            text("select entity, action from audit_log where entity_id in (:sale, :opportunity) order by audit_id"),
            {"sale": won["sale_id"], "opportunity": created["opportunity_id"]},
        ).all()
    assert sorted(tuple(action) for action in actions) == [
        ("opportunity", "created"), ("opportunity", "won"), ("sale", "created"),
    ]  # fmt: skip


def test_reopening_takes_the_sale_back(company_a: Company, stages: dict[str, str], settings: Settings) -> None:
    created = create_opportunity(company_a, value=10)
    won = move_opportunity(company_a, created, stages["Ganada"])
    problem(company_a.delete(f"/api/sales/{won['sale_id']}"), 409, "sale_of_won_opportunity")
    assert list(fields(problem(company_a.put(f"/api/sales/{won['sale_id']}", {"opportunity_id": None}), 422))) == [
        "opportunity_id"
    ]
    reopened = move_opportunity(company_a, created, stages["Orden"])
    assert (reopened["status"], reopened["won_at"], reopened["sale_id"]) == ("open", None, None)
    problem(company_a.get(f"/api/sales/{won['sale_id']}"), 404)
    with tenant_connection(settings, company_a.tenant) as connection:
        deleted = connection.execute(
            text(
                "select user_id, before ->> 'amount' as amount from audit_log where entity_id = :id and action = 'deleted'"
            ),
            {"id": won["sale_id"]},
        ).one()
        reopening = connection.scalar(
            text("select count(*) from audit_log where entity_id = :id and action = 'reopened'"),
            {"id": created["opportunity_id"]},
        )
    assert (deleted.user_id, Decimal(deleted.amount), reopening) == (company_a.user_id, 10, 1)
    again = move_opportunity(company_a, created, stages["Ganada"])
    assert again["sale_id"] not in (None, won["sale_id"])
    lost = move_opportunity(company_a, created, stages["Perdida"], lost_reason="Devolvió todo")
    assert (lost["status"], lost["lost_reason"], lost["sale_id"]) == ("lost", "Devolvió todo", None)
    assert sales_of(company_a, created) == []
    back = move_opportunity(company_a, created, stages["Solicitud"])
    assert (back["lost_reason"], back["lost_at"]) == (None, None)


def test_a_sale_that_somebody_recorded_is_not_doubled_nor_taken_back(
    company_a: Company, stages: dict[str, str]
) -> None:
    created = create_opportunity(company_a, value=10)
    body = {"sold_at": "2026-11-01", "amount": 10, "opportunity_id": created["opportunity_id"]}
    recorded = company_a.post("/api/sales", body).json()
    won = move_opportunity(company_a, created, stages["Ganada"])
    assert won["sale_id"] == recorded["sale_id"]
    assert sales_of(company_a, created) == [recorded]
    path = f"/api/opportunities/{created['opportunity_id']}/stage"
    move_opportunity(company_a, created, stages["Orden"])
    found = problem(company_a.put(path, {"stage_id": stages["Ganada"], "sale": {"tax": 1}}), 409, "sale_exists")
    assert "cambie esa" in found["detail"]
    assert company_a.get(f"/api/opportunities/{created['opportunity_id']}").json()["status"] == "open"
    assert sales_of(company_a, created) == [recorded]
    assert company_a.delete(f"/api/sales/{recorded['sale_id']}").status_code == 204


def test_what_is_known_of_the_sale_is_sent_along(company_a: Company, stages: dict[str, str]) -> None:
    created = create_opportunity(company_a, value=10)
    won = move_opportunity(
        company_a,
        created,
        stages["Ganada"],
        value=1000,
        notes="Pagó por SINPE",
        sale={
            "sold_at": "2026-11-10T09:00:00",
            "tax": 130,
            "document_type": "invoice",
            "external_key": "FAC-900",
            "payment_method": "SINPE Móvil",
            "channel": "WhatsApp",
            "lines": [
                {"description": "Zinc", "quantity": 4, "unit_price": 200},
                {"description": "Flete", "total": 200},
            ],
        },
    )
    assert won["value"] == 1000.0
    sale = sales_of(company_a, created)[0]
    expected = {
        "amount": 1000.0, "tax": 130.0, "document_type": "invoice", "external_key": "FAC-900", "channel": "WhatsApp",
        "payment_method": "SINPE Móvil", "sold_at": "2026-11-10T15:00:00Z",
    }  # fmt: skip
    assert {name: sale[name] for name in expected} == expected
    assert [line["total"] for line in sale["lines"]] == [800.0, 200.0]
    history = company_a.get(f"/api/opportunities/{created['opportunity_id']}/history").json()["items"]
    assert history[-1]["notes"] == "Pagó por SINPE"


@pytest.mark.parametrize("values", [{"value": 10, "sale": False}, {"value": 0}])
def test_no_sale_where_none_is_wanted_or_nothing_is_known(
    company_a: Company, stages: dict[str, str], values: dict[str, Any]
) -> None:
    created = create_opportunity(company_a)
    won = move_opportunity(company_a, created, stages["Ganada"], **values)
    assert (won["status"], won["sale_id"], sales_of(company_a, created)) == ("won", None, [])


@pytest.mark.parametrize(
    ("stage", "values", "field"),
    [
        ("Perdida", {}, "lost_reason"),
        ("Perdida", {"lost_reason": " "}, "lost_reason"),
        ("Orden", {"lost_reason": "Precio"}, "lost_reason"),
        ("Ganada", {"lost_reason": "Precio"}, "lost_reason"),
        ("Orden", {"sale": True}, "sale"),
        ("Orden", {"value": 5}, "value"),
        ("Ganada", {"value": -5}, "value"),
        ("Ganada", {"sale": {"amount": 5, "lines": [{"total": 6}]}}, "amount"),
        ("Ganada", {"sale": {"currency": "USD"}}, "sale.amount"),
        ("Orden", {"board_position": "NaN"}, "board_position"),
        ("Orden", {"board_position": 1e300}, "board_position"),
        ("Orden", {"board_position": 1, "after_id": NOBODY}, "body"),
        ("Orden", {"after_id": NOBODY}, "after_id"),
        ("Orden", {"before_id": NOBODY}, "before_id"),
        ("Orden", {"notes": "a\x00"}, "notes"),
        (None, {}, "stage_id"),
    ],
)
def test_bad_moves_move_nothing(
    company_a: Company, stages: dict[str, str], stage: str | None, values: dict[str, Any], field: str
) -> None:
    created = create_opportunity(company_a, value=7)
    path = f"/api/opportunities/{created['opportunity_id']}"
    body = {"stage_id": stages[stage] if stage else NOBODY} | values
    assert list(fields(problem(company_a.put(f"{path}/stage", body), 422, "invalid"))) == [field]
    assert company_a.get(path).json() == created
    assert sales_of(company_a, created) == []
    assert company_a.get(f"{path}/history").json()["total"] == 1


def test_the_document_number_of_the_sale_is_unique_and_nothing_is_half_done(
    company_a: Company, stages: dict[str, str]
) -> None:
    company_a.post("/api/sales", {"sold_at": "2026-11-01", "amount": 1, "external_key": "FAC-1"})
    created = create_opportunity(company_a, value=7)
    path = f"/api/opportunities/{created['opportunity_id']}"
    body = {"stage_id": stages["Ganada"], "sale": {"external_key": "FAC-1"}}
    problem(company_a.put(f"{path}/stage", body), 409, "duplicate")
    assert company_a.get(path).json() == created
    assert company_a.get(f"{path}/history").json()["total"] == 1


def test_creating_and_changing_obey_the_same_rules(company_a: Company, stages: dict[str, str]) -> None:
    won = create_opportunity(company_a, stage_id=stages["Ganada"], value=90)
    assert (won["status"], len(sales_of(company_a, won))) == ("won", 1)
    found = problem(company_a.post("/api/opportunities", {"title": "X", "stage_id": stages["Perdida"]}), 422)
    assert list(fields(found)) == ["lost_reason"]
    lost = create_opportunity(company_a, stage_id=stages["Perdida"], lost_reason="Precio")
    assert (lost["status"], lost["lost_reason"]) == ("lost", "Precio")
    path = f"/api/opportunities/{won['opportunity_id']}"
    reopened = company_a.put(path, {"stage_id": stages["Solicitud"]}).json()
    assert (reopened["status"], reopened["sale_id"]) == ("open", None)
    assert list(fields(problem(company_a.put(path, {"stage_id": stages["Perdida"]}), 422))) == ["lost_reason"]
    assert list(fields(problem(company_a.put(path, {"lost_reason": "Precio"}), 422))) == ["lost_reason"]
    assert company_a.put(path, {"stage_id": stages["Perdida"], "lost_reason": "Plazo"}).json()["status"] == "lost"
    assert company_a.put(path, {"lost_reason": "Otro proveedor"}).json()["lost_reason"] == "Otro proveedor"
    assert list(fields(problem(company_a.put(path, {"lost_reason": None}), 422))) == ["lost_reason"]


def test_dollars_are_won_with_the_rate_that_is_known(
    company_b: Company, tell_rates: Callable[[dict[str, float]], None]
) -> None:
    pipeline = company_b.get("/api/pipelines").json()["items"][0]
    won = next(stage["stage_id"] for stage in pipeline["stages"] if stage["kind"] == "won")
    unknown = create_opportunity(company_b, value=10, exchange_rate=None)
    assert unknown["exchange_rate"] is None
    move_opportunity(company_b, unknown, won, sale={"sold_at": "1990-01-01T10:00:00"})
    assert sales_of(company_b, unknown)[0]["exchange_rate"] is None
    said = create_opportunity(company_b, value=10, exchange_rate=505.5)
    move_opportunity(company_b, said, won, sale={"sold_at": "1990-01-01T10:00:00"})
    assert sales_of(company_b, said)[0]["exchange_rate"] == 505.5
    tell_rates({"1992-05-02": 127.5})
    of_the_day = create_opportunity(company_b, value=10, exchange_rate=505.5)
    move_opportunity(company_b, of_the_day, won, sale={"sold_at": "1992-05-03T10:00:00"})
    sale = sales_of(company_b, of_the_day)[0]
    assert (sale["currency"], sale["amount"], sale["exchange_rate"]) == ("USD", 10.0, 127.5)


def test_between_pipelines(company_a: Company, stages: dict[str, str]) -> None:
    other = company_a.post("/api/pipelines", {"name": "Instituciones"}).json()
    created = create_opportunity(company_a)
    moved = move_opportunity(company_a, created, other["stages"][1]["stage_id"])
    assert (moved["pipeline_id"], moved["stage_name"]) == (other["pipeline_id"], other["stages"][1]["name"])
    back = company_a.put(f"/api/opportunities/{created['opportunity_id']}", {"pipeline_id": created["pipeline_id"]})
    assert back.json()["stage_id"] == stages["Solicitud"]
    history = company_a.get(f"/api/opportunities/{created['opportunity_id']}/history").json()["items"]
    assert [(move["from_stage_name"], move["stage_name"]) for move in history] == [
        (None, "Solicitud"), ("Solicitud", other["stages"][1]["name"]), (other["stages"][1]["name"], "Solicitud"),
    ]  # fmt: skip


def test_history_counts_the_time_in_each_stage(company_a: Company, stages: dict[str, str], settings: Settings) -> None:
    created = create_opportunity(company_a, value=1)
    with tenant_connection(settings, company_a.tenant) as connection:
        key = {"id": created["opportunity_id"]}
        connection.execute(
            text("update opportunities set last_stage_change = now() - interval '10 days' where opportunity_id = :id"),
            key,
        )
        connection.execute(
            text("update stage_history set changed_at = now() - interval '10 days' where opportunity_id = :id"), key
        )
    path = f"/api/opportunities/{created['opportunity_id']}/history"
    running = company_a.get(path).json()["items"]
    assert running[0]["time_in_stage"] is None
    assert 10 * 86400 <= running[0]["seconds_so_far"] <= 10 * 86400 + 300
    move_opportunity(company_a, created, stages["Cotizada"])
    move_opportunity(company_a, created, stages["Ganada"])
    first, second, third = company_a.get(path).json()["items"]
    assert first["time_in_stage"] == first["seconds_so_far"] >= 10 * 86400
    assert second["time_in_stage"] == second["seconds_so_far"] < 300
    # What is closed waits for nothing.
    assert (third["stage_kind"], third["time_in_stage"], third["seconds_so_far"]) == ("won", None, None)


def test_probability_and_weight(company_a: Company, stages: dict[str, str], settings: Settings) -> None:
    created = create_opportunity(company_a, value=1000)

    def numbers(opportunity: dict[str, Any]) -> tuple[float, float]:
        return opportunity["effective_probability"], opportunity["weighted_value"]

    assert numbers(created) == (20.0, 200.0)
    with tenant_connection(settings, company_a.tenant) as connection:
        connection.execute(
            text("update opportunities set probability = 33.33 where opportunity_id = :id"),
            {"id": created["opportunity_id"]},
        )
    path = f"/api/opportunities/{created['opportunity_id']}"
    assert numbers(company_a.get(path).json()) == (33.33, 333.3)
    assert numbers(company_a.put(path, {"probability_override": 50}).json()) == (50.0, 500.0)
    assert numbers(move_opportunity(company_a, created, stages["Ganada"])) == (100.0, 1000.0)
    assert numbers(move_opportunity(company_a, created, stages["Perdida"], lost_reason="X")) == (0.0, 0.0)
    move_opportunity(company_a, created, stages["Orden"])
    assert numbers(company_a.put(path, {"probability_override": None}).json()) == (33.33, 333.3)


def test_stalled_and_overdue(company_a: Company, stages: dict[str, str], settings: Settings) -> None:
    # The template's Solicitud should take 2 days: more than 3 are too many.
    fresh, old, planned, missed = (create_opportunity(company_a, product="Estancadas") for _ in range(4))
    with tenant_connection(settings, company_a.tenant) as connection:
        for opportunity, days in ((fresh, 3), (old, 4), (planned, 4), (missed, 4)):
            connection.execute(
                text("update opportunities set last_stage_change = :day where opportunity_id = :id"),
                {"day": f"{TODAY - timedelta(days=days)}T08:00:00-06:00", "id": opportunity["opportunity_id"]},
            )
    for opportunity, day in ((planned, TODAY), (missed, TODAY - timedelta(days=1))):
        body = {"next_step_at": f"{day}T09:00:00-06:00", "expected_close_date": day.isoformat()}
        company_a.put(f"/api/opportunities/{opportunity['opportunity_id']}", body)
    listed = company_a.get("/api/opportunities", params={"product": "Estancadas"}).json()["items"]
    flags = {item["opportunity_id"]: (item["days_in_stage"], item["is_stalled"], item["is_overdue"]) for item in listed}
    assert flags == {
        fresh["opportunity_id"]: (3, False, False),
        old["opportunity_id"]: (4, True, False),
        planned["opportunity_id"]: (4, False, False),
        missed["opportunity_id"]: (4, True, True),
    }
    for wanted, expected in (("true", {old["opportunity_id"], missed["opportunity_id"]}),
                             ("false", {fresh["opportunity_id"], planned["opportunity_id"]})):  # fmt: skip
        parameters = {"product": "Estancadas", "is_stalled": wanted}
        found = company_a.get("/api/opportunities", params=parameters).json()["items"]
        assert {item["opportunity_id"] for item in found} == expected
    by_day: dict[str, tuple[dict[str, Any], ...]] = {
        "is_overdue=true": (missed,), "is_overdue=false": (fresh, old, planned), "days_in_stage_from=4": (old, planned, missed),
        "days_in_stage_to=3": (fresh,), "is_overdue=false&is_stalled=true&days_in_stage_from=4": (old,),
    }  # fmt: skip
    for query, some in by_day.items():
        found = company_a.get(f"/api/opportunities?product=Estancadas&{query}").json()["items"]
        assert {item["opportunity_id"] for item in found} == {one["opportunity_id"] for one in some}, query
    moved = move_opportunity(company_a, old, stages["Cotizada"])
    assert (moved["days_in_stage"], moved["is_stalled"]) == (0, False)


def test_a_stale_tag_loses_and_without_one_the_last_wins(
    company_a: Company, stages: dict[str, str], settings: Settings
) -> None:
    created = create_opportunity(company_a, value=10)
    path = f"/api/opportunities/{created['opportunity_id']}"
    tag = company_a.get(path).headers["etag"]
    names = ["Cotizada", "Negociación", "Orden", "Ganada"]

    def move(name: str, headers: dict[str, str]) -> int:
        return company_a.put(f"{path}/stage", {"stage_id": stages[name]}, headers=headers).status_code

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda name: move(name, {"If-Match": tag}), names))
    assert sorted(results) == [200, 412, 412, 412]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda name: move(name, {}), [*names, *names]))
    assert set(results) == {200}
    moves = company_a.get(f"{path}/history").json()["items"]
    # Each move starts where the one before it ended, and only the last one has not ended.
    assert [move["from_stage_id"] for move in moves] == [None, *(move["stage_id"] for move in moves[:-1])]
    assert [move["changed_at"] for move in moves] == sorted({move["changed_at"] for move in moves})
    assert [move["time_in_stage"] is None for move in moves] == [False] * (len(moves) - 1) + [True]
    final = company_a.get(path).json()
    assert final["stage_id"] == moves[-1]["stage_id"]
    assert len(sales_of(company_a, created)) == (1 if final["status"] == "won" else 0)


def test_won_twice_at_once_is_one_sale(company_a: Company, stages: dict[str, str]) -> None:
    created = create_opportunity(company_a, value=10)
    path = f"/api/opportunities/{created['opportunity_id']}/stage"
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: company_a.put(path, {"stage_id": stages["Ganada"]}).status_code, range(8)))
    assert results == [200] * 8
    assert len(sales_of(company_a, created)) == 1
    assert company_a.get(f"/api/opportunities/{created['opportunity_id']}/history").json()["total"] == 2


def test_deleting_a_won_one_leaves_its_sale(company_a: Company, stages: dict[str, str]) -> None:
    created = create_opportunity(company_a, value=10)
    sale = move_opportunity(company_a, created, stages["Ganada"])["sale_id"]
    assert company_a.delete(f"/api/opportunities/{created['opportunity_id']}").status_code == 204
    assert company_a.get(f"/api/sales/{sale}").json()["amount"] == 10.0
    # There is nothing left to reopen: now the sale can be deleted.
    assert company_a.delete(f"/api/sales/{sale}").status_code == 204


def test_sellers_win_their_own(
    company_a: Company, stages: dict[str, str], colleague: Callable[[Company, str], Company]
) -> None:
    seller = colleague(company_a, "seller")
    own = create_opportunity(seller, value=10)
    won = move_opportunity(seller, own, stages["Ganada"])
    assert seller.get(f"/api/sales/{won['sale_id']}").json()["user_id"] == str(seller.user_id)
    assert move_opportunity(seller, own, stages["Orden"])["sale_id"] is None
