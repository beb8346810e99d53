"""Counts and times of requests, in Prometheus' text format. One process's own; a scraper adds processes up."""

from collections import defaultdict
from threading import Lock

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds in seconds."""


class Measurements:
    """Requests by method, route and status, and their durations in seconds by route."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests: dict[tuple[str, str, int], int] = defaultdict(int)
        self._buckets: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * len(BUCKETS))
        self._sums: dict[tuple[str, str], float] = defaultdict(float)
        self._counts: dict[tuple[str, str], int] = defaultdict(int)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request. `route` is the template, never the path itself: paths are without number."""
        with self._lock:
            self._requests[method, route, status] += 1
            buckets = self._buckets[method, route]
            for index, bound in enumerate(BUCKETS):
                buckets[index] += seconds <= bound
            self._sums[method, route] += seconds
            self._counts[method, route] += 1

    def exposition(self) -> str:
        """All of it as text, format 0.0.4."""
        total, duration = "pymeai_http_requests_total", "pymeai_http_request_duration_seconds"
        with self._lock:
            lines = [f"# HELP {total} Requests answered.", f"# TYPE {total} counter"]
            for (method, route, status), number in sorted(self._requests.items()):
                lines.append(f'{total}{{method="{method}",route="{route}",status="{status}"}} {number}')
            lines += [f"# HELP {duration} Time to answer, in seconds.", f"# TYPE {duration} histogram"]
            for method, route in sorted(self._counts):
                labels, count = f'method="{method}",route="{route}"', self._counts[method, route]
                for bound, number in zip(BUCKETS, self._buckets[method, route], strict=True):
                    lines.append(f'{duration}_bucket{{{labels},le="{bound}"}} {number}')
                lines.append(f'{duration}_bucket{{{labels},le="+Inf"}} {count}')
                lines.append(f"{duration}_sum{{{labels}}} {self._sums[method, route]:.6f}")
                lines.append(f"{duration}_count{{{labels}}} {count}")
        return "\n".join(lines) + "\n"
