"""The audit log as it goes out, and what it is filtered by."""

from datetime import datetime
from typing import Any
from uuid import UUID

from crm_api.filtering import AnyOf, ColumnFilters, Since, Text, Until
from crm_api.schemas import Answer


class AuditFilters(ColumnFilters):
    """Who, what, which thing and when."""

    entity: AnyOf[Text] = ()
    entity_id: AnyOf[UUID] = ()
    action: AnyOf[Text] = ()
    user_id: AnyOf[UUID] = ()
    api_key_id: AnyOf[UUID] = ()
    request_id: AnyOf[Text] = ()
    created_at_from: Since = None
    created_at_to: Until = None


class AuditAnswer(Answer):
    """One line of the log.

    `summary` says it in Spanish. `before` and `after` have the columns that changed; both are empty for what was erased.
    `user_id` is null for what the platform did by itself.
    """

    audit_id: UUID
    created_at: datetime
    user_id: UUID | None
    user_name: str | None
    api_key_id: UUID | None
    action: str
    entity: str
    entity_id: UUID | None
    entity_name: str | None
    summary: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    request_id: str | None
