"""Requests at a fixed rate, whatever the answers take: a slow answer does not spare the server the next request."""

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from threading import Event, Thread

THREADS = 24
TURN_SECONDS, LEAD_SECONDS = 1.0, 0.2
"""Of each turn, and how long it goes on before it counts: connections that rested for a second are asked whether they live."""
WARM_UP_TURNS = 3


@dataclass(frozen=True)
class Latencies:
    """Milliseconds of one measurement."""

    values: tuple[float, ...]

    def percentile(self, share: float) -> float:
        """The latency that `share` of the requests (0 to 1) did not exceed."""
        ordered = sorted(self.values)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]

    @property
    def p99(self) -> float:
        """The latency that one request in a hundred exceeded."""
        return self.percentile(0.99)

    def line(self) -> str:
        """Median, 95th and 99th percentile, for a table."""
        return "  ".join(f"p{int(share * 100)} {self.percentile(share):7.1f} ms" for share in (0.5, 0.95, 0.99))


def at_rate(pool: ThreadPoolExecutor, work: Callable[[int], None], *, per_second: float, seconds: float) -> list[float]:
    """Latencies in milliseconds of `work(number)`, started so many times a second.

    Each is measured from when it was due, not from when a thread was free (coordinated omission).
    """
    count = int(per_second * seconds)
    begin = time.perf_counter() + 0.2
    due = [begin + number / per_second for number in range(count)]
    assert all(later > earlier for earlier, later in pairwise(due))

    # The load's own collector would hold back all requests of a tenth of a second and send them at once.
    gc.freeze()

    def one(number: int) -> float:
        work(number)
        return (time.perf_counter() - due[number]) * 1000

    futures = []
    for number, moment in enumerate(due):
        time.sleep(max(0.0, moment - time.perf_counter()))
        futures.append(pool.submit(one, number))
    return [future.result() for future in futures]


@dataclass(frozen=True)
class Work:
    """What is measured, called with a number that grows; and what else goes on meanwhile, at a rate of its own."""

    call: Callable[[int], None]
    beside: Callable[[int], None] | None = None
    beside_per_second: float = 0.0


def in_turns(works: Mapping[str, Work], *, per_second: float, seconds: float) -> dict[str, Latencies]:
    """Latencies of each of `works` over `seconds`: a second of one and then of the next, after some turns to warm up.

    What else the machine does falls on all of them alike: a host that stopped for a tenth of a second every now and then
    gave one and the same SELECT a 99th percentile of 13 and of 80 ms, one run after the other, and in turns of four seconds
    still of 9 and 40.
    """
    found: dict[str, list[float]] = {name: [] for name in works}
    with ThreadPoolExecutor(THREADS) as pool:
        for turn in range(WARM_UP_TURNS + round(seconds / TURN_SECONDS)):
            for name, work in works.items():
                with _beside(work):
                    latencies = at_rate(pool, work.call, per_second=per_second, seconds=LEAD_SECONDS + TURN_SECONDS)
                if turn >= WARM_UP_TURNS:
                    found[name] += latencies[int(per_second * LEAD_SECONDS) :]
    return {name: Latencies(tuple(values)) for name, values in found.items()}


@contextmanager
def _beside(work: Work) -> Iterator[None]:
    """Let the other work go on for as long as the block lasts, and wait for the last of it."""
    if work.beside is None:
        yield
        return
    ended = Event()
    thread = Thread(target=_repeat, args=(work.beside, 1 / work.beside_per_second, ended))
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _repeat(call: Callable[[int], None], period: float, ended: Event) -> None:
    due = time.perf_counter()
    with ThreadPoolExecutor(8) as pool:
        number = 0
        while not ended.wait(max(0.0, due - time.perf_counter())):
            pool.submit(call, number)
            number, due = number + 1, due + period
