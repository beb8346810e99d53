"""The HTTP side of signing in and out: a ticket becomes a cookie, a cookie is given back.

Both routes answer only to our own pages: the Origin must be the host that was asked, and a header that no form and no
cross-site request without a preflight can send must be there.
"""

import logging
import re
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dashboards.api_client import api_client
from dashboards.sessions import SESSION_LIFE, session_store
from pymeai.errors import PymeError

COOKIE = "pymeai_session"
# A browser accepts the __Host- prefix only over HTTPS, without a domain and for the whole site.
SECURE_COOKIE = "__Host-pymeai_session"

OPEN_PATH = "/session/open"
CLOSE_PATH = "/session/close"
HEADER = "x-pymeai"

_TICKET = re.compile(r"[A-Za-z0-9_-]{20,200}")

logger = logging.getLogger(__name__)


def cookie_name(*, secure: bool) -> str:
    """The name of the session's cookie on a connection."""
    return SECURE_COOKIE if secure else COOKIE


def _refusal(status: int, code: str, detail: str) -> Response:
    body = {"type": "about:blank", "title": "Sesión", "status": status, "detail": detail, "code": code}
    return JSONResponse(body, status, media_type="application/problem+json", headers={"Cache-Control": "no-store"})


def _from_our_page(request: Request) -> bool:
    origin = urlsplit(request.headers.get("origin", ""))
    return (
        origin.scheme in ("http", "https")
        and origin.netloc == request.headers.get("host")
        and request.headers.get(HEADER) == "1"
    )


async def open_session(request: Request) -> Response:
    """POST a ticket as the body: 204 and the cookie, 403 from a foreign page, 401 for a ticket that is no good."""
    if not _from_our_page(request):
        return _refusal(403, "foreign_origin", "Esta página no puede abrir una sesión.")
    ticket = (await request.body())[:201].decode("ascii", "replace")
    token = session_store().redeem(ticket) if _TICKET.fullmatch(ticket) else None
    if token is None:
        return _refusal(401, "ticket", "El ingreso venció. Escriba su correo y su contraseña otra vez.")
    response = Response(status_code=204, headers={"Cache-Control": "no-store"})
    secure = request.url.scheme == "https"
    response.set_cookie(
        cookie_name(secure=secure),
        token,
        max_age=int(SESSION_LIFE.total_seconds()),
        httponly=True,
        secure=secure,
        samesite="lax",
        path="/",
    )
    return response


async def close_session(request: Request) -> Response:
    """POST: forgets the session here and in the API, and takes the cookie away. 204, or 403 from a foreign page."""
    if not _from_our_page(request):
        return _refusal(403, "foreign_origin", "Esta página no puede cerrar la sesión.")
    secure = request.url.scheme == "https"
    session = session_store().revoke(request.cookies.get(cookie_name(secure=secure)))
    if session is not None:
        try:
            await run_in_threadpool(api_client().logout, session.tokens)
        except PymeError as error:
            # The browser is signed out whatever the API says; its refresh token expires by itself.
            logger.warning("The API did not end a session: %s", error.code)
    response = Response(status_code=204, headers={"Cache-Control": "no-store"})
    response.delete_cookie(cookie_name(secure=secure), path="/", httponly=True, secure=secure, samesite="lax")
    return response


ROUTES = [
    Route(OPEN_PATH, open_session, methods=["POST"]),
    Route(CLOSE_PATH, close_session, methods=["POST"]),
]
