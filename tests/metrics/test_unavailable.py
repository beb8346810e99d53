"""When an answer cannot be had, the person is told so, and not what PostgreSQL said."""

import contextlib
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, text

from pymeai.database.connections import engine_for
from pymeai.errors import Unavailable
from pymeai.metrics.dbt_command import DbtFailed, project_environment, run_dbt
from pymeai.metrics.query import MetricQuery
from pymeai.metrics.service import run_query
from pymeai.settings import Settings


@contextlib.contextmanager
def as_owner_of_the_marts(settings: Settings) -> Iterator[Connection]:
    with engine_for(settings, "pipeline").begin() as connection:
        yield connection


def test_a_mart_that_is_not_there_yet(store):
    with as_owner_of_the_marts(store.settings) as connection:
        connection.execute(text("alter table analytics.fct_interactions rename to put_away"))
    try:
        with pytest.raises(Unavailable) as caught:
            store.ask(metrics=["interactions_count"])
    finally:
        with as_owner_of_the_marts(store.settings) as connection:
            connection.execute(text("alter table analytics.put_away rename to fct_interactions"))
    assert caught.value.code == "marts_not_ready"
    assert "fct_interactions" not in caught.value.message
    assert store.cells(metrics=["interactions_count"]) == [[0]]


def test_an_answer_that_takes_too_long(store):
    with as_owner_of_the_marts(store.settings) as connection:
        connection.execute(text("lock table analytics.fct_opportunities in access exclusive mode"))
        with pytest.raises(Unavailable) as caught:
            store.ask(metrics=["open_value"])
    assert caught.value.code == "query_timeout"
    assert "más corto" in caught.value.message


def test_a_server_that_does_not_answer(store):
    nowhere = store.settings.model_copy(update={"database_url": "postgresql://pymeai_owner@127.0.0.1:9/pymeai"})
    with pytest.raises(Unavailable) as caught:
        run_query(nowhere, store.tenant, MetricQuery(metrics=["net_sales"]))
    assert caught.value.code == "database_unavailable"


def test_dbt_that_fails_says_so_and_keeps_its_output_for_the_log(settings):
    with pytest.raises(DbtFailed) as caught:
        run_dbt(["no_such_command"], project_environment(settings))
    assert caught.value.message == "No se pudieron actualizar los datos de los tableros."
    assert "no_such_command" in caught.value.output
