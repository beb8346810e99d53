"""What a file brings for custom fields that are there already is held to them, as the API holds it."""

import io
from collections.abc import Callable
from typing import Any

import pytest

from ingest import imports
from ingest.model import DryRunReport
from pymeai.database.tables.tenant import CustomField
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_connection, tenant_session
from pymeai.tenancy.tenant import Tenant


def define(settings: Settings, tenant: Tenant, name: str, kind: str, **more: Any) -> None:
    with tenant_session(settings, tenant) as session:
        session.add(
            CustomField(entity_type="customer", field_name=name, label=name.capitalize(), field_type=kind, **more)
        )


def load(settings: Settings, tenant: Tenant, column: str, cells: list[str]) -> tuple[DryRunReport, list[Any]]:
    """Import one column of cells, a customer each; what the rehearsal said, and what was stored, in their order."""
    text = f"Código,Nombre,{column}\n" + "".join(
        f'C{place:03},Ana Mora {place},"{cell}"\n' for place, cell in enumerate(cells)
    )
    stream = io.BytesIO(text.encode())
    key = imports.create_import(settings, tenant, kind="customers", file_name="x.csv", stream=stream, user_id=None)
    columns = imports.propose(settings, tenant, key).columns
    assert [each.target for each in columns][2] == f"customer.custom:{column.lower()}"
    imports.set_mapping(settings, tenant, key, [{"source": c.source, "target": c.target} for c in columns])
    report = imports.dry_run(settings, tenant, key)
    imports.commit(settings, tenant, imports.prepare(settings, tenant, key, with_gate=False))
    query = "select custom_fields -> %s from customers order by external_id"
    with tenant_connection(settings, tenant) as connection:
        return report, [row[0] for row in connection.exec_driver_sql(query, (column.lower(),))]


@pytest.mark.parametrize(
    ("kind", "more", "cells", "stored"),
    [
        ("number", {}, ["12", "doscientos mil y pico", "1.234,5"], [12, None, 1234.5]),
        ("number", {"validation": {"min": 0, "max": 10}}, ["5", "-1", "11"], [5, None, None]),
        ("money", {}, ["₡ 1.500", "n/a", "x"], [1500, None, None]),
        ("date", {}, ["31/12/2025", "30/02/2026", "mañana"], ["2025-12-31", None, None]),
        ("date", {"validation": {"min": "2026-01-01"}}, ["31/12/2025", "15/01/2026"], [None, "2026-01-15"]),
        ("boolean", {}, ["sí", "no", "tal vez"], [True, False, None]),
        ("phone", {}, ["8888-7777", "123"], ["+50688887777", None]),
        ("email", {}, ["ANA@ejemplo.cr", "ana"], ["ana@ejemplo.cr", None]),
        ("url", {}, ["www.ejemplo.cr", "javascript:alert(1)"], ["https://www.ejemplo.cr", None]),
        ("text", {"validation": {"pattern": "[A-Z]{3}-[0-9]{3}"}}, ["ABC-123", "abc"], ["ABC-123", None]),
        ("text", {}, ["lo que sea", "12"], ["lo que sea", "12"]),
        ("dropdown", {"options": ["Sí", "Única"]}, ["si", "UNICA", "Otra"], ["Sí", "Única", "Otra"]),
    ],
)
def test_values_are_held_to_the_field(
    settings: Settings,
    new_tenant: Callable[[str], Tenant],
    kind: str,
    more: dict[str, Any],
    cells: list[str],
    stored: list[Any],
) -> None:
    tenant = new_tenant("Importa campos")
    define(settings, tenant, "dato", kind, **more)
    report, found = load(settings, tenant, "Dato", cells)
    assert found == stored
    refused = {place + 1 for place, value in enumerate(stored) if value is None and cells[place] != "n/a"}
    assert {warning.row_number for warning in report.warnings} == refused
    assert report.rejected == []


def test_a_list_grows_by_what_a_file_brings_but_not_beyond_measure(
    settings: Settings, new_tenant: Callable[[str], Tenant]
) -> None:
    tenant = new_tenant("Importa opciones")
    define(settings, tenant, "zona", "dropdown", options=["Norte", "Sur"])
    _, found = load(settings, tenant, "Zona", ["Este", "NORTE"])
    assert found == ["Este", "Norte"]
    with tenant_connection(settings, tenant) as connection:
        assert connection.exec_driver_sql("select options from custom_fields").scalar_one() == ["Norte", "Sur", "Este"]
    many = new_tenant("Importa demasiadas opciones")
    define(settings, many, "zona", "dropdown", options=["Norte", "Sur"])
    report, found = load(settings, many, "Zona", [f"Lugar {place}" for place in range(250)] + ["sur"])
    assert found == [None] * 250 + ["Sur"]
    assert len(report.warnings) == 250


def test_the_exact_number_of_the_file_is_kept(settings: Settings, new_tenant: Callable[[str], Tenant]) -> None:
    tenant = new_tenant("Importa exacto")
    define(settings, tenant, "saldo", "money", validation={"min": 0})
    load(settings, tenant, "Saldo", ["12345678901.12345678"])
    query = "select custom_fields ->> 'saldo' from customers"
    with tenant_connection(settings, tenant) as connection:
        assert connection.exec_driver_sql(query).scalar_one() == "12345678901.12345678"
