"""The client's modules as they are to be."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from crm_api.client_generator import models, operations, specification
from crm_api.main import create_app
from pymeai.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "dashboards" / "generated"

MODELS_HEADER = (
    '"""What the API takes and answers, as models. Written by `make client`: change the API, not this file."""\n'
)
OPERATIONS_HEADER = (
    '"""The operations of the API, one method each. Written by `make client`: change the API, not this file."""\n'
)


def document() -> dict[str, Any]:
    """The API's OpenAPI document. Nothing is asked of a database: it follows from the code alone."""
    settings = Settings(database_url="postgresql://nowhere", secret_key=SecretStr("a secret that is long enough"))
    return create_app(settings).openapi()


def texts() -> dict[str, str]:
    """The text of each module of the client, by its file's name. The same API gives the same texts.

    Raises ValueError for an operation that no client could call, RuntimeError where a tool fails.
    """
    found = specification.read(document())
    return {
        "models.py": _formatted("models.py", models.module(found, MODELS_HEADER)),
        "operations.py": _formatted("operations.py", operations.module(found, OPERATIONS_HEADER)),
    }


def _formatted(name: str, text: str) -> str:
    """The text as ruff has it by the project's rules, without the imports that nothing uses."""
    file = f"--stdin-filename={FOLDER / name}"
    mended = _ruff(["check", "--fix-only", "--quiet", file, "-"], text)
    return _ruff(["format", "--quiet", file, "-"], mended)


def _ruff(arguments: list[str], text: str) -> str:
    command = [sys.executable, "-m", "ruff", *arguments]
    done = subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout
