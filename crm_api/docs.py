"""/docs: Swagger UI, served from an installed package, so that it needs no other server."""

from importlib.util import find_spec
from pathlib import Path

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

# Brings swagger-ui's files; FastAPI itself only names addresses in a CDN.
PACKAGE = "fastapi_offline"
ASSETS = "/docs/assets"


def install(app: FastAPI) -> None:
    """Add /docs to an application made with docs_url=None."""
    folder = _asset_folder()
    if folder is None:
        return
    app.mount(ASSETS, StaticFiles(directory=folder), name="docs assets")

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url=str(app.openapi_url),
            title=f"{app.title} · documentación",
            swagger_js_url=f"{ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{ASSETS}/swagger-ui.css",
            swagger_favicon_url=f"{ASSETS}/favicon.png",
            swagger_ui_parameters={"docExpansion": "none", "tryItOutEnabled": True, "persistAuthorization": False},
        )


def _asset_folder() -> Path | None:
    spec = find_spec(PACKAGE)
    return Path(spec.origin).parent / "static" if spec and spec.origin else None
