"""Kula's page: an answer with its understanding, a refusal with options, and what is said if the API is down."""

from collections.abc import Callable
from uuid import UUID

import httpx
import pytest

from dashboards.api_client import ApiClient
from dashboards.generated.models import KulaAnswer
from dashboards.kula_chat import PENDING, series_of
from pymeai.errors import Unavailable
from tests.dashboards.builders import signed_in
from tests.dashboards.conftest import Company
from tests.dashboards.test_pages import texts

HARD_SPACE = "\u00a0"


def test_an_answer_shows_what_was_understood_and_the_companys_own_figures(companies: tuple[Company, Company]) -> None:
    app = companies[0].app("kula")
    app.chat_input[0].set_value("¿Cuánto vendí en noviembre de 2026?").run()
    assert not app.exception
    assert len(app.chat_message) == 2
    page = texts(app)
    assert "Entendí: ventas netas" in page
    assert f"₡1{HARD_SPACE}000{HARD_SPACE}000" in page
    assert f"7{HARD_SPACE}770{HARD_SPACE}000" not in page
    theirs = companies[1].app("kula")
    theirs.chat_input[0].set_value("¿Cuánto vendí en noviembre de 2026?").run()
    assert f"₡7{HARD_SPACE}770{HARD_SPACE}000" in texts(theirs)


def test_a_refusal_offers_questions_that_work(companies: tuple[Company, Company]) -> None:
    app = companies[0].app("kula")
    app.chat_input[0].set_value("¿cuánto ganan mis empleados?").run()
    assert not app.exception
    offered = [button for button in app.button if str(button.key).startswith(("kula_option_", "kula_followup_"))]
    assert len(offered) >= 3
    offered[0].click().run()
    assert not app.exception
    assert len(app.chat_message) == 4


def test_feedback_reaches_the_api(companies: tuple[Company, Company]) -> None:
    app = companies[0].app("kula")
    app.chat_input[0].set_value("¿Cuánto vendí este año?").run()
    app.feedback[0].set_value(1).run()
    assert not app.exception
    assert not app.error
    company = companies[0]
    answer = company.client.call(company.session, "GET", "/api/kula/conversations").json()
    conversation = answer["items"][0]["conversation_id"]
    messages = company.client.call(company.session, "GET", f"/api/kula/conversations/{conversation}").json()
    assert messages["items"][-1]["feedback"] == "up"


def test_a_suggestion_is_asked(companies: tuple[Company, Company]) -> None:
    app = companies[0].app("kula")
    app.button(key="kula_suggestion_0").click().run()
    assert not app.exception
    assert len(app.chat_message) == 2
    assert PENDING not in app.session_state


def test_what_is_typed_is_never_html(companies: tuple[Company, Company]) -> None:
    app = companies[0].app("kula")
    app.chat_input[0].set_value("<img src=x onerror=alert(1)> ventas").run()
    assert not app.exception
    assert "<img src=x" not in texts(app)
    assert "&lt;img src=x" in texts(app)


def test_a_reply_is_drawn_by_its_chart() -> None:
    reply = KulaAnswer.model_validate(
        {
            "kind": "answer",
            "understood": "ventas netas por mes",
            "assumptions": [],
            "text": "Vendió más.",
            "options": [],
            "followups": [],
            "sql": None,
            "engine": "offline",
            "currency": "CRC",
            "reason": None,
            "query": None,
            "data_as_of": None,
            "message_id": UUID(int=1),
            "conversation_id": UUID(int=2),
            "columns": [
                {"name": "metric_time", "label": "Mes", "kind": "time", "format": "month"},
                {"name": "net_sales", "label": "Ventas netas", "kind": "metric", "format": "money"},
            ],
            "rows": [["2026-10-01", "1500000.5"], ["2026-11-01", None]],
            "chart": {"type": "line", "x": "metric_time", "series": ["net_sales"], "title": "Ventas"},
        }
    )
    series = series_of(reply, "net_sales", "CRC")
    assert series is not None
    assert list(series.labels) == ["oct 2026", "nov 2026"]
    assert list(series.numbers) == [1500000.5, None]
    assert series.texts[0] == f"₡1{HARD_SPACE}500{HARD_SPACE}001"
    assert series_of(reply, "otra", "CRC") is None


def test_an_api_that_is_down_is_said_with_what_to_do(free_port: int) -> None:
    client = ApiClient(f"http://127.0.0.1:{free_port}")
    with pytest.raises(Unavailable, match="No hay conexión con el servicio de datos") as raised:
        client.boards(signed_in())
    client.close()
    assert raised.value.code == "api_down"


@pytest.fixture
def answering() -> Callable[[httpx.Response], ApiClient]:
    """A client whose API answers everything the same."""
    return lambda response: ApiClient("http://api", httpx.MockTransport(lambda _request: response))


def test_nonsense_from_the_api_is_no_traceback(answering: Callable[[httpx.Response], ApiClient]) -> None:
    client = answering(httpx.Response(200, json={"items": "no"}))
    with pytest.raises(Unavailable, match="no entiende"):
        client.boards(signed_in())
    client.close()
