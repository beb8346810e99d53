"""What an owner does in a day, in a real browser on the running demo."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Demo, settled, sign_in

pytestmark = pytest.mark.e2e

COOKIE = "pymeai_session"


def cookie_names(page: Page) -> set[str]:
    """The names of the cookies that the browser keeps."""
    return {str(cookie["name"]) for cookie in page.context.cookies()}


def test_a_wrong_password_opens_nothing(page: Page, demo: Demo) -> None:
    page.goto(demo.url)
    page.get_by_label("Correo").fill(demo.emails[0])
    page.get_by_label("Contraseña", exact=True).fill("otra clave")
    page.get_by_role("button", name="Ingresar").click()
    expect(page.get_by_text("Correo o contraseña incorrectos")).to_be_visible()
    assert COOKIE not in cookie_names(page)


def test_the_session_survives_a_refresh_and_a_new_tab(page: Page, demo: Demo) -> None:
    sign_in(page, demo)
    kept = next(cookie for cookie in page.context.cookies() if cookie["name"] == COOKIE)
    assert kept["httpOnly"]
    assert kept["sameSite"] == "Lax"
    assert COOKIE not in str(page.evaluate("document.cookie"))
    for _ in range(2):
        page.reload()
        expect(page.get_by_role("button", name="Cerrar sesión")).to_be_attached()
        assert page.get_by_label("Contraseña", exact=True).count() == 0
    tab = page.context.new_page()
    tab.goto(f"{demo.url}/clientes")
    expect(tab.get_by_role("heading", name="Clientes")).to_be_visible()


def test_signing_out_ends_it_everywhere(page: Page, demo: Demo) -> None:
    sign_in(page, demo)
    other = page.context.new_page()
    other.goto(demo.url)
    expect(other.get_by_role("button", name="Cerrar sesión")).to_be_attached()
    page.get_by_role("button", name="Cerrar sesión").click()
    expect(page.get_by_label("Contraseña", exact=True)).to_be_visible()
    assert COOKIE not in cookie_names(page)
    other.get_by_role("link", name="Clientes").click()
    expect(other.get_by_label("Contraseña", exact=True)).to_be_visible()


def test_a_deep_link_survives_the_login(page: Page, demo: Demo) -> None:
    sign_in(page, demo, path="/kula")
    expect(page.get_by_role("heading", name="Kula", exact=True)).to_be_visible()
    assert page.url.endswith("/kula")


def test_the_board_shows_figures_that_are_not_zero(page: Page, demo: Demo) -> None:
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on(
        "console",
        lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None,
    )
    for who in (0, 1):
        page.context.clear_cookies()
        sign_in(page, demo, who=who)
        settled(page)
        expect(page.locator(".st-key-board")).to_be_visible()
        expect(page.get_by_test_id("stMetricValue").first).to_be_visible()
        settled(page)
        values = page.get_by_test_id("stMetricValue").all_inner_texts()
        assert values
        assert all(re.search(r"[1-9]", value) for value in values), values
        expect(page.get_by_test_id("stEChartsChart").nth(3)).to_be_attached()
        assert page.get_by_text("No hay datos en este período").count() == 0
        assert page.get_by_text("Todavía no hay datos").count() == 0
        expect(page.get_by_text("Datos al")).to_be_visible()
    assert faults == []


def test_the_two_companies_do_not_see_each_other(new_context: Callable[..., BrowserContext], demo: Demo) -> None:
    names = []
    for who in (0, 1):
        page = new_context().new_page()
        sign_in(page, demo, who=who, path="/clientes")
        expect(page.locator(".pm-row").first).to_be_visible()
        names.append(set(page.locator(".pm-who b").all_inner_texts()))
    assert names[0]
    assert names[1]
    assert not names[0] & names[1]


def test_a_customers_card_opens_from_the_list(page: Page, demo: Demo) -> None:
    sign_in(page, demo, path="/clientes")
    first = page.locator(".pm-row").first
    name = first.locator(".pm-who b").inner_text()
    page.get_by_role("button", name=f"Abrir la ficha de {name}").first.click(force=True)
    expect(page.locator(".pm-card-head h1")).to_have_text(name)
    expect(page.get_by_text("Compras por mes")).to_be_visible()
    page.reload()
    expect(page.locator(".pm-card-head h1")).to_have_text(name)
    page.get_by_role("button", name="Clientes").click()
    expect(page.locator(".pm-row").first).to_be_visible()


def test_a_file_goes_in_with_its_problems_shown(page: Page, demo: Demo) -> None:
    # Its content is new each time: the same file does not go in twice.
    now = str(int(time.time()))
    mark = f"E2E-{now}"
    name = "Ferretera " + "".join("abcdefghij"[int(digit)] for digit in now).capitalize()
    rows = [
        "Fecha;Factura;Cliente;Teléfono;Producto;Total",
        f"02/09/2025;{mark}-1;{name};8999-1234;Clavo de 2 pulgadas;15.500,50",
        f"03/09/2025;{mark}-2;{name};8999-1234;Martillo;8.900,00",
        f"31/02/2025;{mark}-3;{name};8999-1234;Brocha;1.900,00",
    ]
    sign_in(page, demo, path="/importar")
    content = "\n".join(rows).encode("cp1252")
    page.locator("input[type=file]").set_input_files(
        {"name": f"ventas {mark}.csv", "mimeType": "text/csv", "buffer": content}
    )
    page.get_by_role("button", name="Leer el archivo").click()
    expect(page.get_by_text("Lo que entendimos del archivo")).to_be_visible()
    # Said once more by hand: a proposal may be as somebody chose it the last time.
    target = page.get_by_role("combobox", name="Destino de la columna Cliente")
    target.click()
    target.fill("Nombre completo")
    page.keyboard.press("Enter")
    settled(page)
    page.get_by_role("button", name="Revisar las filas").click()
    expect(page.get_by_text("Problemas encontrados")).to_be_visible()
    page.get_by_role("button", name="Importar 2 filas").click()
    expect(page.get_by_text("2 de 3 filas están en PymeAI")).to_be_visible(timeout=180_000)
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Descargar rechazadas").click()
    rejected = downloading.value.path().read_text(encoding="utf-8-sig")
    assert "motivo" in rejected.splitlines()[0]
    assert f"{mark}-3" in rejected
    assert f"{mark}-1" not in rejected
    page.get_by_role("link", name="Clientes").click()
    page.get_by_placeholder("Nombre, teléfono").fill(name.lower())
    page.get_by_role("button", name=f"Abrir la ficha de {name}").click(force=True)
    expect(page.get_by_text("2 set 2025").first).to_be_visible()


def test_kula_answers_with_what_was_understood(page: Page, demo: Demo) -> None:
    sign_in(page, demo, path="/kula")
    page.get_by_placeholder("Pregúntele a Kula").fill("¿Cuánto vendí en total?")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Entendí: ventas netas")).to_be_visible()
    expect(page.locator(".pm-said").last).to_contain_text(re.compile(r"[₡$]\s?[1-9]"))
    page.get_by_placeholder("Pregúntele a Kula").fill("¿cuánto ganan mis empleados?")
    page.keyboard.press("Enter")
    options = page.locator("[class*=st-key-kula_option_] button:enabled, [class*=st-key-kula_followup_] button")
    # Two questions and two answers: options of the first answer may be there before the second one is.
    expect(page.get_by_test_id("stChatMessage")).to_have_count(4)
    settled(page)
    expect(options.first).to_be_visible()
    options.first.click()
    expect(page.get_by_test_id("stChatMessage")).to_have_count(6)


def test_a_telephone_shows_everything_without_scrolling_sideways(
    new_context: Callable[..., BrowserContext], demo: Demo
) -> None:
    page = new_context(phone=True).new_page()
    sign_in(page, demo)
    for path, sign in (
        ("/", ".st-key-board"),
        ("/clientes", ".pm-row"),
        ("/importar", ".pm-steps"),
        ("/kula", ".pm-hello"),
    ):
        page.goto(f"{demo.url}{path}")
        expect(page.locator(sign).first).to_be_visible()
        settled(page)
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, f"{path} is {wider} px wider than the telephone"


def test_a_browser_in_english_is_answered_in_spanish(new_context: Callable[..., BrowserContext], demo: Demo) -> None:
    page = new_context(language="en-US").new_page()
    sign_in(page, demo, path="/importar")
    uploader = page.get_by_test_id("stFileUploader")
    expect(uploader).to_contain_text("Subir archivo")
    assert "Upload" not in uploader.inner_text()
    assert page.evaluate("document.documentElement.lang") == "es-CR"
