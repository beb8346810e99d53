"""A route of our own: its endpoint's thread commits what was done, wherever the session was asked for, or undoes all of it."""

from collections.abc import Callable, Iterator
from typing import Annotated
from uuid import UUID

import pytest
from fastapi import Depends
from fastapi.testclient import TestClient
from sqlalchemy import select, text

from crm_api.dependencies import Editor, PlatformSession, TenantSession
from crm_api.main import create_app
from crm_api.routing import add_routes, new_router
from pymeai.database.connections import engine_for
from pymeai.database.tables.tenant import Customer
from pymeai.errors import Conflict
from pymeai.settings import Settings
from pymeai.tenancy.sessions import LOCK_SECONDS, tenant_connection
from pymeai.tenancy.tenant import Tenant
from tests.crm_api.conftest import Company, problem
from tests.crm_api.direct import DirectClient

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
