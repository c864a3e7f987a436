"""Releases: found in a registry by the tree of files, brought into a cluster, judged, and brought back.

The registry and DigitalOcean's API are small servers of the same protocols; only the cluster behind kubectl is
pretended: a program that keeps what it is given and lets roll-outs fail that it is told of.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fairseat_deploy import deploying, finding
from fairseat_deploy.cli import app
from fairseat_deploy.deploying import DeployError, confirm, deploy, rollback, workloads
from fairseat_deploy.digitalocean import DigitalOceanError, kubeconfig
from fairseat_deploy.kubectl import Kubectl
from fairseat_deploy.records import Records
from fairseat_deploy.registry import RegistryError
from fairseat_deploy.releases import Release, ReleaseError, tag_of_build, tree_of
from fairseat_deploy.rendering import kustomized
from fairseat_deploy.tree import IMAGES, ROOT, image_name

KUBECTL = """#!/bin/sh
# Keeps config maps and manifests in a folder; roll-outs named in `failing` fail.
cd "$(dirname "$0")" || exit 1
while [ "${1#--}" != "$1" ]; do shift 2; done
case "$1 $2" in
"apply --server-side")
  cat > given
  if grep -q '"fairseat-release"' given; then cp given record; else cat given >> applied; fi ;;
"get namespace") [ ! -e applied ] || echo namespace/fairseat ;;
"get configmap") [ ! -e record ] || cat record ;;
"get events") echo "Warning BackOff pod/orders" ;;
"rollout status") echo "$4" >> waited; ! grep -qx "$3" failing ;;
*) true ;;
esac
"""
TOKEN = "dop_v1_of_the_registry"


class Cluster:
    """A pretended cluster."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program = folder / "kubectl"
        self.program.write_text(KUBECTL)
        self.program.chmod(0o755)
        self.fail()
        self.said: list[str] = []

    def fail(self, *workloads: str) -> None:
        (self.folder / "failing").write_text("".join(f"{name}\n" for name in workloads))

    def applied(self) -> list[str]:
        """The names of the releases whose manifests were applied, in order."""
        return [line.split()[1] for line in (self.folder / "applied").read_text().splitlines() if line[:2] == "# "]


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    made = Cluster(tmp_path)
    monkeypatch.setenv("KUBECTL", str(made.program))
    return made


def release(name: str) -> Release:
    digest = f"sha256:{hashlib.sha256(name.encode()).hexdigest()}"
    return Release("registry.example.com/fairseat", dict.fromkeys(IMAGES, digest), f"commit-{name}", f"tree-{name}")


def manifests(name: str) -> str:
    return (
        f"# {name}\n"
        "kind: Deployment\nmetadata: {name: orders, namespace: fairseat}\n---\n"
        "kind: Service\nmetadata: {name: orders}\n---\n"
        "kind: StatefulSet\nmetadata: {name: nats}\n---\n"
        "kind: Deployment\nmetadata: {name: gateway, namespace: elsewhere}\n"
    )


def bring(cluster: Cluster, name: str) -> None:
    deploy(Kubectl(), release(name), manifests(name), cluster.said.append)


def test_a_release_that_does_not_run_gives_way_to_the_one_before(cluster: Cluster) -> None:
    bring(cluster, "first")
    confirm(Kubectl(), cluster.said.append)
    cluster.fail("deployment/orders")
    with pytest.raises(DeployError, match=r"^these do not run: deployment/orders$"):
        bring(cluster, "second")
    assert "Warning BackOff pod/orders" in cluster.said

    cluster.fail()
    assert rollback(Kubectl(), cluster.said.append) == release("first")
    assert cluster.applied() == ["first", "second", "first"]
    known = Records(Kubectl()).read()
    assert {role: deployed.release for role, deployed in known.items()} == {"running": release("first")}


def test_a_release_that_was_found_good_can_be_taken_back_by_hand(cluster: Cluster) -> None:
    for name in ("first", "second"):
        bring(cluster, name)
        confirm(Kubectl(), cluster.said.append)
    assert rollback(Kubectl(), cluster.said.append) == release("first")
    assert cluster.applied() == ["first", "second", "first"]
    with pytest.raises(ReleaseError, match="no release to go back to"):
        rollback(Kubectl(), cluster.said.append)


def test_a_workflow_that_began_nothing_takes_nothing_back(cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    """A deployment can fail before it has begun, and a confirmation after it was noted: what runs is good then."""
    for name in ("first", "second"):
        bring(cluster, name)
        confirm(Kubectl(), cluster.said.append)
    app(["release", "rollback", "--tried"], result_action="return_value")
    assert "no release is being tried: what runs stays" in capsys.readouterr().out
    assert cluster.applied() == ["first", "second"]
    bring(cluster, "third")
    app(["release", "rollback", "--tried"], result_action="return_value")
    assert cluster.applied() == ["first", "second", "third", "second"]


def test_all_that_rolls_has_one_time_to_do_so(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other they would have hours, and a workflow that is out of time cannot go back."""
    bring(cluster, "first")
    assert (cluster.folder / "waited").read_text().split()[0] == f"--timeout={deploying.ROLLOUT_MAX_S:.0f}s"
    monkeypatch.setattr(deploying, "ROLLOUT_MAX_S", 0)
    bring(cluster, "second")
    assert (cluster.folder / "waited").read_text().split()[2:] == [f"--timeout={deploying.ROLLOUT_MIN_S:.0f}s"] * 2


def test_the_same_release_again_does_not_hide_the_one_before(cluster: Cluster) -> None:
    for name in ("first", "second", "second"):
        bring(cluster, name)
        confirm(Kubectl(), cluster.said.append)
    assert rollback(Kubectl(), cluster.said.append) == release("first")


def test_a_new_cluster_has_nothing_to_confirm_and_nothing_to_go_back_to(cluster: Cluster) -> None:
    with pytest.raises(ReleaseError, match="no release is being tried"):
        confirm(Kubectl(), cluster.said.append)
    with pytest.raises(ReleaseError, match="no release to go back to"):
        rollback(Kubectl(), cluster.said.append)


@pytest.mark.usefixtures("cluster")
def test_what_is_rendered_does_not_depend_on_the_kubectl_of_the_machine() -> None:
    """Each has another Kustomize in it, and a workflow's machine has another one than who checked the manifests."""
    assert "kind: Deployment" in kustomized.__wrapped__("local")


def test_only_what_is_ours_is_waited_for() -> None:
    assert list(workloads(manifests("any"))) == ["deployment/orders", "statefulset/nats"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"images": {}}, "images are missing"),
        ({"images": dict.fromkeys(IMAGES, "latest")}, "without a digest"),
        ({"tree": ""}, "no registry or no tree"),
        ({"images": None}, "this is no release"),
    ],
)
def test_a_release_is_whole_or_none(change: dict[str, object], says: str) -> None:
    told = json.loads(release("any").text())
    assert Release.of(json.dumps(told)) == release("any")
    with pytest.raises(ReleaseError, match=says):
        Release.of(json.dumps({**told, **change}))


class Answering(BaseHTTPRequestHandler):
    """A registry that hands out tokens for one repository each, and the two routes of DigitalOcean's API."""

    manifests: dict[str, bytes]
    tags: dict[str, str]

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/token":
            expected = base64.b64encode(f"{TOKEN}:{TOKEN}".encode()).decode()
            good = self.headers.get("Authorization") == f"Basic {expected}"
            self._answer(200 if good else 401, json.dumps({"token": f"for-{self.path.split('%3A')[1]}"}).encode())
        elif path.startswith("/v2/kubernetes/clusters"):
            self._digitalocean(path)
        elif self._let_in():
            repository, _, reference = path.removeprefix("/v2/").partition("/manifests/")
            digest = self.tags.get(f"{repository}:{reference}", reference)
            found = self.manifests.get(digest)
            self._answer(404 if found is None else 200, found or b"", {"Docker-Content-Digest": digest})

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self._let_in():
            repository, _, tag = self.path.removeprefix("/v2/").partition("/manifests/")
            self.tags[f"{repository}:{tag}"] = f"sha256:{hashlib.sha256(content).hexdigest()}"
            self._answer(201, b"")

    def _let_in(self) -> bool:
        repository = self.path.removeprefix("/v2/").partition("/manifests/")[0]
        if self.headers.get("Authorization") == f"Bearer for-{repository.replace('/', '%2F')}":
            return True
        realm = f"http://{self.headers['Host']}/token"
        scope = f"repository:{repository}:pull,push"
        self._answer(401, b"", {"WWW-Authenticate": f'Bearer realm="{realm}",service="s",scope="{scope}"'})
        return False

    def _digitalocean(self, path: str) -> None:
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._answer(401, b'{"id":"unauthorized"}')
        elif path.endswith("/kubeconfig"):
            self._answer(200, f"kubeconfig of {path.split('/')[4]}, {self.path.partition('?')[2]}\n".encode())
        else:
            self._answer(200, b'{"kubernetes_clusters": [{"id": "11", "name": "a"}, {"id": "22", "name": "b"}]}')

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        pass


@pytest.fixture
def server() -> Iterator[tuple[str, type[Answering]]]:
    handler = type("Fresh", (Answering,), {"manifests": {}, "tags": {}})
    running = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"127.0.0.1:{running.server_port}", handler
    running.shutdown()
    thread.join()
    running.server_close()


def test_production_takes_the_images_that_staging_ran_and_no_others(server: tuple[str, type[Answering]]) -> None:
    host, registry = server
    address, tree = f"{host}/fairseat", tree_of("HEAD")
    for image in IMAGES:
        manifest = json.dumps({"of": image}).encode()
        digest = f"sha256:{hashlib.sha256(manifest).hexdigest()}"
        registry.manifests[digest] = manifest
        registry.tags[f"fairseat/{image_name(image)}:{tag_of_build(tree)}"] = digest

    built = finding.find(address, TOKEN, "HEAD", proven=False, secure=False)
    assert set(built.images) == set(IMAGES)
    with pytest.raises(ReleaseError, match="Staging has not run these files"):
        finding.find(address, TOKEN, "HEAD", proven=True, secure=False)
    finding.prove(built, TOKEN, secure=False)
    assert finding.find(address, TOKEN, "HEAD", proven=True, secure=False) == built

    with pytest.raises(RegistryError, match="401"):
        finding.find(address, "somebody else's", "HEAD", proven=False, secure=False)


def test_commits_with_the_same_files_have_the_same_images(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        given = ["-c", "user.name=A", "-c", "user.email=a@fairseat.example", "-c", "commit.gpgsign=false"]
        return subprocess.run(
            ["git", *given, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True
        ).stdout

    git("init", "--quiet", "--initial-branch=main")
    (tmp_path / "file").write_text("one")
    git("add", "file")
    git("commit", "--quiet", "--message=one")
    git("commit", "--quiet", "--allow-empty", "--message=the same once more")
    assert tree_of("HEAD", tmp_path) == tree_of("HEAD~1", tmp_path)
    (tmp_path / "file").write_text("two")
    git("commit", "--quiet", "--all", "--message=two")
    assert tree_of("HEAD", tmp_path) != tree_of("HEAD~1", tmp_path)
    with pytest.raises(ReleaseError, match="rev-parse"):
        tree_of("no-such-branch", tmp_path)
    assert len(tree_of("HEAD", ROOT)) == 40


def test_a_login_into_a_cluster_is_asked_for_by_name_and_ends(server: tuple[str, type[Answering]]) -> None:
    api = f"http://{server[0]}"
    assert kubeconfig("b", TOKEN, 600, api) == "kubeconfig of 22, expiry_seconds=600\n"
    with pytest.raises(DigitalOceanError, match="0 clusters named 'c'"):
        kubeconfig("c", TOKEN, 600, api)
    with pytest.raises(DigitalOceanError, match="401"):
        kubeconfig("b", "another", 600, api)
