"""The yardstick: the same rows through a bare COPY into a typed table of the same server, nothing else."""

import time
from collections.abc import Iterable, Sequence

import psycopg
from psycopg import sql

from pymeai.database.bootstrap import connection_string
from pymeai.database.connections import administrator_url
from pymeai.settings import Settings


def seconds_to_copy(settings: Settings, columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[object]]) -> float:
    """Seconds from the first row to the commit. `columns` are (name, PostgreSQL type); the table is dropped again."""
    rows = list(rows)
    table = sql.Identifier("bare_copy_benchmark")
    with psycopg.connect(connection_string(administrator_url(settings))) as connection:
        definition = sql.SQL(", ").join(sql.SQL("{} " + kind).format(sql.Identifier(name)) for name, kind in columns)
        connection.execute(sql.SQL("create table {} ({})").format(table, definition))
        connection.commit()
        begun = time.perf_counter()
        with connection.cursor().copy(sql.SQL("copy {} from stdin").format(table)) as copy:
            for row in rows:
                copy.write_row(row)
        connection.commit()
        taken = time.perf_counter() - begun
        connection.execute(sql.SQL("drop table {}").format(table))
        connection.commit()
    return taken
