"""Idempotency-Key on POST: one effect for all retries, however many come at once.

The key is written in the very transaction of the effect, so the two are there together or not at all. A retry that
comes while the first is still running waits for it (PostgreSQL lets two inserts of one unique key take turns) and then
gets the first one's answer.

Work that has no transaction of its own (a workbook is read for a minute, a model thinks for fifteen seconds) claims its key
in one before it and stores its answer in one after it; a retry that comes in between is told to come back.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from sqlalchemy import delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_api.dependencies import Caller, TenantSession, caller_of
from pymeai.database.tables.platform import IdempotencyKey
from pymeai.errors import Conflict
from pymeai.settings import Settings
from pymeai.tenancy.sessions import enter_tenant, platform_session

Result = TypeVar("Result", bound=BaseModel)
KEPT = timedelta(hours=24)
"""How long a key counts, as Stripe's do: after that it is as good as new, and its answer is removed (`housekeeping`)."""
ABANDONED = timedelta(minutes=10)
"""How long a key without an answer is believed to be at work: no request takes so long, its process must have died."""


def key_reused() -> Conflict:
    """The error for a key that came with another body before."""
    return Conflict("Esa Idempotency-Key ya se usó con otros datos. Use una nueva.", code="idempotency_key_reused")


@dataclass(frozen=True)
class OnceOnly:
    """Does a request's work once for each key; without a key, each time."""

    session: Session
    settings: Settings
    caller: Caller
    operation: str
    key: str | None
    response: Response

    def run(self, body: BaseModel, answer: type[Result], work: Callable[[], Result]) -> Result:
        """What `work` gives, or what it gave to the first request with this key.

        `work` is done in the request's own session. Raises Conflict when the key came with another body before.
        """
        if self.key is None:
            return work()
        fingerprint = self._fingerprint(body)
        self._as_platform()
        stored = self._claim(self.session, fingerprint)
        self._as_tenant()
        if stored is not None:
            return _answered(stored, fingerprint, answer)
        result = work()
        self.session.flush()
        self._as_platform()
        self._store(self.session, result)
        self._as_tenant()
        return result

    def run_apart(self, body: BaseModel, answer: type[Result], work: Callable[[], Result]) -> Result:
        """The same for work that opens its own transactions: none is open meanwhile. What fails may be tried again.

        Raises Conflict also while the first request with this key is at work.
        """
        if self.key is None:
            return work()
        fingerprint = self._fingerprint(body)
        with platform_session(self.settings) as session:
            stored = self._claim(session, fingerprint)
        if stored is not None:
            return _answered(stored, fingerprint, answer)
        try:
            result = work()
        except BaseException:
            with platform_session(self.settings) as session:
                session.execute(delete(IdempotencyKey).filter_by(**self._identity, status=None))
            raise
        with platform_session(self.settings) as session:
            self._store(session, result)
        return result

    @property
    def _identity(self) -> dict[str, object]:
        return {
            "organization_id": self.caller.tenant.organization_id,
            "user_id": self.caller.user_id,
            "key": self.key,
        }

    def create(
        self,
        body: BaseModel,
        answer: type[Result],
        work: Callable[[], Result],
        *,
        at: str,
        etag: Callable[[Result], str],
    ) -> Result:
        """What `run` gives, with the address of what was made (`at`, with the answer's fields in braces) and its version."""
        made = self.run(body, answer, work)
        self.response.headers["Location"] = at.format_map(vars(made))
        self.response.headers["ETag"] = etag(made)
        return made

    def _fingerprint(self, body: BaseModel) -> str:
        return hashlib.sha256(f"{self.operation}\n{body.model_dump_json()}".encode()).hexdigest()

    def _claim(self, session: Session, fingerprint: str) -> IdempotencyKey | None:
        """None when the key is ours now; the stored row when somebody had it before. `session` is the platform's."""
        lapsed = or_(
            IdempotencyKey.created_at < func.now() - KEPT,
            IdempotencyKey.status.is_(None) & (IdempotencyKey.created_at < func.now() - ABANDONED),
        )
        claimed = session.execute(
            insert(IdempotencyKey)
            .values(**self._identity, request_hash=fingerprint)
            .on_conflict_do_update(
                index_elements=["organization_id", "user_id", "key"],
                set_={"request_hash": fingerprint, "status": None, "body": None, "created_at": func.now()},
                where=lapsed,
            )
            .returning(IdempotencyKey.idempotency_id)
        ).scalar_one_or_none()
        if claimed is not None:
            return None
        return session.execute(select(IdempotencyKey).filter_by(**self._identity)).scalar_one()

    def _store(self, session: Session, result: BaseModel) -> None:
        session.execute(
            update(IdempotencyKey)
            .filter_by(**self._identity)
            .values(status=201, body=result.model_dump(mode="json"))
            .execution_options(synchronize_session=False)
        )

    def _as_platform(self) -> None:
        # Back to the login's own role, which alone may write platform's tables; the transaction stays the same.
        self.session.connection().execute(text("set local role none"))

    def _as_tenant(self) -> None:
        enter_tenant(self.session.connection(), self.caller.tenant, self.caller.actor)


def _answered(stored: IdempotencyKey, fingerprint: str, answer: type[Result]) -> Result:
    if stored.request_hash != fingerprint:
        raise key_reused()
    if stored.status is None:
        raise Conflict(
            "La primera solicitud con esa Idempotency-Key todavía está en proceso. Repítala en unos segundos.",
            code="idempotency_key_in_use",
        )
    return answer.model_validate(stored.body)


async def _once(
    request: Request,
    response: Response,
    session: TenantSession,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=8,
            max_length=200,
            pattern=r"^[\x21-\x7e]+$",
            description="Repetir con la misma clave no repite el efecto.",
        ),
    ] = None,
) -> OnceOnly:
    caller = await caller_of(request)
    return OnceOnly(
        session, request.app.state.settings, caller, f"{request.method} {request.url.path}", idempotency_key, response
    )


Once = Annotated[OnceOnly, Depends(_once)]
