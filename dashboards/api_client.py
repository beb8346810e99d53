"""The API as the dashboards call it: typed answers, errors of the one tree, tokens renewed on the way."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any, BinaryIO, TypeVar
from uuid import UUID

import httpx
from pydantic import TypeAdapter, ValidationError

from dashboards.api_models import (
    Board,
    Customer,
    CustomField,
    DryRun,
    Import,
    KulaReply,
    Login,
    Organization,
    Page,
    Sale,
    SegmentCount,
    Target,
    Tokens,
)
from dashboards.sessions import SignedIn
from pymeai.clock import utc_now
from pymeai.errors import (
    BadRequest,
    Conflict,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    PreconditionFailed,
    PymeError,
    TooLarge,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    UnsupportedFile,
)
from pymeai.settings import Settings, get_settings

Answer = TypeVar("Answer")

# Seconds. Reading a large workbook and its dry run take the longest.
CONNECT_TIMEOUT = 3.0
READ_TIMEOUT = 30.0
LONG_READ_TIMEOUT = 300.0
# Renewed this long before it expires, so that a slow request is not refused halfway.
RENEWAL_MARGIN = timedelta(seconds=30)

ERRORS: Mapping[int, type[PymeError]] = {
    error.status: error
    for error in (
        BadRequest,
        Unauthorized,
        Forbidden,
        NotFound,
        Conflict,
        PreconditionFailed,
        TooLarge,
        UnsupportedFile,
        Invalid,
        TooManyRequests,
        Unavailable,
    )
}

logger = logging.getLogger(__name__)


class SessionEnded(Unauthorized):
    """The API takes this sign-in no longer: it was revoked, or it expired."""

    default_code = "session_ended"


class ApiClient:
    """One connection pool to the API, shared by everybody; each call says on whose behalf it is made."""

    def __init__(self, base_url: str, transport: httpx.BaseTransport | None = None) -> None:
        self.base_url = base_url
        self._http = httpx.Client(
            base_url=base_url,
            transport=transport,
            timeout=httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT),
            trust_env=False,
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    # Signing in and out

    def login(self, email: str, password: str, device: str = "") -> Login:
        """Raises Unauthorized for a wrong pair, without saying which of the two is wrong.

        `device` is the browser's own User-Agent: what the list of the user's sessions shows.
        """
        headers = {"User-Agent": device.encode("latin-1", "replace").decode("latin-1")} if device else None
        body = {"email": email, "password": password}
        response = self._send("POST", "/api/auth/login", json=body, headers=headers)
        return _parse(Login, response)

    def logout(self, tokens: Tokens) -> None:
        """End the sign-in on the API's side."""
        self._send(
            "POST",
            "/api/auth/logout",
            json={"refresh_token": tokens.refresh_token},
            headers={"Authorization": f"Bearer {tokens.access_token}"},
        )

    def start_session(self, login: Login) -> SignedIn:
        """What the store keeps of a sign-in."""
        now = utc_now()
        return SignedIn(
            user=login.user,
            organization=login.organization,
            tokens=login,
            access_until=now + timedelta(seconds=login.expires_in),
            confirmed_at=now,
        )

    # The organization

    def organization(self, session: SignedIn) -> Organization:
        """The signed-in user's company."""
        return _parse(Organization, self.call(session, "GET", "/api/organization"))

    def boards(self, session: SignedIn) -> list[Board]:
        """The dashboards that the user may see."""
        return _parse(Page[Board], self.call(session, "GET", "/api/dashboards")).items

    # Customers and sales

    def customers(
        self,
        session: SignedIn,
        *,
        search: str = "",
        segment: str | None = None,
        sort: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Customer]:
        """One page of customers; `search` ignores accents and case, `sort` is a field, with - before it the other way."""
        params = _present({"limit": limit, "cursor": cursor, "q": search or None, "segment": segment, "sort": sort})
        return _parse(Page[Customer], self.call(session, "GET", "/api/customers", params=params))

    def customer(self, session: SignedIn, customer_id: UUID) -> Customer:
        """One customer. Raises NotFound."""
        return _parse(Customer, self.call(session, "GET", f"/api/customers/{customer_id}"))

    def segments(self, session: SignedIn) -> list[SegmentCount]:
        """How many customers each segment has."""
        return _parse(Page[SegmentCount], self.call(session, "GET", "/api/customers/segments")).items

    def custom_fields(self, session: SignedIn, entity: str) -> list[CustomField]:
        """The fields that the organization added to an entity: customer, sale, opportunity, interaction."""
        params = {"entity_type": entity}
        return _parse(Page[CustomField], self.call(session, "GET", "/api/custom-fields", params=params)).items

    def sales_of(self, session: SignedIn, customer_id: UUID, limit: int = 200) -> Page[Sale]:
        """The customer's latest sales."""
        params = {"customer_id": str(customer_id), "limit": limit, "sort": "-sold_at"}
        return _parse(Page[Sale], self.call(session, "GET", "/api/sales", params=params))

    # Imports

    def create_import(self, session: SignedIn, *, file_name: str, content: BinaryIO, kind: str) -> UUID:
        """Hand in a file; returns the import's id. Raises UnsupportedFile, TooLarge, BadRequest."""
        response = self.call(
            session,
            "POST",
            "/api/imports",
            files={"file": (file_name, content)},
            data={"kind": kind},
            timeout=LONG_READ_TIMEOUT,
        )
        return UUID(str(response.json()["id"]))

    def imports(self, session: SignedIn, limit: int = 20) -> list[Import]:
        """The latest imports."""
        return _parse(Page[Import], self.call(session, "GET", "/api/imports", params={"limit": limit})).items

    def import_(self, session: SignedIn, import_id: UUID) -> Import:
        """One import with its mapping and progress. Raises NotFound."""
        return _parse(Import, self.call(session, "GET", f"/api/imports/{import_id}"))

    def targets(self, session: SignedIn, kind: str) -> list[Target]:
        """Where the columns of a file of this kind can go."""
        response = self.call(session, "GET", "/api/imports/targets", params={"kind": kind})
        return TypeAdapter(list[Target]).validate_python(response.json()["items"])

    def choose_sheet(self, session: SignedIn, import_id: UUID, sheet: str) -> Import:
        """Read another sheet of the workbook; the proposal of where its columns go starts anew."""
        path = f"/api/imports/{import_id}/sheet"
        return _parse(Import, self.call(session, "PUT", path, json={"sheet": sheet}, timeout=LONG_READ_TIMEOUT))

    def set_mapping(
        self,
        session: SignedIn,
        import_id: UUID,
        columns: list[dict[str, str | None]],
        options: dict[str, Any],
    ) -> Import:
        """Say where each column goes and how ambiguous ones are read. Raises Invalid."""
        body = {"columns": columns, "options": options}
        return _parse(Import, self.call(session, "PUT", f"/api/imports/{import_id}/mapping", json=body))

    def dry_run(self, session: SignedIn, import_id: UUID) -> DryRun:
        """What a commit would do, with all problems at once."""
        path = f"/api/imports/{import_id}/dry-run"
        return _parse(DryRun, self.call(session, "POST", path, timeout=LONG_READ_TIMEOUT))

    def commit(self, session: SignedIn, import_id: UUID) -> str | None:
        """Ask for the import to be loaded; `import_` tells how far it is.

        Returns a Spanish notice where it has to wait for somebody to take it up.
        """
        try:
            self.call(session, "POST", f"/api/imports/{import_id}/commit")
        except Unavailable as error:
            if error.code != "dagster_unavailable":
                raise
            return error.message
        return None

    def rejected_file(self, session: SignedIn, import_id: UUID) -> bytes:
        """The rejected rows as a CSV: the original columns and `motivo`."""
        return self.call(session, "GET", f"/api/imports/{import_id}/rejected").content

    # Kula

    def ask(self, session: SignedIn, question: str, conversation_id: UUID | None) -> KulaReply:
        """Ask Kula; the conversation's id ties follow-up questions to it."""
        body = _present({"question": question, "conversation_id": str(conversation_id) if conversation_id else None})
        return _parse(KulaReply, self.call(session, "POST", "/api/kula/query", json=body, timeout=60.0))

    def rate(self, session: SignedIn, message_id: UUID, feedback: str) -> None:
        """Say whether an answer of Kula was right: "up" or "down"."""
        self.call(session, "POST", f"/api/kula/messages/{message_id}/feedback", json={"feedback": feedback})

    # The wire

    def call(self, session: SignedIn, method: str, path: str, **request: Any) -> httpx.Response:
        """One request on behalf of a session, with a fresh access token. Raises SessionEnded and the API's errors."""
        token = session.tokens.access_token
        if session.access_until - RENEWAL_MARGIN <= utc_now():
            token = self._renew(session, token)
        try:
            response = self._send(method, path, headers=_bearer(token), **request)
        except Unauthorized:
            response = self._send(method, path, headers=_bearer(self._renew(session, token)), **request)
        session.confirmed_at = utc_now()
        return response

    def _renew(self, session: SignedIn, refused: str) -> str:
        """A newer access token than `refused`. One run renews; those that waited for it take what it brought."""
        with session.lock:
            if session.tokens.access_token != refused:
                return session.tokens.access_token
            try:
                body = {"refresh_token": session.tokens.refresh_token}
                response = self._send("POST", "/api/auth/refresh-token", json=body)
            except (Unauthorized, Forbidden) as error:
                raise SessionEnded("Su sesión terminó. Ingrese de nuevo para continuar.") from error
            session.tokens = _parse(Tokens, response)
            session.access_until = utc_now() + timedelta(seconds=session.tokens.expires_in)
            return session.tokens.access_token

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            response = self._http.request(method, path, **request)
        except httpx.TimeoutException as error:
            logger.warning("%s %s: no answer in time", method, path)
            raise Unavailable(
                "El servicio de datos tardó demasiado en responder. Espere un momento y vuelva a intentarlo.",
                code="api_timeout",
            ) from error
        except httpx.TransportError as error:
            logger.warning("%s %s: %s", method, path, type(error).__name__)
            raise Unavailable(
                "No hay conexión con el servicio de datos. Espere un momento y recargue la página; "
                "si sigue así, revise que PymeAI esté encendido (pymeai up).",
                code="api_down",
            ) from error
        if response.is_error:
            raise _problem(response)
        return response


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _present(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _parse(model: type[Answer], response: httpx.Response) -> Answer:
    try:
        return TypeAdapter(model).validate_json(response.content)
    except ValidationError as error:
        # Not its traceback: that would carry the answer's values, which are people's data, into the log.
        places = [".".join(str(part) for part in problem["loc"]) for problem in error.errors(include_input=False)]
        logger.error("%s: unexpected answer at %s", response.request.url.path, places[:5])  # noqa: TRY400
        raise Unavailable(
            "El servicio de datos respondió algo que esta pantalla no entiende. "
            "Recargue la página; si sigue así, avise a quien administra PymeAI.",
            code="api_answer",
        ) from None


def _problem(response: httpx.Response) -> PymeError:
    """The API's problem+json as the error it was, with its Spanish detail."""
    try:
        body = response.json()
    except ValueError:
        body = {}
    if not isinstance(body, dict):
        body = {}
    kind = ERRORS.get(response.status_code, Unavailable if response.status_code >= 500 else BadRequest)
    detail = body.get("detail")
    if not isinstance(detail, str) or not detail:
        detail = "El servicio de datos tuvo un problema. Vuelva a intentarlo en un momento."
    fields = body.get("errors")
    errors = [
        FieldError(str(item.get("field", "")), str(item.get("message", "")))
        for item in (fields if isinstance(fields, list) else [])
        if isinstance(item, dict)
    ]
    code = body.get("code")
    return kind(detail, code=code if isinstance(code, str) else None, errors=errors)


def base_url(settings: Settings) -> str:
    """Where the API listens, seen from this machine."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{settings.api_port}" if ":" in host else f"http://{host}:{settings.api_port}"


@cache
def api_client() -> ApiClient:
    """The client of this process."""
    return ApiClient(base_url(get_settings()))
