"""What a process keeps between runs: dbt with its manifest, which the run server loads before it forks."""

from functools import cache

from orchestration.dbt_runs import DbtRunner
from pymeai.settings import Settings


@cache
def prepared_runner(settings: Settings) -> DbtRunner:
    """The dbt of the process; the first call parses the project."""
    runner = DbtRunner(settings)
    runner.prepare()
    return runner
