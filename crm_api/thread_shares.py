"""How many of the threads that all organizations share one of them may hold at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from pymeai.errors import TooManyRequests

RETRY_SECONDS = 5
TOO_MANY = "Su organización tiene muchas consultas pesadas a la vez. Espere unos segundos a que terminen y vuelva a intentarlo."


class ThreadShares:
    """At most `most` requests of each organization at once; more wait their turn, `patience` seconds where it is given.

    For the one event loop of an application: nothing here is guarded against other threads.
    """

    def __init__(self, most: int, patience: float | None = None) -> None:
        self._most, self._patience = most, patience
        # Whoever holds or awaits a turn keeps the count alive: there is one for each organization that is busy.
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, organization: str) -> AsyncIterator[None]:
        """One of the organization's places, until the end. Raises TooManyRequests after `patience` seconds of waiting."""
        turns = self._turns.get(organization)
        if turns is None:
            turns = self._turns[organization] = asyncio.Semaphore(self._most)
        if self._patience is None or not turns.locked():
            await turns.acquire()
        else:
            try:
                async with asyncio.timeout(self._patience):
                    await turns.acquire()
            except TimeoutError:
                raise TooManyRequests(TOO_MANY, retry_after=RETRY_SECONDS) from None
        try:
            yield
        finally:
            turns.release()
