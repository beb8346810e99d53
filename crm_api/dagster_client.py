"""What speaks to Dagster's webserver: by http, on this machine."""

from functools import cache

import httpx


@cache
def dagster_client() -> httpx.Client:
    """One client for all threads. A client for each question read the authorities of https anew: 43 ms of a core.

    It keeps no connection, so that none is left over when Dagster starts again.
    """
    return httpx.Client(trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))
