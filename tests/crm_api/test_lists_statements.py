"""A list reads twenty rows with as many statements as two: none for each row."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from pymeai.database.connections import engine_for
from pymeai.settings import Settings
from tests.crm_api.conftest import Company

PATHS = (
    "/api/customers", "/api/customers?q=ana", "/api/customers?sort=last_name", "/api/customers/{customer}/timeline",
    "/api/customers/{customer}/interactions", "/api/opportunities", "/api/opportunities?q=venta", "/api/sales",
    "/api/sales?q=ana", "/api/interactions", "/api/interactions?q=ana", "/api/interactions/followups", "/api/users",
    "/api/users/invitations", "/api/api-keys", "/api/webhooks", "/api/dashboards", "/api/alerts", "/api/imports", "/api/audit",
)  # fmt: skip
FEW, MANY = 2, 20


@pytest.fixture(scope="module")
def crowd(register: Callable[..., Company], colleague: Callable[[Company, str], Company]) -> Company:
    """A company with more than twenty rows in the lists that grow with its trade, each with what is shown beside it."""
    company = register("Muchedumbre", "ferreteria")
    stage = company.get("/api/pipelines").json()["items"][0]["stages"][0]["stage_id"]
    first = None
    for number in range(MANY + 2):
        person = {"first_name": f"Ana {number}", "owner_user_id": str(company.user_id)}
        customer = company.post("/api/customers", person).json()["customer_id"]
        first = first or customer
        deal = {"title": f"Venta {number}", "stage_id": stage, "customer_id": customer, "value": 1}
        assert company.post("/api/opportunities", deal).status_code == 201
        sale = {"sold_at": "2026-11-01", "amount": 1, "customer_id": customer}
        assert company.post("/api/sales", sale).status_code == 201
        contact = {"type": "Llamada", "notes": "Hola", "followup_date": "2026-11-20"}
        for whose in {customer, first}:
            assert company.post(f"/api/customers/{whose}/interactions", contact).status_code == 201
        colleague(company, "seller")
    return company


@pytest.mark.parametrize("path", PATHS)
def test_rows_cost_no_statements_of_their_own(crowd: Company, settings: Settings, path: str) -> None:
    customer = crowd.get("/api/customers", params={"sort": "created_at", "limit": 1}).json()["items"][0]["customer_id"]
    address = path.format(customer=customer)
    counts = []
    for limit in (FEW, MANY):
        with _counted(settings) as statements:
            answer = crowd.get(f"{address}{'&' if '?' in address else '?'}limit={limit}")
        assert answer.status_code == 200, answer.text
        counts.append((len(statements), len(answer.json()["items"])))
    (few, _), (many, _) = counts
    assert many == few, counts


@contextmanager
def _counted(settings: Settings) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        # The worker of webhooks looks into its queue whenever it is time.
        if "webhook_deliveries" not in statement:
            statements.append(statement)

    engine = engine_for(settings, "api")
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/pipelines", {"name": "Embudo {}"}),
        ("/api/interaction-types", {"name": "Contacto {}"}),
        ("/api/custom-fields", {"entity_type": "customer", "label": "Campo {}", "field_type": "text"}),
    ],
)
def test_lists_without_pages_neither(crowd: Company, settings: Settings, path: str, body: dict[str, str]) -> None:
    with _counted(settings) as few:
        before = len(crowd.get(path).json()["items"])
    for number in range(FEW * 3):
        made = crowd.post(path, {name: text.format(number) for name, text in body.items()})
        assert made.status_code == 201, made.text
    with _counted(settings) as many:
        assert len(crowd.get(path).json()["items"]) == before + FEW * 3
    assert len(many) == len(few)
