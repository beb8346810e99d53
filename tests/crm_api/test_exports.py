"""Whole lists as files: what is in them, and what is not."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import text

from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_session
from tests.crm_api.conftest import Company, fields, problem

KINDS = ("customers", "sales", "opportunities", "interactions")
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")')


def _make(company: Company, path: str, **values: Any) -> dict[str, Any]:
    response = company.post(path, values)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def _csv(company: Company, what: str, **parameters: Any) -> list[dict[str, str]]:
    response = company.get(f"/api/exports/{what}", params=parameters)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))


@pytest.fixture(scope="module")
def shop(register: Callable[..., Company]) -> Company:
    """A company with one thing of each kind that a reader can check, and others."""
    company = register("Exportadora", "ferreteria")
    customer = _make(
        company, "/api/customers", first_name="José", last_name="Núñez", identification_number="1-0613-0584",
        email="jose@nunez.cr", phone="8888-7777", province="Limón", tags=["VIP", "Norte"],
        custom_fields={"tipo_cliente": "Contratista", "credito": True}, external_id="C-1",
        owner_user_id=str(company.user_id),
    )  # fmt: skip
    _make(company, "/api/customers", company_name="Otra S.A.", phone="+1 212 555 0123")
    line = {"code": "A-1", "description": "Arena", "quantity": 2, "unit_price": 500.25}
    _make(
        company, "/api/sales", customer_id=customer["customer_id"], sold_at="2026-03-10T23:30:00-06:00", lines=[line],
        external_key="F-1", seller="Luis", document_type="ticket",
    )  # fmt: skip
    _make(company, "/api/sales", sold_at="2026-05-01", amount=7)
    _make(company, "/api/opportunities", customer_id=customer["customer_id"], title="Techo", value=900)
    kind = company.get("/api/interaction-types").json()["items"][0]["name"]
    contact = {"type": kind, "notes": "Llamó; quiere arena", "date_time": "2026-03-01T10:00:00-06:00"}
    _make(company, f"/api/customers/{customer['customer_id']}/interactions", **contact)
    return company


def test_what_only_the_stage_tells_is_asked_of_each_opportunitys_own(shop: Company) -> None:
    # Techo is in the first stage, whose probability is low; a later one's is not.
    probable = shop.get("/api/opportunities").json()["items"][0]["effective_probability"]
    assert _csv(shop, "opportunities", effective_probability_from=probable + 1) == []
    rows = _csv(shop, "opportunities", effective_probability_to=probable, is_stalled="false")
    assert [row["Oportunidad"] for row in rows] == ["Techo"]
    latest = shop.get("/api/audit", params={"action": "exported", "limit": 1}).json()["items"][0]
    assert latest["after"]["rows"] == 1


def test_a_file_of_customers(shop: Company) -> None:
    rows = _csv(shop, "customers")
    assert len(rows) == 2
    row = rows[0]
    assert (row["Código"], row["Tipo"], row["Nombre"], row["Apellidos"]) == ("C-1", "Persona", "José", "Núñez")
    assert (row["Tipo de identificación"], row["Identificación"]) == ("Física", "1-0613-0584")
    assert (row["Correo"], row["Teléfono"], row["Provincia"]) == ("jose@nunez.cr", "8888-7777", "Limón")
    assert (row["Etiquetas"], row["Vendedor"], row["Estado"]) == ("VIP; Norte", "Ana Mora", "Activo")
    labels = {
        field["field_name"]: field["label"]
        for field in shop.get("/api/custom-fields?entity_type=customer").json()["items"]
    }
    assert (row[labels["tipo_cliente"]], row[labels["credito"]]) == ("Contratista", "Sí")
    assert rows[1]["Teléfono"] == "'+1 212-555-0123"
    assert rows[1]["Identificación"] == ""


def test_files_of_the_other_kinds(shop: Company) -> None:
    sale = _csv(shop, "sales")[0]
    assert (sale["Número de documento"], sale["Tipo de documento"], sale["Fecha"]) == (
        "F-1",
        "Tiquete",
        "2026-03-10 23:30",
    )
    assert (sale["Cliente"], sale["Monto"], sale["Moneda"], sale["Productos"]) == (
        "José Núñez",
        "1000.5",
        "CRC",
        "Arena",
    )
    deal = _csv(shop, "opportunities")[0]
    assert (deal["Oportunidad"], deal["Cliente"], deal["Valor"], deal["Estado"]) == (
        "Techo",
        "José Núñez",
        "900",
        "Abierta",
    )
    contact = _csv(shop, "interactions")[0]
    assert (contact["Cliente"], contact["Notas"]) == ("José Núñez", "Llamó; quiere arena")


def test_the_lists_own_filters_hold(shop: Company) -> None:
    assert [row["Empresa"] for row in _csv(shop, "customers", kind="company")] == ["Otra S.A."]
    assert [row["Nombre"] for row in _csv(shop, "customers", q="nunez")] == ["José"]
    assert [row["Nombre"] for row in _csv(shop, "customers", custom="credito:eq:true")] == ["José"]
    assert [row["Monto"] for row in _csv(shop, "sales", sold_at_from="2026-04-01")] == ["7"]
    assert [row["Monto"] for row in _csv(shop, "sales", q="luis")] == ["1000.5"]
    assert _csv(shop, "opportunities", status="won") == []
    assert len(_csv(shop, "opportunities", q="techo jose")) == 1
    assert _csv(shop, "interactions", date_time_to="2026-02-28") == []
    assert len(_csv(shop, "interactions", q="arena")) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_workbook_says_what_the_csv_says(shop: Company, kind: str) -> None:
    response = shop.get(f"/api/exports/{kind}", params={"format": "xlsx"})
    assert response.status_code == 200, response.text
    assert response.headers["content-disposition"].endswith('.xlsx"')
    rows = list(load_workbook(io.BytesIO(response.content), read_only=True).active.values)  # type: ignore[union-attr]
    plain = _csv(shop, kind)
    assert list(rows[0]) == list(plain[0])
    assert len(rows) == len(plain) + 1
    if kind == "sales":
        assert rows[1][rows[0].index("Monto")] == 1000.5


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_no_cell_begins_as_a_formula(register: Callable[..., Company], form: str) -> None:
    company = register("Fórmulas")
    for formula in FORMULAS:
        # In the middle of a line there is no tabulator; what begins with one is a formula like any other.
        inside = formula.strip()
        customer = _make(
            company, "/api/customers", first_name=f"A{inside}", last_name=formula, external_id=f"X{inside}"
        )
        with_text = {
            "customer_id": customer["customer_id"],
            "title": formula,
            "description": formula,
            "product": formula,
        }
        _make(company, "/api/opportunities", **with_text)
        _make(company, "/api/sales", sold_at="2026-01-01", amount=1, seller=formula, channel=formula)
    for kind in ("customers", "opportunities", "sales"):
        content = company.get(f"/api/exports/{kind}", params={"format": form}).content
        if form == "csv":
            cells = [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")) for cell in row]
        else:
            sheet = load_workbook(io.BytesIO(content)).active
            assert sheet is not None
            assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}
            cells = [str(value) for row in sheet.values for value in row if isinstance(value, str)]
        assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
        assert "'=1+1" in cells


def test_what_no_workbook_can_hold_is_left_out(company_a: Company, settings: Settings) -> None:
    customer = _make(company_a, "/api/customers", first_name="Campana", address="uno\x07dos")["customer_id"]
    with tenant_session(settings, company_a.tenant) as session:
        # In UTC; in Costa Rica it is still 1899, a year that no workbook counts.
        session.execute(
            text("update customers set created_at = '1900-01-01 00:00+00' where customer_id = :key"), {"key": customer}
        )
    response = company_a.get("/api/exports/customers", params={"format": "xlsx", "q": "Campana"})
    rows = list(load_workbook(io.BytesIO(response.content)).active.values)  # type: ignore[union-attr]
    assert rows[1][rows[0].index("Dirección")] == "unodos"


def test_the_importer_knows_the_headers_of_its_own_platform(shop: Company) -> None:
    for kind, wanted in (
        ("customers", {"customer.first_name", "customer.last_name", "customer.email", "customer.phone",
                       "customer.identification", "customer.external_id"}),
        ("sales", {"sale.sold_at", "customer.name", "sale.external_key"}),
    ):  # fmt: skip
        content = shop.get(f"/api/exports/{kind}").content
        uploaded = shop.request("POST", "/api/imports", files={"file": (f"{kind}.csv", content)}, data={"kind": kind})
        assert uploaded.status_code == 201, uploaded.text
        proposed = shop.get(f"/api/imports/{uploaded.json()['id']}").json()["mapping"]["columns"]
        assert wanted <= {column["target"] for column in proposed}


def test_an_export_is_in_the_audit_log(register: Callable[..., Company], settings: Settings) -> None:
    company = register("Bitácora")
    _make(company, "/api/customers", first_name="Una")
    _csv(company, "customers", q="secreta", status="active")
    with tenant_session(settings, company.tenant) as session:
        line = session.execute(
            text("select user_id, entity, entity_id, after from audit_log where action = 'exported'")
        ).one()
    assert (line.user_id, line.entity, line.entity_id) == (company.user_id, "customer", None)
    assert line.after == {"rows": 0, "format": "csv", "filters": ["q", "status"]}


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_another_company_is_exported(shop: Company, company_b: Company, kind: str) -> None:
    assert company_b.get(f"/api/exports/{kind}").status_code == 200
    assert _csv(company_b, kind, q="arena") == []
    assert _csv(company_b, kind) == []


@pytest.mark.parametrize("kind", KINDS)
def test_who_does_not_manage_takes_nothing_away(
    company_a: Company, colleague: Callable[[Company, str], Company], kind: str
) -> None:
    for role in ("seller", "viewer"):
        problem(colleague(company_a, role).get(f"/api/exports/{kind}"), 403, "forbidden")
    assert colleague(company_a, "manager").get(f"/api/exports/{kind}").status_code == 200


@pytest.mark.parametrize(
    ("parameters", "field"),
    [({"format": "pdf"}, "format"), ({"nada": 1}, "nada"), ({"custom": "nada:eq:1"}, "custom"), ({"q": "a\x00"}, "q"),
     ({"status": "x"}, "status")],
)  # fmt: skip
def test_bad_parameters(company_a: Company, parameters: dict[str, Any], field: str) -> None:
    found = problem(company_a.get("/api/exports/customers", params=parameters), 422, "invalid")
    assert list(fields(found)) == [field]
