"""Whatever JSON or text comes in: an answer below 500."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_api.customers.schemas import CustomerFields
from crm_api.opportunities.schemas import OpportunityFields
from crm_api.sales.schemas import SaleFields
from tests.crm_api.conftest import Company

AWKWARD = st.sampled_from(
    ["", " ", "\x00", "a\x00b", "'; drop table customers; --", "%", "\\", "{}", "NaN", "1e400", "-0", "9" * 400, "2026-02-30",
     "0001-01-01", "9999-12-31T23:59:59Z", "0000", "١٢٣", "ﬁ", "\u202e", "\ufeff", "🙂" * 50, "=1+1", "<script>", "null",
     "0190a000-0000-7000-8000-000000000000", "8888-7777", "1-1111-1111", "ana@ejemplo.cr", "CRC", "USD", "invoice", "person"]
)  # fmt: skip
SCALAR = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | AWKWARD
)
JSON = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)
EXAMPLES = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def _bodies(names: list[str], always: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Objects of the schema's own fields with any values, now and then beside what makes them pass."""
    some = st.dictionaries(st.sampled_from(names), SCALAR | JSON, max_size=6)
    return some | some.map(lambda values: always | values) | JSON


def _sent(company: Company, method: str, path: str, body: Any) -> None:
    response = company.request(method, path, json=body)
    assert response.status_code < 500, (body, response.text)


@EXAMPLES
@given(body=_bodies([*CustomerFields.model_fields], {"first_name": "Ana"}))
def test_customers(company_a: Company, body: Any) -> None:
    _sent(company_a, "POST", "/api/customers", body)


@EXAMPLES
@given(body=_bodies([*SaleFields.model_fields], {"sold_at": "2026-01-01", "amount": 1}))
def test_sales(company_a: Company, body: Any) -> None:
    _sent(company_a, "POST", "/api/sales", body)


@EXAMPLES
@given(body=_bodies([*OpportunityFields.model_fields], {"title": "Techo"}))
def test_opportunities(company_a: Company, body: Any) -> None:
    _sent(company_a, "POST", "/api/opportunities", body)


@EXAMPLES
@given(body=_bodies(["name", "settings"], {"name": "X"}))
def test_the_organization(company_b: Company, body: Any) -> None:
    _sent(company_b, "PUT", "/api/organization", body)


@EXAMPLES
@given(body=_bodies(["email", "password"], {"email": "ana@ejemplo.cr"}))
def test_signing_in(company_a: Company, body: Any) -> None:
    assert company_a.client.post("/api/auth/login", json=body).status_code < 500


@pytest.mark.parametrize("path", ["customers", "sales", "opportunities", "imports", "dashboards", "users"])
@EXAMPLES
@given(
    parameters=st.dictionaries(
        st.sampled_from(["q", "cursor", "sort", "limit", "status", "customer_id", "start", "tag", "segment", "seller"]),
        AWKWARD | st.text(max_size=20),
        max_size=4,
    )
)
def test_lists(company_a: Company, path: str, parameters: dict[str, str]) -> None:
    assert company_a.get(f"/api/{path}", params=parameters).status_code < 500
