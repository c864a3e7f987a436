"""What is asked of a marketplace after each deployment, asked of the one on this machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fairseat_local.testing import WholeSystem

pytestmark = pytest.mark.timeout(300)


def smoke(system: WholeSystem, environment: str, *more: str) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).with_name("fairseat-deploy"))
    command = [program, "smoke", system.url, "--environment", environment, *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)


def test_a_good_deployment_passes_from_the_certificate_to_the_ticket(one_process: WholeSystem) -> None:
    done = smoke(one_process, "local", "--email", "smoke@fairseat.example", "--buy")
    assert done.returncode == 0, done.stdout + done.stderr
    verdicts = [line.split("│")[1:3] for line in done.stdout.splitlines() if line.startswith("│")]
    assert {step.strip(): verdict.strip() for step, verdict in verdicts} == {
        "certificate": "skipped",
        "http to https": "skipped",
        "team only": "skipped",
        "services": "ok",
        "pages": "ok",
        "headers": "ok",
        "search": "ok",
        "API document": "ok",
        "sign up": "ok",
        "sign in": "ok",
        "buy": "ok",
        "leave": "skipped",
    }


def test_what_staging_must_have_is_missed_here(one_process: WholeSystem) -> None:
    done = smoke(one_process, "staging")
    assert done.returncode == 1, "a marketplace that search engines may read is no staging"
    assert "search engines are let in" in done.stdout


def test_buying_for_real_is_no_test(one_process: WholeSystem) -> None:
    done = smoke(one_process, "production", "--buy")
    assert (done.returncode, done.stdout) == (1, "")
    assert "not for production" in done.stderr
