"""What runbooks tell people to type exists: commands with their options, targets, files, objects of a cluster, links.

A runbook is read when something burns. A name in it that nobody keeps is worse than none.
"""

from __future__ import annotations

import importlib
import re
import shlex
from collections.abc import Iterator
from functools import cache
from itertools import takewhile
from pathlib import Path

import pytest
import yaml
from cyclopts import App

from fairseat_deploy.cli import app as deploy_app
from fairseat_deploy.rendering import documents
from fairseat_deploy.tree import OVERLAYS, ROOT
from fairseat_local.cli import app as local_app

FOLDER = ROOT / "docs/runbooks"
PAGES = sorted([*FOLDER.glob("*.md"), ROOT / "docs/sizing.md", ROOT / "docs/guides/deploying.md"])
BLOCK = re.compile(r"^( *)```sh\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#]+?)(?:#[^)]*)?\)")
FILE = re.compile(r"(?<![\w/.-])((?:deploy|docs|local|services|common)/[\w./*-]+\.\w+)")
APPS = {"fairseat": local_app, "fairseat-deploy": deploy_app}
KINDS = {
    "deployment": "Deployment", "deploy": "Deployment", "statefulset": "StatefulSet", "service": "Service",
    "secret": "Secret", "hpa": "HorizontalPodAutoscaler", "certificate": "Certificate", "gateway": "Gateway",
    "cluster": "Cluster", "clusterissuer": "ClusterIssuer", "scheduledbackups": "ScheduledBackup",
}  # fmt: skip
"""What kubectl is told, and what the manifests say. Pods and claims are made by these, so their names are too."""
ELSEWHERE = {("Deployment", "cert-manager"), ("Deployment", "cert-manager-webhook")}
OBJECT = re.compile(rf"\b({'|'.join(KINDS)})(?:\.[a-z0-9.-]+)?[/ ]([a-z][a-z0-9-]+)")


def commands(page: Path) -> Iterator[str]:
    """The command lines of a page's shell blocks."""
    for _, block in BLOCK.findall(page.read_text()):
        for line in block.splitlines():
            if line.strip() and not line.strip().startswith("#"):
                yield line.strip()


def of_program(line: str, program: str) -> list[str] | None:
    """What one of our programs is told by a line, here or inside of a container; without pipes and redirections."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|>&;")
    lexer.whitespace_split = True
    words = list(takewhile(lambda word: word[0] not in "|>&;", lexer))
    at = words.index("--") + 1 if "kubectl" in words[:1] and "--" in words else 0
    return words[at + 1 :] if words and Path(words[at]).name == program else None


def faults_of(app: App, arguments: list[str]) -> str:
    """Why the command would not be understood; empty if it is."""
    try:
        app.parse_args(arguments, exit_on_error=False, print_error=False)
    except Exception as problem:
        return f"{' '.join(arguments)}: {problem}"
    return ""


@cache
def rendered() -> frozenset[tuple[str, str]]:
    """Every object by kind and name, in any overlay; secrets by the list of them."""
    found = {(str(each["kind"]), str(each["metadata"]["name"])) for name in OVERLAYS for each in documents(name)}
    listed = yaml.safe_load((ROOT / "deploy/secrets.yaml").read_text())["secrets"]
    return frozenset(found | {("Secret", each["name"]) for each in listed} | {("Secret", "fairseat-tls")} | ELSEWHERE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_of_ours_are_understood(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REGISTRY", "DIGITALOCEAN_TOKEN"):  # what runbooks say to export
        monkeypatch.setenv(name, "given")
    faults = []
    for line in commands(page):
        for program, app in APPS.items():
            arguments = of_program(line, program)
            if arguments is not None:
                faults.append(faults_of(app, arguments))
    assert [fault for fault in faults if fault] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_objects_of_a_cluster_are_in_its_manifests(page: Path) -> None:
    named = {(KINDS[kind], name) for line in commands(page) for kind, name in OBJECT.findall(line) if "kubectl" in line}
    assert sorted(named - rendered()) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_make_targets_modules_files_and_links_are_there(page: Path) -> None:
    text = page.read_text()
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    asked = {line.split()[1] for line in commands(page) if line.startswith("make ")} - {".venv/.ready"}
    missing = [f"make {target}" for target in sorted(asked - targets)]
    missing += [name for name in FILE.findall(text) if not list(ROOT.glob(name))]
    missing += [link for link in LINK.findall(text) if "://" not in link and not (page.parent / link).exists()]
    for module in re.findall(r"python -m ([\w.]+)", text):
        importlib.import_module(module)
    assert missing == []


def test_every_runbook_is_in_the_list_and_every_alert_has_one() -> None:
    listed = set(re.findall(r"\]\(([\w-]+\.md)\)", (FOLDER / "README.md").read_text()))
    assert {page.name for page in FOLDER.glob("*.md")} - {"README.md"} == listed
    rules = yaml.safe_load((ROOT / "deploy/monitoring/rules.yaml").read_text())
    alerts = {
        rule["alert"]: ROOT / rule["annotations"]["runbook"]
        for group in rules["groups"]
        for rule in group["rules"]
        if "alert" in rule
    }
    assert [name for name, runbook in alerts.items() if not runbook.is_file()] == []
    assert [name for name, runbook in alerts.items() if not tells_of(runbook.read_text(), name)] == []


def tells_of(text: str, alert: str) -> bool:
    """Whether a runbook names an alert; those of an objective come in four speeds, and are named together."""
    return f"`{alert}`" in text or f"`{alert.partition('Burns')[0]}Burns...`" in text


def test_wrong_names_are_noticed() -> None:
    assert faults_of(deploy_app, ["release", "rollback"]) == ""
    assert faults_of(deploy_app, ["release", "rolback"])
    assert faults_of(deploy_app, ["smoke", "http://localhost", "--purchase"])
    assert faults_of(local_app, ["dead-letters", "replay", "--consumer", "x"]) == ""
    assert faults_of(local_app, ["dead-letters", "reply"])
    assert OBJECT.findall("kubectl -n fairseat logs deployment/orderz -c x") == [("deployment", "orderz")]
    assert ("Deployment", "orderz") not in rendered()
    assert of_program(".venv/bin/fairseat-deploy render dev | kubectl apply -f -", "fairseat-deploy") == [
        "render",
        "dev",
    ]
