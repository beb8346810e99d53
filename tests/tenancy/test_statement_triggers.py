"""What triggers write beside a statement of many rows is what they write beside as many statements of one."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Connection, text

from pymeai.database.bootstrap import connection_string
from pymeai.database.connections import administrator_url, engine_for
from pymeai.database.migrations.scripts import run_for_each_tenant
from pymeai.database.tables.platform import Webhook
from pymeai.settings import Settings
from pymeai.tenancy.provisioning import AUDITED, provision
from pymeai.tenancy.sessions import Actor, platform_session, tenant_connection
from pymeai.tenancy.tenant import Tenant
from tests.conftest import OwnDatabase

ACTOR = Actor(UUID(int=7), "peticion-1", UUID(int=8))
LINES = "select action, entity, entity_id, before, after, user_id, api_key_id, request_id from audit_log where entity = :entity"
MOVES = """
    select o.title, departed.name, entered.name, h.time_in_stage is null, h.is_administrative, h.user_id,
        h.changed_at = o.last_stage_change
    from stage_history h join opportunities o using (opportunity_id)
    join stages entered on entered.stage_id = h.stage_id left join stages departed on departed.stage_id = h.from_stage_id
    order by o.title, h.changed_at, h.history_id
"""


@pytest.fixture
def tenant(new_tenant: Callable[[str], Tenant]) -> Tenant:
    """A company of this test's own."""
    return new_tenant("De a muchos")


def _lines(connection: Connection, entity: str) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(text(LINES), {"entity": entity}).mappings()]


def _customers(connection: Connection, *names: str) -> dict[str, UUID]:
    statement = text(
        "insert into customers (first_name, tags) select name, array[name] from unnest(cast(:names as text[])) name "
        "returning first_name, customer_id"
    )
    return {row[0]: row[1] for row in connection.execute(statement, {"names": list(names)})}


def _stages(connection: Connection) -> dict[str, UUID]:
    connection.execute(text("insert into pipelines (name) values ('Ventas')"))
    statement = text(
        "insert into stages (pipeline_id, name, kind) select pipeline_id, stage, kind from pipelines, "
        "(values ('Uno', 'open'), ('Dos', 'open'), ('Ganada', 'won'), ('Cobrada', 'won')) s (stage, kind) "
        "returning name, stage_id"
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


def _opportunities(connection: Connection, stage: UUID, *titles: str) -> None:
    connection.execute(
        text(
            "insert into opportunities (pipeline_id, stage_id, title) select pipeline_id, stage_id, title "
            "from stages, unnest(cast(:titles as text[])) title where stage_id = :stage"
        ),
        {"titles": list(titles), "stage": stage},
    )


def test_each_row_of_a_statement_has_its_own_line(settings: Settings, tenant: Tenant) -> None:
    with tenant_connection(settings, tenant, actor=ACTOR) as connection:
        keys = _customers(connection, "Ana", "Beto", "Carla")
        created = _lines(connection, "customer")
        changed = connection.execute(
            text(
                "update customers set source = 'Feria de ' || first_name, phone = '+50688887777' where first_name <> 'Carla'"
            )
        )
        assert changed.rowcount == 2
        updated = [line for line in _lines(connection, "customer") if line["action"] == "updated"]
    assert {line["entity_id"]: (line["before"], line["after"]["first_name"]) for line in created} == {
        key: (None, name) for name, key in keys.items()
    }
    assert {line["entity_id"]: (line["before"], line["after"]) for line in updated} == {
        keys[name]: ({"source": None, "phone": None}, {"source": f"Feria de {name}", "phone": "+50688887777"})
        for name in ("Ana", "Beto")
    }
    for line in created + updated:
        assert (line["user_id"], line["api_key_id"], line["request_id"]) == (UUID(int=7), UUID(int=8), "peticion-1")


def test_many_rows_leave_the_lines_that_one_at_a_time_leave(
    settings: Settings, new_tenant: Callable[[str], Tenant]
) -> None:
    statements = (
        "update customers set custom_fields = '{\"obra\": 1.50}', status = 'inactive' where {one}",
        "update customers set deleted_at = '2026-11-02 10:00+00' where {one}",
        "update customers set deleted_at = null, last_name = 'Ñandú' where {one}",
        "update customers set segment = 'vip', updated_at = now() where {one}",
        "delete from customers where {one}",
    )
    left = []
    for conditions in (["true"], ["first_name = 'Ana'", "first_name = 'Beto'"]):
        with tenant_connection(settings, new_tenant("Comparada"), actor=ACTOR) as connection:
            keys = _customers(connection, "Ana", "Beto")
            for statement in statements:
                for condition in conditions:
                    connection.execute(text(statement.replace("{one}", condition)))
            names = {key: name for name, key in keys.items()}
            lines = _lines(connection, "customer")
        left.append(sorted((names[line["entity_id"]], line["action"], repr(_timeless(line))) for line in lines))
    assert left[0] == left[1]
    assert [action for name, action, _ in left[0] if name == "Ana"] == [
        "created", "deleted", "deleted", "restored", "updated",
    ]  # fmt: skip


def _timeless(line: dict[str, Any]) -> list[Any]:
    """A line's two images without what differs between two runs."""
    own = {"customer_id", "organization_id", "created_at"}
    return [
        {name: image[name] for name in image if name not in own} for image in (line["before"], line["after"]) if image
    ]


def test_a_statement_that_changes_nothing_writes_nothing(settings: Settings, tenant: Tenant) -> None:
    with tenant_connection(settings, tenant, actor=ACTOR) as connection:
        _customers(connection, "Ana", "Beto")
        stages = _stages(connection)
        _opportunities(connection, stages["Uno"], "Techo", "Piso")
        count = text("select (select count(*) from audit_log), (select count(*) from stage_history)")
        before = connection.execute(count).one()
        for statement in (
            "update customers set source = 'x' where false",
            "delete from customers where false",
            "insert into customers (first_name) select 'Nadie' where false",
            "update opportunities set title = title, stage_id = stage_id",
            "update opportunities set title = title, stage_id = stage_id where title = 'Techo'",
            "update opportunities set board_position = 7, probability = 3",
            "update opportunities set stage_id = stage_id where false",
            "update customers set first_name = first_name, segment = 'vip'",
        ):
            connection.execute(text(statement))
            assert connection.execute(count).one() == before, statement


def test_the_triggers_run_once_for_a_statement_of_many_rows(settings: Settings, tenant: Tenant) -> None:
    with tenant_connection(settings, tenant) as connection:
        stages = _stages(connection)
        _opportunities(connection, stages["Uno"], "Alero", "Baranda", "Cerca")
        plan = connection.execute(
            text("explain (analyze, format json) update opportunities set stage_id = :stage"), {"stage": stages["Dos"]}
        ).scalar_one()
    calls = {trigger["Trigger Name"]: trigger["Calls"] for trigger in plan[0]["Triggers"]}
    assert {name: calls[name] for name in calls if name.startswith("write_")} == {
        "write_audit_update": 1,
        "write_stage_history_update": 1,
    }
    # These set the row's own columns.
    assert (calls["enter_stage"], calls["set_updated_at"]) == (3, 3)


def test_unaudited_statements_leave_no_line(settings: Settings, tenant: Tenant) -> None:
    with tenant_connection(settings, tenant) as connection:
        connection.execute(text("set local pymeai.unaudited = 'import'"))
        _customers(connection, "Ana", "Beto")
        connection.execute(text("update customers set source = 'x'"))
        connection.execute(text("set local pymeai.unaudited = ''"))
        assert _lines(connection, "customer") == []
        connection.execute(text("update customers set source = 'y'"))
        assert [(line["before"], line["after"]) for line in _lines(connection, "customer")] == [
            ({"source": "x"}, {"source": "y"})
        ] * 2


def test_rows_whose_key_changes_are_not_unseen(settings: Settings, tenant: Tenant) -> None:
    with tenant_connection(settings, tenant) as connection:
        keys = _customers(connection, "Ana", "Beto")
        connection.execute(text("update customers set customer_id = platform.uuid_v7()"))
        lines = _lines(connection, "customer")[2:]
        now = set(connection.execute(text("select customer_id from customers")).scalars())
    assert {line["entity_id"] for line in lines if line["action"] == "deleted"} == set(keys.values())
    assert {line["entity_id"] for line in lines if line["action"] == "created"} == now


def test_each_card_of_a_move_has_its_history(settings: Settings, tenant: Tenant) -> None:
    with tenant_connection(settings, tenant, actor=ACTOR) as connection:
        stages = _stages(connection)
        _opportunities(connection, stages["Uno"], "Alero", "Baranda")
        _opportunities(connection, stages["Dos"], "Cerca")
        connection.execute(
            text("update stage_history set changed_at = changed_at - interval '10 days' where stage_id = :stage"),
            {"stage": stages["Uno"]},
        )
        # The third was there already, and stays without a move.
        connection.execute(text("update opportunities set stage_id = :stage"), {"stage": stages["Dos"]})
        moves = [tuple(row) for row in connection.execute(text(MOVES))]
        seconds = connection.execute(text("select time_in_stage from stage_history where time_in_stage is not null"))
        assert [9 * 86400 < value < 11 * 86400 for value in seconds.scalars()] == [True, True]
    user = ACTOR.user_id
    assert moves == [
        ("Alero", None, "Uno", False, False, user, False),
        ("Alero", "Uno", "Dos", True, False, user, True),
        ("Baranda", None, "Uno", False, False, user, False),
        ("Baranda", "Uno", "Dos", True, False, user, True),
        ("Cerca", None, "Dos", True, False, user, True),
    ]


@pytest.mark.parametrize("titles", [("Alero",), ("Alero", "Baranda")])
def test_administrative_moves_of_closed_deals(settings: Settings, tenant: Tenant, titles: tuple[str, ...]) -> None:
    with tenant_connection(settings, tenant) as connection:
        stages = _stages(connection)
        _opportunities(connection, stages["Ganada"], *titles)
        connection.execute(text("update opportunities set last_stage_change = '2026-01-05', won_at = '2026-01-05'"))
        connection.execute(text("update stage_history set changed_at = '2026-01-05'"))
        connection.execute(text("set local pymeai.administrative_move = 'on'"))
        connection.execute(text("update opportunities set stage_id = :stage"), {"stage": stages["Cobrada"]})
        moves = [tuple(row)[:5] for row in connection.execute(text(MOVES))]
        closed = connection.execute(
            text("select distinct won_at::date::text, last_stage_change::date::text from opportunities")
        )
        assert closed.all() == [("2026-01-05", "2026-01-05")]
        # The move is of now, and both of its ends say the same.
        gaps = connection.execute(
            text(
                "select departed.time_in_stage - round(extract(epoch from entered.changed_at - departed.changed_at)), "
                "now() - entered.changed_at < interval '1 hour' from stage_history departed "
                "join stage_history entered using (opportunity_id) "
                "where departed.from_stage_id is null and entered.from_stage_id is not null"
            )
        ).all()
        assert [tuple(gap) for gap in gaps] == [(0, True)] * len(titles)
    assert moves == [
        row
        for title in titles
        for row in ((title, None, "Ganada", False, False), (title, "Ganada", "Cobrada", True, True))
    ]


def test_each_row_is_a_delivery_to_each_webhook_that_listens(settings: Settings, tenant: Tenant) -> None:
    with platform_session(settings) as session:
        for url, events, is_active in (
            ("https://todo.example", ["*"], True),
            ("https://cambios.example", ["customer.updated"], True),
            ("https://apagado.example", ["*"], False),
        ):
            session.add(Webhook(organization_id=tenant.organization_id, url=url, events=events, is_active=is_active))
    with tenant_connection(settings, tenant) as connection:
        keys = _customers(connection, "Ana", "Beto", "Carla")
        connection.execute(text("update customers set source = 'Feria' where first_name <> 'Carla'"))
        connection.execute(text("delete from customers where first_name = 'Carla'"))
    names = {key: name for name, key in keys.items()}
    with engine_for(settings, "owner").connect() as connection:
        found = connection.execute(
            text(
                "select w.url, d.event, d.entity, d.entity_id, d.status from platform.webhook_deliveries d "
                "join platform.webhooks w using (webhook_id) where d.organization_id = :organization order by d.delivery_id"
            ),
            {"organization": tenant.organization_id},
        ).all()
    expected = [("https://todo.example", "customer.created", "customer", name, "pending") for name in names.values()]
    expected += [
        (url, "customer.updated", "customer", name, "pending")
        for url in ("https://todo.example", "https://cambios.example")
        for name in ("Ana", "Beto")
    ]
    expected.append(("https://todo.example", "customer.deleted", "customer", "Carla", "pending"))
    assert sorted((row[0], row[1], row[2], names[row[3]], row[4]) for row in found) == sorted(expected)


def test_nobody_writes_into_an_audit_log_by_the_triggers_functions(settings: Settings, tenant: Tenant) -> None:
    for call in (
        f"platform.write_audit_line('{tenant.schema}', 'customer', 'customer_id', null, '{{}}')",
        f"platform.queue_webhooks('{tenant.organization_id}', 'customer', '{{}}', '{{}}')",
    ):
        with (
            pytest.raises(Exception, match="permission denied for function"),
            tenant_connection(settings, tenant) as connection,
        ):
            connection.exec_driver_sql(f"select {call}")


def test_older_tenants_get_the_triggers_of_new_ones(own_database: OwnDatabase) -> None:
    """What 0010 does to tenants that were there before it, with their data."""
    listed = (
        "select c.relname, t.tgname, replace(pg_get_triggerdef(t.oid), n.nspname, '') from pg_trigger t "
        "join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname = %s and t.tgname ~ '^write_' order by 1, 2"
    )
    with own_database("statement_triggers") as settings:
        tenants = [provision(settings, name=name) for name in ("Ferretería", "Tours")]
        with psycopg.connect(connection_string(administrator_url(settings))) as connection:
            as_new = connection.execute(listed, (tenants[0].schema,)).fetchall()
            for tenant in tenants:
                connection.execute(f"set local search_path = {tenant.schema}, public")
                for table, name, definition in as_new:
                    connection.execute(f"drop trigger {name} on {table}")
                    if name == "write_audit_update":
                        # As 0002 made them.
                        arguments = definition[definition.index("write_audit(") :]
                        connection.execute(
                            f"create trigger write_audit after insert or update or delete on {table} for each row "
                            "when (coalesce(current_setting('pymeai.unaudited', true), '') = '') "
                            f"execute function platform.{arguments}"
                        )
                connection.execute(
                    "create trigger write_stage_history after insert or update of stage_id on opportunities "
                    "for each row execute function platform.write_stage_history()"
                )
                connection.execute("set local pymeai.unaudited = 'test'")
                connection.execute("insert into customers (first_name) values ('Ana'), ('Beto')")
                connection.execute("set local pymeai.unaudited = ''")
            run_for_each_tenant(connection, "0010_tenant")
            for tenant in tenants:
                connection.execute(f"set local search_path = {tenant.schema}, public")
                assert connection.execute(listed, (tenant.schema,)).fetchall() == [
                    (table, name, definition.replace(tenants[0].schema, "")) for table, name, definition in as_new
                ]
                connection.execute("update customers set source = first_name")
                lines = connection.execute("select after ->> 'source' from audit_log order by 1").fetchall()
                assert lines == [("Ana",), ("Beto",)]
    assert {table for table, _name, _definition in as_new} == set(AUDITED)
    assert len(as_new) == 3 * len(AUDITED) + 2
