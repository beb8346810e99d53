"""What people and the platform keep beside a tenant's CRM data: imports, boards, alerts, answers, results, the audit log."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from pymeai.database.tables.base import COMPUTED, EMPTY_LIST, EMPTY_OBJECT, NOW, TenantBase, key, organization


class Import(TenantBase):
    """A file that somebody handed in, and what became of it."""

    __tablename__ = "imports"
    __table_args__ = (
        CheckConstraint(
            "kind in ('customers', 'sales', 'opportunities', 'interactions')",
            name="kind",
        ),
        CheckConstraint(
            "status in ('uploaded', 'ready', 'queued', 'running', 'done', 'failed', 'undone')",
            name="status",
        ),
        Index("imports_file_hash_idx", "file_hash"),
    )

    import_id: Mapped[UUID] = key()
    organization_id: Mapped[UUID] = organization()
    file_hash: Mapped[str]
    file_name: Mapped[str]
    kind: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=text("'uploaded'"))
    # {"columns": [{"source", "target", …}], …}: what the user agreed to.
    mapping: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)
    options: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)
    counts: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)
    # The step that runs and the share of the whole that is done (0 to 1).
    progress: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)
    error: Mapped[str | None]
    run_id: Mapped[str | None]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    queued_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    # now() of the transaction that loaded it: the updated_at of each row that it wrote and nobody has changed since.
    loaded_at: Mapped[datetime | None]


class ImportChange(TenantBase):
    """What one import did to one row, or why it refused one row of its file."""

    __tablename__ = "import_changes"
    __table_args__ = (
        CheckConstraint("action in ('insert', 'update', 'rejected')", name="action"),
        Index("import_changes_import_id_idx", "import_id", "action"),
        # What imports did to one customer, sale, …: its timeline, and what an erasure must find.
        Index("import_changes_row_id_idx", "row_id", postgresql_where=text("row_id is not null")),
    )

    change_id: Mapped[UUID] = key()
    organization_id: Mapped[UUID] = organization()
    import_id: Mapped[UUID] = mapped_column(ForeignKey("imports.import_id", ondelete="CASCADE"))
    action: Mapped[str]
    table_name: Mapped[str | None]
    row_id: Mapped[UUID | None]
    before: Mapped[dict[str, Any] | None]
    # Of a rejected row: its number in the file (1 is the first below the header), its cells, and the reasons.
    row_number: Mapped[int | None]
    original: Mapped[dict[str, Any] | None]
    reasons: Mapped[list[Any] | None]
    # Of an updated row, the columns that changed with what they became; null of imports from before this was noted.
    after: Mapped[dict[str, Any] | None]


class Dashboard(TenantBase):
    """A board of widgets; each widget is a MetricQuery with a chart and a place."""

    __tablename__ = "dashboards"

    dashboard_id: Mapped[UUID] = key()
    organization_id: Mapped[UUID] = organization()
    owner_user_id: Mapped[UUID | None]
    name: Mapped[str]
    widgets: Mapped[list[Any]] = mapped_column(server_default=EMPTY_LIST)
    is_favorite: Mapped[bool] = mapped_column(server_default=text("false"))
    shared: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)
    template_key: Mapped[str | None] = mapped_column(unique=True)


class Alert(TenantBase):
    """A MetricQuery watched on a schedule."""

    __tablename__ = "alerts"

    alert_id: Mapped[UUID] = key()
    organization_id: Mapped[UUID] = organization()
    name: Mapped[str]
    query: Mapped[dict[str, Any]]
    condition: Mapped[dict[str, Any]]
    schedule: Mapped[str] = mapped_column(server_default=text("'daily'"))
    channel: Mapped[str] = mapped_column(server_default=text("'app'"))
    last_state: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT, info=COMPUTED)
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    template_key: Mapped[str | None] = mapped_column(unique=True)


class KulaMessage(TenantBase):
    """A question to Kula, how it was read, and what was answered."""

    __tablename__ = "kula_messages"
    __table_args__ = (Index("kula_messages_conversation_id_idx", "conversation_id", "created_at"),)

    message_id: Mapped[UUID] = key()
    organization_id: Mapped[UUID] = organization()
    conversation_id: Mapped[UUID]
    user_id: Mapped[UUID | None]
    question: Mapped[str]
    plan: Mapped[dict[str, Any] | None]
    answer: Mapped[dict[str, Any]]
    feedback: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)


class AnalyticsData(TenantBase):
    """Precomputed results: one document per data_type and period."""

    __tablename__ = "analytics_data"
    __table_args__ = (UniqueConstraint("data_type", "period_start", "period_end"),)

    data_id: Mapped[UUID] = key()
    organization_id: Mapped[UUID] = organization()
    data_type: Mapped[str]
    period_start: Mapped[date]
    period_end: Mapped[date]
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)


class AuditLog(TenantBase):
    """Who did what, and what it was before and after. Triggers write it; a bulk import keeps its own record of changes.

    `action` is created, updated, deleted, restored, won, lost, reopened, or what a service says of itself.
    """

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("audit_log_created_at_idx", "created_at"),
        Index("audit_log_entity_id_idx", "entity_id", "created_at"),
    )

    audit_id: Mapped[UUID] = key()
    organization_id: Mapped[UUID] = organization()
    user_id: Mapped[UUID | None]
    action: Mapped[str]
    entity: Mapped[str]
    entity_id: Mapped[UUID | None]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    request_id: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    # The API key with which a program acted in the user's name.
    api_key_id: Mapped[UUID | None]
