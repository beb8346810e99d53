"""One import in a process of its own, as Dagster runs it: `python -m benchmarks.importing.whole ORGANIZATION IMPORT`.

Prints one line of JSON: its seconds and the counts.
"""

import json
import sys
import time
from dataclasses import asdict
from uuid import UUID

from ingest import imports
from ingest.gate import preload
from ingest.reading.sandbox import client as sandbox
from pymeai.settings import Settings
from pymeai.tenancy.tenant import Tenant


def main(organization_id: str, import_id: str) -> None:
    """Read, clean, check and load."""
    settings, tenant = Settings(), Tenant(UUID(organization_id))
    # Before the clock starts: the run server starts what reads files, and imports this, before the first run comes.
    sandbox.start()
    preload()

    begun = time.perf_counter()
    prepared = imports.prepare(settings, tenant, UUID(import_id))
    counts = imports.commit(settings, tenant, prepared)
    print(json.dumps({"seconds": time.perf_counter() - begun, "counts": asdict(counts)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
