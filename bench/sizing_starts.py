"""How one more replica of each service starts, exactly as a container does: time, memory, and how it leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

from bench import usage
from fairseat_common.testing.server_process import free_port
from fairseat_local.processes import answers_200
from fairseat_local.routes import SERVICES
from fairseat_local.testing import WholeSystem

READY_MAX_S = 60
STOP_MAX_S = 30
POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds until it is ready, processor seconds for that, MiB then, and seconds until it has ended when asked."""

    ready_s: float
    cpu_s: float
    memory_mib: float
    end_s: float


def starts(system: WholeSystem) -> dict[str, Start]:
    """One replica of each service beside the running one, one after the other."""
    return {service: _start(system, service) for service in SERVICES}


def _start(system: WholeSystem, service: str) -> Start:
    port = free_port()
    environ = {**os.environ, **system.running.environments[service], "PORT": str(port), "LOG_LEVEL": "error"}
    # Tables are an init container's work, not the service's.
    environ.pop("MIGRATION_DATABASE_URL", None)
    command = [sys.executable, "-P", "-m", "fairseat_common.serving", service]
    began = time.perf_counter()
    process = subprocess.Popen(command, env={**environ, "MALLOC_ARENA_MAX": "2"})
    try:
        while not answers_200(port, "/readyz"):
            if process.poll() is not None or time.perf_counter() - began > READY_MAX_S:
                raise RuntimeError(f"{service} did not start")
            time.sleep(POLL_S)
        ready_s, cpu_s = time.perf_counter() - began, usage.cpu_s([process.pid])
        memory = usage.memory(process.pid).now
        asked = time.perf_counter()
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_MAX_S)
        return Start(ready_s, cpu_s, memory, time.perf_counter() - asked)
    finally:
        process.kill()
        process.wait()
