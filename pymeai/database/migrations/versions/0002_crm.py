"""Audit log by triggers, webhooks, API keys, throttles, merges, template keys, and the indexes of the lists."""

from importlib import resources

from alembic import op

revision = "0002"
down_revision = "0001"

TENANTS = "select organization_id::text, 't_' || right(replace(organization_id::text, '-', ''), 12) from platform.organizations"


def upgrade() -> None:
    """Change the platform's tables and the parents, and then each tenant's own."""
    driver_connection = op.get_bind().connection.driver_connection
    assert driver_connection is not None
    for script in ("tables", "functions"):
        driver_connection.execute(_script(script))
    statements = _script("tenant")
    for organization, schema in driver_connection.execute(TENANTS).fetchall():
        driver_connection.execute(f"set local search_path = {schema}, public")
        driver_connection.execute(
            statements.replace("{organization}", organization).replace("{app_role}", f"{schema}_app")
        )
    driver_connection.execute("set local search_path to default")


def _script(name: str) -> str:
    return (resources.files("pymeai.database.migrations") / "sql" / f"{revision}_{name}.sql").read_text()
