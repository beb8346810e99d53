"""The SQL files beside the revisions: once for the platform, or once for each tenant."""

from importlib import resources
from typing import Any

TENANTS = "select organization_id::text, 't_' || right(replace(organization_id::text, '-', ''), 12) from platform.organizations"


def run_script(driver_connection: Any, name: str) -> None:
    """Run sql/<name>.sql, straight in the driver: several statements in one text, and "%" stays as it is."""
    driver_connection.execute(_script(name))


def run_for_each_tenant(driver_connection: Any, name: str) -> None:
    """Run sql/<name>.sql with each tenant's schema as search_path; {organization} and {app_role} are filled in."""
    statements = _script(name)
    for organization, schema in driver_connection.execute(TENANTS).fetchall():
        driver_connection.execute(f"set local search_path = {schema}, public")
        driver_connection.execute(
            statements.replace("{organization}", organization).replace("{app_role}", f"{schema}_app")
        )
    driver_connection.execute("set local search_path to default")


def _script(name: str) -> str:
    return (resources.files("pymeai.database.migrations") / "sql" / f"{name}.sql").read_text()
