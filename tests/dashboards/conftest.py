"""The real API on a real database, two companies with data in the marts, and the app as one of their people sees it."""

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import uvicorn
from streamlit.testing.v1 import AppTest

from crm_api.main import create_app
from dashboards.account import TOKEN_KEY
from dashboards.api_client import ApiClient, api_client
from dashboards.sessions import SignedIn, session_store
from orchestration.refresh import refresh
from pymeai.settings import Settings, get_settings
from tests.waiting import wait_for

MAIN = Path(__file__).resolve().parents[2] / "dashboards" / "main.py"
PASSWORD = "una clave larga"
# Seconds; the first run of a process compiles and imports a lot.
TIMEOUT = 60


@dataclass
class Company:
    """A company, signed in as its owner."""

    name: str
    email: str
    session: SignedIn
    client: ApiClient

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """What the API answers to a POST of this owner."""
        answer: dict[str, Any] = self.client.call(self.session, "POST", path, json=body).json()
        return answer

    def app(self, page: str | None = None) -> AppTest:
        """The app in a new tab of the owner's browser, on a page of app_pages."""
        test = AppTest.from_file(MAIN, default_timeout=TIMEOUT)
        test.session_state[TOKEN_KEY] = session_store().open(self.session)
        test.run()
        if page is not None:
            test.switch_page(f"app_pages/{page}.py").run()
        return test


def unused_port() -> int:
    """A port on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture
def free_port() -> int:
    """A port on which nothing listens."""
    return unused_port()


def forget_client() -> None:
    """Close this process's client, if there is one; the next call makes another, for the settings of then."""
    if api_client.cache_info().currsize:
        api_client().close()
    api_client.cache_clear()
    get_settings.cache_clear()


@pytest.fixture(scope="module", autouse=True)
def _clients_are_closed() -> Iterator[None]:
    yield
    forget_client()


@pytest.fixture(scope="module")
def api_server(settings: Settings) -> Iterator[Settings]:
    """The API on a port of its own, in a thread; the settings that lead to it are this process's."""
    port = unused_port()
    ours = settings.model_copy(update={"api_port": port})
    with pytest.MonkeyPatch.context() as environment:
        values = {"HOME": ours.home, "DATABASE_URL": ours.database_url, "TODAY": ours.today, "API_PORT": port}
        for name, value in values.items():
            environment.setenv(f"PYMEAI_{name}", str(value))
        environment.setenv("PYMEAI_SECRET_KEY", ours.secret_key.get_secret_value() if ours.secret_key else "")
        forget_client()
        server = uvicorn.Server(uvicorn.Config(create_app(ours), port=port, log_level="warning", ws="none"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        wait_for(lambda: server.started, 30, "the API to start")
        yield ours
        server.should_exit = True
        thread.join(timeout=10)
        forget_client()


@pytest.fixture(scope="module")
def register(api_server: Settings) -> Callable[[str], Company]:
    """Make a company through the API and sign its owner in."""

    def make(name: str) -> Company:
        client = api_client()
        email = f"duena-{uuid4().hex[:12]}@ejemplo.cr"
        body = {
            "organization_name": name,
            "industry_type": "ferreteria",
            "email": email,
            "password": PASSWORD,
            "first_name": "Marcela",
            "last_name": "Quirós",
        }
        httpx.post(f"{client.base_url}/api/auth/register", json=body, timeout=30).raise_for_status()
        return Company(name, email, client.start_session(client.login(email, PASSWORD)), client)

    return make


@pytest.fixture(scope="module")
def companies(register: Callable[[str], Company], api_server: Settings) -> tuple[Company, Company]:
    """Two companies with sales of the last months; the second one's names and amounts are nowhere in the first one's."""
    first, second = register("Ferretería El Roble"), register("Ferretería La Ajena")
    _fill(first, "Constructora <b>Volcán</b> *SA*", 1_000_000, "Cemento")
    _fill(second, "Cliente Ajeno", 7_770_000, "Cosa Ajena")
    refresh(api_server, tests=False)
    return first, second


def _fill(company: Company, customer_name: str, amount: int, category: str) -> None:
    customer = company.post(
        "/api/customers",
        {"kind": "company", "company_name": customer_name, "phone": "8888-7777", "email": "compras@ejemplo.cr"},
    )
    company.post("/api/customers", {"kind": "person", "first_name": "Sofía", "last_name": "Mora"})
    for day in ("2026-09-10", "2026-10-20", "2026-11-10"):
        line = {"description": f"{category} gris", "category": category, "quantity": 2, "total": amount}
        sale = {
            "customer_id": customer["customer_id"],
            "sold_at": f"{day}T16:00:00Z",
            "amount": amount,
            "lines": [line],
        }
        company.post("/api/sales", sale)
