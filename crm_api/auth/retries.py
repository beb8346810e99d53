"""Idempotency-Key where nobody is signed in yet: registering and accepting an invitation.

What was answered holds tokens, so nothing of it is kept. A retry with the same key and the same data, password included,
signs in again to what the first try made; it counts as a sign-in, with its limits.
"""

import hashlib
import hmac
from typing import Annotated
from uuid import UUID

from fastapi import Header
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_api.auth.schemas import LoginAnswer
from crm_api.idempotency import key_reused
from pymeai.database.tables.platform import IdempotencyKey
from pymeai.settings import Settings
from pymeai.tenancy.provisioning import RequestKey

RetryKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="Repetir con la misma clave y los mismos datos no repite el efecto: vuelve a dejarlo adentro.",
    ),
]


def request_key(settings: Settings, key: str | None, body: BaseModel) -> RequestKey | None:
    """What is noted of a request beside what it made; nothing of one without a key."""
    return None if key is None else RequestKey(key, _fingerprint(settings, body))


def remember(session: Session, settings: Settings, key: str | None, body: BaseModel, made: LoginAnswer) -> None:
    """Note, in the transaction of what was made, that it was made by this key and this body."""
    noted = request_key(settings, key, body)
    if noted is None:
        return
    session.execute(
        insert(IdempotencyKey)
        .values(
            organization_id=made.organization.organization_id,
            user_id=made.user.user_id,
            key=noted.key,
            request_hash=noted.request_hash,
            status=201,
        )
        .on_conflict_do_nothing(index_elements=["organization_id", "user_id", "key"])
    )


def made_before(session: Session, settings: Settings, key: str | None, body: BaseModel, user_id: UUID) -> bool:
    """Whether this key and this body made this very user. Raises Conflict where the key came with another body."""
    if key is None:
        return False
    statement = select(IdempotencyKey.request_hash).where(IdempotencyKey.user_id == user_id, IdempotencyKey.key == key)
    stored = session.execute(statement).scalar_one_or_none()
    if stored is None:
        return False
    if not hmac.compare_digest(stored, _fingerprint(settings, body)):
        raise key_reused()
    return True


def _fingerprint(settings: Settings, body: BaseModel) -> str:
    # Without the password, whose right hash is the slow one; the sign-in of the retry checks it.
    said = f"{type(body).__name__}\n{body.model_dump_json(exclude={'password'})}".encode()
    return hmac.new(settings.derive("retries").encode(), said, hashlib.sha256).hexdigest()
