"""The semantic manifest: what dbt makes of the project's semantic models, made anew when the project changed."""

import contextlib
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from pymeai.metrics.dbt_command import PROJECT_DIR, project_environment, run_dbt, target_path
from pymeai.settings import Settings

SOURCES = ("*.sql", "*.yml")
GENERATED = {"target", "logs", "dbt_packages"}


def ensure_manifest(settings: Settings) -> Path:
    """The semantic manifest of the project as it is now; `dbt parse` runs (5-10 s) where there is none yet.

    The file is named after the project's contents and never changes, so that a reader meets no half-written one.
    manifest.json, which Dagster reads, is then current in `target_path(settings)` too.
    """
    folder = settings.home_path / "dbt"
    kept = _kept(settings)
    manifest = target_path(settings) / "manifest.json"
    if kept.exists() and manifest.exists():
        return kept
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder / "parse.lock"):
        if not (kept.exists() and manifest.exists()):
            run_dbt(["parse"], project_environment(settings))
            keep_manifest(settings)
    return kept


def keep_manifest(settings: Settings) -> None:
    """Keep the semantic manifest that dbt has just made."""
    kept = _kept(settings)
    kept.parent.mkdir(exist_ok=True)
    draft = kept.with_suffix(f".{os.getpid()}")
    shutil.copyfile(target_path(settings) / "semantic_manifest.json", draft)
    draft.replace(kept)


def project_digest() -> str:
    """What the dbt project's files hold, as a hash."""
    digest = hashlib.sha256()
    for path in _project_files():
        digest.update(f"{path.relative_to(PROJECT_DIR)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:32]


def _kept(settings: Settings) -> Path:
    return settings.home_path / "dbt" / "semantic" / f"{project_digest()}.json"


def _project_files() -> list[Path]:
    return sorted(
        path
        for pattern in SOURCES
        for path in PROJECT_DIR.rglob(pattern)
        if GENERATED.isdisjoint(path.relative_to(PROJECT_DIR).parts)
    )


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
