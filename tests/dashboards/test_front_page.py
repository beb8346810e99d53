"""Our index.html, built from the installed Streamlit's, and the headers on every answer."""

import re

import pytest
from starlette.testclient import TestClient

from dashboards.front_page import BOARD_SKELETON, LOGIN_SKELETON, build, streamlit_page
from dashboards.server import app
from dashboards.session_routes import COOKIE
from dashboards.sessions import session_store
from tests.dashboards.builders import signed_in

PAGE = {"accept": "text/html,application/xhtml+xml"}


def test_it_is_in_costa_rican_spanish_and_ours() -> None:
    page = build(streamlit_page(), LOGIN_SKELETON).decode()
    assert '<html lang="es-CR" translate="no">' in page
    assert "<title>PymeAI</title>" in page
    assert "Active JavaScript" in page
    assert "You need to enable JavaScript" not in page
    assert "Streamlit app can" not in page
    assert "pymeai.css" in page
    assert "spanish.js" in page


def test_it_loads_streamlits_own_scripts_from_the_root() -> None:
    page = build(streamlit_page(), LOGIN_SKELETON).decode()
    assert re.search(r'<script type="module" crossorigin src="/static/js/index\.[\w-]+\.js">', page)
    assert '"./' not in page


def test_it_has_no_inline_script() -> None:
    page = build(streamlit_page(), BOARD_SKELETON).decode()
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))


def test_another_shape_of_streamlits_page_is_said() -> None:
    with pytest.raises(ValueError, match="no longer exactly one"):
        build("<!DOCTYPE html><html><head></head></html>", LOGIN_SKELETON)


@pytest.mark.parametrize("path", ["/", "/clientes", "/kula?x=1", "/no/existe"])
def test_every_page_gets_it(path: str) -> None:
    answer = TestClient(app).get(path, headers=PAGE)
    assert answer.status_code == 200
    assert answer.text.startswith("<!DOCTYPE html>")
    assert "pm-login" in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_who_is_signed_in_sees_the_board_come() -> None:
    client = TestClient(app)
    client.cookies.set(COOKIE, session_store().open(signed_in()))
    assert "pm-board" in client.get("/", headers=PAGE).text


def test_a_cookie_that_opens_nothing_sees_the_login_come() -> None:
    client = TestClient(app)
    client.cookies.set(COOKIE, "x" * 43)
    assert "pm-login" in client.get("/", headers=PAGE).text


def test_head_has_no_body() -> None:
    answer = TestClient(app).head("/", headers=PAGE)
    assert answer.status_code == 200
    assert answer.content == b""


@pytest.mark.parametrize("path", ["/", "/app/static/icon.svg", "/session/open"])
def test_security_headers_are_on_every_answer(path: str) -> None:
    headers = TestClient(app).get(path, headers=PAGE).headers
    assert "script-src 'self' blob: data:;" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe-eval" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers.get_list("x-content-type-options") == ["nosniff"]
