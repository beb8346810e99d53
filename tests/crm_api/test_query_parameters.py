"""Every operation refuses a query parameter that it does not have, and says which it has."""

from typing import Any

import pytest

from tests.crm_api.conftest import Company, fields, problem
from tests.crm_api.document import OPERATIONS
from tests.crm_api.isolation import ALERT, BODIES, NOBODY, filled

UPLOAD = {"files": {"file": ("a.csv", b"Nombre\nAna\n")}, "data": {"kind": "customers"}}
VALID_BODIES: dict[str, Any] = {
    "/api/auth/register": {"organization_name": "X", "email": "x@ejemplo.cr", "password": "una clave larga"},
    "/api/auth/login": {"email": "x@ejemplo.cr", "password": "una clave larga"},
    "/api/auth/refresh-token": {"refresh_token": "x"},
    "/api/auth/forgot-password": {"email": "x@ejemplo.cr"},
    "/api/auth/reset-password": {"token": "x", "password": "una clave larga"},
    "/api/auth/accept-invitation": {"token": "x", "first_name": "X", "password": "una clave larga"},
    "/api/alerts/preview": ALERT,
}


def _body(method: str, path: str) -> dict[str, Any]:
    if (method, path) == ("POST", "/api/imports"):
        return UPLOAD
    return {"json": VALID_BODIES.get(path) or BODIES.get((method, path))}


def _needed(operation: dict[str, Any]) -> dict[str, str]:
    needed = [item for item in operation.get("parameters", ()) if item["in"] == "query" and item["required"]]
    return {item["name"]: item["schema"]["enum"][0] for item in needed}


@pytest.mark.parametrize(("method", "path"), list(OPERATIONS))
def test_an_unknown_parameter_is_refused(company_a: Company, method: str, path: str) -> None:
    operation = OPERATIONS[method, path]
    parameters = _needed(operation) | {"no_existe": "1"}
    answer = company_a.request(method, filled(path, NOBODY), params=parameters, **_body(method, path))
    message = fields(problem(answer, 422, "invalid"))["no_existe"]
    assert message.startswith("Este parámetro no existe")
    there = sorted(item["name"] for item in operation.get("parameters", ()) if item["in"] == "query")
    assert message.endswith(f"Los que hay: {', '.join(there)}." if there else "esta dirección no recibe ninguno.")


def test_whoever_may_not_is_told_that(company_a: Company) -> None:
    for path in ("/api/users", "/api/customers"):
        problem(company_a.client.get(path, params={"no_existe": "1"}), 401, "not_signed_in")


def test_what_lists_take_beside_their_filters_is_refused_where_there_is_no_such_thing(company_a: Company) -> None:
    for path, name in (("/api/audit", "q"), ("/api/exports/customers", "limit"), ("/api/analytics/metrics", "limit")):
        assert list(fields(problem(company_a.get(path, params={name: "5"}), 422))) == [name]
