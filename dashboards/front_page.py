"""Our own index.html: Streamlit's, in Spanish, with our head and a skeleton to look at while it loads.

It is rebuilt from the installed Streamlit at start, so that its hashed scripts are always the right ones.
"""

import re
from collections.abc import Callable
from pathlib import Path

import streamlit
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

ASSETS = "/app/static"
# Paths that are not pages of the app.
RESERVED = ("/_stcore", "/static", "/app", "/media", "/component", "/session")

HEAD = f"""<meta name="description" content="PymeAI: su negocio en una sola pantalla">
    <meta name="theme-color" content="#0F2F28">
    <script src="{ASSETS}/js/spanish.js"></script>
    <link rel="stylesheet" href="{ASSETS}/css/pymeai.css">
    <link rel="preload" href="{ASSETS}/fonts/inter-latin.woff2" as="font" type="font/woff2" crossorigin>"""

BOARD_SKELETON = f"""<div id="pm-splash" class="pm-board" aria-hidden="true">
      <div class="pm-side"><img src="{ASSETS}/logo.svg" height="30" alt=""></div>
      <div class="pm-main"><i></i><i></i><i></i><i class="pm-wide"></i><i class="pm-tall"></i></div>
    </div>
    <script src="{ASSETS}/js/splash.js"></script>"""
LOGIN_SKELETON = f"""<div id="pm-splash" class="pm-login" aria-hidden="true"><img src="{ASSETS}/icon.svg" height="56" alt=""></div>
    <script src="{ASSETS}/js/splash.js"></script>"""

NO_SCRIPT = "<noscript><p>Active JavaScript en su navegador para usar PymeAI.</p></noscript>"


def streamlit_page() -> str:
    """The index.html of the installed Streamlit."""
    return (Path(streamlit.__file__).parent / "static" / "index.html").read_text("utf-8")


def build(page: str, skeleton: str) -> bytes:
    """Streamlit's page as ours. Raises ValueError where the installed Streamlit's has another shape than expected."""
    page = page[page.index("<!DOCTYPE html>") :]
    changes: list[tuple[str, Callable[[re.Match[str]], str]]] = [
        (r'<html lang="en">', lambda _: '<html lang="es-CR" translate="no">'),
        (r"<title>Streamlit</title>", lambda _: f"<title>PymeAI</title>\n    {HEAD}"),
        (
            r'<link rel="shortcut icon"[^>]*>',
            lambda _: f'<link rel="icon" href="{ASSETS}/icon.svg" type="image/svg+xml">',
        ),
        # Streamlit's own font, which we do not use.
        (r'<link\s+rel="preload"\s+href="\./static/media/SourceSans[^>]*>', lambda _: ""),
        # The only inline script; a flag for crawlers. Without it the security policy needs no exception.
        (r"<!-- initialize window\.prerenderReady.*?</script>", lambda _: ""),
        (r"<!--\s+Machine-readable pointer.*?-->\s+<link rel=\"service-desc\"[^>]*>", lambda _: ""),
        (r"<noscript>.*?</noscript>", lambda _: NO_SCRIPT),
        (r'<div id="root"></div>', lambda _: f'<div id="root"></div>\n    {skeleton}'),
    ]
    for pattern, replacement in changes:
        page, count = re.subn(pattern, replacement, page, flags=re.DOTALL)
        if count != 1:
            raise ValueError(f"Streamlit's index.html has no longer exactly one {pattern!r}")
    # A page below the root (/clientes/…) must find the scripts too.
    return page.replace('href="./', 'href="/').replace('src="./', 'src="/').encode()


class FrontPage:
    """ASGI middleware that answers every request for a page of the app with our index.html."""

    def __init__(self, app: ASGIApp, is_signed_in: Callable[[HTTPConnection], bool]) -> None:
        self._app = app
        self._is_signed_in = is_signed_in
        source = streamlit_page()
        self._board = build(source, BOARD_SKELETON)
        self._login = build(source, LOGIN_SKELETON)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for a page; pass on everything else."""
        if scope["type"] != "http" or not _is_page(scope):
            await self._app(scope, receive, send)
            return
        body = self._board if self._is_signed_in(HTTPConnection(scope)) else self._login
        headers = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            # Which of the two pages it is depends on the cookie.
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _is_page(scope: Scope) -> bool:
    path: str = scope["path"]
    accepts = dict(scope["headers"]).get(b"accept", b"")
    reserved = any(path == prefix or path.startswith(prefix + "/") for prefix in RESERVED)
    return scope["method"] in ("GET", "HEAD") and not reserved and b"text/html" in accepts
