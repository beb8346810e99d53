"""The table of docs/api.md: `python -m tests.crm_api.api_table` writes its endpoints and roles anew and keeps its tests."""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.crm_api.document import OPERATIONS

PROJECT = Path(__file__).resolve().parents[2]
PAGE = PROJECT / "docs" / "api.md"
BEGIN, END = "<!-- endpoints -->", "<!-- /endpoints -->"
HEADER = "| endpoint | roles | asked by | test |\n|---|---|---|---|\n"

# What the product document lists, word for word.
PRODUCT = """
POST /api/auth/register
POST /api/auth/login
POST /api/auth/refresh-token
POST /api/auth/forgot-password
POST /api/auth/reset-password
GET /api/auth/sessions
DELETE /api/auth/sessions/:id
GET /api/users
POST /api/users/invite
GET /api/users/:id
PUT /api/users/:id
DELETE /api/users/:id
PUT /api/users/:id/role
GET /api/customers
POST /api/customers
GET /api/customers/:id
PUT /api/customers/:id
DELETE /api/customers/:id
GET /api/customers/segments
GET /api/customers/segments/:segment
GET /api/customers/:id/interactions
POST /api/customers/:id/interactions
GET /api/custom-fields
POST /api/custom-fields
PUT /api/custom-fields/:id
DELETE /api/custom-fields/:id
GET /api/pipelines
POST /api/pipelines
GET /api/pipelines/:id
PUT /api/pipelines/:id
DELETE /api/pipelines/:id
GET /api/pipelines/:id/stages
POST /api/pipelines/:id/stages
PUT /api/pipelines/:id/stages/:stage_id
DELETE /api/pipelines/:id/stages/:stage_id
GET /api/opportunities
POST /api/opportunities
GET /api/opportunities/:id
PUT /api/opportunities/:id
DELETE /api/opportunities/:id
PUT /api/opportunities/:id/stage
GET /api/opportunities/:id/history
GET /api/analytics/dashboard
GET /api/analytics/customers/segments
GET /api/analytics/pipeline/performance
GET /api/analytics/opportunities/conversion
POST /api/kula/query
GET /api/kula/conversations
GET /api/kula/help/:topic
"""

# What is promised to the outside beside those. Of exports each kind is a path of its own, because each has filters of its own.
CONTRACTS = """
GET /api/organization
PUT /api/organization
GET /api/templates
POST /api/onboarding
POST /api/auth/logout
POST /api/auth/accept-invitation
GET /api/interaction-types
POST /api/interaction-types
GET /api/interaction-types/:id
PUT /api/interaction-types/:id
DELETE /api/interaction-types/:id
GET /api/sales
POST /api/sales
GET /api/sales/:id
PUT /api/sales/:id
DELETE /api/sales/:id
GET /api/customers/duplicates
POST /api/customers/merge
GET /api/customers/:id/timeline
GET /api/customers/:id/export
POST /api/customers/:id/erase
POST /api/imports
GET /api/imports
GET /api/imports/:id
PUT /api/imports/:id/mapping
POST /api/imports/:id/dry-run
POST /api/imports/:id/commit
POST /api/imports/:id/undo
GET /api/imports/:id/rejected
GET /api/exports/customers
GET /api/exports/sales
GET /api/exports/opportunities
GET /api/exports/interactions
GET /api/dashboards
POST /api/dashboards
GET /api/dashboards/:id
PUT /api/dashboards/:id
DELETE /api/dashboards/:id
GET /api/alerts
POST /api/alerts
GET /api/alerts/:id
PUT /api/alerts/:id
DELETE /api/alerts/:id
GET /api/analytics/metrics
POST /api/analytics/query
GET /api/analytics/recommendations
POST /api/kula/messages/:id/feedback
GET /api/audit
GET /healthz
GET /readyz
GET /metrics
"""


@dataclass(frozen=True)
class Row:
    """One line of the table; `endpoint` is the OpenAPI's method and path."""

    endpoint: str
    roles: str
    asked_by: str
    test: str

    def __str__(self) -> str:
        return f"| `{self.endpoint}` | {self.roles} | {self.asked_by} | {self.test} |"


def shape(endpoint: str) -> str:
    """An endpoint without the names of its parameters, which the documents and the OpenAPI write differently."""
    return re.sub(r"{\w+}|:\w+", "{}", endpoint)


def listed(text: str) -> set[str]:
    """The shapes of the endpoints in one of the lists above."""
    return {shape(line) for line in text.split("\n") if line}


def operations() -> dict[str, str]:
    """Every operation of the OpenAPI and its roles as the table shows them."""
    return {f"{method} {path}": _roles(operation["x-roles"]) for (method, path), operation in OPERATIONS.items()}


def rows() -> list[Row]:
    """The table as the page has it."""
    table = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    cells = (line.strip("|").split("|") for line in table.splitlines() if line.startswith("| `"))
    return [
        Row(*(cell.strip().strip("`") if place == 0 else cell.strip() for place, cell in enumerate(row)))
        for row in cells
    ]


def written(tests: dict[str, str]) -> list[Row]:
    """The table as it should be, with the test of each endpoint."""
    product, contracts = listed(PRODUCT), listed(CONTRACTS)
    return [
        Row(
            endpoint,
            roles,
            "product" if shape(endpoint) in product else "contract" if shape(endpoint) in contracts else "",
            tests.get(endpoint, ""),
        )
        for endpoint, roles in operations().items()
    ]


def write(tests: dict[str, str] | None = None) -> None:
    """Put the table into the page; tests that are given go before those that it had."""
    known = {row.endpoint: row.test for row in rows()} | (tests or {})
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    table = HEADER + "\n".join(str(row) for row in written(known))
    PAGE.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")


def _roles(roles: list[str]) -> str:
    if not roles:
        return "anybody, not signed in"
    return "all" if len(roles) == 5 else ", ".join(roles)


if __name__ == "__main__":
    write()
