"""The benchmark is run by hand; that it still can be is a test."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bench import usage
from bench.sizing_scene import SETTINGS
from fairseat_local import processes
from fairseat_local.plan import Plan

ROOT = Path(__file__).parents[2]


def test_the_benchmark_prints_its_table() -> None:
    command = [sys.executable, "-m", "bench", "--pairs", "1", "--orders", "128"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    for words in ("distinct listings", "one listing", "pgbench, same statement", "HTTP latency"):
        assert words in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")
def test_what_a_process_uses_is_read_as_it_is() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with socket.create_server(("127.0.0.1", 0)) as server, child:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), socket.create_connection(("127.0.0.1", port)):
            assert usage.connections(os.getpid(), port) == 2
        assert child.pid in usage.family(os.getpid())
        assert usage.family(child.pid) == [child.pid]
        own = usage.memory(os.getpid())
        assert own.most >= own.now > usage.memory(child.pid).now > 1
        assert 0 < usage.memory_shared([os.getpid()]) <= own.most
        assert usage.cpu_s([os.getpid()]) > usage.cpu_s([child.pid])
        child.communicate(b"\n")


def test_services_are_measured_without_the_memory_of_others(tmp_path: Path) -> None:
    assert SETTINGS["FORKS"] == "off"
    assert processes.nursery(Plan.make(SETTINGS, 8000, tmp_path, processes=True)) is None
