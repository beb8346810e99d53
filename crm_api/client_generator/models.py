"""The modules of models, written by datamodel-code-generator, and the one that they are all imported from."""

import json
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crm_api.client_generator.groups import SHARED
from crm_api.client_generator.specification import REFERENCE, Schema

PACKAGE = "dashboards.generated.model_groups"

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
    "--use-exact-imports",
    "--treat-dot-as-module",
    "--keep-model-order",
    "--strict-refs",
    "--no-formatters",
)

HEADER = "# The models.\n"
"""What the tool begins a module with, instead of a header of its own."""


def groups(schemas: Mapping[str, Schema], modules: Mapping[str, str]) -> dict[str, str]:
    """The text of each module, by its name, not formatted yet; `modules` has the module of each schema.

    Modules must not need each other in a circle. Raises RuntimeError with what the generator said.
    """
    document = {
        "openapi": "3.1.0",
        "info": {"title": "PymeAI", "version": "0"},
        "paths": {},
        # A dot in a schema's name makes the tool write modules.
        "components": {
            "schemas": {f"{modules[name]}.{name}": _placed(schema, modules) for name, schema in schemas.items()}
        },
    }
    return {name: _module(name, text) for name, text in _written(document).items() if name in modules.values()}


def index(modules: Mapping[str, str]) -> str:
    """The text of the module that has all models, not formatted yet."""
    names: defaultdict[str, list[str]] = defaultdict(list)
    for name, module in modules.items():
        names[module].append(f"{name} as {name}")
    imports = "\n".join(f"from {PACKAGE}.{module} import {', '.join(names[module])}" for module in sorted(names))
    return f'"""What the API takes and answers, as models: all of them are imported from here."""\n\n{imports}\n'


def _placed(node: Any, modules: Mapping[str, str]) -> Any:
    """A schema whose references name modules too."""
    if isinstance(node, dict):
        placed = {key: _placed(value, modules) for key, value in node.items()}
        if isinstance(node.get("$ref"), str):
            name = node["$ref"].removeprefix(REFERENCE)
            placed["$ref"] = f"{REFERENCE}{modules[name]}.{name}"
        return placed
    return [_placed(value, modules) for value in node] if isinstance(node, list) else node


def _module(name: str, text: str) -> str:
    body = re.sub(r"^from \.(\w+) import", rf"from {PACKAGE}.\1 import", text.removeprefix(HEADER), flags=re.MULTILINE)
    words = "shared by several groups" if name == SHARED else name.replace("_", " ")
    return f'"""What the API takes and answers, as models: {words}."""\n\n{body}'


def _written(document: Mapping[str, Any]) -> dict[str, str]:
    """What the tool makes of the document: the text of each module, by its name."""
    with tempfile.TemporaryDirectory() as folder:
        source, target, head = (Path(folder) / name for name in ("openapi.json", "models", "header.txt"))
        source.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        head.write_text(HEADER, encoding="utf-8")
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
        return {file.stem: file.read_text(encoding="utf-8") for file in sorted(target.glob("*.py"))}
