"""A route of our own: its endpoint's thread commits what was done, wherever the session was asked for, or undoes all of it."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Annotated
from uuid import UUID

import pytest
from fastapi import Depends
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select, text

from crm_api.dependencies import Editor, PlatformSession, TenantSession
from crm_api.main import create_app
from crm_api.routing import QUICK_SHARE, QUICK_THREADS, SLOW_SHARE, add_routes, new_router
from crm_api.thread_shares import RETRY_SECONDS, ThreadShares
from pymeai.database.connections import engine_for
from pymeai.database.tables.tenant import Customer
from pymeai.errors import Conflict
from pymeai.settings import Settings
from pymeai.tenancy.sessions import LOCK_SECONDS, tenant_connection
from pymeai.tenancy.tenant import Tenant
from tests.crm_api.conftest import Company, problem
from tests.crm_api.direct import DirectClient
from tests.waiting import wait_for

router = new_router("/api/probe", tag="Clientes")


class _Book:
    def __init__(self, session: TenantSession) -> None:
        self.session = session


async def _book(session: TenantSession) -> _Book:
    return _Book(session)


@router.post("/{name}")
def write_through_a_dependency(_caller: Editor, name: str, book: Annotated[_Book, Depends(_book)]) -> None:
    """The session is a dependency's, not this function's."""
    book.session.add(Customer(first_name=name))


@router.post("/{name}/refused")
def write_and_refuse(_caller: Editor, name: str, session: TenantSession) -> None:
    """What it wrote must not stay."""
    session.add(Customer(first_name=name))
    session.flush()
    raise Conflict("No se puede.", code="probe")


@router.post("/{name}/slept")
def write_and_break(_caller: Editor, name: str, session: TenantSession) -> None:
    """PostgreSQL refuses the second statement and is not down."""
    session.add(Customer(first_name=name))
    session.flush()
    session.execute(text("set local statement_timeout = 1"))
    session.execute(text("select pg_sleep(5)"))


@router.post("/{customer_id}/hurried")
def change_in_a_hurry(_caller: Editor, customer_id: UUID, session: TenantSession) -> str:
    """It would wait for whoever holds the row."""
    limit = session.execute(text("select current_setting('lock_timeout')")).scalar_one()
    session.execute(text("set local lock_timeout = '50ms'"))
    session.execute(text("update customers set first_name = 'Otra' where customer_id = :id"), {"id": customer_id})
    return str(limit)


@router.get("/roles/both")
def both_roles(_caller: Editor, session: TenantSession, platform: PlatformSession) -> list[str]:
    """Who each session is."""
    return [one.execute(text("select current_user::text")).scalar_one() for one in (session, platform)]


@router.get("/ids/{customer_id}")
def an_id(_caller: Editor, customer_id: UUID) -> str:
    """The id of its address."""
    return customer_id.hex


@pytest.fixture
def probe(settings: Settings) -> Iterator[TestClient]:
    app = create_app(settings)
    add_routes(app, router)
    with DirectClient(app) as client:
        yield client


@pytest.fixture
def names(settings: Settings, company_a: Company, company_b: Company) -> Callable[[str], list[str]]:
    """In which of the two companies there is a customer with a first name."""

    def found(name: str) -> list[str]:
        return [company.tenant.schema for company in (company_a, company_b) if _has(settings, company.tenant, name)]

    return found


def _bearer(company: Company) -> dict[str, str]:
    return {"Authorization": f"Bearer {company.access_token}"}


def _has(settings: Settings, tenant: Tenant, name: str) -> bool:
    with tenant_connection(settings, tenant) as connection:
        return connection.execute(select(Customer.customer_id).where(Customer.first_name == name)).first() is not None


def test_what_a_dependencys_session_did_is_committed(
    probe: TestClient, company_a: Company, names: Callable[[str], list[str]]
) -> None:
    response = probe.post("/api/probe/Nadezhda", headers=_bearer(company_a))
    assert response.status_code == 200, response.text
    assert names("Nadezhda") == [company_a.tenant.schema]


@pytest.mark.parametrize(
    ("path", "status", "code"), [("refused", 409, "probe"), ("slept", 503, "database_unavailable")]
)
def test_an_error_undoes_all_and_gives_the_connection_back(
    probe: TestClient, company_b: Company, names: Callable[[str], list[str]], settings: Settings,
    path: str, status: int, code: str,
) -> None:  # fmt: skip
    pool = engine_for(settings, "api").pool
    problem(probe.post(f"/api/probe/Perdida/{path}", headers=_bearer(company_b)), status, code)
    assert names("Perdida") == []
    assert pool.checkedout() == 0  # type: ignore[attr-defined]
    # It is the same engine still: a server that answers has not moved.
    assert engine_for(settings, "api").pool is pool


def test_nobody_waits_for_long_for_a_row_that_another_holds(
    probe: TestClient, company_a: Company, settings: Settings
) -> None:
    key = company_a.post("/api/customers", {"first_name": "Detenida"}).json()["customer_id"]
    path, headers = f"/api/probe/{key}/hurried", _bearer(company_a)
    with tenant_connection(settings, company_a.tenant) as connection:
        connection.execute(text("select from customers where customer_id = :id for update"), {"id": key})
        refused = problem(probe.post(path, headers=headers), 503, "rows_busy")
        assert "Alguien más" in refused["detail"]
    assert probe.post(path, headers=headers).json() == f"{LOCK_SECONDS}s"


def test_each_session_has_its_own_role(probe: TestClient, company_a: Company, company_b: Company) -> None:
    for company in (company_a, company_b):
        roles = probe.get("/api/probe/roles/both", headers=_bearer(company)).json()
        assert roles == [company.tenant.app_role, "pymeai_api"]


def test_only_an_id_is_one(probe: TestClient, company_a: Company) -> None:
    key = UUID(int=7)
    assert probe.get(f"/api/probe/ids/{key}", headers=_bearer(company_a)).json() == key.hex
    for other in ("7", f"{key}0", f"{{{key}}}", f"urn:uuid:{key}"):
        problem(probe.get(f"/api/probe/ids/{other}", headers=_bearer(company_a)), 404, "not_found")


@contextmanager
def _held_customer(settings: Settings, company: Company) -> Iterator[str]:
    """A customer whose row another connection holds."""
    key = company.post("/api/customers", {"first_name": "Retenida"}).json()["customer_id"]
    with tenant_connection(settings, company.tenant) as connection:
        connection.execute(text("select from customers where customer_id = :id for update"), {"id": key})
        yield key


def _waiting(settings: Settings, tenant: Tenant) -> int:
    """How many of the tenant's transactions wait for rows."""
    with tenant_connection(settings, tenant) as connection:
        statement = text(
            "select count(*) from pg_locks where not granted and pid in "
            "(select l.pid from pg_locks l where l.relation = cast('customers' as regclass))"
        )
        return int(connection.execute(statement).scalar_one())


def _seconds(get: Callable[[], Response]) -> float:
    started = time.monotonic()
    assert get().status_code == 200
    return time.monotonic() - started


def test_what_takes_long_in_one_company_holds_up_nobody(
    settings: Settings, company_a: Company, company_b: Company
) -> None:
    with ThreadPoolExecutor(SLOW_SHARE + 4) as callers:
        with _held_customer(settings, company_a) as key:
            body = {"ids": [key], "set": {"tags_add": ["Esperada"]}}
            held = [callers.submit(company_a.post, "/api/customers/bulk", body) for _ in range(SLOW_SHARE + 4)]
            # No more than the company's share, though more ask.
            wait_for(lambda: _waiting(settings, company_a.tenant) == SLOW_SHARE, 30, "eight changes wait for the row")
            assert _seconds(lambda: company_b.get("/api/customers")) < 1
            assert _seconds(lambda: company_a.get("/api/customers")) < 1
            assert _waiting(settings, company_a.tenant) == SLOW_SHARE
        _all_answered(held)


def test_small_requests_that_wait_leave_a_thread_to_the_others(
    settings: Settings, company_a: Company, company_b: Company
) -> None:
    with ThreadPoolExecutor(QUICK_THREADS + 2) as callers:
        with _held_customer(settings, company_a) as key:
            path, body = f"/api/customers/{key}", {"first_name": "Cambiada"}
            held = [callers.submit(company_a.put, path, body) for _ in range(QUICK_THREADS + 2)]
            wait_for(lambda: _waiting(settings, company_a.tenant) == QUICK_SHARE, 30, "three changes wait for the row")
            assert _seconds(lambda: company_b.get("/api/customers")) < 1
        _all_answered(held)


def _all_answered(held: list[Future[Response]]) -> None:
    assert {one.result().status_code for one in held} == {200}


def test_who_waits_too_long_for_a_turn_is_told_when_to_come_back(
    probe: TestClient, company_a: Company, company_b: Company, settings: Settings
) -> None:
    shares: ThreadShares = probe.app.state.shares.slow  # type: ignore[attr-defined]
    shares._most, shares._patience = 1, 0.05
    with ThreadPoolExecutor(1) as callers:
        with _held_customer(settings, company_a) as key:
            body = {"ids": [key], "set": {"status": "active"}}
            held = callers.submit(probe.post, "/api/customers/bulk", json=body, headers=_bearer(company_a))
            wait_for(lambda: _waiting(settings, company_a.tenant) == 1, 30, "the first has its turn")
            refused = probe.get("/api/organization", headers=_bearer(company_a))
            assert "Espere" in problem(refused, 429, "too_many_requests")["detail"]
            assert refused.headers["retry-after"] == str(RETRY_SECONDS)
            # The turns are each company's own.
            assert probe.get("/api/organization", headers=_bearer(company_b)).status_code == 200
        _all_answered([held])
    assert probe.get("/api/organization", headers=_bearer(company_a)).status_code == 200
