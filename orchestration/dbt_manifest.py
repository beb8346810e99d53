"""The parsed dbt project (PYMEAI_HOME/dbt/target/manifest.json): made where it is missing or behind the project's files."""

import fcntl
import json
from pathlib import Path
from typing import Any

from pymeai.metrics.dbt_command import PROJECT_DIR, project_environment, run_dbt, target_path
from pymeai.settings import Settings

MANIFEST = "manifest.json"
PARSED_FOLDERS = ("models", "macros", "tests", "seeds", "snapshots")


def ensure_manifest(settings: Settings) -> Path:
    """The path of an up-to-date manifest.json; parses the project (5 s) where there is none. Raises DbtFailed."""
    folder = target_path(settings)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / MANIFEST
    if _is_current(path):
        return path
    # Webserver, daemon and run server start together: one parses, the others wait and find it done.
    with (folder / ".parse.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_current(path):
            run_dbt(["--quiet", "parse"], project_environment(settings))
    return path


def load_manifest(settings: Settings) -> dict[str, Any]:
    """The manifest as JSON."""
    loaded: dict[str, Any] = json.loads(ensure_manifest(settings).read_text(encoding="utf-8"))
    return loaded


def _is_current(path: Path) -> bool:
    if not path.exists():
        return False
    made = path.stat().st_mtime
    files = [PROJECT_DIR / "dbt_project.yml"]
    for folder in PARSED_FOLDERS:
        files += (PROJECT_DIR / folder).rglob("*.*")
    return all(file.stat().st_mtime <= made for file in files if file.is_file())
