"""Connections that logged in as a tenant's reader, kept for the next question: a login costs more than most answers.

PostgreSQL starts a process, and on a server that is not ours SCRAM hashes 4,096 times: 6 ms beside 1 ms for the reasons
of a segment.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import cast

import psycopg
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from pymeai.database.connections import note_return, ping_after_rest, role_url
from pymeai.errors import Unavailable
from pymeai.settings import Settings
from pymeai.tenancy.sessions import DATABASE_DOWN
from pymeai.tenancy.tenant import Tenant

READER_TIMEOUT_MS = 3000
_KEPT_TENANTS = 32
"""Tenants whose readers stay logged in; the one that asked longest ago gives way."""
_KEPT_CONNECTIONS, _MORE_CONNECTIONS = 4, 1
"""Of one tenant and one process. The reader's own limit is 10, and there are processes beside this one."""
_WAIT_SECONDS = 5.0

_pools: OrderedDict[tuple[Settings, Tenant], QueuePool] = OrderedDict()
_lock = Lock()


@contextmanager
def reader_connection(settings: Settings, tenant: Tenant) -> Iterator[psycopg.Connection]:
    """A connection that logged in as the tenant's reader, inside `BEGIN READ ONLY`.

    It is as new: whatever a question sets in it is gone before the next one, and the role's own limits (its statements
    end after READER_TIMEOUT_MS, which provisioning gave it) hold again. Raises Unavailable where the database
    cannot be reached, or where all of the tenant's readers stay in use.
    """
    borrowed, connection = _borrow(settings, tenant)
    try:
        connection.autocommit, connection.read_only = False, True
        yield connection
    finally:
        _give_back(borrowed, connection)


@contextmanager
def reader_statements(settings: Settings, tenant: Tenant) -> Iterator[psycopg.Connection]:
    """The same for SELECTs that are our own texts and set nothing: each is a transaction of its own, and nothing is undone.

    One round trip each, where a question takes four.
    """
    borrowed, connection = _borrow(settings, tenant)
    try:
        yield connection
    finally:
        if connection.closed:
            borrowed.invalidate()
        borrowed.close()


def forget_readers() -> None:
    """Close the connections that nobody uses."""
    with _lock:
        pools = list(_pools.values())
        _pools.clear()
    for pool in pools:
        pool.dispose()


def _borrow(settings: Settings, tenant: Tenant) -> tuple[PoolProxiedConnection, psycopg.Connection]:
    try:
        borrowed = _pool(settings, tenant).connect()
    except psycopg.OperationalError as error:
        raise Unavailable(DATABASE_DOWN, code="database_unavailable") from error
    except PoolTimeoutError as error:
        message = "Hay demasiadas consultas de su empresa a la vez. Intente de nuevo en unos segundos."
        raise Unavailable(message, code="too_many_questions") from error
    connection = borrowed.driver_connection
    assert isinstance(connection, psycopg.Connection)
    return borrowed, connection


def _pool(settings: Settings, tenant: Tenant) -> QueuePool:
    key = (settings, tenant)
    with _lock:
        pool = _pools.get(key)
        if pool is None:
            pool = _pools[key] = _new_pool(settings, tenant)
        _pools.move_to_end(key)
        oldest = _pools.popitem(last=False)[1] if len(_pools) > _KEPT_TENANTS else None
    if oldest is not None:
        # Those in use are closed when they come back.
        oldest.dispose()
    return pool


def _new_pool(settings: Settings, tenant: Tenant) -> QueuePool:
    def log_in() -> psycopg.Connection:
        url = role_url(settings, tenant.reader_role).set(drivername="postgresql")
        # Nothing prepared: DISCARD ALL would take it away behind the driver's back.
        address = url.render_as_string(hide_password=False)
        return psycopg.connect(address, connect_timeout=5, prepare_threshold=None, autocommit=True)

    pool = QueuePool(
        cast("Callable[[], DBAPIConnection]", log_in),
        pool_size=_KEPT_CONNECTIONS,
        max_overflow=_MORE_CONNECTIONS,
        timeout=_WAIT_SECONDS,
        reset_on_return=None,
    )
    event.listen(pool, "checkin", note_return)
    event.listen(pool, "checkout", ping_after_rest)
    return pool


def _give_back(borrowed: PoolProxiedConnection, connection: psycopg.Connection) -> None:
    try:
        connection.rollback()
        connection.autocommit = True
        connection.execute("discard all")
    except psycopg.Error:
        borrowed.invalidate()
    borrowed.close()
