"""Launches runs from the preloaded process (orchestration.run_server), or from scratch where it does not answer."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus
from dagster._config.config_schema import UserConfigSchema
from dagster._core.launcher.base import CheckRunHealthResult, LaunchRunContext, RunLauncher, WorkerStatus
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import ConfigurableClass, serialize_value

from orchestration.run_server import request

if TYPE_CHECKING:
    from dagster._serdes import ConfigurableClassData

PROCESS_TAG = "pymeai/pid"


class PreloadedRunLauncher(RunLauncher[DagsterInstance], ConfigurableClass):
    """A run is a child of the run server, or a process of its own."""

    def __init__(self, home: str, inst_data: "ConfigurableClassData | None" = None) -> None:
        self._inst_data = inst_data
        self._home = Path(home)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        super().__init__()  # type: ignore[no-untyped-call]

    @property
    def inst_data(self) -> "ConfigurableClassData | None":
        """What dagster.yaml said of this launcher."""
        return self._inst_data

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """`home`: the folder of the run server's socket."""
        return {"home": str}

    @classmethod
    def from_config_value(cls, inst_data: "ConfigurableClassData", config_value: Mapping[str, Any]) -> Self:
        """Made by Dagster from dagster.yaml."""
        return cls(inst_data=inst_data, **config_value)

    def launch_run(self, context: LaunchRunContext) -> None:
        """Start the run's process; raises what the operating system says where it cannot."""
        run = context.dagster_run
        origin = context.job_code_origin
        if origin is None:
            raise ValueError(f"run {run.run_id} does not say where its code is")
        arguments = ExecuteRunArgs(
            job_origin=origin, run_id=run.run_id, instance_ref=self._instance.get_ref(), set_exit_code_on_failure=True
        )
        try:
            answer = request(
                self._home, {"action": "run", "run_id": run.run_id, "arguments": serialize_value(arguments)}
            )
            pid = int(answer["pid"])
        except OSError:
            process = subprocess.Popen(arguments.get_command_args(), stdin=subprocess.DEVNULL)
            self._processes[run.run_id] = process
            pid = process.pid
        self._instance.add_run_tags(run.run_id, {PROCESS_TAG: str(pid)})

    def terminate(self, run_id: str) -> bool:
        """Interrupt the run; True where there was a process to interrupt."""
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return False
        self._instance.report_run_canceling(run)
        process = self._processes.get(run_id)
        if process is not None and process.poll() is None:
            process.send_signal(2)
            return True
        try:
            return bool(request(self._home, {"action": "terminate", "run_id": run_id})["alive"])
        except OSError:
            return False

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Run monitoring asks; a run whose process died is then marked as failed."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Whether the run's process lives."""
        process = self._processes.get(run.run_id)
        if process is not None:
            alive, exit_code = process.poll() is None, process.returncode
        else:
            try:
                answer = request(self._home, {"action": "status", "run_id": run.run_id})
                alive, exit_code = bool(answer["alive"]), answer["exit_code"]
            except OSError:
                alive, exit_code = _is_running(run.tags.get(PROCESS_TAG)), None
        if alive:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        # A run that has said its last word by itself needs nobody to say it died.
        current = self._instance.get_run_by_id(run.run_id)
        if current is not None and current.status in (DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE):
            return CheckRunHealthResult(WorkerStatus.SUCCESS)
        if exit_code == 0:
            return CheckRunHealthResult(WorkerStatus.SUCCESS)
        return CheckRunHealthResult(WorkerStatus.FAILED, "The process of the run died.")


def _is_running(pid: str | None) -> bool:
    """Whether a process of this id lives and is a run or the run server's child."""
    if pid is None:
        return False
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return b"run_server" in command or b"execute_run" in command
