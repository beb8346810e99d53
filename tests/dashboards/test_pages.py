"""Every page, as two companies see it."""

from collections.abc import Callable

import pytest
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from dashboards.api_models import Counts
from dashboards.charts import Series
from dashboards.customer_card import flag_badges
from dashboards.sessions import session_store
from tests.dashboards.conftest import MAIN, PASSWORD, TIMEOUT, Company, forget_client

HARD_SPACE = "\u00a0"


def texts(app: AppTest) -> str:
    """All that the page says, in one text."""
    kinds = ("title", "caption", "markdown", "error", "info")
    found = [getattr(element, "value", "") for kind in kinds for element in app.get(kind)]
    found += [element.proto.body for element in app.get("html")]
    found += [f"{metric.label} {metric.value} {metric.delta}" for metric in app.metric]
    return "\n".join(str(text) for text in found)


def figures(app: AppTest) -> dict[str, str]:
    """The cards of one number by their titles."""
    return {metric.label.partition(" &nbsp;")[0]: metric.value for metric in app.metric}


@pytest.mark.parametrize("page", ["inicio", "clientes", "importar", "kula"])
def test_every_page_runs_for_both(companies: tuple[Company, Company], page: str) -> None:
    for company in companies:
        app = company.app(page)
        assert not app.exception
        assert not app.error
        assert company.name in texts(app)


def test_the_board_shows_the_companys_own_figures(companies: tuple[Company, Company]) -> None:
    ours, theirs = companies[0].app(), companies[1].app()
    # No opportunity was decided yet.
    assert figures(ours) == {"Ventas netas": f"₡2,0{HARD_SPACE}M", "De cotizado a vendido": "–"}
    assert figures(theirs) == {"Ventas netas": f"₡15,5{HARD_SPACE}M", "De cotizado a vendido": "–"}
    # The fifth chart is about opportunities, of which there are none.
    assert len(ours.get("echarts_chart")) == 4
    assert "Todavía no hay datos." in texts(ours)
    assert "Buen" in ours.title[0].value
    assert "Marcela" in ours.title[0].value
    assert "Datos al" in texts(ours)


def test_another_period_changes_the_figures(companies: tuple[Company, Company]) -> None:
    app = companies[0].app()
    app.selectbox(key="board_period").set_value("last_12_months").run()
    assert not app.exception
    assert figures(app)["Ventas netas"] == f"₡3,0{HARD_SPACE}M"
    assert all("Últimos 12 meses" in metric.label for metric in app.metric)


def test_an_empty_company_is_led_to_the_import(register: Callable[[str], Company]) -> None:
    app = register("Recién Nacida").app()
    assert not app.exception
    assert "Su tablero está listo para sus datos" in texts(app)
    button = next(button for button in app.button if "Importar" in button.label)
    button.click().run()
    assert not app.exception
    assert app.title[0].value == "Importar"


def test_the_list_of_customers_is_the_companys_own_and_escaped(companies: tuple[Company, Company]) -> None:
    page = texts(companies[0].app("clientes"))
    assert "Constructora &lt;b&gt;Volcán&lt;/b&gt; *SA*" in page
    assert "<b>Volcán" not in page
    assert "8888-7777" in page
    assert "Ajeno" not in page


def test_searching_ignores_accents(companies: tuple[Company, Company]) -> None:
    app = companies[0].app("clientes")
    app.text_input(key="customer_search").set_value("sofia").run()
    page = texts(app)
    assert "Sofía Mora" in page
    assert "Volcán" not in page
    app.text_input(key="customer_search").set_value("nadie se llama así").run()
    assert "Nadie coincide" in texts(app)


def test_a_customers_card(companies: tuple[Company, Company]) -> None:
    app = companies[0].app("clientes")
    button = next(button for button in app.button if "Volcán" in button.label)
    assert "\\<b\\>" in button.label
    button.click().run()
    assert not app.exception
    page = texts(app)
    assert f"₡3{HARD_SPACE}000{HARD_SPACE}000" in page
    assert "10 nov 2026" in page
    assert "hace 6 días" in page
    assert "Compró en 3 días distintos de los últimos 365 días." in page
    links = [link.proto.url for link in app.get("link_button")]
    assert links == ["https://wa.me/50688887777", "mailto:compras@ejemplo.cr"]
    app.button(key="customer_back").click().run()
    assert app.title[0].value == "Clientes"


def test_flags_are_named_and_those_that_are_not_known_are_shown_escaped() -> None:
    assert flag_badges([]) == ""
    assert flag_badges(["valioso", "perdiendose"]) == (
        '<span class="pm-badge pm-green">Valioso</span><span class="pm-badge pm-red">Perdiéndose</span>'
    )
    assert flag_badges(["otra_<b>"]) == '<span class="pm-badge pm-outline">Otra &lt;b&gt;</span>'


def test_two_of_one_name_stay_two_bars() -> None:
    labels = Series(["Ana", "Luis", "Ana"], [3.0, 2.0, 1.0], ["3", "2", "1"]).frame()["label"]
    assert labels.nunique() == 3
    assert [label.rstrip("\u200b") for label in labels] == ["Ana", "Luis", "Ana"]


def test_another_companys_customer_is_not_there(companies: tuple[Company, Company]) -> None:
    client, session = companies[1].client, companies[1].session
    theirs = client.customers(session).items[0]
    app = companies[0].app("clientes")
    app.query_params["cliente"] = str(theirs.customer_id)
    app.run()
    assert not app.exception
    assert "Ese cliente no está" in texts(app)
    assert "Ajeno" not in texts(app)


def test_without_a_session_there_is_the_login_and_nothing_else(companies: tuple[Company, Company]) -> None:
    app = AppTest.from_file(MAIN, default_timeout=TIMEOUT).run()
    assert not app.exception
    assert [field.label for field in app.text_input] == ["Correo", "Contraseña"]
    assert companies[0].name not in texts(app)


def test_a_wrong_password_is_said_without_saying_which(companies: tuple[Company, Company]) -> None:
    app = AppTest.from_file(MAIN, default_timeout=TIMEOUT).run()
    app.text_input[0].set_value(companies[0].email)
    app.text_input[1].set_value("otra clave larga")
    app.button[0].click().run()
    assert app.error[0].value.startswith("Correo o contraseña incorrectos")
    app.text_input[1].set_value(PASSWORD)
    app.button[0].click().run()
    assert not app.error
    assert len(app.get("bidi_component")) == 1


def test_a_sign_in_is_from_where_the_browser_is(
    register: Callable[[str], Company], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not from where the dashboards are: failures count, and sessions are listed, by the visitor's own address."""
    company = register("Desde la Tienda")
    here = ["203.0.113.40"]
    # As Streamlit tells it of a websocket; a test of its own has none.
    monkeypatch.setattr(ContextProxy, "ip_address", property(lambda _: here[0]))
    app = AppTest.from_file(MAIN, default_timeout=TIMEOUT).run()
    app.text_input[0].set_value(company.email)
    app.text_input[1].set_value("otra clave larga")
    for _ in range(6):
        app.button[0].click().run()
    assert "Demasiados intentos" in app.error[0].value
    here[0] = "203.0.113.41"
    app.text_input[1].set_value(PASSWORD)
    app.button[0].click().run()
    assert not app.error
    listed = company.client.call(company.session, "GET", "/api/auth/sessions").json()["items"]
    assert {item["ip"] for item in listed} == {"127.0.0.1", "203.0.113.41"}


def test_a_session_revoked_in_the_api_leads_back_to_the_login(register: Callable[[str], Company]) -> None:
    company = register("De Salida")
    app = company.app()
    assert not app.text_input
    company.client.logout(company.session.tokens)
    app.switch_page("app_pages/clientes.py").run()
    assert not app.exception
    assert [field.label for field in app.text_input] == ["Correo", "Contraseña"]
    assert "Su sesión terminó" in app.info[0].value
    # Nothing of it is kept.
    assert session_store().resolve(str(app.session_state["session_token"])) is None


def test_counts_add_up_in_the_models() -> None:
    counts = Counts.model_validate({"rows": 10, "rejected": 2, "inserted": {"sales": 8}, "notes": ["x"]})
    assert counts.inserted == {"sales": 8}


@pytest.mark.parametrize("page", ["clientes", "importar", "inicio"])
def test_a_dead_api_is_said_with_what_to_do(
    companies: tuple[Company, Company], free_port: int, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    with monkeypatch.context() as environment:
        environment.setenv("PYMEAI_API_PORT", str(free_port))
        forget_client()
        app = companies[0].app(page)
    forget_client()
    assert not app.exception
    assert "pymeai up" in app.error[0].value.replace("\\", "")
    # The way out is still there.
    assert "Cerrar sesión" in [button.label for button in app.button]
