"""Who a tenant is, and what is named after them in the database."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Tenant:
    """One organization's place in the database. The only spot where a schema or a tenant's role gets its name."""

    organization_id: UUID

    @property
    def schema(self) -> str:
        """`t_` and the last 12 hexadecimal digits of the key: a UUIDv7 begins with the time, and ends in random bits."""
        return f"t_{self.organization_id.hex[-12:]}"

    @property
    def app_role(self) -> str:
        """The role under which the API and the importer work."""
        return f"{self.schema}_app"

    @property
    def reader_role(self) -> str:
        """The login that reads the marts."""
        return f"{self.schema}_reader"

    @property
    def partition_key(self) -> str:
        """The tenant's partition in Dagster."""
        return self.schema
