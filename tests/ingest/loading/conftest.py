"""Loads little spreadsheets the way that the product does, into real tenants."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from ingest import imports
from ingest.model import Counts
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_connection
from pymeai.tenancy.tenant import Tenant


@dataclass
class Company:
    """A fresh tenant, and what a test does with it."""

    settings: Settings
    tenant: Tenant
    last_import: UUID | None = field(default=None)

    def upload(self, kind: str, text: str | bytes, name: str = "hoja.csv") -> UUID:
        """Hand a file in."""
        content = text.encode() if isinstance(text, str) else text
        self.last_import = imports.create_import(
            self.settings, self.tenant, kind=kind, file_name=name, stream=io.BytesIO(content), user_id=None
        )
        return self.last_import

    def load(
        self,
        kind: str,
        text: str | bytes,
        *,
        targets: Mapping[str, str | None] | None = None,
        options: Mapping[str, Any] | None = None,
        name: str = "hoja.csv",
    ) -> Counts:
        """Import a file with the proposed mapping, changed by `targets`."""
        import_id = self.upload(kind, text, name)
        self.agree(import_id, targets, options)
        prepared = imports.prepare(self.settings, self.tenant, import_id, with_gate=False)
        return imports.commit(self.settings, self.tenant, prepared)

    def agree(
        self, import_id: UUID, targets: Mapping[str, str | None] | None = None, options: Mapping[str, Any] | None = None
    ) -> None:
        """Take the proposal, changed by `targets`."""
        chosen = [
            {"source": column.source, "target": (targets or {}).get(column.source, column.target)}
            for column in imports.propose(self.settings, self.tenant, import_id).columns
        ]
        imports.set_mapping(self.settings, self.tenant, import_id, chosen, options)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query in the tenant's schema."""
        with tenant_connection(self.settings, self.tenant) as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]

    def value(self, query: str) -> Any:
        """The one value of a query."""
        return self.rows(query)[0][0]

    def run(self, statement: str) -> None:
        """Change something by hand."""
        with tenant_connection(self.settings, self.tenant) as connection:
            connection.exec_driver_sql(statement)


@pytest.fixture
def company(settings: Settings, new_tenant: Callable[[str], Tenant]) -> Company:
    """A company without any data."""
    return Company(settings, new_tenant("Compañía de prueba"))


@pytest.fixture
def other_company(settings: Settings, new_tenant: Callable[[str], Tenant]) -> Company:
    """Another one, without any data either."""
    return Company(settings, new_tenant("Otra compañía de prueba"))
