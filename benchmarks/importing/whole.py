"""One import in a process of its own, as Dagster runs it: `python -m benchmarks.importing.whole ORGANIZATION IMPORT`.

Prints one line of JSON: its seconds and the counts.
"""

import json
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

    begun = time.perf_counter()
    prepared = imports.prepare(settings, tenant, UUID(import_id))
    counts = imports.commit(settings, tenant, prepared)
    print(json.dumps({"seconds": time.perf_counter() - begun, "counts": asdict(counts)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
