"""Requests at a fixed rate, whatever the answers take: a slow answer does not spare the server the next request."""

import gc
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from threading import Thread
from typing import Self

THREADS = 24
TURNS = 5


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


def at_rate(work: Callable[[int], None], *, per_second: float, seconds: float) -> Latencies:
    """Latencies of `work(number)`, started so many times a second.

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

    with ThreadPoolExecutor(THREADS) as pool:
        futures = []
        for number, moment in enumerate(due):
            time.sleep(max(0.0, moment - time.perf_counter()))
            futures.append(pool.submit(one, number))
        return Latencies(tuple(future.result() for future in futures))


def in_turns(works: Mapping[str, Callable[[int], None]], *, per_second: float, seconds: float) -> dict[str, Latencies]:
    """Latencies of each of `works` over `seconds`, a few seconds of one and then of the next, after one turn to warm up.

    What else the machine does falls on all of them: a host that stopped for a tenth of a second every other second gave one
    and the same SELECT a 99th percentile of 13 and of 80 ms, one run after the other.
    """
    found: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(TURNS + 1):
        for name, work in works.items():
            latencies = at_rate(work, per_second=per_second, seconds=seconds / TURNS)
            if turn > 0:
                found[name] += latencies.values
    return {name: Latencies(tuple(values)) for name, values in found.items()}


class Beside:
    """Other work at a rate of its own for as long as the block lasts."""

    def __init__(self, work: Callable[[int], None], *, per_second: float) -> None:
        self._work, self._period = work, 1 / per_second
        self._stopped = False
        self._thread = Thread(target=self._run)
        self.done = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped = True
        self._thread.join()

    def _run(self) -> None:
        due = time.perf_counter()
        with ThreadPoolExecutor(8) as pool:
            while not self._stopped:
                pool.submit(self._work, self.done)
                self.done += 1
                due += self._period
                time.sleep(max(0.0, due - time.perf_counter()))
