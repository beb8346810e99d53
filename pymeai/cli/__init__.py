"""The command line: `pymeai`. The console script calls `app`."""

from pymeai.cli.application import app

__all__ = ["app"]
