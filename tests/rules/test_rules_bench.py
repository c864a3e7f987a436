"""The benchmark is run by hand; that it still can be is a test."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_benchmark_prints_its_table() -> None:
    command = [sys.executable, "-m", "bench", "--pairs", "1", "--orders", "128"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    for words in ("distinct listings", "one listing", "pgbench, same statement", "HTTP latency"):
        assert words in done.stdout
