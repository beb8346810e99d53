"""The application on a real database, and two companies that registered through it."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import delete, select, update

from crm_api.auth import passwords
from crm_api.auth.schemas import LoginAnswer
from crm_api.auth.service import Device, open_session
from crm_api.main import create_app
from pymeai.database.tables.platform import ExchangeRate, User
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session
from pymeai.tenancy.tenant import Tenant
from tests.crm_api.direct import DirectClient
from tests.crm_api.receivers import Receiver, listening

PASSWORD = "una clave larga"
PRODUCT_HASHES = {"_HASHER": passwords._HASHER, "_NOBODYS_HASH": passwords._NOBODYS_HASH}


@dataclass
class Company:
    """A company signed in as one of its people."""

    client: TestClient
    tenant: Tenant
    user_id: UUID
    email: str
    access_token: str
    refresh_token: str

    def request(self, method: str, path: str, **arguments: Any) -> Response:
        """A request with this person's token."""
        headers = {"Authorization": f"Bearer {self.access_token}"} | arguments.pop("headers", {})
        return self.client.request(method, path, headers=headers, **arguments)

    def get(self, path: str, **arguments: Any) -> Response:
        return self.request("GET", path, **arguments)

    def post(self, path: str, body: Any = None, **arguments: Any) -> Response:
        return self.request("POST", path, json=body, **arguments)

    def put(self, path: str, body: Any = None, **arguments: Any) -> Response:
        return self.request("PUT", path, json=body, **arguments)

    def delete(self, path: str, **arguments: Any) -> Response:
        return self.request("DELETE", path, **arguments)


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """A hash of 0.1 ms instead of 34 ms of a whole core, which every company of every module and every sign-in takes."""
    with pytest.MonkeyPatch.context() as patch:
        cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr(passwords, "_HASHER", cheap)
        patch.setattr(passwords, "_NOBODYS_HASH", cheap.hash(uuid4().hex))
        yield


@pytest.fixture(scope="module")
def product_passwords() -> Iterator[None]:
    """Hashes at the product's cost, for tests of what they are and how long they take."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in PRODUCT_HASHES.items():
            patch.setattr(passwords, name, value)
        yield


@pytest.fixture(scope="session")
def app(settings: Settings) -> FastAPI:
    """The application beside a Dagster that is down; its webhooks may lead to the tests' own receivers."""
    return create_app(settings.model_copy(update={"dagster_port": closed_port(), "webhook_allow_private": True}))


@pytest.fixture(scope="session")
def client(app: FastAPI) -> Iterator[TestClient]:
    with DirectClient(app) as client:
        yield client


@pytest.fixture(scope="session")
def sign_in(client: TestClient) -> Callable[[str], Company]:
    """Sign in somebody who has the tests' password."""

    def run(email: str) -> Company:
        return _company(client, _answer(client.post("/api/auth/login", json={"email": email, "password": PASSWORD})))

    return run


@pytest.fixture(scope="session")
def register(client: TestClient) -> Callable[..., Company]:
    """Register a company with an owner of its own."""

    def run(name: str, industry_type: str = "general", **fields: Any) -> Company:
        body = {
            "organization_name": name,
            "industry_type": industry_type,
            "email": f"{uuid4().hex}@ejemplo.cr",
            "password": PASSWORD,
            "first_name": "Ana",
            "last_name": "Mora",
        }
        return _company(client, _answer(client.post("/api/auth/register", json=body | fields)))

    return run


@pytest.fixture(scope="module")
def company_a(register: Callable[..., Company]) -> Company:
    return register("Ferretería La Prueba", "ferreteria")


@pytest.fixture(scope="module")
def company_b(register: Callable[..., Company]) -> Company:
    return register("Tours La Prueba", "turismo", currency="USD")


@pytest.fixture(scope="session")
def colleague(settings: Settings, client: TestClient) -> Callable[[Company, str], Company]:
    """A colleague of the company's owner, with the given role and the tests' password, signed in."""

    def run(company: Company, role: str) -> Company:
        with platform_session(settings) as session:
            organization_id, email = company.tenant.organization_id, f"{uuid4().hex}@ejemplo.cr"
            # At the cost that the module's sign-ins have: they renew a hash of another.
            password_hash = passwords.hash_password(PASSWORD)
            user = User(organization_id=organization_id, email=email, password_hash=password_hash, role=role)
            session.add(user)
            session.flush()
            answer = open_session(session, settings, user, Device("testclient", "testclient"))
        return _company(client, answer)

    return run


@pytest.fixture(scope="session")
def set_role(settings: Settings) -> Callable[[Company, str], None]:
    """Give somebody another role."""

    def run(person: Company, role: str) -> None:
        with platform_session(settings) as session:
            session.execute(update(User).where(User.user_id == person.user_id).values(role=role))

    return run


@pytest.fixture
def tell_rates(settings: Settings) -> Iterator[Callable[[dict[str, float]], None]]:
    """What a dollar was worth, by day; no other rates are known during the test, and these to nobody after it."""

    def tell(rates: dict[str, float]) -> None:
        with platform_session(settings) as session:
            for day, rate in rates.items():
                session.add(ExchangeRate(day=date.fromisoformat(day), currency="USD", rate=Decimal(str(rate))))

    with platform_session(settings) as session:
        known = [(row.day, row.currency, row.rate) for row in session.scalars(select(ExchangeRate))]
        session.execute(delete(ExchangeRate))
    yield tell
    with platform_session(settings) as session:
        session.execute(delete(ExchangeRate))
        session.add_all(ExchangeRate(day=day, currency=currency, rate=rate) for day, currency, rate in known)


@pytest.fixture(scope="module")
def queue_looked_at_often() -> Iterator[None]:
    """Deliveries begin when there are any, not up to a second later."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("crm_api.webhooks.worker.POLL_SECONDS", 0.05)
        yield


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A server of ours that is told of what happens."""
    with listening() as ours:
        yield ours


@pytest.fixture
def hook(company_a: Company, receiver: Receiver) -> Iterator[dict[str, Any]]:
    """A webhook of company A that listens to its customers and its won opportunities; gone after the test."""
    body = {"url": receiver.url, "events": ["customer.created", "customer.updated", "opportunity.won"]}
    response = company_a.post("/api/webhooks", body)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    yield made
    company_a.delete(f"/api/webhooks/{made['webhook_id']}")


@pytest.fixture(scope="session")
def refresh_marts(settings: Settings) -> Callable[..., None]:
    """Bring the marts of these companies up to date: those of all that other tests left behind would be hundreds."""
    from orchestration.refresh import refresh

    def run(*companies: Company) -> None:
        refresh(settings, [company.tenant.organization_id for company in companies], tests=False)

    return run


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def problem(response: Response, status: int, code: str | None = None) -> dict[str, Any]:
    """The problem that a response must be."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert set(body) == {"type", "title", "status", "detail", "code", "errors"}
    assert body["status"] == status
    assert body["detail"]
    assert body["title"]
    if code is not None:
        assert body["code"] == code
    return body


def fields(body: dict[str, Any]) -> dict[str, str]:
    """The messages of a problem, by field."""
    return {error["field"]: error["message"] for error in body["errors"]}


def _answer(response: Response) -> LoginAnswer:
    assert response.is_success, response.text
    return LoginAnswer.model_validate(response.json())


def _company(client: TestClient, answer: LoginAnswer) -> Company:
    return Company(
        client,
        Tenant(answer.organization.organization_id),
        answer.user.user_id,
        answer.user.email,
        answer.access_token,
        answer.refresh_token,
    )
