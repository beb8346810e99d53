"""A browser on the running demo: the one that PYMEAI_E2E_URL names, or one of this run's own."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from tests.waiting import wait_for

START_SECONDS = 420
# Milliseconds; the first page of a fresh process compiles its questions.
PATIENCE = 60_000
ARTIFACTS = Path("test-artifacts")


@dataclass(frozen=True)
class Demo:
    """Where the dashboards are, and two owners who can sign in."""

    url: str
    emails: tuple[str, str]
    password: str


def _unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _logins(home: Path, url: str) -> Demo:
    kept = json.loads((home / "demo" / "logins.json").read_text(encoding="utf-8"))
    first, second = list(kept["logins"].values())[:2]
    return Demo(url, (first, second), kept["password"])


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """The demo. With PYMEAI_E2E_URL, PYMEAI_HOME must be the running demo's: its logins are kept there."""
    given = os.environ.get("PYMEAI_E2E_URL")
    if given:
        yield _logins(Path(os.environ.get("PYMEAI_HOME", ".pymeai")), given.rstrip("/"))
        return
    # Not pytest's own folder, which is closed to the account that PostgreSQL runs under when root runs the tests.
    home = Path(tempfile.mkdtemp(prefix="pymeai-e2e-"))
    ports = {name: _unused_port() for name in ("API", "DASHBOARD", "DAGSTER")}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYMEAI_")}
    environment |= {f"PYMEAI_{name}_PORT": str(port) for name, port in ports.items()}
    environment["PYMEAI_HOME"] = str(home)
    log = home / "demo.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [Path(sys.executable).parent / "pymeai", "demo"],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
    try:

        def ready() -> bool:
            assert process.poll() is None, log.read_text(encoding="utf-8")[-4000:]
            return "Ctrl-C" in log.read_text(encoding="utf-8")

        wait_for(ready, START_SECONDS, "the demo to be ready")
        yield _logins(home, f"http://127.0.0.1:{ports['DASHBOARD']}")
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium where it is there, else Playwright's own."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Make a browser window without cookies, at a desk or on a telephone."""
    made: list[BrowserContext] = []

    def make(*, phone: bool = False, language: str = "es-CR") -> BrowserContext:
        size = {"width": 390, "height": 844} if phone else {"width": 1440, "height": 900}
        context = browser.new_context(
            viewport=size,  # type: ignore[arg-type]
            locale=language,
            timezone_id="America/Costa_Rica",
            has_touch=phone,
            is_mobile=phone,
        )
        context.set_default_timeout(PATIENCE)
        made.append(context)
        return context

    expect.set_options(timeout=PATIENCE)
    yield make
    for context in made:
        context.close()


@pytest.fixture
def page(new_context: Callable[..., BrowserContext], request: pytest.FixtureRequest) -> Iterator[Page]:
    """A tab at a desk; a picture of it is kept where the test fails."""
    page = new_context().new_page()
    failures = request.session.testsfailed
    yield page
    if request.session.testsfailed > failures:
        ARTIFACTS.mkdir(exist_ok=True)
        name = re.sub(r"\W+", "_", request.node.name)
        try:
            page.screenshot(path=ARTIFACTS / f"{name}.png")
        except Error:
            return


def sign_in(page: Page, demo: Demo, *, who: int = 0, path: str = "/") -> None:
    """From the login page to the page asked for."""
    page.goto(f"{demo.url}{path}")
    page.get_by_label("Correo").fill(demo.emails[who])
    page.get_by_label("Contraseña", exact=True).fill(demo.password)
    page.get_by_role("button", name="Ingresar").click()
    expect(page.get_by_role("button", name="Cerrar sesión")).to_be_attached()


def settled(page: Page) -> None:
    """Wait until the script behind the page has run to its end."""
    page.wait_for_selector('.stApp[data-test-script-state="notRunning"]')
