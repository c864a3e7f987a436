"""Workflows: in form, safe, with the images there are, and made of commands that exist and run in order."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from fairseat_deploy.changelog import section
from fairseat_deploy.cli import app
from fairseat_deploy.releases import ReleaseError
from fairseat_deploy.tree import IMAGES, ROOT

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yaml"))
BIN = Path(sys.executable).parent
OWN = ".venv/bin/fairseat-deploy"
PINNED = re.compile(r"[\w./-]+@[0-9a-f]{40}")
PRETENDED = """#!/bin/sh
echo "$(basename "$0") $*" >> "$CALLS"
case "$*" in *names*) printf 'r/fairseat-orders@sha256:1\\nr/fairseat-web@sha256:2\\n' ;; esac
"""
PROGRAMS = ("make", "docker", "cosign", "gh", "git", "terraform", "uv")
BROUGHT_BY = {"terraform": "hashicorp/setup-terraform", "cosign": "sigstore/cosign-installer"}
"""What ubuntu-24.04 runners do not have, and the action that brings it."""


class Step(NamedTuple):
    """A step that runs a script."""

    workflow: str
    job: str
    name: str
    script: str
    environ: dict[str, str]


def read(path: Path) -> dict[str, Any]:
    text: dict[str, Any] = yaml.safe_load(path.read_text())
    return text


def steps() -> Iterator[Step]:
    for path in WORKFLOWS:
        for job, described in read(path)["jobs"].items():
            for number, step in enumerate(described.get("steps", ())):
                if "run" in step:
                    name = step.get("name", f"{number}")
                    yield Step(path.stem, job, name, step["run"], step.get("env", {}))


def test_they_are_in_form() -> None:
    command = [str(BIN / "check-jsonschema"), "--builtin-schema"]
    for schema, files in (
        ("vendor.github-workflows", WORKFLOWS),
        ("vendor.github-actions", sorted(GITHUB.glob("actions/*/action.yaml"))),
    ):
        assert files
        done = subprocess.run([*command, schema, *map(str, files)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_they_are_safe() -> None:
    command = [str(BIN / "zizmor"), "--offline", "--no-progress", "--quiet", str(GITHUB)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_script_with_somebodys_words_in_it_is_found(tmp_path: Path) -> None:
    text = (GITHUB / "workflows/ci.yaml").read_text()
    planted = tmp_path / ".github/workflows/ci.yaml"
    planted.parent.mkdir(parents=True)
    planted.write_text(text.replace("run: make check", 'run: echo "${{ github.event.pull_request.title }}"'))
    command = [str(BIN / "zizmor"), "--offline", "--no-progress", "--quiet", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "template-injection" in done.stdout


def test_actions_are_pinned_by_commit_with_the_version_beside_it() -> None:
    loose = []
    for path in (*WORKFLOWS, *GITHUB.glob("actions/*/action.yaml")):
        for used, comment in re.findall(r"uses: (\S+)(.*)", path.read_text()):
            if not used.startswith("./") and not (
                PINNED.fullmatch(used) and re.fullmatch(r" # v\d+\.\d+\.\d+", comment)
            ):
                loose.append(f"{path.name}: {used}")
    assert loose == []


def test_the_images_there_are_are_built() -> None:
    for name in ("ci", "deploy-staging"):
        matrix = read(GITHUB / f"workflows/{name}.yaml")["jobs"]["images"]["strategy"]["matrix"]
        assert matrix == {"image": list(IMAGES)}, name


def test_branches_lead_from_staging_to_main_and_wait_for_their_gates() -> None:
    flows = {path.stem: read(path) for path in WORKFLOWS}
    # YAML 1.1 reads the key `on` as true.
    on = {name: flow[True] for name, flow in flows.items()}  # type: ignore[index]
    assert on["deploy-staging"] == {"push": {"branches": ["staging"]}}
    assert on["deploy-production"] == {"push": {"branches": ["main"]}}
    staging, production = flows["deploy-staging"]["jobs"], flows["deploy-production"]["jobs"]
    assert staging["ci"] == {"uses": "./.github/workflows/ci.yaml"}
    assert [staging[job]["needs"] for job in ("images", "deploy")] == ["ci", "images"]
    assert staging["deploy"]["environment"]["name"] == "staging"
    assert production["deploy"]["needs"] == "proven"
    assert production["deploy"]["environment"]["name"] == "production"
    assert "--proven" in production["proven"]["steps"][2]["run"]
    for name, flow in flows.items():
        assert flow["permissions"] == {"contents": "read"}, name
        assert "concurrency" in flow, name
        own = {job: described for job, described in flow["jobs"].items() if "uses" not in described}
        assert [job for job, described in own.items() if "timeout-minutes" not in described] == [], name


def test_a_failure_inside_of_a_pipe_is_one() -> None:
    # Without a name GitHub's shell is `bash -e`, and `make bench | tee` succeeds whatever make did.
    assert [path.name for path in WORKFLOWS if read(path).get("defaults") != {"run": {"shell": "bash"}}] == []


def test_runners_have_the_programs_that_scripts_call() -> None:
    missing = []
    for path in WORKFLOWS:
        for job, described in read(path)["jobs"].items():
            brought: set[str] = set()
            for step in described.get("steps", ()):
                brought.add(step.get("uses", "").partition("@")[0])
                called = {name for name in BROUGHT_BY if re.search(rf"\b{name} ", step.get("run", ""))}
                missing += [f"{path.stem} {job}: {name}" for name in called if BROUGHT_BY[name] not in brought]
    assert missing == []


def test_a_job_can_be_run_once_more() -> None:
    """GitHub refuses a second artifact of the same name in a run, and the first release needs its job twice."""
    uploads = [
        (path.stem, step["with"])
        for path in WORKFLOWS
        for described in read(path)["jobs"].values()
        for step in described.get("steps", ())
        if step.get("uses", "").startswith("actions/upload-artifact@")
    ]
    assert uploads
    assert [name for name, given in uploads if given.get("overwrite") is not True] == []


@pytest.mark.parametrize("step", list(steps()), ids=lambda step: f"{step.workflow}-{step.job}-{step.name}")
def test_every_script_runs(step: Step, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With pretended programs; our own commands must be understood by the real one, and make must have the targets."""
    tools = tmp_path / "bin"
    calls = tmp_path / "calls"
    own = [tmp_path / OWN, tmp_path / ".tools/uv/bin/uv", *(tools / name for name in PROGRAMS)]
    for program in own:
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(PRETENDED)
        program.chmod(0o755)
    for name in step.environ:
        monkeypatch.setenv(name, "given")
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    monkeypatch.setenv("CALLS", str(calls))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    shell = ["bash", "--noprofile", "--norc", "-euo", "pipefail", "-c", step.script]
    done = subprocess.run(shell, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    called = calls.read_text().splitlines()
    assert called
    for name, _, rest in (line.partition(" ") for line in called):
        if name == "fairseat-deploy":
            app.parse_args(rest.split(), exit_on_error=False, print_error=False)
        if name == "make":
            (target, *_) = rest.split()
            assert re.search(rf"^{re.escape(target)}:", (ROOT / "Makefile").read_text(), re.MULTILINE), rest


def test_a_release_says_what_is_new() -> None:
    text = "# Changelog\n\n## Unreleased\n\n- Next.\n\n## 0.2.0 (2026-11-30)\n\n- Deployed.\n\n## 0.1.0\n\n- Begun.\n"
    assert section(text, "v0.2.0") == "- Deployed.\n"
    assert section(text, "0.1.0") == "- Begun.\n"
    with pytest.raises(ReleaseError, match=r"nothing about 0\.3\.0; it has sections for Unreleased, 0\.2\.0, 0\.1\.0"):
        section(text, "v0.3.0")
