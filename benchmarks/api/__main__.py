"""`make bench-api`: the API's latencies beside those of the same SELECT without it. 2 cores hold all of it together."""

import argparse
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.api.load import Latencies, Work, in_turns
from benchmarks.api.platform import Platform, bare_board, bare_customer, bare_stage, running_platform

RATE, SEARCH_RATE, SIGN_INS = 100.0, 20.0, 5.0
SECONDS = 30.0
FEW, MANY = 10, 1_000

BY_ID, STAGE, BOARD, SEARCH = "GET customer by id", "GET a stage's page", "GET board", "GET customers?q=…"
BESIDE = "GET customer by id, beside sign-ins"


def main() -> int:
    """Measure among few tenants and among many, in turns, and print the table."""
    arguments = argparse.ArgumentParser(prog="benchmarks.api")
    arguments.add_argument("--tenants", type=int, default=MANY)
    arguments.add_argument("--seconds", type=float, default=SECONDS)
    chosen = arguments.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="pymeai-bench-api-") as folder,
        running_platform(Path(folder) / "many", chosen.tenants) as many,
        running_platform(Path(folder) / "few", FEW) as few,
    ):
        _print_table(_measure(few, many, chosen.seconds), chosen.tenants)
    return 0


def _measure(few: Platform, many: Platform, seconds: float) -> dict[str, Latencies]:
    measured: dict[str, Latencies] = {}

    def measure(works: Mapping[str, Work], per_second: float = RATE) -> None:
        found = in_turns(works, per_second=per_second, seconds=seconds)
        for name, latencies in found.items():
            print(f"  {name:38} {latencies.line()}", flush=True)
        measured.update(found)

    measure(
        {
            _bare(BY_ID): Work(bare_customer(many)),
            BY_ID: Work(many.customer),
            _among_few(BY_ID): Work(few.customer),
            BESIDE: Work(many.customer, beside=many.sign_in, beside_per_second=SIGN_INS),
        }
    )
    measure(
        {
            _bare(STAGE): Work(bare_stage(many)),
            STAGE: Work(many.stage_page),
            _among_few(STAGE): Work(few.stage_page),
        }
    )
    measure({_bare(BOARD): Work(bare_board(many)), BOARD: Work(many.board), _among_few(BOARD): Work(few.board)})
    measure({SEARCH: Work(many.search), _among_few(SEARCH): Work(few.search)}, per_second=SEARCH_RATE)
    return measured


def _print_table(measured: Mapping[str, Latencies], tenants: int) -> None:
    def line(name: str, figure: float, limit: float, unit: str) -> None:
        print(f"{name:62} {figure:8.2f} {unit:3} {'ok' if figure <= limit else 'OVER'} (at most {limit:g})")

    print("\np99 against p99, in one run on the same machine")
    for name in (BY_ID, STAGE, BOARD):
        line(f"{name} : bare SELECT", measured[name].p99 / measured[_bare(name)].p99, 5, "x")
    line("list with search", measured[SEARCH].p99, 150, "ms")
    for name in (BY_ID, STAGE, BOARD, SEARCH):
        line(f"{name}: {tenants} tenants : {FEW}", measured[name].p99 / measured[_among_few(name)].p99, 1.25, "x")
    line("GET by id beside 5 sign-ins a second : alone", measured[BESIDE].p99 / measured[BY_ID].p99, 2, "x")


def _bare(name: str) -> str:
    return f"{name}, its SELECT bare"


def _among_few(name: str) -> str:
    return f"{name}, among {FEW} tenants"


if __name__ == "__main__":
    sys.exit(main())
