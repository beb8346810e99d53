"""An import that is killed left nothing or all of it, and finishes when it is tried again."""

from collections import Counter
from collections.abc import Callable

import pytest

from ingest import imports
from pymeai.settings import Settings
from pymeai.tenancy.tenant import Tenant
from tests.ingest.loading import killed
from tests.ingest.loading.conftest import Company
from tests.ingest.loading.killed import ALL, NOTHING, Killer

SEED = 20_261_123


def _killed_at_points(settings: Settings, companies: list[Company], points: int) -> Counter[str]:
    """Kill so many imports, of the companies in turn, and try each again; how many were found in which state."""
    killer = Killer(settings, SEED)
    killer.measure(companies[0], [killed.queued(companies[0], f"M{number}") for number in range(2)])
    found: Counter[str] = Counter()
    for point in range(points):
        company, prefix = companies[point % len(companies)], f"K{point}"
        import_id = killed.queued(company, prefix)
        was_killed = killer.kill(company, import_id)
        after = killed.rows(company, import_id, prefix)
        assert after in (NOTHING, ALL), point
        status = imports.get_import(settings, company.tenant, import_id).status
        assert (status == "done") == (after == ALL), point
        found[f"{'killed' if was_killed else 'ended'}, {status}, {'all' if after == ALL else 'nothing'}"] += 1
        killed.run(settings, company, import_id)
        assert killed.rows(company, import_id, prefix) == ALL, point
        assert imports.get_import(settings, company.tenant, import_id).status == "done"
    for company in companies:
        assert killed.left_behind(company) == []
    return found


@pytest.fixture
def companies(settings: Settings, new_tenant: Callable[[str], Tenant]) -> list[Company]:
    """Two companies, so that what one left behind would be seen beside the other."""
    return [Company(settings, new_tenant(name)) for name in ("Se corta", "También se corta")]


def test_killed_at_fifty_points(settings: Settings, companies: list[Company]) -> None:
    # Half a second each: two hundred would be a sixth of all tests' time.
    found = _killed_at_points(settings, companies, 50)
    # The points are spread over the whole of it: some before anything was begun, some in the middle, some after.
    assert found["killed, queued, nothing"], found
    assert found["killed, running, nothing"], found


@pytest.mark.torture
def test_killed_at_two_thousand_points(settings: Settings, companies: list[Company]) -> None:
    print(f"\nimports killed: {dict(_killed_at_points(settings, companies, 2_000))}")
