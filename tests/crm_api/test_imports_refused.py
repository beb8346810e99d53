"""Files, forms, mappings and options of imports that cannot be: each is refused, and nothing of it stays."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from crm_api.main import create_app
from pymeai.settings import Settings
from tests.crm_api.conftest import Company, fields, problem
from tests.crm_api.imports import create_import, stored_files, unique_customers, upload
from tests.ingest.hostile_files import HOSTILE


@pytest.mark.parametrize(
    ("content", "name", "statuses"),
    [
        (b"", "vacio.csv", {400, 415}),
        (b"\x00\x01\x02\x03" * 100, "basura.csv", {400, 415}),
        (b"PK\x03\x04 this is no workbook", "roto.xlsx", {400, 415}),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "foto.png", {400, 415}),
        (b"%PDF-1.7 ...", "factura.pdf", {400, 415}),
        (b"Nombre,Correo\n", "solo_titulos.csv", {400, 415, 422}),
    ],
)
def test_files_that_cannot_be_read(
    company_a: Company, settings: Settings, content: bytes, name: str, statuses: set[int]
) -> None:
    files, total = stored_files(settings, company_a), company_a.get("/api/imports").json()["total"]
    response = upload(company_a, content, name=name)
    assert response.status_code in statuses, response.text
    assert len(problem(response, response.status_code)["detail"]) > 20
    assert stored_files(settings, company_a) == files
    assert company_a.get("/api/imports").json()["total"] == total


@pytest.mark.parametrize("kind", ["zip bomb", "cells far apart", "claimed strings", "a million columns", "truncated"])
def test_a_hostile_file_is_refused_and_the_next_one_taken(company_a: Company, settings: Settings, kind: str) -> None:
    files = stored_files(settings, company_a)
    name, content, code = HOSTILE[kind]
    response = upload(company_a, content(), name=name)
    assert problem(response, response.status_code)["code"] == code
    assert response.status_code in (413, 415)
    assert stored_files(settings, company_a) == files
    create_import(company_a, unique_customers())


def test_a_file_that_is_too_large(company_a: Company, settings: Settings) -> None:
    small = settings.model_copy(update={"max_upload_bytes": 100_000})
    files = stored_files(settings, company_a)
    with TestClient(create_app(small)) as client:
        company = Company(**(vars(company_a) | {"client": client}))
        # Over the file's limit, but under that of the body; and over both.
        for size in (100_001, 1_000_000):
            response = upload(company, b"Nombre\n" + b"x" * size)
            found = problem(response, 413)
            assert found["code"] in ("file_too_large", "too_large")
        assert upload(company, unique_customers()).status_code == 201
    assert len(stored_files(settings, company_a)) == len(files) + 1


@pytest.mark.parametrize("kind", ["facturas", "CUSTOMERS", "customers ", "customers\x00"])
def test_a_kind_that_is_none(company_a: Company, settings: Settings, kind: str) -> None:
    files = stored_files(settings, company_a)
    found = problem(upload(company_a, unique_customers(), kind=kind), 422)
    assert list(fields(found)) == ["kind"]
    assert stored_files(settings, company_a) == files


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        ({"files": {"file": ("a.csv", b"Nombre\nAna\n")}}, ["kind"]),
        ({"data": {"kind": "customers"}}, ["file"]),
        ({"json": {"kind": "customers"}}, ["file", "kind"]),
        ({"files": {"file": (None, b"Nombre\nAna\n"), "kind": (None, b"customers")}}, ["file"]),
        ({}, ["file", "kind"]),
    ],
)
def test_a_form_with_something_missing(company_a: Company, arguments: dict[str, Any], missing: list[str]) -> None:
    assert list(fields(problem(company_a.request("POST", "/api/imports", **arguments), 422))) == missing


def test_two_files_at_once_are_refused(company_a: Company) -> None:
    files = [("file", ("a.csv", b"Nombre\nAna\n")), ("file", ("b.csv", b"Nombre\nEva\n"))]
    problem(company_a.request("POST", "/api/imports", files=files, data={"kind": "customers"}), 400)


def test_a_form_that_is_broken(company_a: Company) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    problem(company_a.request("POST", "/api/imports", content=b"--y\r\nnothing", headers=headers), 400)


@pytest.mark.parametrize(
    ("columns", "field"),
    [
        ([], "columns"),
        ([{"source": "Nombre", "target": None}], "columns"),
        ([{"source": "Nombre", "target": "ignore"}], "columns"),
        ([{"source": "Apellido", "target": "customer.last_name"}], "columns.Apellido"),
        ([{"source": "Nombre", "target": "customer.password"}], "columns.Nombre"),
        ([{"source": "Nombre", "target": "sale.amount"}], "columns.Nombre"),
        (
            [{"source": "Teléfono", "target": "customer.email"}, {"source": "Correo", "target": "customer.email"}],
            "columns",
        ),
        ([{"source": "Nombre", "target": 5}], "columns.0.target"),
        ([{"target": "customer.email"}], "columns.0.source"),
        (None, "columns"),
        ("todo", "columns"),
    ],
)
def test_mappings_that_cannot_be(company_a: Company, columns: Any, field: str) -> None:
    path = create_import(company_a, unique_customers())
    before = company_a.get(path).json()
    found = problem(company_a.put(f"{path}/mapping", {"columns": columns}), 422)
    assert field in fields(found)
    assert company_a.get(path).json() == before


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"moneda": "CRC"}, "options.moneda"),
        ({"currency": "EUR"}, "options.currency"),
        ({"default_policy": "x"}, "options.default_policy"),
        ({"exchange_rate": "x"}, "options.exchange_rate"),
        ({"repeat": "x"}, "options.repeat"),
        ([], "options"),
    ],
)
def test_options_that_cannot_be(company_a: Company, options: Any, field: str) -> None:
    path = create_import(company_a, unique_customers())
    body = {"columns": [{"source": "Nombre", "target": "customer.name"}], "options": options}
    assert list(fields(problem(company_a.put(f"{path}/mapping", body), 422))) == [field]


def test_nothing_is_committed_without_a_mapping(company_a: Company) -> None:
    path = create_import(company_a, "Columna rara,Otra\nx,1\ny,2\n")
    problem(company_a.post(f"{path}/dry-run"), 422, "invalid_mapping")
    problem(company_a.post(f"{path}/commit"), 422, "invalid_mapping")
    assert company_a.get(path).json()["status"] == "uploaded"
