"""Which changes a refresh covers, and that only these are forgotten."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import text

from orchestration.scope import (
    dirty_organizations,
    finish_scope,
    mark_failed,
    mark_refreshed,
    refresh_lock,
    take_scope,
)
from pymeai.database.connections import engine_for
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_connection
from pymeai.tenancy.tenant import Tenant
from tests.orchestration.sample_rows import add_customer, rows


@pytest.fixture(autouse=True)
def clean(settings: Settings) -> None:
    with engine_for(settings, "pipeline").begin() as connection:
        connection.execute(text("delete from platform.tenant_changes"))
        connection.execute(text("delete from platform.pipeline_scope"))


def scope_rows(settings: Settings) -> list[tuple[UUID, date, list[int]]]:
    return rows(
        settings, "select organization_id, business_day, transaction_ids from platform.pipeline_scope order by 1"
    )


def test_the_dirty_are_in_the_scope_with_their_transactions(
    settings: Settings, tenant_a: Tenant, tenant_b: Tenant
) -> None:
    add_customer(settings, tenant_a, "Ana")
    add_customer(settings, tenant_a, "Beto")
    scope = take_scope(settings)
    assert scope.organizations == (tenant_a.organization_id,)
    assert scope.business_day == date(2026, 11, 16)
    [(organization, day, transactions)] = scope_rows(settings)
    assert (organization, day) == (tenant_a.organization_id, date(2026, 11, 16))
    assert sorted(transactions) == rows(settings, "select transaction_id from platform.tenant_changes order by 1")
    assert len(transactions) == 2


def test_a_scope_may_name_tenants_that_are_clean(settings: Settings, tenant_a: Tenant, tenant_b: Tenant) -> None:
    add_customer(settings, tenant_a, "Ana")
    scope = take_scope(settings, [tenant_b.organization_id])
    assert scope.organizations == (tenant_b.organization_id,)
    assert scope_rows(settings) == [(tenant_b.organization_id, date(2026, 11, 16), [])]


def test_a_scope_of_nobody_is_empty_even_where_somebody_is_dirty(settings: Settings, tenant_a: Tenant) -> None:
    add_customer(settings, tenant_a, "Ana")
    assert take_scope(settings, []).organizations == ()
    assert scope_rows(settings) == []


def test_what_a_dead_refresh_left_behind_is_replaced(settings: Settings, tenant_a: Tenant, tenant_b: Tenant) -> None:
    take_scope(settings, [tenant_a.organization_id])
    assert take_scope(settings, [tenant_b.organization_id]).organizations == (tenant_b.organization_id,)
    assert [row[0] for row in scope_rows(settings)] == [tenant_b.organization_id]


def test_a_transaction_that_commits_after_the_scope_keeps_its_tenant_dirty(
    settings: Settings, tenant_a: Tenant
) -> None:
    add_customer(settings, tenant_a, "Ana")
    with tenant_connection(settings, tenant_a) as connection:
        connection.execute(text("insert into customers (first_name) values ('Beto')"))
        # Open while the scope is taken, committed before the refresh is done.
        scope = take_scope(settings)
    mark_refreshed(settings, scope)
    finish_scope(settings)
    assert dirty_organizations(settings) == [tenant_a.organization_id]
    again = take_scope(settings)
    mark_refreshed(settings, again)
    assert dirty_organizations(settings) == []
    status = rows(
        settings,
        "select refreshed_at, last_error from platform.tenant_status where organization_id = :id",
        id=tenant_a.organization_id,
    )
    assert status == [(again.taken_at, None)]


def test_a_failure_is_told_and_leaves_the_tenant_dirty(settings: Settings, tenant_a: Tenant) -> None:
    add_customer(settings, tenant_a, "Ana")
    scope = take_scope(settings)
    mark_failed(settings, scope, "No se pudo.")
    told = "select last_error from platform.tenant_status where organization_id = :id"
    assert rows(settings, told, id=tenant_a.organization_id) == ["No se pudo."]
    assert dirty_organizations(settings) == [tenant_a.organization_id]
    mark_refreshed(settings, scope)
    assert rows(settings, told, id=tenant_a.organization_id) == [None]


def test_one_refresh_at_a_time(settings: Settings) -> None:
    with refresh_lock(settings, 0) as first, refresh_lock(settings, 0.2) as second:
        assert (first, second) == (True, False)
    with refresh_lock(settings, 0) as third:
        assert third


def test_a_lost_connection_lets_the_lock_go(settings: Settings) -> None:
    holder = engine_for(settings, "pipeline").connect()
    with refresh_lock(settings, 0) as got:
        assert got
        held = """
            select pid from pg_locks join pg_database on oid = database
            where datname = current_database() and locktype = 'advisory' and granted
        """
        [pid] = rows(settings, held)
        with engine_for(settings, "owner").connect() as connection:
            allowed = connection.scalar(text("select pg_terminate_backend(:pid)"), {"pid": pid})
        holder.close()
        if not allowed:
            pytest.skip("the owner may not end the pipeline's connections here")
        with refresh_lock(settings, 5) as other:
            assert other
