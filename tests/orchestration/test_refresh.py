"""A refresh of two tenants on a real PostgreSQL: what ends up in the marts, in analytics_data and back in the CRM."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from orchestration.dbt_runs import RefreshFailed
from orchestration.refresh import RefreshReport, StepResult, refresh, refresh_steps
from orchestration.scope import Scope, dirty_organizations, refresh_lock
from pymeai.database.connections import engine_for
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_connection
from pymeai.tenancy.tenant import Tenant
from tests.orchestration.sample_rows import add_customer, add_opportunity, add_sales, rows


@pytest.fixture(scope="module")
def people(settings: Settings, tenant_a: Tenant, tenant_b: Tenant) -> dict[str, UUID]:
    keys = {
        name: add_customer(settings, tenant, name)
        for tenant, name in ((tenant_a, "ana"), (tenant_a, "beto"), (tenant_a, "carla"), (tenant_b, "dora"))
    }
    add_sales(
        settings,
        tenant_a,
        keys["ana"],
        [
            ("2026-09-10", "1000.10", "invoice"),
            ("2026-10-05", "2000.20", "invoice"),
            ("2026-11-10", "3000.30", "ticket"),
            ("2026-11-11", "500.55555", "credit_note"),
        ],
    )
    add_sales(settings, tenant_a, keys["beto"], [("2025-01-15", "700", "invoice")])
    add_sales(settings, tenant_a, None, [("2026-11-02", "50", "ticket")])
    add_sales(settings, tenant_b, keys["dora"], [("2026-11-09", "9", "invoice")])
    add_opportunity(settings, tenant_a, "won", "800", "2026-10-01", "2026-11-05")
    add_opportunity(settings, tenant_a, "lost", "300", "2026-11-01", "2026-11-06")
    add_opportunity(settings, tenant_a, "open", "1000", "2026-11-03", None)
    return keys


@pytest.fixture(scope="module")
def report(settings: Settings, tenant_a: Tenant, tenant_b: Tenant, people: dict[str, UUID]) -> RefreshReport:
    return refresh(settings, [tenant_a.organization_id, tenant_b.organization_id])


def test_every_step_is_reported_in_its_order(report: RefreshReport, tenant_a: Tenant, tenant_b: Tenant) -> None:
    assert report.scope is not None
    assert set(report.scope.organizations) == {tenant_a.organization_id, tenant_b.organization_id}
    names = [result.name for result in report.results]
    order = [
        "model.pymeai.stg_sales",
        "model.pymeai.fct_sales",
        "customer_segments",
        "model.pymeai.dim_customers",
        "analytics_data",
        "customers_write_back",
    ]
    assert [name for name in names if name in order] == order
    tests = [result for result in report.results if result.kind == "test"]
    assert len(tests) > 10
    assert report.failed_tests == []


def test_the_marts_hold_each_tenants_sales(
    settings: Settings, report: RefreshReport, tenant_a: Tenant, tenant_b: Tenant
) -> None:
    totals = "select count(*), sum(amount) from analytics.fct_sales where organization_id = :id"
    assert rows(settings, totals, id=tenant_a.organization_id) == [(6, Decimal("6250.04445"))]
    assert rows(settings, totals, id=tenant_b.organization_id) == [(1, Decimal(9))]


def test_customers_are_labelled_with_reasons(
    settings: Settings, report: RefreshReport, people: dict[str, UUID]
) -> None:
    statement = (
        "select segment, frequency, recency_days, monetary, reasons, business.business_day "
        "from analytics.customer_segments join analytics.tenant_freshness as business using (organization_id) "
        "where customer_id = :id"
    )
    day = date(2026, 11, 16)
    assert rows(settings, statement, id=people["ana"]) == [
        ("frecuente", 3, 6, Decimal("5500.04445"), ["Compró en 3 días distintos de los últimos 365 días."], day)
    ]
    assert rows(settings, statement, id=people["beto"]) == [
        (
            "inactivo",
            1,
            670,
            Decimal(700),
            ["Su última compra fue hace 670 días; el límite es de 90 días."],
            day,
        )
    ]
    [(segment, frequency, recency, monetary, _, _)] = rows(settings, statement, id=people["carla"])
    assert (segment, frequency, recency, monetary) == ("inactivo", 0, None, 0)


def test_the_marts_and_the_crm_show_the_same_label_and_value(
    settings: Settings, report: RefreshReport, people: dict[str, UUID]
) -> None:
    in_mart = "select segment, lifetime_value from analytics.dim_customers where customer_id = :id"
    in_crm = "select segment, lifetime_value from crm.customers where customer_id = :id"
    expected = [("frecuente", Decimal("5500.04445"))]
    assert rows(settings, in_mart, id=people["ana"]) == expected
    assert rows(settings, in_crm, id=people["ana"]) == expected


def test_analytics_data_has_a_document_for_each_month(
    settings: Settings, report: RefreshReport, tenant_a: Tenant
) -> None:
    documents = {
        (data_type, start): (end, data)
        for data_type, start, end, data in rows(
            settings,
            "select data_type, period_start, period_end, data from crm.analytics_data where organization_id = :id",
            id=tenant_a.organization_id,
        )
    }
    assert {start for data_type, start in documents if data_type == "sales_summary"} == {
        date(2025, 1, 1),
        date(2026, 9, 1),
        date(2026, 10, 1),
        date(2026, 11, 1),
    }
    end, november = documents["sales_summary", date(2026, 11, 1)]
    assert end == date(2026, 11, 30)
    assert november == {
        "currency": "CRC",
        "net_sales": 2549.74445,
        "sales_count": 2,
        "average_ticket": 1525.15,
        "active_customers": 1,
    }
    _, pipelines = documents["pipeline_performance", date(2026, 11, 1)]
    assert pipelines["pipelines"] == [
        {
            "pipeline": "Ventas",
            "created": 2,
            "won": 1,
            "lost": 1,
            "won_value": 800.0,
            "win_rate": 0.5,
            "median_days_to_close": 35,
        }
    ]
    assert pipelines["open_stages"] == [
        {
            "pipeline": "Ventas",
            "stage": "open",
            "opportunities": 1,
            "value": 1000.0,
            "weighted_value": 400.0,
            "stalled": 0,
        }
    ]
    _, segments = documents["customer_segments", date(2026, 11, 1)]
    assert segments["customers"] == 3
    assert [(s["segment"], s["customers"], s["monetary"]) for s in segments["segments"]] == [
        ("frecuente", 1, 5500.04445),
        ("inactivo", 2, 700.0),
    ]
    assert segments["groups"] == []
    assert segments["groups_note"].startswith("Datos insuficientes")


def test_a_second_refresh_changes_nothing_and_nobody_is_dirty(
    settings: Settings, report: RefreshReport, tenant_a: Tenant
) -> None:
    before = "select data_id, data, created_at from crm.analytics_data where organization_id = :id order by data_id"
    stamps = "select customer_id, updated_at from crm.customers where organization_id = :id order by 1"
    documents = rows(settings, before, id=tenant_a.organization_id)
    edited = rows(settings, stamps, id=tenant_a.organization_id)
    again = refresh(settings, [tenant_a.organization_id], tests=False)
    written = {result.name: result.rows for result in again.results if result.kind == "step"}
    assert (written["analytics_data"], written["customers_write_back"]) == (0, 0)
    assert rows(settings, before, id=tenant_a.organization_id) == documents
    assert rows(settings, stamps, id=tenant_a.organization_id) == edited
    assert tenant_a.organization_id not in dirty_organizations(settings)


def test_views_that_stand_are_not_made_again_but_are_reported(
    settings: Settings, report: RefreshReport, tenant_a: Tenant
) -> None:
    made = {result.name for result in report.results if result.kind in ("model", "view")}
    again = refresh(settings, [tenant_a.organization_id], tests=False)
    standing = [result.name for result in again.results if result.kind == "view"]
    assert {"model.pymeai.stg_sales", "model.pymeai.int_sales_converted", "model.pymeai.stg_customer_segments"} <= set(
        standing
    )
    assert standing.index("model.pymeai.stg_sales") < standing.index("model.pymeai.int_sales_converted")
    assert made == {result.name for result in again.results if result.kind in ("model", "view")}
    names = [result.name for result in again.results]
    assert names.index("customer_segments") < names.index("model.pymeai.stg_customer_segments")


def test_a_view_that_is_missing_is_made_after_the_first_failure(
    settings: Settings, report: RefreshReport, tenant_a: Tenant
) -> None:
    with engine_for(settings, "pipeline").begin() as connection:
        connection.execute(text("drop view staging.stg_users cascade"))
    with pytest.raises(RefreshFailed):
        refresh(settings, [tenant_a.organization_id], tests=False)
    assert refresh(settings, [tenant_a.organization_id], tests=False).scope is not None


def test_what_is_gone_from_the_crm_is_gone_from_the_marts(
    settings: Settings, report: RefreshReport, tenant_b: Tenant, people: dict[str, UUID]
) -> None:
    with tenant_connection(settings, tenant_b) as connection:
        connection.execute(text("delete from sales"))
    refresh(settings, [tenant_b.organization_id], tests=False)
    left = "select count(*) from analytics.fct_sales where organization_id = :id"
    assert rows(settings, left, id=tenant_b.organization_id) == [0]
    months = "select count(*) from crm.analytics_data where organization_id = :id and data_type = 'sales_summary'"
    assert rows(settings, months, id=tenant_b.organization_id) == [0]
    value = "select segment, lifetime_value from crm.customers where customer_id = :id"
    assert rows(settings, value, id=people["dora"]) == [("inactivo", Decimal(0))]


def test_an_edit_during_a_refresh_leaves_the_tenant_dirty(
    settings: Settings, report: RefreshReport, tenant_a: Tenant
) -> None:
    def buy_meanwhile(step: StepResult) -> None:
        if step.name == "customer_segments":
            add_sales(settings, tenant_a, None, [("2026-11-15", "77", "ticket")])

    refresh(settings, [tenant_a.organization_id], buy_meanwhile, tests=False)
    assert tenant_a.organization_id in dirty_organizations(settings)
    refresh(settings, [tenant_a.organization_id], tests=False)
    total = "select sum(amount) from analytics.fct_sales where organization_id = :id"
    assert rows(settings, total, id=tenant_a.organization_id) == [Decimal("6327.04445")]
    assert tenant_a.organization_id not in dirty_organizations(settings)


def test_what_another_refresh_has_covered_is_not_done_again(
    settings: Settings, report: RefreshReport, tenant_a: Tenant, tenant_b: Tenant
) -> None:
    add_customer(settings, tenant_b, "Eva")
    assert list(refresh_steps(settings, unless_clean=[tenant_a.organization_id])) == []
    assert tenant_b.organization_id in dirty_organizations(settings)


def test_a_refresh_that_does_not_get_its_turn_leaves_the_tenants_dirty(
    settings: Settings, report: RefreshReport, tenant_b: Tenant
) -> None:
    add_customer(settings, tenant_b, "Fabio")
    with refresh_lock(settings, 0) as got:
        assert got
        assert refresh(settings, [tenant_b.organization_id], wait_seconds=0.1).scope is None
    assert tenant_b.organization_id in dirty_organizations(settings)


@pytest.fixture
def broken_mart(settings: Settings) -> Iterator[None]:
    """A mart that refuses every row."""
    with engine_for(settings, "pipeline").begin() as connection:
        connection.execute(text("alter table analytics.fct_sales add constraint never check (false) not valid"))
    yield
    with engine_for(settings, "pipeline").begin() as connection:
        connection.execute(text("alter table analytics.fct_sales drop constraint never"))


def test_a_failure_is_told_in_spanish_and_the_next_refresh_mends_it(
    settings: Settings, report: RefreshReport, tenant_a: Tenant, broken_mart: None, request: pytest.FixtureRequest
) -> None:
    add_sales(settings, tenant_a, None, [("2026-11-14", "1", "ticket")])
    with pytest.raises(RefreshFailed, match="No se pudieron actualizar los tableros") as raised:
        refresh(settings, [tenant_a.organization_id], tests=False)
    assert "fct_sales" in raised.value.detail
    status = "select last_error from platform.tenant_status where organization_id = :id"
    assert rows(settings, status, id=tenant_a.organization_id) == [raised.value.message]
    assert tenant_a.organization_id in dirty_organizations(settings)
    assert rows(settings, "select count(*) from platform.pipeline_scope") == [0]
    # The rows of before are still there to be read.
    assert (
        rows(
            settings,
            "select count(*) from analytics.fct_sales where organization_id = :id",
            id=tenant_a.organization_id,
        )[0]
        >= 6
    )


def test_after_the_failure(settings: Settings, report: RefreshReport, tenant_a: Tenant) -> None:
    scope = refresh(settings, [tenant_a.organization_id], tests=False).scope
    assert isinstance(scope, Scope)
    status = "select last_error, refreshed_at from platform.tenant_status where organization_id = :id"
    assert rows(settings, status, id=tenant_a.organization_id) == [(None, scope.taken_at)]


def test_the_farthest_days_that_are_allowed_refresh_and_no_farther_ones_get_in(
    settings: Settings, new_tenant: Callable[[str], Tenant]
) -> None:
    tenant = new_tenant("Bazar de siempre")
    customer = add_customer(settings, tenant, "elena", created="1900-01-01")
    add_sales(settings, tenant, customer, [("1900-01-01", "1", "invoice"), ("2100-12-31", "2", "invoice")])
    for day in ("1899-12-30", "0001-01-01", "2101-01-01"):
        with pytest.raises(IntegrityError, match="sales_sold_at_check"):
            add_sales(settings, tenant, customer, [(day, "1", "invoice")])
    assert refresh(settings, [tenant.organization_id]).failed_tests == []
    days = "select sold_on::text, amount from analytics.fct_sales where organization_id = :id order by 1"
    assert rows(settings, days, id=tenant.organization_id) == [("1900-01-01", 1), ("2100-12-31", 2)]
