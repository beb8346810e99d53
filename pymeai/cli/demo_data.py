"""Gives a running platform its demo companies, over its API, as an owner with a spreadsheet would."""

import functools
import json
import os
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pymeai.cli.api_client import ApiClient, Registration
from pymeai.clock import business_today
from pymeai.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from pymeai.demo.company import DemoCompany

POLL_SECONDS = 0.2
MARTS_SECONDS = 180.0
ENTITIES = {"customers": "clientes", "sales": "ventas", "opportunities": "oportunidades"}


@dataclass(frozen=True)
class Logins:
    """Who can sign in to the demo, with a password made for this PYMEAI_HOME alone."""

    password: str
    emails: dict[str, str]
    path: Path


def load_demo(settings: Settings, api_url: str, console: "Console", before_import: Callable[[], None]) -> Logins:
    """Register both companies and import their spreadsheets, except what is there already; shows progress.

    `before_import` is called once, if anything is to be imported at all.
    """
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.table import Column

    from pymeai.demo.generator import write_companies

    folder = settings.home_path / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    password, last_day = _kept(folder / "logins.json", business_today(settings))
    console.print("Preparando las hojas de cálculo de dos empresas de demostración…", highlight=False)
    companies = write_companies(folder, last_day)
    logins = Logins(password, {company.name: company.owner_email for company in companies}, folder / "logins.json")
    _keep(logins, last_day)
    file_name = TextColumn("{task.description}", markup=False)
    step = TextColumn("{task.fields[step]}", markup=False, table_column=Column(overflow="fold"))
    # Where nobody watches, the last line of each file is all that is printed: nothing that moves, nothing cut off.
    columns = (file_name, BarColumn(12), TimeElapsedColumn(), step) if console.is_terminal else (file_name, step)
    faults: list[Exception] = []
    wait_once = functools.cache(before_import)

    def load(company: "DemoCompany") -> None:
        try:
            _load(api_url, progress, company, password, wait_once)
        except Exception as fault:  # noqa: BLE001 - raised again in the caller's thread
            faults.append(fault)

    with Progress(*columns, console=console) as progress:
        # Daemons, joined in steps: Ctrl-C is answered at once, whatever the API is doing.
        threads = [threading.Thread(target=load, args=(company,), daemon=True) for company in companies]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            time.sleep(POLL_SECONDS)
    if faults:
        raise faults[0]
    return logins


def print_logins(logins: Logins, console: "Console") -> None:
    """Say how to sign in."""
    console.print()
    console.print("Para ingresar:")
    for name, email in logins.emails.items():
        console.print(f"  {name:<22} {email}", highlight=False)
    console.print(f"  {'Contraseña':<22} {logins.password}", highlight=False, markup=False)
    console.print(f"  (también en {logins.path})", highlight=False, soft_wrap=True)


def _load(
    api_url: str,
    progress: "Progress",
    company: "DemoCompany",
    password: str,
    before_import: Callable[[], None],
) -> None:
    registration = Registration(
        organization_name=company.name,
        industry_type=company.industry_type,
        currency=company.currency,
        email=company.owner_email,
        password=password,
        first_name=company.owner_first_name,
        last_name=company.owner_last_name,
    )
    with ApiClient(api_url) as api:
        api.sign_in_or_register(registration)
        there = api.imported_files()
        for file in company.files:
            if file.path.name in there:
                continue
            task = progress.add_task(f"{file.path.name} ({company.name})", total=1.0, step="")

            def show(step: str, done: float, task: "TaskID" = task) -> None:
                progress.update(task, step=step, completed=done)

            address = api.prepare_import(file.path, file.kind, show)
            show("esperando al ejecutor", 0.3)
            before_import()
            show(_summary(api.commit_import(address, show).get("counts") or {}), 1.0)
        _await_marts(api)


def _summary(counts: dict[str, Any]) -> str:
    inserted = counts.get("inserted") or {}
    parts = [f"{inserted[entity]} {name}" for entity, name in ENTITIES.items() if inserted.get(entity)]
    return f"{', '.join(parts)}; {counts.get('rejected', 0)} filas rechazadas"


def _await_marts(api: ApiClient) -> None:
    deadline = time.monotonic() + MARTS_SECONDS
    while time.monotonic() < deadline and not (api.metric("sales_count") and api.metric("opportunities_count")):
        time.sleep(POLL_SECONDS)


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
