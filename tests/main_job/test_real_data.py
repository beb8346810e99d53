"""The main job on real data: files through the API and Dagster, and the marts give the totals that are known of them."""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pandas as pd
import pytest
from sqlalchemy import text

from ingest import imports
from orchestration.launcher import PROCESS_TAG
from pymeai.database.connections import engine_for
from tests.main_job.conftest import Company, Platform, register
from tests.waiting import wait_for

SUPERSTORE = "crm/superstore/Sample - Superstore.csv"
RETAIL = "transactions/online_retail/online_retail.xlsx"


def cents(value: object) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


LATEST = "{ assetNodes { assetKey { path } assetMaterializations(limit: 1) { runId partition } } }"


@dataclass(frozen=True)
class Companies:
    """The three companies, and whose files have been waited for."""

    maven: Company
    superstore: Company
    retail: Company


@pytest.fixture(scope="module")
def companies(platform: Platform, shared_data: Path) -> Iterator[Companies]:
    """All imports are begun at once, as of people who do not know of each other; each is waited for where it is needed."""
    found = Companies(*(register(platform, name) for name in ("Maven", "Superstore", "Retail")))
    found.retail.start(shared_data / RETAIL, "sales")
    found.superstore.start(shared_data / SUPERSTORE, "sales")
    found.maven.load(shared_data / "crm/maven/accounts.csv", "customers")
    found.maven.start(shared_data / "crm/maven/sales_pipeline.csv", "opportunities")
    yield found
    for company in (found.maven, found.superstore, found.retail):
        company.client.close()


@pytest.fixture(scope="module")
def maven(companies: Companies, shared_data: Path) -> Company:
    companies.maven.finish(shared_data / "crm/maven/sales_pipeline.csv")
    return companies.maven


@pytest.fixture(scope="module")
def superstore(companies: Companies, shared_data: Path) -> Company:
    companies.superstore.finish(shared_data / SUPERSTORE)
    return companies.superstore


@pytest.fixture(scope="module")
def online_retail(companies: Companies, shared_data: Path) -> Company:
    companies.retail.finish(shared_data / RETAIL)
    return companies.retail


@pytest.fixture(scope="module")
def orders(shared_data: Path) -> pd.DataFrame:
    frame = pd.read_csv(shared_data / SUPERSTORE, dtype=str)
    iso = frame["fecha_pedido"].str.match(r"\d{4}-")
    day = pd.to_datetime(frame["fecha_pedido"].where(iso), format="%Y-%m-%d")
    frame["day"] = day.fillna(pd.to_datetime(frame["fecha_pedido"].mask(iso), format="%m/%d/%Y"))
    frame["amount"] = frame["ventas"].map(Decimal)
    return frame


@pytest.fixture(scope="module")
def deals(shared_data: Path) -> pd.DataFrame:
    return pd.read_csv(shared_data / "crm/maven/sales_pipeline.csv", dtype=str, keep_default_na=False)


class TestMaven:
    def test_accounts_are_customers(self, maven: Company) -> None:
        (row,) = maven.metrics(metrics=["customers_count"])
        assert row["customers_count"] == 85

    def test_opportunities_by_stage(self, maven: Company) -> None:
        rows = maven.metrics(metrics=["opportunities_count"], group_by=["opportunity__stage"])
        assert {row["opportunity__stage"]: row["opportunities_count"] for row in rows} == {
            "Won": 4238, "Lost": 2473, "Engaging": 1589, "Prospecting": 500,
        }  # fmt: skip

    def test_won_value_and_rate(self, maven: Company) -> None:
        (row,) = maven.metrics(metrics=["won_value", "won_opportunities", "lost_opportunities", "win_rate"])
        assert (cents(row["won_value"]), row["won_opportunities"], row["lost_opportunities"]) == (
            Decimal("10005534.00"), 4238, 2473,
        )  # fmt: skip
        assert round(float(row["win_rate"]), 4) == 0.6315

    def test_top_seller(self, maven: Company) -> None:
        rows = maven.metrics(
            metrics=["won_value"], group_by=["opportunity__seller"], order=[{"field": "won_value"}], limit=1
        )
        assert [(row["opportunity__seller"], cents(row["won_value"])) for row in rows] == [
            ("Darcel Schlecht", Decimal("1153214.00"))
        ]

    def test_a_product_spelled_two_ways_is_one(self, maven: Company, deals: pd.DataFrame) -> None:
        rows = maven.metrics(metrics=["opportunities_count"], group_by=["opportunity__product"])
        found = {row["opportunity__product"]: row["opportunities_count"] for row in rows}
        expected = deals["product"].replace("GTXPro", "GTX Pro").value_counts()
        assert found in (expected.to_dict(), expected.rename({"GTX Pro": "GTXPro"}).to_dict())

    def test_closing_dates_come_from_the_file(self, maven: Company, deals: pd.DataFrame) -> None:
        rows = maven.metrics(metrics=["won_opportunities"], group_by=["metric_time"], grain="quarter")
        won = deals[deals["deal_stage"] == "Won"]
        quarters = pd.to_datetime(won["close_date"]).dt.to_period("Q").dt.start_time.dt.date.astype(str).value_counts()
        assert {row["metric_time"][:10]: row["won_opportunities"] for row in rows if row["won_opportunities"]} == (
            quarters.to_dict()
        )

    def test_kula_counts_what_each_seller_won(self, maven: Company, deals: pd.DataFrame) -> None:
        answer = maven.ask("¿cuántas oportunidades ganó cada vendedor?")
        assert answer["kind"] == "answer", answer
        expected = deals[deals["deal_stage"] == "Won"]["sales_agent"].value_counts().to_dict()
        assert {row[0]: row[1] for row in answer["rows"] if row[1]} == expected


class TestSuperstore:
    def test_sales_profit_and_customers(self, superstore: Company, orders: pd.DataFrame) -> None:
        (row,) = superstore.metrics(metrics=["net_sales", "gross_profit", "sales_count", "active_customers"])
        assert cents(row["net_sales"]) == Decimal("2297200.86")
        assert cents(row["gross_profit"]) == Decimal("286397.02")
        assert row["sales_count"] == orders["id_pedido"].nunique()
        assert row["active_customers"] == 793

    def test_dates_are_month_first(self, superstore: Company, orders: pd.DataFrame) -> None:
        rows = superstore.metrics(metrics=["net_sales"], group_by=["metric_time"], grain="month")
        expected = orders.groupby(orders["day"].dt.strftime("%Y-%m-01"))["amount"].sum()
        assert {row["metric_time"][:10]: cents(row["net_sales"]) for row in rows} == expected.map(cents).to_dict()

    def test_kula_sales_by_category(self, superstore: Company, orders: pd.DataFrame) -> None:
        answer = superstore.ask("¿Cuánto vendí en 2016 por categoría?")
        expected = orders[orders["day"].dt.year == 2016].groupby("categoria")["amount"].sum().map(cents).to_dict()
        assert answer["kind"] == "answer", answer
        assert {row[0]: cents(row[1]) for row in answer["rows"]} == expected

    def test_kula_top_five_customers(self, superstore: Company, orders: pd.DataFrame) -> None:
        answer = superstore.ask("top 5 clientes de 2017")
        year = orders[orders["day"].dt.year == 2017]
        expected = year.groupby("nombre_cliente")["amount"].sum().sort_values(ascending=False).head(5).map(cents)
        assert [(row[0], cents(row[1])) for row in answer["rows"]] == list(expected.items())

    def test_kula_compares_two_months(self, superstore: Company, orders: pd.DataFrame) -> None:
        answer = superstore.ask("ventas de marzo comparado con febrero de 2017")
        month = orders.groupby(orders["day"].dt.strftime("%Y-%m"))["amount"].sum()
        assert answer["kind"] == "answer", answer
        values = [cents(cell) for cell in answer["rows"][0] if isinstance(cell, int | float | str) and _is_number(cell)]
        assert values[:2] == [cents(month["2017-03"]), cents(month["2017-02"])]

    def test_kula_refuses_what_it_has_no_data_for(self, superstore: Company) -> None:
        answer = superstore.ask("¿cuánto ganan mis empleados?")
        assert answer["kind"] == "refuse", answer
        assert answer["rows"] == []
        assert len(answer["options"]) >= 3
        for suggestion in answer["options"]:
            text = suggestion if isinstance(suggestion, str) else suggestion["question"]
            assert superstore.ask(text)["kind"] == "answer", text

    def test_kula_agrees_with_the_dashboard(self, superstore: Company) -> None:
        answer = superstore.ask("¿Cuánto vendí en 2016 por categoría?")
        widget = superstore.metrics(
            metrics=["net_sales"],
            group_by=["sale_line__category"],
            time_range={"start": "2016-01-01", "end": "2016-12-31"},
        )
        assert sorted((row[0], cents(row[1])) for row in answer["rows"]) == sorted(
            (row["sale_line__category"], cents(row["net_sales"])) for row in widget
        )


class TestRuns:
    """What Dagster made of the imports, while the largest one is under way."""

    def test_an_import_is_one_run_and_what_it_made(self, platform: Platform, maven: Company) -> None:
        for found in maven.imports.values():
            run = wait_for(lambda key=found["id"]: _ended(platform, key), 60, "the end of the run")
            record = imports.get_import(platform.settings, maven.tenant, UUID(found["id"]))
            assert (record.status, record.run_id, run["status"]) == ("done", run["runId"], "SUCCESS")
            made = {"/".join(m["assetKey"]["path"]): m["partition"] for m in run["assetMaterializations"]}
            assert made["crm_rows"] == maven.tenant.partition_key
        # A refresh takes along whoever is waiting for one, so its run is some import's; it is of no partition.
        latest = {
            "/".join(n["assetKey"]["path"]): n["assetMaterializations"] for n in platform.ask(LATEST)["assetNodes"]
        }
        [refreshed] = latest["analytics_data"]
        assert refreshed["partition"] is None
        wait_for(lambda: refreshed["runId"] in platform.succeeded(), 120, "the end of the run that refreshed")

    def test_one_whose_process_is_killed_is_started_again_and_loads_all(self, platform: Platform) -> None:
        company = register(platform, "Interrumpida")
        rows = [f"B-{number},0{number % 9 + 1}/10/2026,Cliente {number % 5},100" for number in range(20)]
        path = platform.home / "ventas.csv"
        path.write_text("\n".join(["Factura,Fecha,Cliente,Total", *rows]), encoding="utf-8")
        engine = engine_for(platform.settings, "owner")
        table = f"{company.tenant.schema}.sales"
        with engine.connect() as connection, connection.begin():
            # The import's transaction waits here, so that the kill finds it in the middle.
            connection.execute(text(f"lock table {table} in access exclusive mode"))
            import_id = company.start(path, "sales")

            def waiting() -> int | None:
                [run] = platform.runs_of(import_id)
                blocked = connection.scalar(
                    text("select count(*) from pg_locks where not granted and relation = cast(:table as regclass)"),
                    {"table": table},
                )
                return int(run["tags"][PROCESS_TAG]) if blocked and PROCESS_TAG in run["tags"] else None

            os.kill(wait_for(waiting, 120, "the import to wait for the lock"), signal.SIGKILL)
        with engine.connect() as connection:
            assert connection.scalar(text(f"select count(*) from {table}")) == 0
        engine.dispose()
        company.finish(path)
        (row,) = company.metrics(metrics=["net_sales", "sales_count"])
        assert (row["sales_count"], cents(row["net_sales"])) == (20, Decimal("2000.00"))
        assert min(run["status"] for run in platform.runs_of(import_id)) == "FAILURE"
        company.client.close()


class TestOnlineRetail:
    def test_net_of_all_rows_with_credit_notes_negative(self, online_retail: Company) -> None:
        (row,) = online_retail.metrics(metrics=["net_sales"])
        assert cents(row["net_sales"]) == Decimal("9747747.93")

    def test_documents_and_customers(self, online_retail: Company) -> None:
        counts = online_retail.imports["online_retail.xlsx"]["counts"]
        assert counts["rows"] == 541_909
        assert counts["rejected"] == 0
        assert counts["inserted"]["sales"] == 25_900
        assert counts["inserted"]["customers"] == 4_372

    def test_credit_notes_are_negative(self, online_retail: Company) -> None:
        rows = online_retail.metrics(metrics=["net_sales"], group_by=["sale__document_type"])
        by_type = {row["sale__document_type"]: cents(row["net_sales"]) for row in rows}
        assert by_type["credit_note"] < 0
        assert sum(by_type.values()) == Decimal("9747747.93")


@pytest.mark.parametrize("owner, other", [("maven", "superstore"), ("superstore", "maven")])
def test_nobody_sees_anothers_imports(owner: str, other: str, request: pytest.FixtureRequest) -> None:
    mine: Company = request.getfixturevalue(owner)
    theirs: Company = request.getfixturevalue(other)
    for found in theirs.imports.values():
        answer = mine.client.get(found["address"])
        assert answer.status_code == 404
        unknown = mine.client.get(f"/api/imports/{uuid4()}")
        assert (answer.json()["code"], answer.json()["detail"]) == (unknown.json()["code"], unknown.json()["detail"])


def _ended(platform: Platform, import_id: UUID) -> dict[str, Any] | None:
    """An import's only run, once it is over: the marts are there a moment before."""
    [run] = platform.runs_of(import_id)
    return run if run["status"] in {"SUCCESS", "FAILURE", "CANCELED"} else None


def _is_number(cell: object) -> bool:
    try:
        Decimal(str(cell))
    except ArithmeticError:
        return False
    return True


def test_the_calendar_is_right(orders: pd.DataFrame) -> None:
    """The expectations themselves: the file's own range of days."""
    assert orders["day"].min().date() == date(2014, 1, 3)
    assert orders["day"].max().date() == date(2017, 12, 30)
