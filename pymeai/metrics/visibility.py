"""What a query reads for somebody who sees only their own: each mart in it gets the rule of its records' lists.

The rules are those of the API's endpoints (crm_api/customers, opportunities, sales, interactions): what is theirs, and what
is nobody's. docs/decisions/0011 says why they stand here and not in the database's policies.
"""

from typing import Any
from uuid import UUID

from sqlglot import exp, parse_one

from pymeai.metrics.compiler import DIALECT
from pymeai.metrics.guard import SCHEMA, Refused

SEEN_BY = "seen_by"
_ME = f"%({SEEN_BY})s"
# Marts of an earlier version have no owner_user_id until a refresh fills it: whoever has an owner's name has an owner.
_CUSTOMERS = f"({{0}}.owner_user_id = {_ME} or ({{0}}.owner_user_id is null and {{0}}.owner is null))"
_OWN_CUSTOMERS = (
    f"select own_customers.customer_id from {SCHEMA}.dim_customers as own_customers "
    f"where {_CUSTOMERS.format('own_customers')}"
)
_SALES = (
    f"({{0}}.user_id = {_ME} or ({{0}}.user_id is null "
    f"and ({{0}}.customer_id is null or {{0}}.customer_id in ({_OWN_CUSTOMERS}))))"
)
_OWN_SALES = f"select own_sales.sale_id from {SCHEMA}.fct_sales as own_sales where {_SALES.format('own_sales')}"

RULES: dict[str, str | None] = {
    "dim_customers": _CUSTOMERS,
    "fct_opportunities": f"({{0}}.user_id = {_ME} or {{0}}.user_id is null)",
    "fct_sales": _SALES,
    "fct_sale_lines": f"{{0}}.sale_id in ({_OWN_SALES})",
    "fct_interactions": f"({{0}}.user_id = {_ME} or {{0}}.customer_id in ({_OWN_CUSTOMERS}))",
    # Who works here, which stages there are and the calendar are everybody's.
    "dim_users": None,
    "dim_stages": None,
    "dim_dates": None,
}
"""The condition on a row of each mart, by the mart's name; None where all see all."""


def narrow(statement: exp.Query, seen_by: UUID | None) -> tuple[exp.Query, dict[str, Any]]:
    """The same statement over what `seen_by` sees (None: everything), and the value of its new placeholder.

    A mart that is joined keeps the rows beside it: the sale of a customer that one does not see counts, without its name.
    Raises Refused for a mart without a rule, or one read in a way that a condition would not narrow.
    """
    if seen_by is None:
        return statement, {}
    narrowed = statement.copy()
    for table in [table for table in narrowed.find_all(exp.Table) if table.db == SCHEMA]:
        if table.name not in RULES:
            raise Refused(f"no rule for {table.name}")
        rule = RULES[table.name]
        if rule is not None:
            _add(table, parse_one(rule.format(f'"{table.alias_or_name}"'), dialect=DIALECT))
    return narrowed, {SEEN_BY: seen_by}


def _add(table: exp.Table, condition: exp.Expr) -> None:
    """Put the condition where it removes rows of this table alone."""
    place = table.parent
    select = place.parent if place is not None else None
    if not isinstance(select, exp.Select) or any(
        join.side in ("RIGHT", "FULL") for join in select.args.get("joins", [])
    ):
        raise Refused(f"{table.name} in a join that keeps all rows")
    if isinstance(place, exp.From):
        select.where(condition, copy=False)
    elif isinstance(place, exp.Join):
        place.on(condition, copy=False)
    else:
        raise Refused(f"{table.name} outside FROM")
