"""Lines of the audit log about people and access: what no trigger sees, because `platform` is no tenant's."""

from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from pymeai.database.tables.workspace import AuditLog
from pymeai.tenancy.sessions import Actor, enter_tenant
from pymeai.tenancy.tenant import Tenant


def record(
    session: Session,
    tenant: Tenant,
    actor: Actor,
    action: str,
    entity: str,
    entity_id: UUID,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write one line into the tenant's log, in the running transaction of a session on the platform's tables.

    Never a password, a token or a hash of one: the log is read by people, and kept.
    """
    session.flush()
    enter_tenant(session.connection(), tenant, actor)
    session.execute(
        insert(AuditLog).values(
            user_id=actor.user_id,
            api_key_id=actor.api_key_id,
            request_id=actor.request_id,
            action=action,
            entity=entity,
            entity_id=entity_id,
            before=before,
            after=after,
        )
    )
    session.connection().execute(text("set local role none"))
