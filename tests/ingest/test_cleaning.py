"""Sheets are cleaned: what becomes of cells, columns and rows, whatever they are about."""

from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from ingest.model import RawTable, Reason
from tests.ingest.sheets import SALES, cleaned, codes, column, table


def test_bad_cells_reject_their_row_with_all_reasons_at_once():
    raw = table(
        fecha=["31/02/2025", "15/01/2025", None, "16/01/2025"],
        monto=["abc", "1500", "200", None],
        correo=["malo", "ana@x.com", None, None],
    )
    result = cleaned("sales", raw, {**SALES, "correo": "customer.email"})
    assert column(result, "row_number") == [2]
    assert [row.row_number for row in result.rejected] == [1, 3, 4]
    first = result.rejected[0]
    assert first.original == {"fecha": "31/02/2025", "monto": "abc", "correo": "malo"}
    assert codes(first.reasons) == [
        (1, "fecha", "no_such_date"),
        (1, "monto", "not_a_number"),
        (1, "correo", "bad_email"),
    ]
    assert all(reason.message.endswith(".") and reason.suggestion for reason in first.reasons)
    assert result.rejected[1].reasons == [
        Reason(
            3,
            "fecha",
            None,
            "missing_required",
            "Falta la fecha de la venta.",
            "Escriba la fecha, por ejemplo 31/12/2025.",
        )
    ]
    assert codes(result.rejected[2].reasons) == [(4, "monto", "missing_required")]
    assert result.warnings == []


CUSTOMERS = {
    "nombre": "customer.name",
    "cedula": "customer.identification",
    "telefono": "customer.phone",
    "correo": "customer.email",
}


def test_elsewhere_a_bad_cell_is_left_out_and_listed():
    raw = table(
        nombre=["Ana Mora", "Luis Rojas"],
        cedula=["1-1111-1111", "2-0222-0222"],
        telefono=["8888-7777 / 2222-3333", "12"],
        correo=["ANA@X.com", "no-es-correo"],
    )
    result = cleaned("customers", raw, CUSTOMERS)
    assert column(result, "customer.phone") == ["+50688887777", None]
    assert column(result, "customer.phone_alt") == ["+50622223333", None]
    assert column(result, "customer.email") == ["ana@x.com", None]
    assert column(result, "customer.identification") == ["111111111", "202220222"]
    assert column(result, "customer.identification_type") == ["01", "01"]
    assert codes(result.warnings) == [(2, "telefono", "bad_phone"), (2, "correo", "bad_email")]
    assert result.rejected == []
    strict = cleaned("customers", raw, CUSTOMERS, reject_rows_with_warnings=True)
    assert [row.row_number for row in strict.rejected] == [2]
    assert strict.warnings == []


def test_an_identification_that_cannot_be_read_rejects_its_row():
    raw = table(nombre=["Ana", "Luis"], cedula=["123", "1-1111-1111"], telefono=[None, None], correo=[None, None])
    result = cleaned("customers", raw, CUSTOMERS)
    assert column(result, "customer.first_name") == ["Luis"]
    assert codes(result.rejected[0].reasons) == [(1, "cedula", "bad_identification")]


def test_a_customer_needs_something_that_names_them():
    raw = table(nombre=[None, None, "-"], telefono=["8888-7777", "12", None], ciudad=["Heredia", "Cartago", "Limón"])
    result = cleaned(
        "customers", raw, {"nombre": "customer.name", "telefono": "customer.phone", "ciudad": "customer.city"}
    )
    assert column(result, "row_number") == [1]
    assert [codes(row.reasons) for row in result.rejected] == [
        [(2, "telefono", "bad_phone")],
        [(3, "nombre", "missing_required")],
    ]


def test_empty_rows_are_skipped_and_numbers_kept():
    raw = table(
        fecha=["1/1/2025", None, " ", "2/1/2025"], monto=["1", None, "\u00a0", "2"], nota=[None, None, None, None]
    )
    result = cleaned("sales", raw, SALES)
    assert column(result, "row_number") == [1, 4]
    assert result.rejected == []


def test_rows_of_the_reader_keep_their_numbers_and_broken_ones_stay_out():
    raw = table(fecha=["1/1/2025", "2/1/2025", "3/1/2025"], monto=["1", "x", "3"])
    broken = Reason(9, None, "3/1/2025,3,4", "too_many_cells", "La fila tiene más celdas que el encabezado.")
    raw = RawTable(raw.header, raw.frame, row_numbers=pa.array([2, 5, 9]), broken=[broken])
    result = cleaned("sales", raw, SALES)
    assert column(result, "row_number") == [2]
    assert [(row.row_number, [reason.code for reason in row.reasons]) for row in result.rejected] == [
        (5, ["not_a_number"]),
        (9, ["too_many_cells"]),
    ]


def test_typed_columns_pass_through():
    raw = table(
        codigo=pa.array([17850.0, 12.0]),
        fecha=pa.array([datetime(2025, 1, 2, 10, 30), datetime(2025, 1, 3)], pa.timestamp("us")),  # noqa: DTZ001
        monto=pa.array([10.5, 2.0]),
        vip=pa.array([True, False]),
        desde=pa.array([datetime(2024, 1, 2), None], pa.timestamp("us")),  # noqa: DTZ001
    )
    result = cleaned(
        "sales",
        raw,
        {**SALES, "codigo": "customer.external_id", "vip": "customer.custom:vip", "desde": "customer.custom:desde"},
    )
    assert column(result, "customer.external_id") == ["17850", "12"]
    assert column(result, "sale.sold_at")[0] == datetime(2025, 1, 2, 16, 30, tzinfo=UTC)
    assert column(result, "sale.amount") == [Decimal("10.5"), Decimal(2)]
    assert column(result, "customer.custom:vip") == [True, False]
    assert column(result, "customer.custom:desde") == [datetime(2024, 1, 2, 6, tzinfo=UTC), None]


@pytest.mark.parametrize(
    ("values", "read"),
    [
        (["x", None, "X"], [True, None, True]),
        (["sí", "x", "No"], [True, True, False]),
        (["S", "n", "s"], [True, False, True]),
        (["Si", "0", "1"], [True, False, True]),
        (["✓", None, ""], [True, None, None]),
        # What only some say of yes and no stays what it is.
        (["Activo", "Inactivo", "Activo"], ["Activo", "Inactivo", "Activo"]),
        (["x", "quizás", "x"], ["x", "quizás", "x"]),
        (["F", "F", "F"], ["F", "F", "F"]),
        (["1", "0", "1"], [Decimal(1), Decimal(0), Decimal(1)]),
    ],
)
def test_a_column_of_ones_own_is_of_yes_and_no_where_every_value_is(values, read):
    raw = table(fecha=["1/1/2025"] * 3, monto=["1", "2", "3"], afiliado=values)
    result = cleaned("sales", raw, {**SALES, "afiliado": "customer.custom:afiliado"})
    assert column(result, "customer.custom:afiliado") == read
    assert result.warnings == []


def test_keys_that_some_program_wrote_as_floats():
    raw = table(fecha=["1/1/2025"] * 2, monto=["1", "2"], codigo=["17850.0", "13.0"], telefono=["88887777.0", None])
    result = cleaned("sales", raw, {**SALES, "codigo": "customer.external_id", "telefono": "customer.phone"})
    assert column(result, "customer.external_id") == ["17850", "13"]
    assert column(result, "customer.phone") == ["+50688887777", None]


def test_keys_that_a_spreadsheet_rounded_are_refused():
    raw = table(fecha=["1/1/2025"] * 2, monto=["1", "2"], clave=["5.06E+49", "12"])
    result = cleaned("sales", raw, {**SALES, "clave": "sale.external_key"})
    assert [codes(row.reasons) for row in result.rejected] == [[(1, "clave", "rounded_by_spreadsheet")]]


def test_spreadsheet_errors_are_no_text():
    raw = table(fecha=["1/1/2025"] * 2, monto=["1", "2"], vendedor=["#REF!", "#1 Ana"])
    result = cleaned("sales", raw, {**SALES, "vendedor": "sale.seller"})
    assert column(result, "sale.seller") == [None, "#1 Ana"]
    assert codes(result.warnings) == [(1, "vendedor", "spreadsheet_error")]


def test_dates_out_of_time():
    raw = table(fecha=["15/11/2026", "20/12/2026", "15/11/2028", "13/05/1950"], monto=["1"] * 4)
    result = cleaned("sales", raw, SALES)
    assert column(result, "row_number") == [1, 2, 4]
    assert codes(result.warnings) == [(2, "fecha", "future_date"), (4, "fecha", "old_date")]
    assert codes(result.rejected[0].reasons) == [(3, "fecha", "absurd_date")]


def test_opportunities():
    raw = table(
        titulo=["Techo", None, "Piso", None],
        etapa=["Ganada", "Propuesta", None, None],
        valor=["1.000.000", "₡2.500,50", "5", None],
        probabilidad=["0.2", "0.75", "1", None],
    )
    result = cleaned(
        "opportunities",
        raw,
        {
            "titulo": "opportunity.title",
            "etapa": "opportunity.stage",
            "valor": "opportunity.value",
            "probabilidad": "opportunity.probability",
        },
    )
    assert column(result, "opportunity.title") == ["Techo"]
    assert column(result, "opportunity.probability") == [Decimal(20)]
    assert column(result, "opportunity.value") == [Decimal(1_000_000)]
    assert [codes(row.reasons) for row in result.rejected] == [
        [(2, "titulo", "missing_required")],
        [(3, "etapa", "missing_required")],
    ]


def test_lists_by_meaning():
    raw = table(
        titulo=["a", "b", "c"], estado=["Ganado", "closed lost", "¿?"], etapa=["x"] * 3, prob=["20 %", "100%", "120%"]
    )
    result = cleaned(
        "opportunities",
        raw,
        {
            "titulo": "opportunity.title",
            "estado": "opportunity.status",
            "etapa": "opportunity.stage",
            "prob": "opportunity.probability",
        },
    )
    assert column(result, "opportunity.status") == ["won", "lost", None]
    assert column(result, "opportunity.probability") == [Decimal(20), Decimal(100), None]
    assert codes(result.warnings) == [(3, "estado", "not_a_choice"), (3, "prob", "not_a_percentage")]


def test_provinces_and_identification_types():
    raw = table(
        nombre=["Ana", "Luna", "Eva"],
        provincia=["san jose", "7", "Kentucky"],
        tipo=["Física", "Jurídica", "Pasaporte"],
        cedula=["1-1111-1111", "3-101-123456", "x-12345"],
    )
    result = cleaned(
        "customers",
        raw,
        {
            "nombre": "customer.name",
            "provincia": "customer.province",
            "cedula": "customer.identification",
            "tipo": "customer.identification_type",
        },
    )
    assert column(result, "customer.province") == ["1", "7", None]
    assert column(result, "customer.identification") == ["111111111", "3101123456", "X12345"]
    assert column(result, "customer.identification_type") == ["01", "02", "05"]
    assert column(result, "customer.company_name") == [None, "Luna", None]
    assert codes(result.warnings) == [(3, "provincia", "unknown_province")]


def test_several_columns_of_one_target_are_joined():
    raw = table(
        nombre=["Ana", "Luis"],
        apellido1=["Mora", "Rojas"],
        apellido2=["Soto", None],
        e1=["vip, Norte", None],
        e2=["VIP", "x"],
    )
    result = cleaned(
        "customers",
        raw,
        {
            "nombre": "customer.first_name",
            "apellido1": "customer.last_name",
            "apellido2": "customer.last_name",
            "e1": "customer.tags",
            "e2": "customer.tags",
        },
    )
    assert column(result, "customer.last_name") == ["Mora Soto", "Rojas"]
    assert column(result, "customer.tags") == ["vip,Norte", "x"]


def test_custom_fields_are_what_all_their_cells_are():
    raw = table(
        nombre=["Ana", "Luis", "Eva"],
        cumple=["31/12/1990", "1/2/1985", None],
        saldo=["1.500,50", "200", "3"],
        contratista=["sí", "NO", None],
        codigo_postal=["10101", "20201", "70101"],
        talla=["M", "10", "S"],
        padron=["00123", "00044", "1"],
    )
    names = ["cumple", "saldo", "contratista", "codigo_postal", "talla", "padron"]
    result = cleaned(
        "customers", raw, {"nombre": "customer.name", **{name: f"customer.custom:{name}" for name in names}}
    )
    assert column(result, "customer.custom:cumple")[0] == datetime(1990, 12, 31, 6, tzinfo=UTC)
    assert column(result, "customer.custom:saldo") == [Decimal("1500.5"), Decimal(200), Decimal(3)]
    assert column(result, "customer.custom:contratista") == [True, False, None]
    assert column(result, "customer.custom:codigo_postal") == ["10101", "20201", "70101"]
    assert column(result, "customer.custom:talla") == ["M", "10", "S"]
    assert column(result, "customer.custom:padron") == ["00123", "00044", "1"]


def test_hostile_texts_are_tidied():
    raw = table(nombre=["  Ana\u00a0\u200bMora\x00 "], notas=["uno\r\ndos\t tres"])
    result = cleaned("customers", raw, {"nombre": "customer.name", "notas": "customer.address"})
    assert column(result, "customer.first_name") == ["Ana"]
    assert column(result, "customer.address") == ["uno\ndos tres"]


def test_empty_tables_and_columns():
    raw = table(fecha=[], monto=[], cliente=[])
    result = cleaned("sales", raw, {**SALES, "cliente": "customer.name"})
    assert result.frame.num_rows == 0
    assert set(result.frame.column_names) >= {"row_number", "sale.sold_at", "sale.amount", "customer.kind"}
    raw = table(fecha=["1/1/2025"], monto=["1"], **{f"vacia{n}": [None] for n in range(7)})
    targets = [
        "customer.phone",
        "customer.email",
        "customer.identification",
        "line.discount",
        "customer.custom:x",
        "sale.document_type",
        "customer.created_at",
    ]
    result = cleaned("sales", raw, {**SALES, **{f"vacia{n}": target for n, target in enumerate(targets)}})
    assert result.frame.num_rows == 1
    assert result.rejected == []


def test_ambiguous_dates_are_asked_about_and_obey():
    raw = table(fecha=["3/4/2025", "5/6/2025"], monto=["1", "2"])
    reading = next(r for r in cleaned("sales", raw, SALES).readings if r.column == "fecha")
    assert reading.ambiguous
    assert reading.alternatives == ["d/m/yyyy", "m/d/yyyy"]
    result = cleaned("sales", raw, SALES, readings={"fecha": "m/d/yyyy"})
    assert column(result, "sale.sold_at")[0] == datetime(2025, 3, 4, 6, tzinfo=UTC)
