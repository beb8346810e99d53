"""schemathesis drives every operation of the OpenAPI over HTTP, with all its checks, as two companies."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
import uvicorn

from crm_api.main import create_app
from orchestration.refresh import refresh
from pymeai.metrics.catalogue import load_catalogue
from pymeai.metrics.query import MetricQuery
from pymeai.metrics.service import run_query
from pymeai.processes.programs import free_port
from pymeai.settings import Settings
from pymeai.tenancy.tenant import Tenant
from tests.waiting import wait_for

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
PASSWORD = "una clave larga de prueba"
COMPANIES = ("ferreteria", "turismo")


@dataclass
class Api:
    """A running API and the file that tells how its two owners sign in."""

    url: str
    sign_ins: Path
    folder: Path


@pytest.fixture(scope="module")
def api(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    port = free_port()
    # Nobody listens on this port of Dagster's.
    app = create_app(settings.model_copy(update={"api_port": port, "dagster_port": free_port()}))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", access_log=False, ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_for(lambda: server.started, 30, "the API")
    url = f"http://127.0.0.1:{port}"
    folder = tmp_path_factory.mktemp("schemathesis")
    sign_ins = folder / "sign_ins.json"
    owners = [_owner(url, industry) for industry in COMPANIES]
    sign_ins.write_text(json.dumps({"auth": [sign_in for _, sign_in in owners]}))
    tenants = [tenant for tenant, _ in owners]
    refresh(settings, [tenant.organization_id for tenant in tenants], tests=False)
    # The first question builds what all others share.
    load_catalogue(settings)
    run_query(settings, tenants[0], MetricQuery(metrics=["net_sales"]))
    yield Api(url, sign_ins, folder)
    server.should_exit = True
    thread.join(20)


def _owner(url: str, industry: str) -> tuple[Tenant, dict[str, object]]:
    """A company, and how its owner signs in."""
    email = f"{uuid4().hex}@ejemplo.cr"
    names = {
        "organization_name": f"Prueba {industry}",
        "industry_type": industry,
        "first_name": "Ana",
        "last_name": "Mora",
    }
    body = {**names, "email": email, "password": PASSWORD}
    answer = httpx.post(f"{url}/api/auth/register", json=body, timeout=60, trust_env=False).raise_for_status().json()
    return Tenant(UUID(answer["organization"]["organization_id"])), {
        "name": industry,
        "loginEndpointAuth": {
            "endpoint": "/api/auth/login",
            "verb": "POST",
            "contentType": "application/json",
            "payloadRaw": json.dumps({"email": email, "password": PASSWORD}),
            "token": {
                "extractFrom": "body",
                "extractSelector": "/access_token",
                "sendIn": "header",
                "sendName": "Authorization",
                "sendTemplate": "Bearer {token}",
            },
        },
    }


def _run(api: Api, *arguments: str) -> tuple[str, str]:
    """schemathesis's report, and its count of cases. The configuration is the file beside this one, with the two sign-ins."""
    configuration = api.folder / "schemathesis.toml"
    wfc = f'\n[auth.wfc]\npath = "{api.sign_ins}"\npeers = {json.dumps(COMPANIES)}\n'
    configuration.write_text(CONFIGURATION.read_text() + wfc)
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(configuration), "run", "--checks=all"]
    result = subprocess.run(
        [*command, "--no-color", *arguments, f"{api.url}/openapi.json"],
        capture_output=True, text=True, check=False, cwd=api.folder, env={**os.environ, "NO_PROXY": "*"},
    )  # fmt: skip
    report = result.stdout + result.stderr
    assert result.returncode == 0, report[-20_000:]
    [count] = re.findall(r"^Test cases:\n +(.*)$", report, re.MULTILINE)
    return report, count


def test_every_operation(api: Api, record_property: Callable[[str, object], None]) -> None:
    report, count = _run(
        api, "--phases=examples,fuzzing,stateful", "--max-examples=3", "--seed=1", "--generation-deterministic"
    )
    operations = re.search(r"Selected: (\d+)/(\d+)\n +Tested: (\d+)", report)
    assert operations is not None
    assert len(set(operations.groups())) == 1
    record_property("counted", f"schemathesis: {operations[1]} operations, {count}")


@pytest.mark.torture
def test_every_operation_for_long(api: Api, record_property: Callable[[str, object], None]) -> None:
    # Some 19,000 cases in under five minutes.
    _report, count = _run(api, "--max-examples=25")
    record_property("counted", f"schemathesis, long: {count}")
