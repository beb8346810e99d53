"""A refresh replaces what belongs to the organizations in its scope, and nothing else."""

from decimal import Decimal

MARTS = (
    "dim_customers", "dim_stages", "dim_users", "fct_sales", "fct_sale_lines", "fct_opportunities", "fct_interactions",
    "tenant_freshness",
)  # fmt: skip


def test_what_vanished_vanishes_and_the_others_stay(refreshed, change, refresh, rows):
    first, second = refreshed
    assert len(rows("fct_sales", first)) == len(rows("fct_sales", second)) == 9
    before = {mart: rows(mart, second) for mart in MARTS}
    for tenant in refreshed:
        change(tenant, "delete from sales where external_key in ('s1', 's2')", "delete from interactions")
        change(tenant, "update customers set deleted_at = now() where external_id = '2'")
    refresh(first)
    assert [row["external_key"] for row in rows("fct_sales", first)].count("s1") == 0
    assert len(rows("fct_sales", first)) == 7
    assert rows("fct_interactions", first) == []
    assert [row["name"] for row in rows("dim_customers", first)] == ["Ana"]
    assert {mart: rows(mart, second) for mart in MARTS} == before


def test_a_refresh_leaves_what_a_full_build_makes(refreshed, refresh, rows):
    def contents():
        return {mart: [rows(mart, tenant) for tenant in refreshed] for mart in MARTS} | {"dim_dates": rows("dim_dates")}

    refresh(*refreshed)
    kept = contents()
    refresh(*refreshed, command=("run", "--full-refresh"))
    assert contents() == kept


def test_an_empty_scope_changes_nothing(refreshed, refresh, rows):
    kept = {mart: rows(mart) for mart in MARTS}
    refresh()
    assert {mart: rows(mart) for mart in MARTS} == kept


def test_lines_of_every_sale_add_up_to_it(refreshed, rows):
    first, _ = refreshed
    totals: dict[str, Decimal] = {}
    for line in rows("fct_sale_lines", first):
        totals[line["sale_id"]] = totals.get(line["sale_id"], Decimal(0)) + Decimal(str(line["amount"]))
    assert totals == {sale["sale_id"]: Decimal(str(sale["amount"])) for sale in rows("fct_sales", first)}
    assert {line["line_kind"] for line in rows("fct_sale_lines", first)} == {"line", "whole", "residual"}


def test_build_runs_every_test_and_all_pass(refreshed, refresh):
    statuses = refresh(*refreshed, command=("build",))
    assert statuses["lines_always_add_up_to_the_document"] == "pass"
    assert statuses["lines_add_up_to_sales_fct_sale_lines_"] == "pass"
    assert set(statuses.values()) == {"success", "pass"}


def test_an_opportunity_with_a_step_ahead_is_not_stalled(refreshed, change, refresh, rows):
    first, second = refreshed
    # Since 1 October in a stage of which nobody said how long it takes: stalled on 16 November.
    change(first, "update opportunities set next_step_at = '2026-11-20 12:00-06'")
    change(second, "update opportunities set next_step_at = '2026-11-10 12:00-06'")
    refresh(*refreshed)
    stalled = [[row["is_stalled"] for row in rows("fct_opportunities", tenant)] for tenant in refreshed]
    assert stalled == [[False], [True]]
