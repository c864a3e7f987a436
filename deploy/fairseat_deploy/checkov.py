"""A second opinion on manifests: checkov's checks, with those that may fail listed with a reason (deploy/checkov.yaml).

It has an environment of its own, since it pins much that we have in other versions, and asks nobody in the network.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from fairseat_deploy.rendering import MADE_UP_DIGEST, MADE_UP_REGISTRY, kustomized, pinned
from fairseat_deploy.tree import DEPLOY, IMAGES, OVERLAYS

LIST = DEPLOY / "checkov.yaml"
RUN_MAX_S = 300.0


class CheckovError(Exception):
    """checkov did not run to its end; the message has what it said."""


class Failed(NamedTuple):
    """A check that failed."""

    check: str
    """For example CKV_K8S_11."""
    workload: str
    """Kind and name."""
    what: str
    """The check in words."""


class Result(NamedTuple):
    """What checkov says of all overlays."""

    passed: int
    failed: frozenset[Failed]


def run(program: Path, overlays: Iterable[str] = OVERLAYS) -> Result:
    """Run checkov over overlays. Raises CheckovError."""
    with tempfile.TemporaryDirectory() as folder:
        for overlay in overlays:
            text = pinned(kustomized(overlay), MADE_UP_REGISTRY, dict.fromkeys(IMAGES, MADE_UP_DIGEST))
            (Path(folder) / f"{overlay}.yaml").write_text(text)
        command = [
            str(program.absolute()),
            "--directory",
            folder,
            "--framework",
            "kubernetes",
            "--skip-download",
            "--quiet",
        ]
        command += ["--compact", "--output", "json", "--soft-fail"]
        environ = {**os.environ, "CHECKOV_RUN_SCA_PACKAGE_SCAN": "false", "LOG_LEVEL": "ERROR"}
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=RUN_MAX_S, check=False, env=environ, cwd=folder
            )
        except (OSError, subprocess.TimeoutExpired) as problem:
            raise CheckovError(str(problem)) from problem
    return read(done.stdout, done.stderr)


def read(output: str, errors: str = "") -> Result:
    """checkov's JSON as what it means. Raises CheckovError."""
    try:
        told: dict[str, Any] = json.loads(output)
        failed = frozenset(_failed(each) for each in told["results"]["failed_checks"])
        passed, broken = int(told["summary"]["passed"]), int(told["summary"]["parsing_errors"])
    except (ValueError, KeyError, TypeError) as problem:
        raise CheckovError(f"checkov: {errors.strip() or output.strip()[:500]}") from problem
    if broken or not passed:
        raise CheckovError(f"checkov could not read {broken} files, and {passed} checks passed")
    return Result(passed, failed)


def problems(result: Result, known: Mapping[str, Any] | None = None) -> list[str]:
    """Failed checks that are not listed, and listed ones that fail no more; a sentence each."""
    entries: Mapping[str, Any] = yaml.safe_load(LIST.read_text()) if known is None else known
    listed = {(check, workload) for check, entry in entries.items() for workload in entry["workloads"]}
    seen = {(failed.check, failed.workload) for failed in result.failed}
    new = [failed for failed in sorted(result.failed) if (failed.check, failed.workload) not in listed]
    return [
        *(f"{failed.workload}: {failed.what} [{failed.check}]" for failed in new),
        *(f"{check} fails no more for {workload}: take it off the list" for check, workload in sorted(listed - seen)),
        *(f"{check} is listed without a reason" for check, entry in entries.items() if not entry.get("reason")),
    ]


def _failed(told: Mapping[str, Any]) -> Failed:
    kind, _, name = str(told["resource"]).partition(".")
    return Failed(told["check_id"], f"{kind}/{name.rpartition('.')[2]}", told["check_name"])
