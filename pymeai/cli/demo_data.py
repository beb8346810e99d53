"""Gives a running platform its demo companies, over its API, as an owner with a spreadsheet would."""

import json
import os
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pymeai.clock import business_today
from pymeai.errors import PymeError, Unavailable
from pymeai.settings import Settings

if TYPE_CHECKING:
    import httpx
    from rich.console import Console
    from rich.progress import Progress

    from pymeai.demo.company import DemoCompany, DemoFile

IMPORT_SECONDS = 600.0
POLL_SECONDS = 0.3
STEPS = {"customers": "clientes", "sales": "ventas", "opportunities": "oportunidades"}
ENDED = {"done", "failed", "undone"}


@dataclass(frozen=True)
class Logins:
    """Who can sign in to the demo, with a password made for this PYMEAI_HOME alone."""

    password: str
    emails: dict[str, str]
    path: Path


class DemoFailed(PymeError):
    """The demo companies could not be loaded."""

    default_code = "demo_failed"


def load_demo(settings: Settings, api_url: str, console: "Console") -> Logins:
    """Register both companies and import their spreadsheets, except what is there already; shows progress."""
    import httpx
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from pymeai.demo.generator import write_companies

    folder = settings.home_path / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    password, last_day = _kept(folder / "logins.json", business_today(settings))
    console.print("Preparando las hojas de cálculo de dos empresas de demostración…", highlight=False)
    companies = write_companies(folder, last_day)
    logins = Logins(password, {company.name: company.owner_email for company in companies}, folder / "logins.json")
    _keep(logins, last_day)
    columns = (TextColumn("{task.description:<52}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress, ThreadPoolExecutor(len(companies)) as pool:
        # No proxy: the API is on this machine.
        with httpx.Client(base_url=api_url, timeout=60, trust_env=False) as client:
            futures = [pool.submit(_Loader(client, progress, c, password).load) for c in companies]
            while not all(future.done() for future in futures):
                # In steps, so that Ctrl-C is answered at once.
                time.sleep(POLL_SECONDS)
        for future in futures:
            future.result()
    return logins


def print_logins(logins: Logins, console: "Console") -> None:
    """Say how to sign in."""
    console.print()
    console.print("Para ingresar:")
    for name, email in logins.emails.items():
        console.print(f"  {name:<22} {email}", highlight=False)
    console.print(f"  Contraseña             {logins.password}", highlight=False, markup=False)
    console.print(f"  (también en {logins.path})", highlight=False, soft_wrap=True)


class _Loader:
    """Loads one company."""

    def __init__(self, client: "httpx.Client", progress: "Progress", company: "DemoCompany", password: str) -> None:
        self._client = client
        self._progress = progress
        self._company = company
        self._password = password

    def load(self) -> None:
        headers = {"Authorization": f"Bearer {self._sign_in()}"}
        there = {
            i["file_name"] for i in self._call("GET", "/api/imports", headers=headers)["items"] if i["status"] == "done"
        }
        for file in self._company.files:
            if file.path.name not in there:
                self._import(file, headers)

    def _sign_in(self) -> str:
        pair = {"email": self._company.owner_email, "password": self._password}
        answer = self._client.post("/api/auth/login", json=pair)
        if answer.status_code == 401:
            registration = {
                **pair,
                "organization_name": self._company.name,
                "industry_type": self._company.industry_type,
                "currency": self._company.currency,
                "first_name": self._company.owner_first_name,
                "last_name": self._company.owner_last_name,
            }
            return str(self._call("POST", "/api/auth/register", json=registration)["access_token"])
        return str(_checked(answer)["access_token"])

    def _import(self, file: "DemoFile", headers: dict[str, str]) -> None:
        title = f"{self._company.name}: {file.path.name}"
        task = self._progress.add_task(f"{title} · subiendo", total=1.0)

        def show(step: str, done: float) -> None:
            self._progress.update(task, description=f"{title} · {step}", completed=done)

        with file.path.open("rb") as stream:
            created = self._call(
                "POST",
                "/api/imports",
                headers=headers,
                files={"file": (file.path.name, stream)},
                data={"kind": file.kind},
            )
        address = f"/api/imports/{created['id']}"
        show("leyendo", 0.1)
        found = self._call("GET", address, headers=headers)
        columns = [{"source": c["source"], "target": c["target"]} for c in found["mapping"]["columns"]]
        self._call("PUT", f"{address}/mapping", headers=headers, json={"columns": columns})
        show("ensayando", 0.2)
        self._call("POST", f"{address}/dry-run", headers=headers)
        self._call("POST", f"{address}/commit", headers=headers)
        show("cargando", 0.3)
        done = self._wait(address, headers, show)
        counts = done.get("counts", {})
        inserted = sum(counts.get("inserted", {}).values())
        show(f"{inserted} registros, {counts.get('rejected', 0)} filas rechazadas", 1.0)

    def _wait(self, address: str, headers: dict[str, str], show: Any) -> dict[str, Any]:
        deadline = time.monotonic() + IMPORT_SECONDS
        while time.monotonic() < deadline:
            found = self._call("GET", address, headers=headers)
            if found["status"] in ENDED:
                if found["status"] != "done":
                    raise DemoFailed(f"No se pudo importar {address}: {found.get('error') or found['status']}")
                return found
            advance = found.get("progress") or {}
            show(str(advance.get("step") or "en cola"), 0.3 + 0.7 * float(advance.get("done") or 0))
            time.sleep(POLL_SECONDS)
        raise DemoFailed(f"La importación {address} no terminó en {IMPORT_SECONDS / 60:.0f} minutos.")

    def _call(self, method: str, address: str, **arguments: Any) -> dict[str, Any]:
        return _checked(self._client.request(method, address, **arguments))


def _checked(answer: "httpx.Response") -> dict[str, Any]:
    body: dict[str, Any] = {}
    with suppress(ValueError):
        body = answer.json()
    if answer.is_success:
        return body
    detail = body.get("detail") or f"la API respondió {answer.status_code}"
    if answer.status_code == 503:
        raise Unavailable(str(detail))
    fields = "; ".join(f"{e.get('field')}: {e.get('message')}" for e in body.get("errors") or [])
    raise DemoFailed(f"{detail} {fields}".strip())


def _kept(path: Path, today: date) -> tuple[str, date]:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return str(kept["password"]), date.fromisoformat(kept["last_day"])
    except (OSError, ValueError, KeyError):
        return secrets.token_urlsafe(9), today


def _keep(logins: Logins, last_day: date) -> None:
    content = {"password": logins.password, "last_day": last_day.isoformat(), "logins": logins.emails}
    descriptor = os.open(logins.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=2)
