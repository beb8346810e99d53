"""How endpoints become routes: each runs, and commits, in one thread.

FastAPI hands every plain function of a request to a thread of its own: the endpoint, each step of a dependency that waits,
and the validation of the answer. Each hand-over costs a few tenths of a millisecond, which was half of a small request.
"""

import asyncio
import inspect
import re
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, FastAPI, Request
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from crm_api.query_parameters import names_of, refuse_unknown
from crm_api.thread_shares import ThreadShares
from pymeai.tenancy.sessions import unavailable_when_down

Endpoint = Callable[..., Any]
InThread = Callable[..., Awaitable[Any]]
Result = TypeVar("Result")
Decorated = TypeVar("Decorated", bound=Endpoint)

QUICK_THREADS = 5
"""Threads that serve small requests. Each of a request's fifty calls of the driver gives Python's lock away and waits for it
again: at 100 requests a second forty threads took 1.1 times the processor and twice the 99th percentile of four."""
QUICK_SHARE = 4
"""How many of them one organization may hold: its requests may wait LOCK_SECONDS for rows that its own work holds, and one
thread goes on answering the others."""
SLOW_SHARE = 8
"""How many slow requests of one organization run at once, of the forty that the framework's threads take."""
SLOW_PATIENCE_SECONDS = 5.0
"""How long more of them wait before they are told to come back."""
# Not the framework's threads with a limit of four: to pass through their queue takes twice as long.
_quick = ThreadPoolExecutor(QUICK_THREADS, thread_name_prefix="request")
_callers = ThreadPoolExecutor(2, thread_name_prefix="callers")
_SESSIONS, _REQUEST = "pymeai.sessions", "request_of_route"
_SLOW = "__takes_long__"


async def in_quick_thread(function: Callable[..., Result], *arguments: Any) -> Result:
    """Run what waits for the database a few milliseconds at most."""
    return await asyncio.get_running_loop().run_in_executor(_quick, function, *arguments)


async def in_callers_thread(function: Callable[..., Result], *arguments: Any) -> Result:
    """Find out who calls: beside the requests, which may be waiting for rows that others hold."""
    return await asyncio.get_running_loop().run_in_executor(_callers, function, *arguments)


async def in_slow_thread(function: Callable[..., Result], *arguments: Any) -> Result:
    """Run what may wait for a second or more: in one of the framework's own threads."""
    return await run_in_threadpool(function, *arguments)


class Shares:
    """What one organization may hold of each kind of threads, in one application."""

    def __init__(self) -> None:
        self.quick = ThreadShares(QUICK_SHARE)
        self.slow = ThreadShares(SLOW_SHARE, SLOW_PATIENCE_SECONDS)


def takes_long(endpoint: Decorated) -> Decorated:
    """Mark an endpoint that may change or count hundreds of rows: it takes none of the threads of the small requests.

    It stands below the router's decorator, for a single endpoint of a router that is quick otherwise.
    """
    setattr(endpoint, _SLOW, True)
    return endpoint


class ThreadedRoute(APIRoute):
    """A route whose plain endpoint runs in a thread that commits its sessions before it comes back."""

    slow = False

    def __init__(self, path: str, endpoint: Endpoint, **arguments: Any) -> None:
        self.slow = self.slow or getattr(endpoint, _SLOW, False)
        super().__init__(_only_ids(path, endpoint), _in_one_thread(endpoint, slow=self.slow), **arguments)
        self.query_names = names_of(self.dependant)


class SlowRoute(ThreadedRoute):
    """One whose endpoint may take a second or more: it takes none of the threads of the small ones."""

    slow = True


def new_router(prefix: str = "", *, tag: str, slow: bool = False) -> APIRouter:
    """A router of one group of the document's operations; `slow` where they wait for more than some rows."""
    return APIRouter(
        prefix=prefix,
        tags=[tag],
        route_class=SlowRoute if slow else ThreadedRoute,
        generate_unique_id_function=_operation_id,
    )


def answering(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For `responses=`: problems that an operation can answer beside those that crm_api.problem_answers finds by itself."""
    return {status: {} for status in statuses}


def add_routes(app: FastAPI, router: APIRouter) -> None:
    """Put a router's routes among the application's own, in their order.

    `include_router` keeps the router as a tree of its own, which is searched twice for every request.
    """
    app.router.routes.extend(router.routes)


def _operation_id(route: APIRoute) -> str:
    """The name of an operation in clients that are generated: its function's, which no other has."""
    return route.name


def _only_ids(path: str, endpoint: Endpoint) -> str:
    """The path with the ids in it marked as such: another text there is no address of ours, or another route's.

    Unmarked, `PUT /api/alerts/preview` was the alert with the id "preview", not a method that this address has not.
    """
    ids = {name for name, value in inspect.signature(endpoint).parameters.items() if value.annotation is UUID}
    return re.sub(r"\{(\w+)\}", lambda found: f"{{{found[1]}:uuid}}" if found[1] in ids else found[0], path)


def keep(request: Request, session: Session) -> Session:
    """Let the request's endpoint commit the session in its own thread, or undo what was done in it."""
    request.scope.setdefault(_SESSIONS, []).append(session)
    return session


def _in_one_thread(endpoint: Endpoint, *, slow: bool) -> Endpoint:
    in_thread: InThread = in_slow_thread if slow else in_quick_thread
    signature = inspect.signature(endpoint)
    asked = next((name for name, value in signature.parameters.items() if value.annotation is Request), None)

    async def run(**values: Any) -> Any:
        request = values[asked] if asked is not None else values.pop(_REQUEST)
        # Here, where it is known who calls: whoever may not is told that, whatever else they asked.
        refuse_unknown(request, request.scope["route"].query_names)
        sessions = request.scope.get(_SESSIONS, ())
        # Set with the caller: whoever is not signed in has no share, and limits of their own (`throttling`).
        organization = getattr(request.state, "tenant", None)
        if organization is None:
            return await in_thread(_run, endpoint, values, sessions)
        shares: Shares = request.app.state.shares
        async with (shares.slow if slow else shares.quick).turn(organization):
            return await in_thread(_run, endpoint, values, sessions)

    run.__name__, run.__doc__, run.__module__ = endpoint.__name__, endpoint.__doc__, endpoint.__module__
    # Not functools.wraps: FastAPI looks behind its `__wrapped__` and would take this for a plain function again.
    run.__signature__ = signature if asked is not None else _with_request(signature)  # type: ignore[attr-defined]
    return run


def _with_request(signature: inspect.Signature) -> inspect.Signature:
    request = inspect.Parameter(_REQUEST, inspect.Parameter.KEYWORD_ONLY, annotation=Request)
    return signature.replace(parameters=[*signature.parameters.values(), request])


def _run(endpoint: Endpoint, values: dict[str, Any], sessions: Sequence[Session]) -> Any:
    try:
        with unavailable_when_down():
            result = endpoint(**values)
            for session in sessions:
                session.commit()
            return result
    finally:
        for session in sessions:
            if session.in_transaction():
                session.close()
