"""Idempotency-Key on POST: one effect for all retries, however many come at once.

The key is written in the very transaction of the effect, so the two are there together or not at all. A retry that
comes while the first is still running waits for it (PostgreSQL lets two inserts of one unique key take turns) and then
gets the first one's answer.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_api.dependencies import Caller, TenantSession, caller_of
from pymeai.database.tables.platform import IdempotencyKey
from pymeai.errors import Conflict
from pymeai.tenancy.sessions import enter_tenant

Result = TypeVar("Result", bound=BaseModel)


def key_reused() -> Conflict:
    """The error for a key that came with another body before."""
    return Conflict("Esa Idempotency-Key ya se usó con otros datos. Use una nueva.", code="idempotency_key_reused")


@dataclass(frozen=True)
class OnceOnly:
    """Does a request's work once for each key; without a key, each time."""

    session: Session
    caller: Caller
    operation: str
    key: str | None

    def run(self, body: BaseModel, answer: type[Result], work: Callable[[], Result]) -> Result:
        """What `work` gives, or what it gave to the first request with this key.

        Raises Conflict when the key came with another body before.
        """
        if self.key is None:
            return work()
        fingerprint = hashlib.sha256(f"{self.operation}\n{body.model_dump_json()}".encode()).hexdigest()
        identity = {
            "organization_id": self.caller.tenant.organization_id,
            "user_id": self.caller.user_id,
            "key": self.key,
        }
        stored = self._claim(identity, fingerprint)
        if stored is not None:
            if stored.request_hash != fingerprint:
                raise key_reused()
            return answer.model_validate(stored.body)
        result = work()
        self.session.flush()
        self._as_platform()
        self.session.execute(
            update(IdempotencyKey)
            .where(*(getattr(IdempotencyKey, name) == value for name, value in identity.items()))
            .values(status=201, body=result.model_dump(mode="json"))
        )
        self._as_tenant()
        return result

    def _claim(self, identity: dict[str, object], fingerprint: str) -> IdempotencyKey | None:
        """None when the key is ours now; the stored row when somebody had it before."""
        self._as_platform()
        claimed = self.session.execute(
            insert(IdempotencyKey)
            .values(**identity, request_hash=fingerprint)
            .on_conflict_do_nothing(index_elements=["organization_id", "user_id", "key"])
            .returning(IdempotencyKey.idempotency_id)
        ).scalar_one_or_none()
        stored = None
        if claimed is None:
            stored = self.session.execute(select(IdempotencyKey).filter_by(**identity)).scalar_one()
        self._as_tenant()
        return stored

    def _as_platform(self) -> None:
        # Back to the login's own role, which alone may write platform's tables; the transaction stays the same.
        self.session.connection().execute(text("set local role none"))

    def _as_tenant(self) -> None:
        enter_tenant(self.session.connection(), self.caller.tenant, self.caller.actor)


async def _once(
    request: Request,
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
    return OnceOnly(session, caller, f"{request.method} {request.url.path}", idempotency_key)


Once = Annotated[OnceOnly, Depends(_once)]
