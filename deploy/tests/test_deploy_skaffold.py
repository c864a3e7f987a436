"""Development in a cluster: Skaffold's file is true to the tree, its scripts do what they say, and code is followed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from fairseat_common.testing.running import Servers
from fairseat_common.testing.server_process import free_port
from fairseat_common.testing.waiting import eventually
from fairseat_deploy.skaffold import copied, problems, published
from fairseat_deploy.tree import ROOT

SCRIPTS = ROOT / "deploy/skaffold"
START_MAX_S = 90.0


def test_the_file_is_true_to_the_tree() -> None:
    assert problems(schema=published()) == []


def planted(folder: Path, change: Callable[[dict[str, Any]], None]) -> list[str]:
    """What is found in a tree whose Skaffold file was changed so."""
    for path in ROOT.iterdir():
        if path.name in ("common", "services", "local", "deploy", ".dockerignore"):
            (folder / path.name).symlink_to(path)
    config: dict[str, Any] = yaml.safe_load((ROOT / "skaffold.yaml").read_text())
    change(config)
    (folder / "skaffold.yaml").write_text(yaml.safe_dump(config))
    return problems(folder)


def forget_payments(config: dict[str, Any]) -> None:
    config["build"]["artifacts"] = [one for one in config["build"]["artifacts"] if one["image"] != "fairseat-payments"]


def depend_on_others(config: dict[str, Any]) -> None:
    config["build"]["artifacts"][0]["custom"]["dependencies"]["paths"].append("services/web")


def forget_the_library(config: dict[str, Any]) -> None:
    config["build"]["artifacts"][0]["custom"]["dependencies"]["paths"].remove("common")


def copy_elsewhere(config: dict[str, Any]) -> None:
    config["build"]["artifacts"][0]["sync"]["manual"][0]["dest"] = "/app"


def strip_nothing(config: dict[str, Any]) -> None:
    del config["build"]["artifacts"][0]["sync"]["manual"][0]["strip"]


def deploy_elsewhere(config: dict[str, Any]) -> None:
    config["profiles"][1]["manifests"]["kustomize"]["paths"] = ["deploy/overlays/local"]


def deploy_without_a_profile(config: dict[str, Any]) -> None:
    config["manifests"] = {"kustomize": {"paths": ["deploy/overlays/local"]}}


def keep_images(config: dict[str, Any]) -> None:
    config["profiles"][2]["build"]["local"]["push"] = False


def call_nothing(config: dict[str, Any]) -> None:
    config["profiles"][0]["deploy"]["kubectl"]["hooks"]["before"][0]["host"]["command"][1] = "deploy/skaffold/no.sh"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (forget_payments, "artifacts differ from the images there are: ['fairseat-payments']"),
        (depend_on_others, "fairseat-auth: is built anew for every change of services/web"),
        (forget_the_library, "fairseat-auth: its Dockerfile copies common, which it does not depend on"),
        (copy_elsewhere, "fairseat-auth: services/auth/auth/** is copied to /app, and code is served from /code"),
        (strip_nothing, "fairseat-auth: services/auth/auth/** without '' is not the path of a package"),
        (
            deploy_elsewhere,
            "profile cloud deploys ['deploy/overlays/local'], and should deploy deploy/overlays/dev",
        ),
        (
            deploy_without_a_profile,
            "without a profile it deploys into whatever cluster kubectl points at, and takes that away in the end",
        ),
        (keep_images, "profile staging: images are not pushed"),
        (call_nothing, "profile local: there is no deploy/skaffold/no.sh"),
    ],
)
def test_what_is_not_true_is_found(tmp_path: Path, change: Callable[[dict[str, Any]], None], says: str) -> None:
    assert says in planted(tmp_path, change)


def test_what_a_dockerfile_copies_is_read() -> None:
    text = "FROM a AS b\nCOPY common/ common/\nCOPY --chown=1:1 services/web/ one two /app/\nCOPY --from=b /x /x\n"
    assert list(copied(text)) == ["common", "services/web", "one", "two"]


PRETENDED = """#!/bin/sh
echo "$(basename "$0") $*" >> "$CALLS"
case "$*" in
"buildx inspect"*) grep -q "buildx create" "$CALLS" ;;
"buildx create"*) exit "${CREATED:-0}" ;;
*"configmap fairseat-release"*) echo "${RELEASED:-}" ;;
*"get secrets"*) echo '{"items": []}' ;;
*"--dry-run=client"*) echo "kind: Namespace" ;;
*"rollout status"*) exit "${ROLLOUT:-0}" ;;
"secrets make"*) echo "${MADE:-}" ;;
*apply*) cat >> "$CALLS" ;;
esac
"""


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., list[str]]:
    """Runs a script with pretended docker, kubectl and fairseat-deploy; what was called, in order."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("docker", "kubectl", "fairseat-deploy"):
        (folder / name).write_text(PRETENDED)
        (folder / name).chmod(0o755)
    calls = tmp_path / "calls"

    def go(script: str, *arguments: str, **environ: str) -> list[str]:
        known = {"PATH": f"{folder}:{os.environ['PATH']}", "CALLS": str(calls)}
        known["FAIRSEAT_DEPLOY"] = str(folder / "fairseat-deploy")
        command = ["sh", str(SCRIPTS / script), *arguments]
        done = subprocess.run(command, cwd=ROOT, env=known | environ, capture_output=True, text=True, check=False)
        assert done.returncode == (1 if "RELEASED" in environ else 0), done.stderr
        return calls.read_text().splitlines() + done.stderr.splitlines()

    return go


def test_an_image_is_built_here_or_in_the_cluster(run: Callable[..., list[str]]) -> None:
    (here,) = run("build.sh", "services/web/Dockerfile", IMAGE="fairseat-web:abc")
    assert here.startswith("docker build --build-arg REVISION=")
    assert here.endswith("--tag fairseat-web:abc --file services/web/Dockerfile .")
    _, _, made, there = run("build.sh", "local/Dockerfile", IMAGE="r.example/fairseat-tools:abc", PUSH_IMAGE="true")
    assert made.startswith("docker buildx create --name fairseat --driver kubernetes")
    assert there.startswith("docker buildx build --builder fairseat --push --platform linux/amd64")
    assert there.endswith("--tag r.example/fairseat-tools:abc --file local/Dockerfile .")


def test_a_builder_that_another_build_has_just_made_is_used(run: Callable[..., list[str]]) -> None:
    calls = run("build.sh", "local/Dockerfile", IMAGE="r.example/tools:abc", PUSH_IMAGE="true", CREATED="1")
    assert [call.split()[2] for call in calls] == ["inspect", "create", "inspect", "build"]


def test_a_cluster_of_releases_is_not_developed_in(run: Callable[..., list[str]]) -> None:
    """`skaffold dev` would lay its overlay over production, and take away all data when it is stopped."""
    *calls, said = run("secrets.sh", "local", RELEASED="configmap/fairseat-release")
    assert "not one to develop in" in said
    assert [call for call in calls if "apply" in call] == []


def test_secrets_that_are_missing_are_made_and_others_left_alone(run: Callable[..., list[str]]) -> None:
    calls = run("secrets.sh", "local", MADE="kind: Secret", SKAFFOLD_KUBE_CONTEXT="minikube")
    assert calls[-2:] == ["kubectl --context minikube --namespace fairseat apply --filename=-", "kind: Secret"]
    assert "fairseat-deploy secrets make local --existing -" in calls
    before = len(calls)
    assert [call for call in run("secrets.sh", "local", MADE="# all there")[before:] if "fairseat apply" in call] == []


def test_the_demo_comes_once_services_run_and_stops_nothing(run: Callable[..., list[str]]) -> None:
    assert run("demo.sh")[-1] == "kubectl --namespace fairseat exec deployment/tools -- fairseat demo --cluster"
    assert "was not loaded" in run("demo.sh", ROLLOUT="1")[-1]


@pytest.fixture
def following(servers: Servers, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The real server of web as a cluster starts it, following its copy of the code: its address and the copy."""
    port, code = free_port(), tmp_path / "code"
    environ = {
        **os.environ,
        "RELOAD": str(code),
        "PORT": str(port),
        "ENVIRONMENT": "local",
        "PUBLIC_URL": f"http://localhost:{port}",
        "NATS_URL": servers.nats.url,
    }
    command = [sys.executable, "-m", "fairseat_common.serving", "web"]
    process = subprocess.Popen(command, env=environ)
    yield f"http://127.0.0.1:{port}", code
    process.terminate()
    assert process.wait(30) == 0


@pytest.mark.timeout(240)
async def test_a_changed_template_and_changed_code_are_in_the_next_answer(following: tuple[str, Path]) -> None:
    url, code = following

    async def says(path: str, words: str) -> bool:
        async with httpx.AsyncClient() as client:
            try:
                return words in (await client.get(f"{url}{path}")).text
            except httpx.TransportError:
                return False

    await eventually(lambda: says("/robots.txt", "User-agent"), START_MAX_S)
    for file, before, after in (
        (code / "web/templates/fault.html", '<p class="code">', '<p class="code">changed '),
        (code / "web/pages_house.py", "Disallow: /checkout/", "Disallow: /elsewhere/"),
    ):
        text = file.read_text()
        assert before in text
        file.write_text(text.replace(before, after))
    await eventually(lambda: says("/robots.txt", "/elsewhere/"), START_MAX_S)
    assert await says("/nowhere-at-all", "changed 404")
