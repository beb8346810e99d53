"""GET changes nothing: not a row of the company's, and none of the platform's."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from pymeai.database.connections import engine_for
from pymeai.settings import Settings
from tests.crm_api.conftest import Company
from tests.crm_api.isolation import OPERATIONS, filled, things_of

READS = sorted(path for method, path in OPERATIONS if method == "GET")
PARAMETERS = {"/api/imports/targets": {"kind": "customers"}}
NAMES = {"name": "general", "segment": "active", "topic": "clientes"}
# Who takes a file of other people's data leaves a line in the audit log.
LOGGED = {"/api/customers/{customer_id}/export"} | {path for path in READS if path.startswith("/api/exports/")}


@pytest.fixture(scope="module")
def owner(register: Callable[..., Company]) -> Company:
    return register("Solo lecturas", "ferreteria")


@pytest.fixture(scope="module")
def ids(owner: Company, settings: Settings, refresh_marts: Callable[..., None]) -> dict[str, str]:
    """One thing of each kind, and the marts that reports read."""
    made = things_of(owner, settings)
    refresh_marts(owner)
    return made | NAMES


def _contents(settings: Settings, company: Company) -> dict[str, str]:
    """Table -> a hash of all its rows: the company's tables and the platform's."""
    with engine_for(settings, "owner").connect() as connection:
        tables = connection.execute(
            text(
                "select format('%I.%I', table_schema, table_name) from information_schema.tables "
                "where table_schema in ('platform', :schema) and table_type = 'BASE TABLE'"
            ),
            {"schema": company.tenant.schema},
        ).scalars()
        rows = " union all ".join(
            f"select '{table}', md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from {table} as t"
            for table in tables
        )
        return {row[0]: row[1] for row in connection.execute(text(rows))}


def test_the_rows_are_read(owner: Company, ids: dict[str, str], settings: Settings) -> None:
    """What changes something is seen: the test below would pass with a query that reads nothing."""
    before = _contents(settings, owner)
    assert len(before) > 30
    assert owner.put(f"/api/customers/{ids['customer_id']}", {"last_name": "Otra"}).status_code == 200
    after = _contents(settings, owner)
    changed = {table.partition(".")[2] for table in before if before[table] != after[table]}
    assert {"customers", "audit_log", "tenant_changes"} <= changed


@pytest.mark.parametrize("path", READS)
def test_a_read_changes_nothing(owner: Company, ids: dict[str, str], settings: Settings, path: str) -> None:
    before = _contents(settings, owner)
    answer = owner.get(filled(path, ids), params=PARAMETERS.get(path, {}))
    assert answer.status_code == 200 or (path == "/readyz" and answer.status_code == 503), answer.text
    after = _contents(settings, owner)
    changed = {table.partition(".")[2] for table in before if before[table] != after[table]}
    assert changed == ({"audit_log"} if path in LOGGED else set())
