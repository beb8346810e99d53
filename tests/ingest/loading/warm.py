"""Loaded ahead by the process whose children import: what they have in common, the process that reads files among it."""

import ingest.imports  # noqa: F401
from ingest.reading.sandbox import client

client.start()
