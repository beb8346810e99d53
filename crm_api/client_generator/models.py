"""The models' module, written by datamodel-code-generator."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from crm_api.client_generator.specification import Specification

OPTIONS = (
    "--input-file-type=openapi",
    "--output-model-type=pydantic_v2.BaseModel",
    "--target-python-version=3.11",
    "--base-class=dashboards.api_wire.Part",
    "--ignore-pyproject",
    "--disable-timestamp",
    "--disable-future-imports",
    "--snake-case-field",
    "--strict-nullable",
    "--enum-field-as-literal=all",
    "--use-annotated",
    "--use-schema-description",
    "--use-field-description",
    "--use-single-line-docstring",
    "--output-datetime-class=datetime",
    "--deserialize-default-values=decimal",
    "--use-double-quotes",
    "--use-union-operator",
    "--use-standard-collections",
    "--keep-model-order",
    "--strict-refs",
    "--no-formatters",
)


def module(specification: Specification, header: str) -> str:
    """The module's text, not formatted yet. Raises RuntimeError with what the generator said."""
    document = {
        "openapi": "3.1.0",
        "info": {"title": "PymeAI", "version": "0"},
        "paths": {},
        "components": {"schemas": dict(specification.schemas)},
    }
    with tempfile.TemporaryDirectory() as folder:
        source, target, head = (Path(folder) / name for name in ("openapi.json", "models.py", "header.txt"))
        source.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        head.write_text(header, encoding="utf-8")
        command = [sys.executable, "-m", "datamodel_code_generator", *OPTIONS, f"--custom-file-header-path={head}"]
        done = subprocess.run(
            [*command, "--input", str(source), "--output", str(target)],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        return target.read_text(encoding="utf-8")
