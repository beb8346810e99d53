"""What a tenant gets, and that it gets all of it or nothing."""

from uuid import UUID

import pytest
from sqlalchemy import select, text

from pymeai.database.connections import engine_for
from pymeai.database.tables.partitions import ATTACHED, TENANT_METADATA
from pymeai.database.tables.platform import Organization, User
from pymeai.database.tables.tenant import Customer, Interaction, Opportunity, Pipeline, Stage, StageHistory
from pymeai.errors import Conflict
from pymeai.settings import Settings
from pymeai.tenancy.provisioning import NewUser, all_tenants, drop_tenant, provision
from pymeai.tenancy.sessions import platform_session, tenant_connection, tenant_session
from pymeai.tenancy.tenant import Tenant


def test_names_derive_from_the_key() -> None:
    tenant = Tenant(UUID("01a2037e-5c4b-7ce1-9506-1fc08f664954"))
    assert tenant.schema == "t_1fc08f664954"
    assert (tenant.app_role, tenant.reader_role) == ("t_1fc08f664954_app", "t_1fc08f664954_reader")


def test_all_tables_are_there_and_the_pipelines_are_attached(settings: Settings, tenant_a: Tenant) -> None:
    with engine_for(settings, "owner").connect() as connection:
        tables = set(
            connection.execute(
                text("select tablename from pg_tables where schemaname = :schema"), {"schema": tenant_a.schema}
            ).scalars()
        )
        attached = set(
            connection.execute(
                text(
                    "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid "
                    "join pg_class p on p.oid = i.inhparent where c.relnamespace = cast(:schema as regnamespace) "
                    "and p.relnamespace = 'crm'::regnamespace and p.relname = c.relname"
                ),
                {"schema": tenant_a.schema},
            ).scalars()
        )
    assert tables == set(TENANT_METADATA.tables)
    assert attached == set(ATTACHED)


def test_a_second_organization_with_the_same_email_leaves_nothing(settings: Settings) -> None:
    provision(settings, name="Primera", owner=NewUser("duena@ejemplo.cr", "hash"))
    before = all_tenants(settings)
    with pytest.raises(Conflict, match="Ya existe una cuenta con ese correo"):
        provision(settings, name="Segunda", owner=NewUser("DUENA@ejemplo.cr", "hash"))
    assert all_tenants(settings) == before
    with platform_session(settings) as session:
        assert session.scalars(select(Organization.name).where(Organization.name == "Segunda")).all() == []
        assert session.scalars(select(User.role).where(User.email == "Duena@ejemplo.cr")).all() == ["owner"]
    with engine_for(settings, "owner").connect() as connection:
        schemas = connection.scalar(text("select count(*) from pg_namespace where nspname like 't\\_%'"))
    assert schemas == len(before)


def test_dropping_a_tenant_leaves_nothing(settings: Settings, tenant_b: Tenant) -> None:
    tenant = provision(settings, name="Efímera", owner=NewUser("efimera@ejemplo.cr", "hash"))
    drop_tenant(settings, tenant)
    with engine_for(settings, "owner").connect() as connection:
        left = connection.scalar(
            text("select count(*) from pg_roles where rolname like :name"), {"name": f"{tenant.schema}%"}
        )
        assert left == 0
    assert tenant not in dict(all_tenants(settings))
    assert tenant_b in dict(all_tenants(settings))


def test_two_tenants_in_one_pooled_connection(settings: Settings, tenant_a: Tenant, tenant_b: Tenant) -> None:
    for tenant, name in ((tenant_a, "uno"), (tenant_b, "dos"), (tenant_a, "tres")):
        with tenant_session(settings, tenant) as session:
            session.add(Pipeline(name=name))
    with tenant_session(settings, tenant_a) as session:
        assert session.scalars(select(Pipeline.name).order_by(Pipeline.name)).all() == ["tres", "uno"]


def test_an_error_rolls_everything_back(settings: Settings, tenant_a: Tenant) -> None:
    class StopHere(Exception):
        pass

    def fail_half_way() -> None:
        with tenant_session(settings, tenant_a) as session:
            session.add(Customer(first_name="Nadie"))
            session.flush()
            raise StopHere

    with pytest.raises(StopHere):
        fail_half_way()
    with tenant_session(settings, tenant_a) as session:
        assert session.scalars(select(Customer).where(Customer.first_name == "Nadie")).all() == []


def test_a_move_of_stage_writes_history_status_and_time(settings: Settings, tenant_a: Tenant) -> None:
    with tenant_session(settings, tenant_a) as session:
        pipeline = Pipeline(name="historia")
        session.add(pipeline)
        session.flush()
        first = Stage(pipeline_id=pipeline.pipeline_id, name="Contacto")
        won = Stage(pipeline_id=pipeline.pipeline_id, name="Ganada", kind="won")
        session.add_all([first, won])
        session.flush()
        opportunity = Opportunity(pipeline_id=pipeline.pipeline_id, stage_id=first.stage_id, title="Techo")
        session.add(opportunity)
        session.flush()
        session.execute(text("update opportunities set last_stage_change = '2026-01-01', created_at = '2026-01-01'"))
        session.execute(text("update stage_history set changed_at = '2026-01-01'"))
        session.execute(
            text("update opportunities set stage_id = :stage, last_stage_change = '2026-01-11'"),
            {"stage": won.stage_id},
        )
    with tenant_session(settings, tenant_a) as session:
        moved = session.scalars(select(Opportunity)).one()
        history = session.scalars(select(StageHistory).order_by(StageHistory.changed_at)).all()
    assert (moved.status, str(moved.won_at)[:10], moved.lost_at) == ("won", "2026-01-11", None)
    assert [(h.stage_id, h.from_stage_id, h.time_in_stage) for h in history] == [
        (first.stage_id, None, 10 * 86400),
        (won.stage_id, first.stage_id, None),
    ]


def test_last_interaction_follows_the_interactions(settings: Settings, tenant_a: Tenant) -> None:
    with tenant_session(settings, tenant_a) as session:
        customer = Customer(first_name="Con contacto")
        session.add(customer)
        session.flush()
        key = customer.customer_id
        for day in ("2026-03-01", "2026-05-01"):
            session.execute(
                text(
                    "insert into interactions (customer_id, type, date_time) values (:key, 'visita', cast(:day as timestamptz))"
                ),
                {"key": key, "day": day},
            )
    latest = text("select last_interaction::date::text from customers where customer_id = :key")
    with tenant_connection(settings, tenant_a) as connection:
        assert connection.scalar(latest, {"key": key}) == "2026-05-01"
        connection.execute(text("delete from interactions where date_time = '2026-05-01'"))
        assert connection.scalar(latest, {"key": key}) == "2026-03-01"
        connection.execute(text("delete from interactions"))
        assert connection.scalar(latest, {"key": key}) is None
    assert Interaction.__tablename__ == "interactions"


def test_an_edit_makes_its_tenant_dirty_and_the_write_back_does_not(
    settings: Settings, tenant_a: Tenant, tenant_b: Tenant
) -> None:
    changes = text("select organization_id from platform.tenant_changes")
    with engine_for(settings, "pipeline").begin() as connection:
        connection.execute(text("delete from platform.tenant_changes"))
    with tenant_connection(settings, tenant_a) as connection:
        connection.execute(text("insert into customers (first_name) values ('Eva')"))
        connection.execute(text("update customers set last_name = 'Mora' where first_name = 'Eva'"))
    with engine_for(settings, "pipeline").begin() as connection:
        assert connection.execute(changes).scalars().all() == [tenant_a.organization_id]
        connection.execute(text("delete from platform.tenant_changes"))
        connection.execute(
            text("update crm.customers set segment = 'frecuente' where organization_id = :id"),
            {"id": tenant_a.organization_id},
        )
        assert connection.execute(changes).scalars().all() == []
    with tenant_connection(settings, tenant_a) as connection:
        row = connection.execute(
            text("select segment, updated_at - created_at from customers where first_name = 'Eva'")
        ).one()
    assert row[0] == "frecuente"
    assert tenant_b.organization_id != tenant_a.organization_id
