"""Whole lists as files, as they were filtered; who took them is in the audit log."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from crm_api.custom_fields.repository import in_use
from crm_api.customers.filters import CustomerFilters, customer_conditions
from crm_api.customers.repository import has_words, living
from crm_api.dependencies import Caller
from crm_api.exports.columns import SHEETS, Column, Kind, Sheet, shown
from crm_api.exports.files import MAX_EXCEL_ROWS, csv_file, excel_file
from crm_api.filtering import ColumnFilters
from crm_api.interactions import repository as interactions
from crm_api.interactions.filters import InteractionFilters, interaction_conditions
from crm_api.opportunities import repository as opportunities
from crm_api.opportunities.filters import OpportunityFilters, opportunity_conditions
from crm_api.sales import repository as sales
from crm_api.sales.filters import SaleFilters, sale_conditions
from crm_api.users.repository import in_organization
from pymeai.clock import business_today
from pymeai.database.tables.workspace import AuditLog
from pymeai.errors import invalid_field
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session, tenant_session

FileFormat = Literal["csv", "xlsx"]
_ROWS_AT_ONCE = 500
MEDIA_TYPES: dict[FileFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Download:
    """A file to be sent: its name, what it is, and its bytes, read from the database as they are sent."""

    file_name: str
    media_type: str
    pieces: Iterator[bytes]


def export_customers(
    session: Session, settings: Settings, caller: Caller, filters: CustomerFilters, query: str | None, form: FileFormat
) -> Download:
    """The customers that the list would show."""
    statement = living().where(*customer_conditions(session, filters))
    if query:
        statement = statement.where(*has_words(query))
    return _download(session, settings, caller, "customers", statement, filters, query, form)


def export_sales(
    session: Session, settings: Settings, caller: Caller, filters: SaleFilters, query: str | None, form: FileFormat
) -> Download:
    """The sales that the list would show."""
    statement = sales.every().where(*sale_conditions(session, filters))
    if query:
        statement = statement.where(*sales.matches(query))
    return _download(session, settings, caller, "sales", statement, filters, query, form)


def export_opportunities(
    session: Session,
    settings: Settings,
    caller: Caller,
    filters: OpportunityFilters,
    query: str | None,
    form: FileFormat,
) -> Download:
    """The opportunities that the list would show."""
    wanted = opportunity_conditions(session, filters, business_today(settings))
    statement = opportunities.living().where(*wanted)
    if filters.ask_the_stage:
        statement = opportunities.with_stages(statement)
    if query:
        statement = statement.where(*opportunities.matches(query))
    return _download(session, settings, caller, "opportunities", statement, filters, query, form)


def export_interactions(
    session: Session,
    settings: Settings,
    caller: Caller,
    filters: InteractionFilters,
    query: str | None,
    form: FileFormat,
) -> Download:
    """The interactions that the list would show."""
    statement = interactions.visible().where(*interaction_conditions(session, filters, None))
    if query:
        statement = statement.where(*interactions.matches(query))
    return _download(session, settings, caller, "interactions", statement, filters, query, form)


def _download(
    session: Session,
    settings: Settings,
    caller: Caller,
    kind: Kind,
    statement: Select[Any],
    filters: ColumnFilters,
    query: str | None,
    form: FileFormat,
) -> Download:
    sheet = SHEETS[kind]
    chosen = statement.with_only_columns(sheet.key)
    rows = session.execute(select(func.count()).select_from(chosen.subquery())).scalar_one()
    if form == "xlsx" and rows > MAX_EXCEL_ROWS:
        message = "Son más filas de las que caben en Excel. Pida el archivo en CSV."
        raise invalid_field("format", message)
    columns = [*sheet.columns, *_custom_columns(session, sheet)]
    asked = filters.model_fields_set | ({"q"} if query else set())
    session.add(
        AuditLog(
            user_id=caller.user_id,
            api_key_id=caller.api_key_id,
            request_id=caller.request_id,
            action="exported",
            entity=sheet.entity,
            # How many, and of how narrow a choice: which names were searched for is nobody's business for ever.
            after={"rows": rows, "format": form, "filters": sorted(asked)},
        )
    )
    wanted = sheet.joined.with_only_columns(*(column.expression for column in columns), maintain_column_froms=True)
    ordered = wanted.where(sheet.key.in_(chosen)).order_by(sheet.key)
    header = [column.header for column in columns]
    values = _rows(settings, caller, ordered, columns)
    pieces = csv_file(header, values) if form == "csv" else excel_file(sheet.name, header, values)
    # What fails does so before the answer begins; an answer that has begun can only break off.
    first = next(pieces)
    name = f"{sheet.name}-{business_today(settings).isoformat()}.{form}"
    return Download(name, MEDIA_TYPES[form], chain([first], pieces))


def _custom_columns(session: Session, sheet: Sheet) -> list[Column]:
    taken = {column.header for column in sheet.columns}
    found = []
    for field in in_use(session, sheet.entity):
        header = field.label if field.label not in taken else f"{field.label} ({field.field_name})"
        taken.add(header)
        found.append(Column(header, sheet.custom_fields[field.field_name]))
    return found


def _rows(settings: Settings, caller: Caller, statement: Select[Any], columns: Sequence[Column]) -> Iterator[list[Any]]:
    """The rows, a few at a time, in a transaction of their own: the request's has ended when the file is sent."""
    with platform_session(settings) as platform:
        people = {
            str(user.user_id): f"{user.first_name} {user.last_name}".strip() or str(user.email)
            for user in platform.execute(in_organization(caller.tenant.organization_id)).scalars()
        }
    with tenant_session(settings, caller.tenant, actor=caller.actor) as session:
        for row in session.execute(statement.execution_options(yield_per=_ROWS_AT_ONCE)):
            yield [shown(value, column.show, people) for value, column in zip(row, columns, strict=True)]
