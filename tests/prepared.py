"""What a whole run of the tests shares: one server, and in it a database to copy, migrated and with its marts.

Whichever worker comes first makes it; the others wait and copy. The tests of migrating still migrate.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from orchestration.dbt_runs import FIRST_LAYER, SECOND_LAYER, DbtRunner
from pymeai.database import embedded
from pymeai.database.bootstrap import bootstrap, connection_string
from pymeai.database.connections import administrator_url, engine_for
from pymeai.database.migrate import migrate
from pymeai.metrics.dbt_command import dbt_environment, invoke_dbt
from pymeai.metrics.manifest import keep_manifest
from pymeai.settings import Settings

# As the platform's own, for several workers at once; what tests write need not outlive a power cut.
SERVER = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
CONNECTIONS = 120


class Prepared:
    """A server, and the database that all others are copies of. `folder` is the run's own, `server` leads to no database."""

    def __init__(self, folder: Path, server: Settings) -> None:
        self._folder = folder
        self._server = server
        self._run = f"pymeai_test_{folder.name[-8:]}"
        self._template = f"{self._run}_template"

    def make(self, *, marts: bool) -> None:
        """Start the server and make the database to copy, unless another worker has."""
        with self.turn():
            self._start()
            made = self._folder / "made"
            if made.exists():
                return
            settings = self._settings(self._template, self._folder)
            migrate(settings)
            if marts:
                self._make_marts(settings)
            # Nobody may be connected to a database that is copied.
            for role in ("owner", "pipeline"):
                engine_for(settings, role).dispose()
            made.touch()

    @contextmanager
    def database(self, name: str) -> Iterator[Settings]:
        """A copy of that database, with a folder of its own. In a server that was given it is removed after."""
        name, home = f"{self._run}_{name}", self._folder / name
        settings = self._settings(name, home)
        home.mkdir()
        if (self._folder / "dbt").exists():
            shutil.copytree(self._folder / "dbt", home / "dbt")
        with self.turn():
            with self._connection() as connection:
                statement = sql.SQL("create database {} template {}")
                connection.execute(statement.format(sql.Identifier(name), sql.Identifier(self._template)))
            # Rights to the database itself are not copied.
            bootstrap(settings)
        yield settings
        if self._server.database_url is not None:
            # Ours goes with its server: dropping one of 250 tenants, of 150 files each, takes 5 s.
            self._drop(name)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One worker at a time may change the roles, which are the server's."""
        with (self._folder / "turn.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def leave(self) -> None:
        """This worker needs the server no more."""
        embedded.stop(self._server)

    def remove(self) -> None:
        """After all workers: nothing of the run stays."""
        if self._server.database_url is not None and (self._folder / "made").exists():
            self._drop(self._template)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self) -> None:
        workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
        tuning = embedded.TUNING | SERVER | {"max_connections": f"'{CONNECTIONS * workers}'"}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(embedded, "TUNING", tuning)
            administrator_url(self._server)

    def _make_marts(self, settings: Settings) -> None:
        """The relations of the marts, empty, and the parsed project."""
        parsed = invoke_dbt(["--quiet", "parse"], dbt_environment(settings))
        assert parsed.success, parsed.exception
        keep_manifest(settings)
        dbt = DbtRunner(settings)
        for layer in (FIRST_LAYER, SECOND_LAYER):
            failed = [node for node in dbt.invoke(layer) if node.failed]
            assert failed == []
        dbt.mark_views()

    def _settings(self, name: str, home: Path) -> Settings:
        url = administrator_url(self._server).set(database=name).render_as_string(hide_password=False)
        return self._server.model_copy(update={"database_url": url, "home": home})

    def _connection(self) -> psycopg.Connection:
        url = administrator_url(self._server).set(database="postgres")
        return psycopg.connect(connection_string(url), autocommit=True)

    def _drop(self, name: str) -> None:
        drop_database(administrator_url(self._server).render_as_string(hide_password=False), name)


def drop_database(url: str, name: str) -> None:
    """Remove a database of ours from the server that `url` leads to."""
    server = make_url(url).set(database="postgres")
    with psycopg.connect(connection_string(server), autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
