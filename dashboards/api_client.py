"""The API as the dashboards call it: on whose behalf, with fresh tokens, and errors of the one tree.

What the API takes and answers is generated from it (dashboards.generated); the methods here say what the pages ask.
"""

import logging
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any, BinaryIO, Literal, TypeVar
from uuid import UUID

import httpx

from dashboards.api_models import Entity, ImportKind
from dashboards.api_wire import Request, read
from dashboards.generated import models
from dashboards.generated.operations import Operations
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
from pymeai.forwarded_address import forwarding_headers
from pymeai.settings import Settings, get_settings

Answer = TypeVar("Answer")

# Seconds. Reading a large workbook and its dry run take the longest.
CONNECT_TIMEOUT = 3.0
READ_TIMEOUT = 30.0
LONG_READ_TIMEOUT = 300.0
KULA_READ_TIMEOUT = 60.0
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
            timeout=_timeout(READ_TIMEOUT),
            trust_env=False,
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def as_user(self, session: SignedIn, timeout: float = READ_TIMEOUT) -> Operations:
        """The API's operations on behalf of a session, `timeout` in seconds. Each raises SessionEnded too."""

        def call(answer: type[Answer], request: Request, /) -> Answer:
            response = self.call(
                session, request.method, request.path, timeout=_timeout(timeout), **request.arguments()
            )
            return read(answer, response)

        return Operations(call)

    def as_nobody(self, headers: Mapping[str, str]) -> Operations:
        """The API's operations that need no session, with some headers of their own."""

        def call(answer: type[Answer], request: Request, /) -> Answer:
            arguments = request.arguments()
            arguments["headers"] = {**arguments.get("headers", {}), **headers}
            return read(answer, self._send(request.method, request.path, **arguments))

        return Operations(call)

    # Signing in and out

    def login(self, email: str, password: str, device: str = "", address: str | None = None) -> models.LoginAnswer:
        """Raises Unauthorized for a wrong pair, without saying which of the two is wrong.

        `device` is the browser's own User-Agent and `address` where it is: what the list of the user's sessions shows, and
        by which failures are counted.
        """
        headers = forwarding_headers(get_settings(), address)
        if device:
            headers["User-Agent"] = device.encode("latin-1", "replace").decode("latin-1")
        return self.as_nobody(headers).login(models.LoginRequest(email=email, password=password))

    def logout(self, tokens: models.Tokens) -> None:
        """End the sign-in on the API's side."""
        self.as_nobody(_bearer(tokens.access_token)).logout(models.LogoutRequest(refresh_token=tokens.refresh_token))

    def start_session(self, login: models.LoginAnswer) -> SignedIn:
        """What the store keeps of a sign-in."""
        now = utc_now()
        return SignedIn(
            user=login.user,
            organization=login.organization,
            tokens=models.Tokens(
                access_token=login.access_token, refresh_token=login.refresh_token, expires_in=login.expires_in
            ),
            access_until=now + timedelta(seconds=login.expires_in),
            confirmed_at=now,
        )

    # The organization

    def organization(self, session: SignedIn) -> models.OrganizationAnswer:
        """The signed-in user's company."""
        return self.as_user(session).get_organization()

    def boards(self, session: SignedIn) -> list[models.DashboardAnswer]:
        """The dashboards that the user may see."""
        return self.as_user(session).list_dashboards().items

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
    ) -> models.PageCustomerAnswer:
        """One page of customers; `search` ignores accents and case, `sort` is a field, with - before it the other way."""
        segments = [segment] if segment else None
        return self.as_user(session).list_customers(
            q=search or None, segment=segments, sort=sort, cursor=cursor, limit=limit
        )

    def customer(self, session: SignedIn, customer_id: UUID) -> models.CustomerDetail:
        """One customer. Raises NotFound."""
        return self.as_user(session).get_customer(customer_id)

    def segments(self, session: SignedIn) -> list[models.SegmentCount]:
        """How many customers each segment has."""
        return self.as_user(session).segments().items

    def custom_fields(self, session: SignedIn, entity: Entity) -> list[models.CustomFieldAnswer]:
        """The fields that the organization added to an entity."""
        return self.as_user(session).list_custom_fields(entity_type=entity).items

    def sales_of(self, session: SignedIn, customer_id: UUID, limit: int = 200) -> models.PageSaleAnswer:
        """The customer's latest sales."""
        return self.as_user(session).list_sales(customer_id=[customer_id], limit=limit, sort="-sold_at")

    # Imports

    def create_import(self, session: SignedIn, *, file_name: str, content: BinaryIO, kind: ImportKind) -> UUID:
        """Hand in a file; returns the import's id. Raises UnsupportedFile, TooLarge, BadRequest."""
        return self.as_user(session, LONG_READ_TIMEOUT).create_import(file=(file_name, content), kind=kind).id

    def imports(self, session: SignedIn, limit: int = 20) -> list[models.ImportAnswer]:
        """The latest imports."""
        return self.as_user(session).list_imports(limit=limit).items

    def import_(self, session: SignedIn, import_id: UUID) -> models.ImportAnswer:
        """One import with its mapping and progress. Raises NotFound."""
        return self.as_user(session).get_import(import_id)

    def targets(self, session: SignedIn, kind: ImportKind) -> list[models.TargetAnswer]:
        """Where the columns of a file of this kind can go."""
        return self.as_user(session).targets(kind=kind).items

    def choose_sheet(self, session: SignedIn, import_id: UUID, sheet: str) -> models.ImportAnswer:
        """Read another sheet of the workbook; the proposal of where its columns go starts anew."""
        return self.as_user(session, LONG_READ_TIMEOUT).choose_sheet(import_id, models.SheetChoice(sheet=sheet))

    def set_mapping(
        self, session: SignedIn, import_id: UUID, targets: Mapping[str, str | None], options: dict[str, Any]
    ) -> models.ImportAnswer:
        """Say where each column goes, by its name, and how ambiguous ones are read. Raises Invalid."""
        columns = [models.ColumnChoice(source=source, target=target) for source, target in targets.items()]
        body = models.MappingChange(columns=columns, options=options)
        return self.as_user(session).set_mapping(import_id, body)

    def dry_run(self, session: SignedIn, import_id: UUID) -> models.DryRunAnswer:
        """What a commit would do, with all problems at once."""
        return self.as_user(session, LONG_READ_TIMEOUT).dry_run(import_id)

    def commit(self, session: SignedIn, import_id: UUID) -> str | None:
        """Ask for the import to be loaded; `import_` tells how far it is.

        Returns a Spanish notice where it has to wait for somebody to take it up.
        """
        try:
            self.as_user(session).commit(import_id)
        except Unavailable as error:
            if error.code != "dagster_unavailable":
                raise
            return error.message
        return None

    def rejected_file(self, session: SignedIn, import_id: UUID) -> bytes:
        """The rejected rows as a CSV: the original columns and `motivo`."""
        return self.as_user(session).rejected(import_id)

    # Kula

    def ask(self, session: SignedIn, question: str, conversation_id: UUID | None) -> models.KulaAnswer:
        """Ask Kula; the conversation's id ties follow-up questions to it."""
        body = models.KulaQuestion(question=question, conversation_id=conversation_id)
        return self.as_user(session, KULA_READ_TIMEOUT).ask(body)

    def rate(self, session: SignedIn, message_id: UUID, feedback: Literal["up", "down"]) -> None:
        """Say whether an answer of Kula was right."""
        self.as_user(session).rate(message_id, models.Feedback(feedback=feedback))

    # The wire

    def call(self, session: SignedIn, method: str, path: str, **request: Any) -> httpx.Response:
        """One request on behalf of a session, with a fresh access token. Raises SessionEnded and the API's errors."""
        headers = request.pop("headers", {})
        token = session.tokens.access_token
        if session.access_until - RENEWAL_MARGIN <= utc_now():
            token = self._renew(session, token)
        try:
            response = self._send(method, path, headers={**headers, **_bearer(token)}, **request)
        except Unauthorized:
            token = self._renew(session, token)
            response = self._send(method, path, headers={**headers, **_bearer(token)}, **request)
        session.confirmed_at = utc_now()
        return response

    def _renew(self, session: SignedIn, refused: str) -> str:
        """A newer access token than `refused`. One run renews; those that waited for it take what it brought."""
        with session.lock:
            if session.tokens.access_token != refused:
                return session.tokens.access_token
            try:
                body = models.RefreshRequest(refresh_token=session.tokens.refresh_token)
                session.tokens = self.as_nobody({}).refresh_token(body)
            except (Unauthorized, Forbidden) as error:
                raise SessionEnded("Su sesión terminó. Ingrese de nuevo para continuar.") from error
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


def _timeout(read_timeout: float) -> httpx.Timeout:
    return httpx.Timeout(read_timeout, connect=CONNECT_TIMEOUT)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


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
