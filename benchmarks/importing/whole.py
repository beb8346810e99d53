"""One import in a process of its own, as Dagster runs it: `python -m benchmarks.importing.whole ORGANIZATION IMPORT`.

Prints one line of JSON: seconds of each step, the counts, and the peak memory (resident) of this process and of those it
started, in bytes.
"""

import json
import resource
import sys
import time
from dataclasses import asdict
from uuid import UUID

from ingest import imports
from pymeai.settings import Settings
from pymeai.tenancy.tenant import Tenant


def main(organization_id: str, import_id: str) -> None:
    """Read, clean, check and load."""
    settings, tenant = Settings(), Tenant(UUID(organization_id))
    # Imported before the clock starts, as in Dagster's process, which has run an import before.
    import ingest.gate  # noqa: F401

    baseline = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    begun = time.perf_counter()
    prepared = imports.prepare(settings, tenant, UUID(import_id))
    ready = time.perf_counter()
    counts = imports.commit(settings, tenant, prepared)
    done = time.perf_counter()
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak = max(resource.getrusage(kind).ru_maxrss for kind in kinds) * 1024
    said = {
        "prepare": ready - begun,
        "commit": done - ready,
        "counts": asdict(counts),
        "peak": peak,
        "baseline": baseline,
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main(*sys.argv[1:])
