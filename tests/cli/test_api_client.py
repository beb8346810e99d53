"""What the demo asks of the API, against the real API on loopback."""

import json
import stat
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import uvicorn

from crm_api.main import create_app
from pymeai.cli.api_client import ApiClient, Registration, RequestRefused
from pymeai.cli.demo_data import Logins, _keep, _kept
from pymeai.demo.generator import write_companies
from pymeai.errors import Unavailable
from pymeai.processes.programs import free_port
from pymeai.settings import Settings
from tests.waiting import wait_for

TODAY = date(2026, 11, 16)


@pytest.fixture(scope="module")
def api_url(settings: Settings) -> Iterator[str]:
    port = free_port()
    # Nobody listens on this port of Dagster's: imports stay in the queue.
    ours = settings.model_copy(update={"api_port": port, "dagster_port": free_port()})
    server = uvicorn.Server(uvicorn.Config(create_app(ours), port=port, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_for(lambda: server.started, 30, "the API")
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(20)


def registration(email: str, **changes: str) -> Registration:
    values = {"organization_name": "Soda La Prueba", "industry_type": "general", "currency": "CRC", "email": email}
    return Registration(**{**values, "password": "montaña-azul-7", **changes})


def test_who_is_unknown_is_registered_and_who_is_known_signs_in(api_url: str) -> None:
    organizations = []
    for _ in range(2):
        with ApiClient(api_url) as api:
            api.sign_in_or_register(registration("rosa@cliente.example"))
            organizations.append(api.call("GET", "/api/organization"))
    assert organizations[0] == organizations[1]
    assert organizations[0]["name"] == "Soda La Prueba"


def test_the_demo_files_go_as_far_as_the_queue_as_they_are(api_url: str, tmp_path: Path) -> None:
    company = write_companies(tmp_path, TODAY)[1]
    bookings = next(file for file in company.files if file.path.name == "reservas.csv")
    steps: list[str] = []
    with ApiClient(api_url) as api:
        api.sign_in_or_register(registration("diego@cliente.example", industry_type="turismo", currency="USD"))
        assert api.imported_files() == set()
        address = api.prepare_import(bookings.path, bookings.kind, lambda step, _done: steps.append(step))
        with pytest.raises(Unavailable, match="quedó en cola"):
            api.call("POST", f"{address}/commit")
        found = api.call("GET", address)
        assert found["status"] == "queued"
        assert api.imported_files() == set()
    assert steps == ["subiendo", "leyendo", "ensayando"]
    assert found["file_name"] == "reservas.csv"
    assert {c["target"] for c in found["mapping"]["columns"]} >= {"sale.external_key", "sale.sold_at", "line.total"}


def test_a_refusal_brings_the_reason_of_the_api(api_url: str, tmp_path: Path) -> None:
    empty = tmp_path / "vacio.csv"
    empty.write_text("", encoding="utf-8")
    with ApiClient(api_url) as api:
        api.sign_in_or_register(registration("ana@cliente.example"))
        with pytest.raises(RequestRefused) as raised:
            api.prepare_import(empty, "sales", lambda _step, _done: None)
    assert "vacio.csv" in raised.value.message


def test_an_industry_that_is_none_is_refused_with_its_field(api_url: str) -> None:
    with ApiClient(api_url) as api, pytest.raises(RequestRefused, match="industry_type"):
        api.sign_in_or_register(registration("eva@cliente.example", industry_type="astronautas"))


def test_an_api_that_is_not_there_is_said_so() -> None:
    with ApiClient(f"http://127.0.0.1:{free_port()}") as api, pytest.raises(Unavailable, match="La API no responde"):
        api.call("GET", "/healthz")


def test_the_demo_password_is_made_once_and_kept_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "logins.json"
    password, last_day = _kept(path, TODAY)
    assert len(password) >= 12
    _keep(Logins(password, {"Soda": "rosa@cliente.example"}, path), last_day)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert _kept(path, date(2027, 1, 1)) == (password, TODAY)
    assert json.loads(path.read_text(encoding="utf-8"))["logins"] == {"Soda": "rosa@cliente.example"}
