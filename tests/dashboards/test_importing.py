"""The import page from the upload to the result, on the real API."""

from collections.abc import Callable
from uuid import UUID

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.import_page import proposed_kind
from ingest import imports
from pymeai.settings import Settings
from pymeai.tenancy.tenant import Tenant
from tests.dashboards.conftest import Company
from tests.dashboards.test_pages import texts

SALES = """Reporte de ventas;;;;;
Fecha;Factura;Cliente;Teléfono;Producto;Total
05/11/2026;F-1;Constructora Volcán;8888-7777;Cemento;72.000,00
06/11/2026;F-2;María Rojas;8712-3344;Pintura;37.000,50
31/02/2026;F-3;Ana Vargas;8111-2222;Brocha;1.900,00
07/11/2026;F-4;Luis Solano;mañana;Taladro;54.900,00
""".encode("cp1252")


def click(app: AppTest, label: str) -> AppTest:
    """The button whose label begins so, pressed."""
    button = next(button for button in app.button if button.label.startswith(label))
    return button.click().run()


def uploaded(company: Company, name: str, content: bytes) -> AppTest:
    """The page after a file was handed in and read."""
    app = company.app("importar")
    app.file_uploader[0].upload(name, content).run()
    return click(app, "Leer el archivo")


def import_of(app: AppTest) -> UUID:
    """The import that the page is about."""
    value = app.query_params["importacion"]
    return UUID(value if isinstance(value, str) else value[0])


@pytest.fixture(scope="module")
def company(register: Callable[[str], Company]) -> Company:
    return register("Ferretería que Importa")


def test_from_the_file_to_the_result(company: Company, api_server: Settings) -> None:
    app = uploaded(company, "ventas de noviembre.csv", SALES)
    assert not app.exception
    page = texts(app)
    assert "Lo que entendimos del archivo" in page
    assert "<b>4</b> filas" in page
    assert "Encabezado en la fila <b>2</b>" in page
    assert "Codificación <b>cp1252</b>" in page
    assert "Separador <b>punto y coma</b>" in page
    chosen = {
        box.label.removeprefix("Destino de la columna "): box.value for box in app.selectbox if "Destino" in box.label
    }
    assert chosen["Fecha"] == "sale.sold_at"
    assert chosen["Cliente"] == "customer.name"
    assert chosen["Teléfono"] == "customer.phone"

    click(app, "Revisar las filas")
    assert not app.exception
    page = texts(app)
    assert "Filas rechazadas" in page
    problems = app.dataframe[0].value
    assert list(problems["Valor"]) == ["31/02/2026", "mañana"]
    assert list(problems["Qué pasa"]) == ["La fila no entra", "Entra sin ese dato"]
    assert all(problems["Problema"])

    click(app, "Importar 3 filas")
    assert not app.exception
    # Dagster is not there in this test: the page says so, and the import waits.
    assert "En cola" in app.get("progress")[0].proto.text
    assert "cola" in app.info[0].value

    tenant = Tenant(company.session.organization.organization_id)
    prepared = imports.prepare(api_server, tenant, import_of(app), with_gate=False)
    imports.commit(api_server, tenant, prepared)
    app.run()
    assert not app.exception
    assert "3 de 4 filas están en PymeAI" in app.success[0].value
    download = app.get("download_button")[0]
    assert download.proto.label == "Descargar rechazadas"

    click(app, "Importar otro archivo")
    assert "ventas de noviembre.csv" in texts(app)
    assert "3 de 4 filas" in texts(app)


def test_a_refused_mapping_says_what_is_missing(company: Company) -> None:
    app = uploaded(company, "otras ventas.csv", SALES + b"08/11/2026;F-9;Eva Mora;8222-1111;Clavo;100\n")
    date_column = next(box for box in app.selectbox if box.label.endswith("Fecha"))
    date_column.set_value("ignore").run()
    click(app, "Revisar las filas")
    assert not app.exception
    assert "Fecha de la venta" in app.error[0].value
    assert "Lo que entendimos del archivo" in texts(app)


@pytest.mark.parametrize(
    ("name", "content"), [("vacío.csv", b""), ("foto.csv", b"\x89PNG\r\n\x1a\n\x00\x00"), ("roto.xlsx", b"PK\x03\x04x")]
)
def test_an_unreadable_file_is_refused_in_spanish(company: Company, name: str, content: bytes) -> None:
    app = uploaded(company, name, content)
    assert not app.exception
    assert len(app.error) == 1
    assert "importacion" not in app.query_params


def test_an_ambiguous_date_is_asked(company: Company) -> None:
    rows = "Fecha,Cliente,Total\n" + "".join(f"0{day}/03/2026,Ana Mora,1000\n" for day in range(1, 8))
    app = uploaded(company, "ventas ambiguas.csv", rows.encode())
    click(app, "Revisar las filas")
    assert not app.exception
    questions = [radio for radio in app.radio if "Fecha" in radio.label]
    assert len(questions) == 1
    assert len(questions[0].options) == 2
    other = questions[0].options[1]
    questions[0].set_value(other).run()
    click(app, "Leer de nuevo así")
    assert not app.exception
    options = company.client.import_(company.session, import_of(app)).options
    assert set(options["readings"]) == {"Fecha"}


def test_another_companys_import_is_not_there(company: Company, register: Callable[[str], Company]) -> None:
    theirs = import_of(uploaded(company, "ventas propias.csv", SALES + b"\n"))
    app = register("Curiosa").app("importar")
    app.query_params["importacion"] = str(theirs)
    app.run()
    assert not app.exception
    assert "Esa importación no está" in texts(app)
    assert "ventas propias" not in texts(app)


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("Ventas 2026.xlsx", b"PK\x03\x04", "sales"),
        ("clientes.csv", b"Nombre,Telefono", "customers"),
        ("sales_pipeline.csv", b"opportunity_id,deal_stage", "opportunities"),
        ("COTIZACIONES.ods", b"PK", "opportunities"),
        ("datos.csv", b"Factura;Cantidad;Monto;Cliente", "sales"),
        ("datos.csv", "Cédula,Contacto".encode("latin-1"), "customers"),
        ("x.xlsx", b"PK", "sales"),
        ("", b"", "sales"),
    ],
)
def test_what_a_file_seems_to_hold(name: str, head: bytes, kind: str) -> None:
    assert proposed_kind(name, head) == kind
