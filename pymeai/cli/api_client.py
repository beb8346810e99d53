"""What the command line asks of a running platform over its REST API."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pymeai.errors import PymeError, Unavailable

if TYPE_CHECKING:
    from types import TracebackType

    import httpx

IMPORT_SECONDS = 900.0
POLL_SECONDS = 0.3
ENDED = {"done", "failed", "undone"}
Show = Callable[[str, float], None]
"""Shows a step in Spanish and how much is done, 0 to 1."""


@dataclass(frozen=True)
class Registration:
    """A company to register, with its owner."""

    organization_name: str
    industry_type: str
    currency: str
    email: str
    password: str
    first_name: str = ""
    last_name: str = ""


class RequestRefused(PymeError):
    """The API refused what was asked, with its reason."""

    default_code = "request_refused"


class ApiClient:
    """One person's calls. Raises RequestRefused or Unavailable with the API's own Spanish reason."""

    def __init__(self, base_url: str) -> None:
        import httpx

        # No proxy: the API is on this machine.
        self._client = httpx.Client(base_url=base_url, timeout=120, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, value: object, trace: "TracebackType | None") -> None:
        self._client.close()

    def sign_in_or_register(self, registration: Registration) -> None:
        """Sign in with the registration's pair; register where there is no such account."""
        pair = {"email": registration.email, "password": registration.password}
        answer = self._send("POST", "/api/auth/login", json=pair)
        if answer.status_code == 401:
            answer = self._send("POST", "/api/auth/register", json=vars(registration))
        token = _checked(answer)["access_token"]
        self._client.headers["Authorization"] = f"Bearer {token}"

    def call(self, method: str, address: str, **arguments: Any) -> dict[str, Any]:
        """One call and its JSON answer; `arguments` are httpx's."""
        return _checked(self._send(method, address, **arguments))

    def _send(self, method: str, address: str, **arguments: Any) -> "httpx.Response":
        import httpx

        try:
            return self._client.request(method, address, **arguments)
        except httpx.HTTPError as error:
            raise Unavailable(f"La API no responde en {self._client.base_url} ({type(error).__name__}).") from error

    def imported_files(self) -> set[str]:
        """The names of the files that were imported to the end."""
        found = self.call("GET", "/api/imports", params={"limit": 200})
        return {item["file_name"] for item in found["items"] if item["status"] == "done"}

    def prepare_import(self, path: Path, kind: str, show: Show) -> str:
        """Upload a file, take the proposed mapping as it is, rehearse; return the import's address."""
        show("subiendo", 0.0)
        with path.open("rb") as stream:
            files, data = {"file": (path.name, stream)}, {"kind": kind}
            created = self.call("POST", "/api/imports", files=files, data=data)
        address = f"/api/imports/{created['id']}"
        show("leyendo", 0.1)
        columns = self.call("GET", address)["mapping"]["columns"]
        decided = [{"source": column["source"], "target": column["target"]} for column in columns]
        self.call("PUT", f"{address}/mapping", json={"columns": decided})
        show("ensayando", 0.2)
        self.call("POST", f"{address}/dry-run")
        return address

    def commit_import(self, address: str, show: Show) -> dict[str, Any]:
        """Ask for the import to be loaded, wait until it is, and return what the API says of it."""
        try:
            self.call("POST", f"{address}/commit")
        except Unavailable as error:
            # It is queued all the same, and runs when Dagster is back.
            if error.code != "dagster_unavailable":
                raise
        show("en cola", 0.3)
        deadline = time.monotonic() + IMPORT_SECONDS
        while time.monotonic() < deadline:
            found = self.call("GET", address)
            if found["status"] == "done":
                return found
            if found["status"] in ENDED:
                raise RequestRefused(f"No se pudo importar «{found['file_name']}»: {found.get('error')}")
            advance = found.get("progress") or {}
            show(str(advance.get("step") or "en cola"), 0.3 + 0.7 * float(advance.get("done") or 0))
            time.sleep(POLL_SECONDS)
        raise Unavailable(f"La importación no terminó en {IMPORT_SECONDS / 60:.0f} minutos. Revise el registro.")

    def metric(self, name: str) -> float:
        """One metric of all time, from the marts."""
        rows = self.call("POST", "/api/analytics/query", json={"metrics": [name]})["rows"]
        return float(rows[0][0] or 0) if rows else 0.0


def _checked(answer: "httpx.Response") -> dict[str, Any]:
    body: dict[str, Any] = {}
    with suppress(ValueError):
        body = answer.json()
    if answer.is_success:
        return body
    detail = str(body.get("detail") or f"La API respondió {answer.status_code}.")
    if answer.status_code == 503:
        raise Unavailable(detail, code=body.get("code"))
    fields = "; ".join(f"{fault.get('field')}: {fault.get('message')}" for fault in body.get("errors") or [])
    raise RequestRefused(f"{detail} {fields}".strip())
