"""The browser's part of signing in and out: a component without a face that calls the session's routes."""

from functools import cache
from typing import Any

import streamlit as st

from dashboards.session_routes import CLOSE_PATH, HEADER, OPEN_PATH

_SCRIPT = """
export default async function ({ data, setTriggerValue }) {
  if (!data || window.__pymeaiSession === data.action + data.ticket) return;
  window.__pymeaiSession = data.action + data.ticket;
  let response = null;
  try {
    response = await fetch(data.path, {
      method: "POST",
      credentials: "same-origin",
      headers: { [data.header]: "1", "content-type": "text/plain" },
      body: data.ticket,
    });
  } catch (error) { /* said below */ }
  if (!response || !response.ok) {
    setTriggerValue("failed", response ? response.status : 0);
  } else if (data.action === "open") {
    location.reload();
  } else {
    location.replace("/");
  }
}
"""


@cache
def _component() -> Any:
    return st.components.v2.component("pymeai_session", js=_SCRIPT)


def open_in_browser(ticket: str) -> bool:
    """Make the page trade its ticket for the cookie and load again; true once the browser could not."""
    data = {"action": "open", "path": OPEN_PATH, "header": HEADER, "ticket": ticket}
    result = _component()(data=data, key="session_open", on_failed_change=lambda: None)
    return result.failed is not None


def close_in_browser() -> None:
    """Make the page give its cookie back and load again."""
    data = {"action": "close", "path": CLOSE_PATH, "header": HEADER, "ticket": ""}
    _component()(data=data, key="session_close", on_failed_change=lambda: None)
