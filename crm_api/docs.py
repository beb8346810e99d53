"""/docs without the internet: Swagger UI from an installed package, or a plain list where it is not installed."""

import re
from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib.util import find_spec
from pathlib import Path

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

# Brings swagger-ui's files; FastAPI itself only names addresses in a CDN.
PACKAGE = "fastapi_offline"
ASSETS = "/docs/assets"
OPENAPI = "/openapi.json"
_INLINE_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def install(app: FastAPI) -> None:
    """Add /docs to an application made with docs_url=None."""
    folder = _asset_folder()
    if folder is not None:
        app.mount(ASSETS, StaticFiles(directory=folder), name="docs assets")

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        page = HTMLResponse(_plain_page(app)) if folder is None else _swagger_page(app)
        page.headers["Content-Security-Policy"] = _policy(bytes(page.body))
        return page


def _policy(page: bytes) -> str:
    """Our own files, and the inline scripts that this very page has: nothing that somebody slips into it."""
    inline = [b64encode(sha256(script).digest()).decode() for script in _INLINE_SCRIPT.findall(page)]
    scripts = " ".join(["'self'", *(f"'sha256-{digest}'" for digest in inline)])
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )


def _asset_folder() -> Path | None:
    spec = find_spec(PACKAGE)
    return Path(spec.origin).parent / "static" if spec and spec.origin else None


def _swagger_page(app: FastAPI) -> HTMLResponse:
    return get_swagger_ui_html(
        openapi_url=OPENAPI,
        title=f"{app.title} · documentación",
        swagger_js_url=f"{ASSETS}/swagger-ui-bundle.js",
        swagger_css_url=f"{ASSETS}/swagger-ui.css",
        swagger_favicon_url=f"{ASSETS}/favicon.png",
        swagger_ui_parameters={"docExpansion": "none", "tryItOutEnabled": True},
    )


def _plain_page(app: FastAPI) -> str:
    sections: dict[str, list[str]] = {}
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            line = f"<li><code>{method.upper()} {escape(path)}</code> {escape(operation['summary'])}</li>"
            sections.setdefault(operation["tags"][0], []).append(line)
    body = "".join(f"<h2>{escape(tag)}</h2><ul>{''.join(lines)}</ul>" for tag, lines in sections.items())
    return (
        f'<!doctype html><html lang="es"><meta charset="utf-8"><title>{escape(app.title)}</title>'
        f'<h1>{escape(app.title)}</h1><p>El documento OpenAPI completo: <a href="{OPENAPI}">{OPENAPI}</a></p>{body}</html>'
    )
