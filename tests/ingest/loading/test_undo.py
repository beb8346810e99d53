"""An import undone: all is as it was, or kept and listed; read back whole, in one company beside another."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from ingest import imports
from ingest.undoing.undo import Undone, undo_import
from pymeai.errors import Conflict, NotFound
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_connection
from pymeai.tenancy.tenant import Tenant
from tests.ingest.loading.conftest import Company

TABLES = (
    "customers",
    "sales",
    "opportunities",
    "stage_history",
    "interactions",
    "stages",
    "pipelines",
    "custom_fields",
)
OVERWRITE = {"default_policy": "overwrite"}
CUSTOMERS = (
    "Código,Nombre,Correo,Teléfono,Etiquetas,Color favorito\n"
    "C1,Ana Mora,ana@ejemplo.cr,8888-1111,fiel,Azul\nC2,Luis Vega,,8888-2222,,\n"
)
CHANGED = (
    "Código,Nombre,Correo,Teléfono,Etiquetas,Color favorito,Talla\n"
    "C1,Ana María Mora,otra@ejemplo.cr,8888-3333,nueva,Rojo,M\nC2,Luis Vega,luis@ejemplo.cr,,,Verde,S\nC3,Eva Paz,,,,,L\n"
)
SALES = (
    "Factura,Fecha,Código cliente,Cliente,Producto,Cantidad,Total,Turno\n"
    "F-1,03/02/2025,C1,Ana Mora,Martillo,2,3000,Heredia\nF-1,03/02/2025,C1,Ana Mora,Clavos,1,500,Heredia\n"
    "F-2,04/02/2025,C9,Rosa Solís,Techo,1,900,Cartago\n"
)
OPPORTUNITIES = "Código,Oportunidad,Cliente,Etapa,Valor,Fecha de creación,Fecha de cierre\n"


@pytest.fixture
def other(settings: Settings, new_tenant: Callable[[str], Tenant]) -> Company:
    """Another company, with the same data."""
    made = Company(settings, new_tenant("Otra compañía"))
    made.load("customers", CUSTOMERS)
    return made


def everything(company: Company) -> dict[str, list[Any]]:
    """All rows of the tables that an import may touch, but for when they were last changed."""
    return {
        table: sorted(
            (row[0] for row in company.rows(f"select to_jsonb(t) - 'updated_at' from {table} t")), key=json.dumps
        )
        for table in TABLES
    }


def undo(company: Company, import_id: UUID | None = None) -> Undone:
    wanted = import_id or company.last_import
    assert wanted is not None
    with tenant_connection(company.settings, company.tenant) as connection:
        return undo_import(connection, wanted)


def reasons(undone: Undone) -> list[tuple[str, str, str]]:
    return sorted((row.table, row.name, row.reason) for row in undone.kept_rows)


def test_customers_are_as_they_were_and_the_new_ones_gone(company: Company, other: Company) -> None:
    company.load("customers", CUSTOMERS)
    before, beside = everything(company), everything(other)
    assert before["customers"][0]["custom_fields"] or before["customers"][1]["custom_fields"]
    company.load("customers", CHANGED, options=OVERWRITE)
    assert len(everything(company)["customers"]) == 3
    undone = undo(company)
    assert (undone.restored, undone.removed) == ({"customers": 2}, {"customers": 1, "custom_fields": 1})
    assert (undone.kept, undone.kept_rows) == ({}, [])
    assert everything(company) == before
    assert everything(other) == beside
    record = imports.get_import(company.settings, company.tenant, company.last_import)  # type: ignore[arg-type]
    assert (record.status, record.undone_at is not None) == ("undone", True)


def test_the_same_content_loads_again_after_an_undo(company: Company) -> None:
    company.load("sales", SALES)
    loaded = everything(company)
    counts = [{name: len(rows) for name, rows in loaded.items()}]
    with pytest.raises(Conflict):
        company.load("sales", SALES)
    first = company.rows("select import_id from imports where status = 'done'")[0][0]
    undo(company, first)
    assert {name for name, rows in everything(company).items() if rows} == set()
    again = company.load("sales", SALES)
    assert again.inserted == {"customers": 2, "sales": 2, "sale_lines": 3}
    counts.append({name: len(rows) for name, rows in everything(company).items()})
    assert counts[0] == counts[1]
    assert company.rows("select external_key, amount from sales order by 1") == [
        ("F-1", Decimal("3500.00000")),
        ("F-2", Decimal("900.00000")),
    ]


def test_sales_and_their_lines(company: Company) -> None:
    company.load("customers", CUSTOMERS)
    company.load("sales", SALES)
    before = everything(company)
    changed = SALES.replace("Clavos,1,500", "Tornillos,4,800") + "F-3,05/02/2025,C1,Ana Mora,Pala,1,70,Heredia\n"
    company.load("sales", changed, options=OVERWRITE)
    assert company.value("select amount from sales where external_key = 'F-1'") == 3800
    undone = undo(company)
    assert (undone.restored, undone.removed) == ({"sales": 1}, {"sales": 1})
    assert everything(company) == before


def test_opportunities_their_stages_and_their_history(company: Company) -> None:
    company.load(
        "opportunities",
        OPPORTUNITIES + "O1,Techo,Ana Mora,Prospecto,1000,01/02/2025,\nO2,Piso,Luis Vega,Prospecto,5,02/02/2025,\n",
    )
    before = everything(company)
    company.load(
        "opportunities",
        OPPORTUNITIES
        + "O1,Techo,Ana Mora,Ganada,1200,01/02/2025,20/02/2025\nO2,Piso,Luis Vega,Negociación,5,,\n"
        + "O3,Verja,Eva Paz,Perdida,7,03/02/2025,04/02/2025\n",
        options=OVERWRITE,
    )
    assert len(everything(company)["stage_history"]) == 5
    undone = undo(company)
    assert undone.restored == {"opportunities": 2}
    assert undone.removed == {"opportunities": 1, "customers": 1, "stages": 3}
    assert everything(company) == before


def test_interactions_and_the_last_contact(company: Company) -> None:
    company.load("customers", CUSTOMERS)
    before = everything(company)
    company.load(
        "interactions", "Código cliente,Cliente,Fecha,Tipo,Notas\nC1,Ana Mora,03/02/2025,llamada,Pidió precios\n"
    )
    assert company.value("select count(*) from customers where last_interaction is not null") == 1
    assert undo(company).removed == {"interactions": 1}
    assert everything(company) == before


def test_what_was_changed_since_is_kept_and_listed(company: Company) -> None:
    company.load("customers", CUSTOMERS)
    company.load("customers", CHANGED + "C4,Sara Gil,,,,,L\n", options=OVERWRITE)
    company.run("update customers set address = 'San José' where external_id in ('C1', 'C3')")
    company.run("update customers set deleted_at = now() where external_id = 'C4'")
    kept = "select to_jsonb(c) from customers c where external_id in ('C1', 'C3', 'C4') order by external_id"
    as_left = company.rows(kept)
    undone = undo(company)
    assert (undone.restored, undone.removed) == ({"customers": 1}, {})
    assert undone.kept == {"customers": 3, "custom_fields": 1}
    assert reasons(undone) == [
        ("custom_fields", "Talla", "in_use"),
        ("customers", "Ana María Mora", "changed"),
        ("customers", "Eva Paz", "changed"),
        ("customers", "Sara Gil", "deleted"),
    ]
    assert {row.message for row in undone.kept_rows if row.reason == "changed"} == {"Cambió después de la importación."}
    assert company.rows(kept) == as_left
    assert company.rows("select email, custom_fields from customers where external_id = 'C2'") == [(None, {})]


def test_what_is_computed_is_no_change(company: Company) -> None:
    company.load("sales", SALES)
    company.run("update customers set segment = 'vip', lifetime_value = 7, last_interaction = now()")
    undone = undo(company)
    assert (undone.kept, undone.removed["customers"], undone.removed["sales"]) == ({}, 2, 2)


def test_what_others_need_is_kept(company: Company) -> None:
    company.load("sales", SALES)
    first = company.last_import
    company.load("sales", "Factura,Fecha,Código cliente,Cliente,Total\nF-7,06/02/2025,C9,Rosa Solís,40\n")
    undone = undo(company, first)
    assert reasons(undone) == [("custom_fields", "Turno", "in_use"), ("customers", "Rosa Solís", "in_use")]
    assert company.rows("select external_key, external_id from sales join customers using (customer_id)") == [
        ("F-7", "C9")
    ]
    assert company.rows("select external_id from customers") == [("C9",)]


def test_a_sale_changed_by_hand_keeps_its_customer_and_its_field(company: Company) -> None:
    company.load("sales", SALES, targets={"Turno": "sale.custom:turno"})
    company.run("update sales set channel = 'Feria' where external_key = 'F-2'")
    undone = undo(company)
    assert reasons(undone) == [
        ("custom_fields", "Turno", "in_use"),
        ("customers", "Rosa Solís", "in_use"),
        ("sales", "F-2", "changed"),
    ]
    assert company.rows("select external_key, channel from sales") == [("F-2", "Feria")]


def test_a_stage_that_another_opportunity_is_in_or_that_was_renamed_is_kept(company: Company) -> None:
    company.load("opportunities", OPPORTUNITIES + "O1,Techo,Ana Mora,Prospecto,1000,01/02/2025,\n")
    company.load(
        "opportunities",
        OPPORTUNITIES + "O2,Piso,Eva,Propuesta,1,01/02/2025,\nO3,Cielo,Eva,Negociación,1,01/02/2025,\n"
        "O4,Cerca,Eva,Ganada,1,01/02/2025,02/02/2025\n",
    )
    company.run("update opportunities set stage_id = (select stage_id from stages where name = 'Propuesta') where external_id = 'O1'")  # fmt: skip
    company.run("update stages set name = 'Regateo' where name = 'Negociación'")
    company.run("update stages set position = position + 10")
    undone = undo(company)
    assert reasons(undone) == [("stages", "Propuesta", "in_use"), ("stages", "Regateo", "changed")]
    assert company.rows("select name from stages order by position") == [("Prospecto",), ("Propuesta",), ("Regateo",)]
    assert company.rows("select external_id from opportunities") == [("O1",)]


def test_a_stage_brought_back_into_use_is_archived_again(company: Company) -> None:
    company.load("opportunities", OPPORTUNITIES + "O1,Techo,Ana Mora,Prospecto,1000,01/02/2025,\n")
    company.run("delete from opportunities")
    company.run("update stages set archived_at = now()")
    company.run("update pipelines set is_active = false")
    before = everything(company)
    company.load("opportunities", OPPORTUNITIES + "O2,Piso,Ana Mora,Prospecto,1,01/02/2025,\n")
    undone = undo(company)
    assert undone.restored == {"stages": 1, "pipelines": 1}
    assert everything(company) == before


def test_options_that_a_file_added_go_unless_somebody_has_them(company: Company) -> None:
    rows = "".join(f"K{n},Cliente {n},{'Oro' if n % 2 else 'Plata'}\n" for n in range(8))
    company.load("customers", "Código,Nombre,Categoría propia\n" + rows)
    assert company.value("select options from custom_fields") == ["Oro", "Plata"]
    for others, options, kept in (([], ["Oro", "Plata"], {}), (["K1"], ["Oro", "Plata", "Zinc"], {"custom_fields": 1})):
        company.load(
            "customers",
            f"Código,Nombre,Categoría propia\nK{90 + len(others)},Nuevo {len(others)},Zinc\n",
        )
        for external_id in others:
            company.run(
                "update customers set custom_fields = custom_fields || jsonb_build_object("
                f"(select field_name from custom_fields), 'Zinc') where external_id = '{external_id}'"
            )
        undone = undo(company)
        assert (company.value("select options from custom_fields"), undone.kept) == (options, kept)


def test_imports_are_undone_one_after_the_other_the_last_first(company: Company) -> None:
    states, made = [everything(company)], []
    for content in (CUSTOMERS, CHANGED, CHANGED.replace("Rojo", "Negro").replace("8888-3333", "8888-4444")):
        company.load("customers", content, options=OVERWRITE)
        made.append(company.last_import)
        states.append(everything(company))
    for import_id, state in zip(reversed(made), reversed(states[:-1]), strict=True):
        assert undo(company, import_id).kept == {}
        assert everything(company) == state


def test_what_a_later_import_changed_is_kept(company: Company) -> None:
    company.load("customers", CUSTOMERS)
    first = company.last_import
    company.load("customers", CHANGED, options=OVERWRITE)
    before = everything(company)
    undone = undo(company, first)
    assert [(row.name, row.reason) for row in undone.kept_rows if row.table == "customers"] == [
        ("Ana María Mora", "changed"),
        ("Luis Vega", "changed"),
    ]
    assert (undone.removed, everything(company)) == ({}, before)


def test_a_code_that_is_somebody_elses_by_now_and_a_sale_that_is_gone(company: Company) -> None:
    company.load("customers", "Cédula,Nombre,Código\n1-1234-0567,Ana Mora,C1\n")
    company.load("sales", "Factura,Fecha,Monto\nF-1,01/02/2025,10\n")
    company.load("customers", "Cédula,Nombre,Código\n1-1234-0567,Ana Mora,C2\n", options=OVERWRITE)
    renamed = company.last_import
    company.load("sales", "Factura,Fecha,Monto\nF-1,01/02/2025,20\n", options=OVERWRITE)
    company.run("delete from sales")
    company.run("insert into customers (first_name, external_id) values ('Eva', 'C1')")
    assert reasons(undo(company)) == [("sales", "F-1", "gone")]
    assert reasons(undo(company, renamed)) == [("customers", "Ana Mora", "taken")]
    assert company.rows("select external_id from customers order by 1") == [("C1",), ("C2",)]


def test_an_owner_that_is_no_longer_there_leaves_the_sale_as_it_is(company: Company) -> None:
    company.load("sales", "Factura,Fecha,Código cliente,Cliente,Monto\nF-1,01/02/2025,C1,Ana Mora,10\n")
    company.load(
        "sales",
        "Factura,Fecha,Código cliente,Cliente,Monto\nF-1,01/02/2025,C2,Luis Vega,10\n",
        options=OVERWRITE,
    )
    company.run("delete from customers where external_id = 'C1'")
    assert reasons(undo(company)) == [("customers", "Luis Vega", "in_use"), ("sales", "F-1", "missing")]


def test_an_owner_in_the_bin_leaves_the_sale_as_it_is(company: Company) -> None:
    head = "Factura,Fecha,Código cliente,Cliente,Monto\n"
    company.load("sales", head + "F-1,01/02/2025,C1,Ana Mora,10\n")
    company.load("sales", head + "F-1,01/02/2025,C2,Luis Vega,10\n", options=OVERWRITE)
    company.run("update customers set deleted_at = now() where external_id = 'C1'")
    assert ("sales", "F-1", "missing") in reasons(undo(company))
    owners = "select c.external_id from sales s join customers c using (customer_id)"
    assert company.rows(owners) == [("C2",)]


@pytest.mark.parametrize(
    "since",
    ["update stages set archived_at = now() where name = 'Prospecto'",
     "update stages set kind = 'won' where name = 'Prospecto'",
     "update pipelines set is_active = false"],
)  # fmt: skip
def test_an_opportunity_does_not_go_back_into_a_stage_that_is_no_longer_what_it_was(
    company: Company, since: str
) -> None:
    company.load("opportunities", OPPORTUNITIES + "O1,Techo,Ana Mora,Prospecto,1000,01/02/2025,\n")
    company.load("opportunities", OPPORTUNITIES + "O1,Techo,Ana Mora,Propuesta,1200,,\n", options=OVERWRITE)
    company.run(since)
    undone = undo(company)
    assert ("opportunities", "Techo", "missing") in reasons(undone)
    state = "select s.name, o.status, o.value::int from opportunities o join stages s using (stage_id)"
    assert company.rows(state) == [("Propuesta", "open", 1200)]


def test_the_last_open_stage_and_the_last_pipeline_stay(company: Company) -> None:
    company.load("opportunities", OPPORTUNITIES + "O1,Techo,Ana Mora,Prospecto,1000,01/02/2025,\n")
    company.run("delete from opportunities")
    company.load("opportunities", OPPORTUNITIES + "O2,Piso,Ana Mora,Propuesta,1,01/02/2025,\n")
    company.run("update stages set archived_at = now() where name = 'Prospecto'")
    assert ("stages", "Propuesta", "in_use") in reasons(undo(company))
    assert company.rows("select name from stages where archived_at is null") == [("Propuesta",)]


def test_an_import_from_before_its_moment_was_noted(company: Company) -> None:
    company.load("customers", CUSTOMERS)
    company.run("update imports set loaded_at = null")
    company.run("update customers set address = 'San José' where external_id = 'C1'")
    undone = undo(company)
    assert (undone.removed, reasons(undone)[1:]) == ({"customers": 1}, [("customers", "Ana Mora", "changed")])


def test_a_hundred_are_listed_and_all_are_counted(company: Company) -> None:
    company.load("customers", "Código,Nombre\n" + "".join(f"K{n},Cliente {n}\n" for n in range(130)))
    company.run("update customers set address = 'San José'")
    undone = undo(company)
    assert (undone.kept, len(undone.kept_rows)) == ({"customers": 130}, 100)


def test_only_what_is_done_is_undone_and_once(company: Company, other: Company) -> None:
    company.load("customers", CUSTOMERS)
    done = company.last_import
    before = everything(company)
    waiting = company.upload("customers", CHANGED)
    for status in ("uploaded", "ready", "queued", "running", "failed"):
        company.run(f"update imports set status = '{status}' where import_id = '{waiting}'")
        with pytest.raises(Conflict) as raised:
            undo(company, waiting)
        assert (raised.value.code, len(raised.value.message) > 20) == ("import_not_done", True)
    with pytest.raises(NotFound):
        undo(other, done)
    assert everything(company) == before
    undo(company, done)
    with pytest.raises(Conflict) as raised:
        undo(company, done)
    assert raised.value.code == "already_undone"


def test_a_run_that_comes_late_does_not_load_an_undone_import_again(company: Company) -> None:
    import_id = company.upload("customers", CUSTOMERS)
    company.agree(import_id)
    runs = [imports.prepare(company.settings, company.tenant, import_id, with_gate=False) for _ in range(2)]
    imports.commit(company.settings, company.tenant, runs[0])
    undo(company, import_id)
    imports.commit(company.settings, company.tenant, runs[1])
    assert company.value("select count(*) from customers") == 0


def test_the_marts_are_behind_after_an_undo_and_the_audit_log_is_short(company: Company) -> None:
    company.load("customers", CUSTOMERS)
    lines = company.value("select count(*) from audit_log")
    transactions = "select count(*) from platform.tenant_changes where organization_id = :id"
    changed = _platform_value(company, transactions)
    undo(company)
    assert _platform_value(company, transactions) == changed + 1
    assert company.value("select count(*) from audit_log") == lines


def _platform_value(company: Company, query: str) -> int:
    from sqlalchemy import text

    from pymeai.tenancy.sessions import platform_session

    with platform_session(company.settings) as session:
        return int(session.execute(text(query), {"id": company.tenant.organization_id}).scalar_one())
