"""Every order and every filter of every list is served by an index, but for the few named here with their reasons."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import ColumnElement, Select, event, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm_api.custom_fields.filters import custom_conditions
from crm_api.customers import repository as customers
from crm_api.customers import service as customer_service
from crm_api.customers.filters import CustomerFilters, customer_conditions
from crm_api.filtering import ColumnFilters
from crm_api.interactions import repository as interactions
from crm_api.interactions import service as interaction_service
from crm_api.interactions.filters import InteractionFilters, interaction_conditions
from crm_api.listing import ListRequest, Sortable, fetch_slice
from crm_api.opportunities import repository as opportunities
from crm_api.opportunities import service as opportunity_service
from crm_api.opportunities.filters import OpportunityFilters, opportunity_conditions
from crm_api.sales import repository as sales
from crm_api.sales import service as sale_service
from crm_api.sales.filters import SaleFilters, sale_conditions
from pymeai.database.connections import engine_for
from pymeai.database.tables.tenant import Customer, Interaction, Opportunity, Sale
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_connection, tenant_session
from tests.conftest import TODAY
from tests.crm_api.conftest import Company
from tests.crm_api.custom_fields import add

ROWS = 3_000
SOMEBODY = UUID("0190a000-0000-7000-8000-000000000001")
NOW = datetime.now(UTC)
EARLY, LATE = NOW - timedelta(days=124), NOW - timedelta(days=1)
VALUES: dict[Any, tuple[Any, Any]] = {
    datetime: (EARLY, LATE), date: (EARLY.date(), LATE.date()), Decimal: (Decimal(7), Decimal(ROWS - 7)),
    UUID: (SOMEBODY, SOMEBODY),
}  # fmt: skip
"""Of each type, one with few rows before it, and one with few after it."""
_FILL = """
insert into customers (first_name, last_name, company_name, email, phone, phone_alt, identification_number, external_id,
    canton, province, district, owner_user_id, consent, tags, custom_fields, lifetime_value, last_interaction, segment,
    created_at, updated_at)
select 'Ana ' || n, 'Mora ' || n, 'Empresa ' || n, n || '@indices.cr', '+506' || (60000000 + n), '+506' || (70000000 + n),
    (100000000 + n)::text, 'C-' || n, (101 + n % 20)::text, '1', (10101 + n % 90)::text, platform.uuid_v7(),
    case when n % 10 = 0 then '{"email": {"granted": true}}'::jsonb else '{}' end, array['t' || n % 50],
    case when n % 20 = 0 then jsonb_build_object('plazo', n, 'zona', 'Zona ' || n) else '{}' end, n,
    now() - n * interval '1 hour', 's' || n % 30, now() - n * interval '1 hour', now() - n * interval '1 hour'
from generate_series(1, :rows) n;
insert into opportunities (pipeline_id, stage_id, customer_id, user_id, seller, title, value, product, external_id, created_at,
    updated_at, last_stage_change, expected_close_date, won_at, lost_at, next_step_at, board_position)
select s.pipeline_id, s.stage_id, c.customer_id, c.owner_user_id, c.last_name, c.first_name, c.lifetime_value, c.company_name,
    c.external_id, c.created_at, c.updated_at, c.created_at, c.created_at::date, c.created_at, c.created_at, c.created_at,
    c.lifetime_value
from customers c cross join (select * from stages order by position limit 1) s;
insert into interactions (customer_id, opportunity_id, user_id, type, date_time, created_at, updated_at, followup_date,
    followup_done_at, external_id)
select o.customer_id, o.opportunity_id, o.user_id, 'Llamada', o.created_at, o.created_at, o.updated_at, o.created_at::date,
    case when o.value % 2 = 0 then o.created_at end, o.external_id from opportunities o;
insert into sales (customer_id, opportunity_id, user_id, seller, sold_at, created_at, updated_at, amount, external_key)
select o.customer_id, o.opportunity_id, o.user_id, o.seller, o.created_at, o.created_at, o.updated_at, o.value, o.external_id
from opportunities o
"""


@dataclass(frozen=True)
class List:
    """A list as its service reads it, and what it may be sorted by and filtered by without an index."""

    table: str
    statement: Callable[[], Select[Any]]
    key: InstrumentedAttribute[UUID]
    sortable: dict[str, Sortable]
    filters: type[ColumnFilters]
    conditions: Callable[[Session, Any], Sequence[ColumnElement[bool]]]
    # A handful of values each: an index would offer a great part of the table, which is then read as fast without it.
    unsorted: frozenset[str]
    unfiltered: frozenset[str]


LISTS = {
    one.table: one
    for one in (
        List(
            "customers", customers.living, Customer.customer_id, customer_service.SORTABLE, CustomerFilters,
            customer_conditions,
            unsorted=frozenset({"kind", "status", "province", "source"}),
            # Part of a text is in no index of its own.
            unfiltered=frozenset({"kind", "status", "identification_type", "province", "source", "address"}),
        ),
        List(
            "opportunities", opportunities.living, Opportunity.opportunity_id, opportunity_service.SORTABLE,
            OpportunityFilters,
            lambda session, filters: opportunity_conditions(session, filters, TODAY),
            # A place among the cards of a stage, which says nothing across stages; what another table says, too.
            unsorted=frozenset({
                "status", "board_position", "user_id", "probability", "effective_probability", "weighted_value",
                "customer_name",
            }),
            unfiltered=frozenset({
                "pipeline_id", "currency", "exchange_rate_from", "exchange_rate_to", "status", "lost_reason", "source",
                "probability_from", "probability_to", "probability_override_from", "probability_override_to", "is_stalled",
                "is_overdue", "days_in_stage_from", "days_in_stage_to", "effective_probability_from",
                "effective_probability_to", "weighted_value_from", "weighted_value_to", "description",
            }),
        ),
        List(
            "interactions", interactions.visible, Interaction.interaction_id, interaction_service.SORTABLE,
            InteractionFilters, lambda session, filters: interaction_conditions(session, filters, None),
            unsorted=frozenset({"type", "customer_name"}),
            unfiltered=frozenset({"type", "direction", "channel", "outcome"}),
        ),
        List(
            "sales", sales.every, Sale.sale_id, sale_service.SORTABLE, SaleFilters, sale_conditions,
            unsorted=frozenset({"document_type", "payment_method", "channel", "customer_name"}),
            unfiltered=frozenset({
                "tax_from", "tax_to", "currency", "exchange_rate_from", "exchange_rate_to", "document_type",
                "payment_method", "source", "channel", "product",
            }),
        ),
    )
}  # fmt: skip
# What is empty is most of the table, or too little to matter: no index holds it.
FILTERS = [
    (name, field)
    for name, one in LISTS.items()
    for field in one.filters.model_fields
    if not field.endswith("_empty") and field not in one.unfiltered | {"custom"}
]
ORDERS = [
    (name, sign + column) for name, one in LISTS.items() for column in one.sortable for sign in ("", "-")
    if column not in one.unsorted
]  # fmt: skip


@pytest.fixture(scope="module")
def filled(register: Callable[..., Company], settings: Settings) -> Company:
    """A company with some thousand rows in each list, each with a value of its own, and statistics."""
    company = register("Índices")
    add(company, "Plazo", "number")
    add(company, "Zona", "text")
    with tenant_connection(settings, company.tenant) as connection:
        connection.execute(text("set local pymeai.unaudited = 'test'"))
        for statement in _FILL.split(";\n"):
            connection.execute(text(statement), {"rows": ROWS} if ":rows" in statement else {})
    with engine_for(settings, "owner").connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in LISTS:
            connection.execute(text(f'analyze "{company.tenant.schema}".{table}'))
    return company


@pytest.fixture
def session(filled: Company, settings: Settings) -> Iterator[Session]:
    """A session in which the planner reads a whole table only where no index serves."""
    with tenant_session(settings, filled.tenant) as session:
        session.execute(text("set local enable_seqscan = off"))
        yield session


@pytest.mark.parametrize(("name", "sort"), ORDERS)
def test_an_index_serves_the_order(session: Session, name: str, sort: str) -> None:
    cursor = None
    for _ in range(2):
        page = _page(session, LISTS[name], sort, cursor)
        nodes = [node for plan in page.plans for node in _nodes(plan)]
        assert "Sort" not in {node["Node Type"] for node in nodes}, page.plans
        assert {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"} == set()
        cursor = page.next_cursor
        assert cursor


@pytest.mark.parametrize(("name", "field"), FILTERS)
def test_an_index_serves_the_filter(session: Session, name: str, field: str) -> None:
    one = LISTS[name]
    wanted = one.conditions(session, one.filters.model_validate({field: _value(one, field)}))
    served = _served(session, one.statement().with_only_columns(one.key).where(*wanted), one.table)
    assert served, field


@pytest.mark.parametrize(
    "expression", ["plazo:gte:30", "plazo:lte:30", "plazo:eq:30", "zona:contains:on", "zona:empty:false"]
)
def test_an_index_serves_custom_fields(session: Session, expression: str) -> None:
    wanted = custom_conditions(session, "customer", Customer.custom_fields, [expression])
    assert _served(session, customers.living().with_only_columns(Customer.customer_id).where(*wanted), "customers")


def test_the_exceptions_are_orders_and_filters() -> None:
    for one in LISTS.values():
        assert one.unsorted <= set(one.sortable)
        assert one.unfiltered <= set(one.filters.model_fields)


@dataclass(frozen=True)
class _Page:
    plans: list[dict[str, Any]]
    next_cursor: str


def _page(session: Session, one: List, sort: str, cursor: str | None) -> _Page:
    """The plans of the statements that read a page, and where the next begins."""
    request = ListRequest(limit=20, sort=sort, cursor=cursor)
    with _noted(session) as statements:
        found = fetch_slice(session, one.statement(), request, key=one.key, sortable=one.sortable, default_sort=sort)
    assert found.total == ROWS
    plans = [_plan(session, *statement) for statement in statements if "count(*)" not in statement[0]]
    return _Page(plans, found.next_cursor or "")


def _served(session: Session, statement: Select[Any], table: str) -> bool:
    """Whether an index of the table is asked for some of its rows, not read from end to end."""
    with _noted(session) as statements:
        session.execute(statement)
    nodes = _nodes(_plan(session, *statements[0]))
    return any("Index Cond" in node and node["Index Name"].startswith(table) for node in nodes)


@contextmanager
def _noted(session: Session) -> Iterator[list[tuple[str, Any]]]:
    """The statements that are run meanwhile, with their parameters."""
    statements: list[tuple[str, Any]] = []

    def note(*call: Any) -> None:
        statements.append((call[2], call[3]))

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    yield statements
    event.remove(connection, "before_cursor_execute", note)


def _plan(session: Session, sql: str, parameters: Any) -> dict[str, Any]:
    explained = session.connection().exec_driver_sql(f"explain (format json) {sql}", parameters).scalar_one()
    plan: dict[str, Any] = explained[0]["Plan"]
    return plan


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def _value(one: List, field: str) -> Any:
    """Something to ask of a filter."""
    special: dict[str, Any] = {"customer_name": "ana 7", "opportunity_title": "ana 7", "notes": "techo"}
    special |= {"tags_all": ["t1"], "tags": ["t1"], "tag": ["t1"], "consent": ["email"], "followup_pending": True}
    if field in special:
        return special[field]
    name, _, how = field.rpartition("_")
    ranged = how in ("from", "to")
    column = one.key.class_.__table__.columns[name if ranged else field]
    early, late = VALUES.get(column.type.python_type, ("+50660000007", ""))
    if not ranged:
        return [early]
    return late if how == "from" else early
