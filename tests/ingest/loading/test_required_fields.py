"""What a new record must have of the tenant's own fields is asked of a file as it is of the API."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ingest import imports
from ingest.model import DryRunReport
from pymeai.clock import utc_now
from pymeai.database.tables.tenant import CustomField, InteractionType
from pymeai.tenancy.sessions import tenant_session
from tests.ingest.loading.conftest import Company

KNOWN = "Código,Nombre\nC1,Ana Mora\n"


def define(company: Company, entity: str, name: str, **values: Any) -> None:
    with tenant_session(company.settings, company.tenant) as session:
        field = {"label": name.capitalize(), "field_type": "text", "is_required": True} | values
        session.add(CustomField(entity_type=entity, field_name=name, **field))


def define_type(company: Company, name: str, *fields: dict[str, Any], archived: bool = False) -> None:
    with tenant_session(company.settings, company.tenant) as session:
        session.add(InteractionType(name=name, fields=list(fields), archived_at=utc_now() if archived else None))


def rehearse(company: Company, kind: str, text: str, targets: dict[str, str | None] | None = None) -> DryRunReport:
    import_id = company.upload(kind, text)
    company.agree(import_id, targets)
    return imports.dry_run(company.settings, company.tenant, import_id)


def reasons(report: DryRunReport) -> dict[int, list[tuple[str | None, str]]]:
    return {row.row_number: [(reason.column, reason.code) for reason in row.reasons] for row in report.rejected}


def test_a_new_row_without_a_required_field_is_rejected_and_says_which(company: Company) -> None:
    company.load("customers", KNOWN)
    define(company, "customer", "sector")
    define(company, "customer", "zona", default="Central")
    text = "Código,Nombre,Sector\nC1,Ana M. Mora,\nC2,Luis Rojas,Comercio\nC3,Eva Soto,\n"
    report = rehearse(company, "customers", text)
    assert reasons(report) == {3: [("Sector", "missing_required")]}
    reason = report.rejected[0].reasons[0]
    assert reason.message == "Falta «Sector», que es obligatorio en los clientes nuevos."
    assert report.rejected[0].original == {"Código": "C3", "Nombre": "Eva Soto", "Sector": None}
    assert (report.counts.rows, report.counts.rejected, report.counts.inserted) == (3, 1, {"customers": 1})
    assert not any("Ninguna columna" in note for note in report.notes)
    counts = company.load("customers", text)
    assert counts == report.counts
    # Who was there keeps what they have; the default is for new ones.
    assert company.rows("select external_id, custom_fields from customers order by 1") == [
        ("C1", {}),
        ("C2", {"sector": "Comercio", "zona": "Central"}),
    ]
    found = company.rows("select row_number, reasons -> 0 ->> 'code' from import_changes where action = 'rejected'")
    assert found == [(3, "missing_required")]
    csv = imports.rejected_csv(company.settings, company.tenant, company.last_import)  # type: ignore[arg-type]
    assert "Falta «Sector»" in (csv if isinstance(csv, str) else bytes(csv).decode())


def test_a_field_that_no_column_brings_is_one_clear_problem(company: Company) -> None:
    company.load("customers", KNOWN)
    define(company, "customer", "sector")
    report = rehearse(company, "customers", "Código,Nombre\nC1,Ana Mora\nC2,Luis Rojas\nC3,Eva Soto\n")
    assert reasons(report) == {2: [(None, "missing_required")], 3: [(None, "missing_required")]}
    assert [note for note in report.notes if "Ninguna columna" in note] == [
        "Ninguna columna trae «Sector», que es obligatorio en los clientes nuevos: 2 filas no entran. "
        "Elija la columna que lo trae, o póngale al campo un valor por defecto."
    ]


def test_a_cell_that_cannot_be_read_is_told_beside(company: Company) -> None:
    define(company, "customer", "saldo", field_type="number")
    report = rehearse(company, "customers", "Código,Nombre,Saldo\nC1,Ana Mora,12\nC2,Luis Rojas,quién sabe\n")
    assert [code for _, code in reasons(report)[2]][-1] == "missing_required"
    assert len(reasons(report)[2]) == 2
    assert report.warnings == []


def test_an_archived_field_is_asked_of_nobody(company: Company) -> None:
    define(company, "customer", "sector")
    company.run("update custom_fields set archived_at = now()")
    assert company.load("customers", KNOWN).inserted == {"customers": 1}


def test_a_document_goes_whole(company: Company) -> None:
    company.load("customers", "Código,Nombre,Sector\nC1,Ana Mora,Comercio\n")
    company.run("update custom_fields set is_required = true")
    define(company, "sale", "ruta")
    header = "Factura,Fecha,Código de cliente,Cliente,Monto,Ruta\n"
    text = (
        f"{header}F1,31/12/2025,C1,Ana Mora,10,Norte\nF2,31/12/2025,C1,Ana Mora,20,\n"
        "F3,31/12/2025,C9,Luis Rojas,30,Sur\nF4,31/12/2025,C1,Ana Mora,40,Norte\nF4,31/12/2025,C1,Ana Mora,50,\n"
    )
    targets: dict[str, str | None] = {"Ruta": "sale.custom:ruta", "Código de cliente": "customer.external_id"}
    report = rehearse(company, "sales", text, targets)
    # F4's first line brings the route for all of it; the customer of F3 is new and has no sector.
    assert reasons(report) == {2: [("Ruta", "missing_required")], 3: [(None, "missing_required")]}
    assert company.load("sales", text, targets=targets).inserted["sales"] == 2
    assert company.rows("select external_key, amount::int, custom_fields from sales order by 1") == [
        ("F1", 10, {"ruta": "Norte"}),
        ("F4", 90, {"ruta": "Norte"}),
    ]
    assert company.value("select count(*) from customers") == 1


@pytest.mark.parametrize(
    ("kind", "entity", "text"),
    [
        ("opportunities", "opportunity", "Código de oportunidad,Título,Valor,Dato\nO1,Uno,5,sí hay\nO2,Dos,6,\n"),
        ("interactions", "interaction", "Cliente,Fecha,Notas,Dato\nAna Mora,31/12/2025,Uno,sí hay\nLuis Rojas,30/12/2025,Dos,\n"),
    ],
)  # fmt: skip
def test_the_other_kinds(company: Company, kind: str, entity: str, text: str) -> None:
    define(company, entity, "dato")
    define(company, entity, "otro", default="7", field_type="number")
    targets: dict[str, str | None] = {"Dato": f"{entity}.custom:dato"}
    assert reasons(rehearse(company, kind, text, targets)) == {2: [("Dato", "missing_required")]}
    assert company.load(kind, text, targets=targets).inserted[kind] == 1
    assert company.value(f"select custom_fields from {kind}") == {"dato": "sí hay", "otro": 7}


@hypothesis_settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(st.tuples(st.sampled_from(["", "Comercio", " "]), st.booleans()), min_size=1, max_size=8))
def test_no_new_row_is_stored_without_it(company: Company, cells: list[tuple[str, bool]]) -> None:
    company.run("delete from customers; delete from custom_fields")
    known = [place for place, (_, there) in enumerate(cells) if there]
    for place in known:
        company.run(f"insert into customers (first_name, external_id) values ('Ana', 'C{place}')")
    define(company, "customer", "sector")
    rows = "".join(f"C{place},Ana,{cell},\n" for place, (cell, _) in enumerate(cells))
    options = {"repeat": True}
    company.load(
        "customers", f"Código,Nombre,Sector,\n{rows}", targets={"Sector": "customer.custom:sector"}, options=options
    )
    stored = dict(company.rows("select external_id, custom_fields ->> 'sector' from customers"))
    assert stored == {
        f"C{place}": cell.strip() or None for place, (cell, there) in enumerate(cells) if there or cell.strip()
    }


def test_a_contact_brings_what_its_type_asks_for(company: Company, other_company: Company) -> None:
    define_type(
        company, "Entrega", {"name": "placa", "label": "Placa", "required": True}, {"name": "peso", "type": "number"}
    )
    define_type(company, "Visita", {"name": "placa", "label": "Placa"})
    define_type(company, "Retiro", {"name": "placa", "label": "Placa", "required": True}, archived=True)
    define_type(other_company, "Visita", {"name": "sello", "label": "Sello", "required": True})
    text = (
        "Cliente,Fecha,Tipo,Notas,Placa,Peso\nAna Mora,31/12/2025,Entrega,Uno,ABC-1,\nAna Mora,30/12/2025,éntrega,Dos,,5\n"
        "Ana Mora,29/12/2025,Visita,Tres,,\nAna Mora,28/12/2025,Retiro,Cuatro,,\nAna Mora,27/12/2025,,Cinco,,\n"
    )
    targets: dict[str, str | None] = {"Placa": "interaction.custom:placa", "Peso": "interaction.custom:peso"}
    report = rehearse(company, "interactions", text, targets)
    assert reasons(report) == {2: [("Placa", "missing_required")]}
    assert report.rejected[0].reasons[0].message == "Falta «Placa», que es obligatorio en las interacciones nuevas."
    assert company.load("interactions", text, targets=targets).inserted["interactions"] == 4
    assert company.rows("select notes, custom_fields ->> 'placa' from interactions order by date_time desc") == [
        ("Uno", "ABC-1"), ("Tres", None), ("Cuatro", None), ("Cinco", None),
    ]  # fmt: skip
    # They are its types' fields, and no others of the same name.
    assert company.value("select count(*) from custom_fields where entity_type = 'interaction'") == 0


def test_a_type_of_which_no_column_brings_the_field_is_one_clear_problem(company: Company) -> None:
    define_type(company, "nota", {"name": "placa", "label": "Placa", "required": True})
    report = rehearse(
        company, "interactions", "Cliente,Fecha,Notas\nAna Mora,31/12/2025,Uno\nLuis Rojas,30/12/2025,Dos\n"
    )
    assert reasons(report) == {1: [(None, "missing_required")], 2: [(None, "missing_required")]}
    [note] = [note for note in report.notes if "Ninguna columna trae «Placa»" in note]
    # A type's field has no value to start with.
    assert note.endswith("Elija la columna que lo trae, o quite que sea obligatorio en ese tipo de contacto.")


def test_a_types_own_field_holds_where_the_tenant_has_one_of_its_name(company: Company) -> None:
    define(company, "interaction", "placa")
    define_type(company, "Llamada", {"name": "placa", "label": "Placa"})
    text = "Cliente,Fecha,Tipo,Notas\nAna Mora,31/12/2025,Llamada,Uno\nAna Mora,30/12/2025,Visita,Dos\n"
    assert reasons(rehearse(company, "interactions", text)) == {2: [(None, "missing_required")]}


def test_values_of_a_types_field_are_held_to_it(company: Company) -> None:
    define_type(company, "Entrega", {"name": "peso", "label": "Peso", "type": "number"})
    text = "Cliente,Fecha,Tipo,Notas,Peso\nAna Mora,31/12/2025,Entrega,Uno,12\nAna Mora,30/12/2025,Entrega,Dos,mucho\n"
    targets: dict[str, str | None] = {"Peso": "interaction.custom:peso"}
    report = rehearse(company, "interactions", text, targets)
    assert [(warning.row_number, warning.column) for warning in report.warnings] == [(2, "Peso")]
    company.load("interactions", text, targets=targets)
    assert company.rows("select custom_fields from interactions order by date_time desc") == [({"peso": 12},), ({},)]
