"""What runbooks tell people to type exists: commands with their options, targets, files, objects of a cluster, links.

A runbook is read when something burns. A name in it that nobody keeps is worse than none.
"""

from __future__ import annotations

import importlib
import re
from itertools import product
from pathlib import Path

import pytest
import yaml
from cyclopts import App, MissingArgumentError

from fairseat_deploy.cli import app as deploy_app
from fairseat_deploy.pages import LINK, arguments_of, commands, pages, program, simple, spoken, typed
from fairseat_deploy.tree import ROOT
from fairseat_local.cli import app as local_app

FOLDER = ROOT / "docs/runbooks"
PAGES = pages()
FILE = re.compile(r"(?<![\w/.-])((?:deploy|docs|local|services|common|tests)/[\w./*-]+\.\w+)")
APPS = {"fairseat": local_app, "fairseat-deploy": deploy_app}
OTHERS = {
    "base64",
    "doctl",
    "export",
    "git",
    "grep",
    "kubectl",
    "make",
    "minikube",
    "sh",
    "shred",
    "skaffold",
    "terraform",
}
"""Programs that are not ours. What one has to have installed stands in the pages themselves."""
PASSWORD = ["demo", "1"]
"""The password of the demo, `fairseat demo 1`, which is no command."""


def faults_of(app: App, arguments: list[str], only_named: bool = False) -> str:
    """Why the command would not be understood; empty if it is. What is only named need not have its arguments."""
    try:
        app.parse_args(arguments, exit_on_error=False, print_error=False)
    except Exception as problem:
        if only_named and isinstance(problem, MissingArgumentError):
            return ""
        return f"{' '.join(arguments)}: {problem}"
    return ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_of_ours_are_understood(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REGISTRY", "DIGITALOCEAN_TOKEN"):  # what runbooks say to export
        monkeypatch.setenv(name, "given")
    faults = []
    for only_named, found in ((False, typed(page.read_text())), (True, spoken(page.read_text()))):
        for words, (name, app) in product(found, APPS.items()):
            arguments = arguments_of(words, name)
            if arguments is not None and arguments != PASSWORD:
                faults.append(faults_of(app, arguments, only_named))
    assert [fault for fault in faults if fault] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_make_targets_modules_files_and_links_are_there(page: Path) -> None:
    text = page.read_text()
    told = list(commands(text))
    assert {program(words) for words in told} - OTHERS - set(APPS) == set(), "a program that nobody looks at"
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)) | {".venv/.ready"}
    missing = [f"make {words[1]}" for words in told if program(words) == "make" and words[1] not in targets]
    missing += [words[1] for words in told if program(words) == "sh" and not (ROOT / words[1]).is_file()]
    missing += [name for name in FILE.findall(text) if not list(ROOT.glob(name))]
    missing += [link for link in LINK.findall(text) if "://" not in link and not (page.parent / link).exists()]
    for words in told:
        arguments = arguments_of(words, "python")
        if arguments:
            importlib.import_module(arguments[1])
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
    assert faults_of(deploy_app, ["release", "prove"])
    assert faults_of(deploy_app, ["release", "prove"], only_named=True) == ""
    assert faults_of(deploy_app, ["release", "proove"], only_named=True)
    assert faults_of(local_app, ["dead-letters", "replay", "--consumer", "x"]) == ""
    assert faults_of(local_app, ["dead-letters", "reply"])
    line = "FROM=x .venv/bin/fairseat-deploy render dev > /dev/null | kubectl exec deploy/tools -- fairseat check; ls"
    told = [
        ["fairseat-deploy", "render", "dev"],
        ["kubectl", "exec", "deploy/tools", "--", "fairseat", "check"],
        ["ls"],
    ]
    assert [[program(words), *words[1:]] for words in simple(line)] == told
    assert arguments_of(told[1], "fairseat") == ["check"]
    assert arguments_of(told[1], "kubectl") is None
    page = (
        "1. ```sh\n   make up\n   ```\n\n   Then `make audit`, and ` make x`:\n\n```\nmake test   # runs\nsaid\n```\n"
    )
    assert list(commands(page)) == [["make", "up"], ["make", "test"], ["make", "audit"]]
