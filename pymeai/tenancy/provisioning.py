"""Makes a tenant: organization, owner, schema, tables, roles, attachment to the parents, in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Connection, DefaultClause, MetaData, Table, insert, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.schema import CreateIndex, CreateTable

from pymeai.database.connections import engine_for, role_password
from pymeai.database.tables.partitions import ATTACHED, TENANT_METADATA, attached_tables
from pymeai.database.tables.platform import IdempotencyKey, Organization, TenantRole, TenantStatus, User
from pymeai.errors import Conflict, Unavailable
from pymeai.settings import Settings
from pymeai.tenancy.readers import READER_TIMEOUT_MS
from pymeai.tenancy.sessions import DATABASE_DOWN
from pymeai.tenancy.tenant import Tenant

DEFAULT_SETTINGS: dict[str, Any] = {"currency": "CRC", "time_zone": "America/Costa_Rica", "thresholds": {}}
READER_CONNECTIONS = 10
# A history that its own subject could rewrite would prove nothing.
APPEND_ONLY = ("audit_log",)
# What the pipeline computes does not make the pipeline run again.
UNWATCHED = ("analytics_data",)
# API keys, sign-ins and resets go with the users, deliveries with the webhooks.
_OF_ONE_ORGANIZATION = (
    "webhooks", "users", "tenant_roles", "tenant_status", "tenant_changes", "invitations", "idempotency_keys",
)  # fmt: skip
AUDITED = {
    "customers": "customer",
    "custom_fields": "custom_field",
    "interaction_types": "interaction_type",
    "pipelines": "pipeline",
    "stages": "stage",
    "opportunities": "opportunity",
    "interactions": "interaction",
    "sales": "sale",
    "dashboards": "dashboard",
    "alerts": "alert",
}
"""Tables whose rows leave their changes in the audit log, and what a row is called there and in webhooks' events."""

_ANY_ORGANIZATION = "00000000-0000-0000-0000-000000000000"
"""Stands for the organization in what creates the tables."""
_TRANSITION_TABLES = {
    "insert": "new table as new_rows",
    "update": "old table as old_rows new table as new_rows",
    "delete": "old table as old_rows",
}

MARTS = """
    select c.relname
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'analytics'::regnamespace and c.relkind = 'r' and a.attname = 'organization_id'
"""


@dataclass(frozen=True)
class NewUser:
    """The person who registers a company. The password is hashed already."""

    email: str
    password_hash: str
    first_name: str = ""
    last_name: str = ""


@dataclass(frozen=True)
class RequestKey:
    """The Idempotency-Key of the request that registers a company, and a hash of what the request said."""

    key: str
    request_hash: str


def provision(
    settings: Settings,
    *,
    name: str,
    industry_type: str = "general",
    org_settings: Mapping[str, Any] | None = None,
    owner: NewUser | None = None,
    request: RequestKey | None = None,
) -> Tenant:
    """Create an organization and everything that is its own; all of it or nothing.

    The owner's `request` is noted in the same transaction: whoever is refused the e-mail finds it there.
    Raises Conflict when the owner's e-mail is in use, Unavailable when the database is down.
    """
    try:
        with engine_for(settings, "owner").begin() as connection:
            tenant = _create_organization(connection, name, industry_type, {**DEFAULT_SETTINGS, **(org_settings or {})})
            if owner is not None:
                _create_owner(connection, tenant, owner, request)
            _create_roles(connection, tenant, settings)
            _create_schema(connection, tenant)
            return tenant
    except IntegrityError as error:
        if "users_email_key" in str(error.orig):
            raise Conflict(
                "Ya existe una cuenta con ese correo. Ingrese o use otro correo.", code="email_in_use"
            ) from error
        raise
    except OperationalError as error:
        raise Unavailable(DATABASE_DOWN, code="database_unavailable") from error


def all_tenants(settings: Settings) -> list[tuple[Tenant, str]]:
    """Every tenant with its organization's name, oldest first."""
    statement = select(Organization.organization_id, Organization.name).order_by(Organization.organization_id)
    with engine_for(settings, "owner").connect() as connection:
        return [(Tenant(row.organization_id), row.name) for row in connection.execute(statement)]


def drop_tenant(settings: Settings, tenant: Tenant) -> None:
    """Remove a tenant with all that is theirs, for good."""
    parameters = {"id": tenant.organization_id}
    with engine_for(settings, "pipeline").begin() as connection:
        marts: list[str] = list(connection.execute(text(MARTS)).scalars())
        for mart in marts:
            connection.execute(text(f'delete from analytics."{mart}" where organization_id = :id'), parameters)
    with engine_for(settings, "owner").begin() as connection:
        connection.execute(text(f'drop schema "{tenant.schema}" cascade'))
        for table in (*_OF_ONE_ORGANIZATION, "organizations"):
            connection.execute(text(f"delete from platform.{table} where organization_id = :id"), parameters)
        connection.execute(text(f'drop role "{tenant.app_role}", "{tenant.reader_role}"'))


def _create_organization(connection: Connection, name: str, industry_type: str, values: Mapping[str, Any]) -> Tenant:
    statement = (
        insert(Organization)
        .values(name=name, industry_type=industry_type, settings=dict(values))
        .returning(Organization.organization_id)
    )
    organization_id: UUID = connection.execute(statement).scalar_one()
    connection.execute(insert(TenantStatus).values(organization_id=organization_id))
    return Tenant(organization_id)


def _create_owner(connection: Connection, tenant: Tenant, owner: NewUser, request: RequestKey | None) -> None:
    user_id = connection.execute(
        insert(User)
        .values(
            organization_id=tenant.organization_id,
            email=owner.email,
            password_hash=owner.password_hash,
            first_name=owner.first_name,
            last_name=owner.last_name,
            role="owner",
        )
        .returning(User.user_id)
    ).scalar_one()
    if request is not None:
        connection.execute(
            insert(IdempotencyKey).values(
                organization_id=tenant.organization_id,
                user_id=user_id,
                key=request.key,
                request_hash=request.request_hash,
                status=201,
            )
        )


def _create_roles(connection: Connection, tenant: Tenant, settings: Settings) -> None:
    password = role_password(settings, tenant.reader_role)
    statements = [
        f'create role "{tenant.app_role}" nologin',
        f'grant pymeai_tenant to "{tenant.app_role}"',
        f'grant "{tenant.app_role}" to pymeai_api',
        f"create role \"{tenant.reader_role}\" login noinherit password '{password}' connection limit {READER_CONNECTIONS}",
        f'alter role "{tenant.reader_role}" set default_transaction_read_only = on',
        f'alter role "{tenant.reader_role}" set statement_timeout = {READER_TIMEOUT_MS}',
        f'alter role "{tenant.reader_role}" set search_path = analytics',
    ]
    # Only where an administrator gave us the right to set it (embedded server, or a superuser's PYMEAI_DATABASE_URL).
    if connection.scalar(text("select has_parameter_privilege('temp_file_limit', 'set')")):
        statements.append(f"alter role \"{tenant.reader_role}\" set temp_file_limit = '256MB'")
    _run(connection, statements)
    connection.execute(
        insert(TenantRole),
        [
            {"role_name": role, "organization_id": tenant.organization_id}
            for role in (tenant.reader_role, tenant.app_role)
        ],
    )


def _create_schema(connection: Connection, tenant: Tenant) -> None:
    statements = [
        f'create schema "{tenant.schema}"',
        # Where the tables go; and gin_trgm_ops is named in an index without its schema.
        f'set local search_path = "{tenant.schema}", public',
        *(statement.replace(_ANY_ORGANIZATION, str(tenant.organization_id)) for statement in _tables()),
    ]
    statements += _access_statements(tenant) + _trigger_statements(tenant)
    statements.append(f'grant usage on schema "{tenant.schema}" to "{tenant.app_role}"')
    _run(connection, statements)


@cache
def _tables() -> tuple[str, ...]:
    """What creates the tables and their indexes, without a schema: the same for every tenant but for the organization."""
    own, constant = MetaData(naming_convention=TENANT_METADATA.naming_convention), f"'{_ANY_ORGANIZATION}'::uuid"
    created: list[CreateTable | CreateIndex] = []
    for table in TENANT_METADATA.sorted_tables:
        made = table.to_metadata(own)
        # Said with the table: an ALTER TABLE for each took 8 of the 130 ms that a tenant takes.
        made.c.organization_id.server_default = DefaultClause(text(constant))
        # The check spares the attachment a scan, and holds plain tables to their tenant too.
        check = CheckConstraint(f"organization_id = {constant}", name="organization_id")
        made.append_constraint(check)
        created.append(CreateTable(made))
        created += [CreateIndex(index) for index in sorted(table.indexes, key=lambda index: str(index.name))]
    # Any style of parameters but PostgreSQL's own, which would double a percent sign.
    dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
    return tuple(str(each.compile(dialect=dialect)) for each in created)


def _run(connection: Connection, statements: Sequence[str]) -> None:
    """All of them as one text: 130 round trips took longer than what they asked for."""
    connection.exec_driver_sql(";\n".join(statements), execution_options={"no_parameters": True})


def _access_statements(tenant: Tenant) -> list[str]:
    """What lets the tenant's application, and the pipeline through the parents, at the tables."""
    changed = [table.name for table in TENANT_METADATA.sorted_tables if table.name not in APPEND_ONLY]
    granted = (("select, insert, update, delete", changed), ("select, insert", APPEND_ONLY))
    grants = [
        f'grant {rights} on {", ".join(_name(tenant, table) for table in tables)} to "{tenant.app_role}"'
        for rights, tables in granted
    ]
    attachments = [
        f"alter table crm.{table.name} attach partition {_name(tenant, table.name)} "
        f"for values in ('{tenant.organization_id}')"
        for table in attached_tables()
    ]
    return [*grants, *attachments]


def _name(tenant: Tenant, table: str) -> str:
    return f'"{tenant.schema}"."{table}"'


def _trigger_statements(tenant: Tenant) -> list[str]:
    statements = []
    for table in TENANT_METADATA.sorted_tables:
        name = _name(tenant, table.name)
        if "updated_at" in table.columns:
            edited = ", ".join(
                f'"{c.name}"' for c in table.columns if not c.info.get("computed") and c.name != "updated_at"
            )
            statements.append(
                f"create trigger set_updated_at before update of {edited} on {name} "
                "for each row execute function platform.set_updated_at()"
            )
        if table.name in ATTACHED and table.name not in UNWATCHED:
            statements.append(
                f"create trigger mark_changed after insert or update or delete on {name} "
                f"for each statement execute function platform.mark_changed('{tenant.organization_id}')"
            )
        if table.name in AUDITED:
            statements += _audit_triggers(name, table)
    interactions, opportunities = _name(tenant, "interactions"), _name(tenant, "opportunities")
    statements += _statement_triggers("set_last_interaction", interactions, ("insert", "update", "delete"))
    # A row's own columns can only be set before the row is written; what is written beside it waits for the statement.
    statements.append(
        f"create trigger enter_stage before insert or update of stage_id on {opportunities} "
        "for each row execute function platform.enter_stage()"
    )
    return statements + _statement_triggers("write_stage_history", opportunities, ("insert", "update"))


def _audit_triggers(name: str, table: Table) -> list[str]:
    computed = [column.name for column in table.columns if column.info.get("computed") or column.name == "updated_at"]
    arguments = f"'{AUDITED[table.name]}', '{table.primary_key.columns[0].name}', '{','.join(computed)}'"
    # A bulk import has its own record of what it changed, and would write as many rows again.
    condition = "when (coalesce(current_setting('pymeai.unaudited', true), '') = '') "
    return _statement_triggers("write_audit", name, _TRANSITION_TABLES, condition, arguments)


def _statement_triggers(
    function: str, table: str, events: Iterable[str], condition: str = "", arguments: str = ""
) -> list[str]:
    """A trigger an event, after the statement, which sees all rows of it as the tables old_rows and new_rows.

    A statement on the parent in `crm` fires none of them. Only the pipeline writes there, and only what is computed.
    """
    return [
        f"create trigger {function}_{event} after {event} on {table} referencing {_TRANSITION_TABLES[event]} "
        f"for each statement {condition}execute function platform.{function}({arguments})"
        for event in events
    ]
