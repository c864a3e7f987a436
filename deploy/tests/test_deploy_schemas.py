"""Schemas refuse what a cluster would refuse, and are fetched where they are not."""

from __future__ import annotations

import copy
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fairseat_deploy import schemas
from fairseat_deploy.rendering import documents
from fairseat_deploy.schemas_fetching import FetchError, fetch
from fairseat_deploy.schemas_published import FILES, Published
from fairseat_deploy.tree import OVERLAYS


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_schemas_accept_every_document(overlay: str) -> None:
    assert [(each["kind"], problem) for each, problem in schemas.problems(documents(overlay))] == []


def of(kind: str) -> dict[str, Any]:
    """A document of production, to change."""
    return copy.deepcopy(next(document for document in documents("production") if document["kind"] == kind))


@pytest.mark.parametrize(
    ("kind", "path", "value", "said"),
    [
        ("Deployment", ("spec", "replica"), 2, "spec: Additional properties"),
        ("Deployment", ("spec", "replicas"), "two", "spec.replicas: 'two'"),
        ("Service", ("metadata", "label"), {}, "metadata: Additional properties"),
        ("HTTPRoute", ("spec", "rules", 0, "backendRefs", 0, "portNumber"), 8000, "spec.rules.0.backendRefs.0: Addi"),
        ("HTTPRoute", ("spec", "rules", 0, "matches", 0, "path", "type"), "Prefix", "spec.rules.0.matches.0.path.type"),
        ("HTTPRoute", ("metadata", "names"), "x", "metadata: Additional properties"),
        ("Gateway", ("spec", "listener"), [], "spec: Additional properties"),
        ("Certificate", ("spec", "duration"), 90, "spec.duration: 90"),
        ("Cluster", ("spec", "instances"), "three", "spec.instances: 'three'"),
        ("Cluster", ("spec", "storage", "sizes"), "1Gi", "spec.storage: Additional properties"),
        ("ObjectStore", ("spec", "configuration", "bucket"), "x", "spec.configuration: Additional properties"),
        ("ObjectStore", ("spec", "retentionPolicy"), "30 days", "spec.retentionPolicy: '30 days'"),
    ],
)
def test_what_a_cluster_would_refuse_is_said(kind: str, path: tuple[Any, ...], value: object, said: str) -> None:
    document = of(kind)
    assert schemas.validate(document) == []
    node = document
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    assert [problem[: len(said)] for problem in schemas.validate(document)] == [said]


def test_a_kind_that_nobody_knows_is_no_silent_pass() -> None:
    assert schemas.validate({"apiVersion": "example.org/v1", "kind": "Thing"}) == [
        "no schema is known for Thing of example.org/v1"
    ]


def test_schemas_that_are_nowhere_are_said_with_what_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schemas, "BESIDE", tmp_path / "beside")
    monkeypatch.setattr(schemas, "CACHED", tmp_path / "cached")
    with pytest.raises(schemas.SchemasMissingError, match="fairseat-deploy schemas fetch"):
        schemas.folder()
    (tmp_path / "cached").mkdir()
    for name in FILES:
        (tmp_path / "cached" / name).write_text("{}")
    assert schemas.folder() == tmp_path / "cached"


RESOURCE = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
spec:
  group: example.org
  names: {singular: thing}
  versions:
  - name: v1
    schema: {openAPIV3Schema: {type: object}}
"""
ANSWERS = {
    "/repos/some/things/commits/abc": "abcdef",
    "/some/things/abcdef/crds/things.yaml": RESOURCE,
    "/some/things/abcdef/whole.json": '{"whole": true}',
}


class Place(http.server.BaseHTTPRequestHandler):
    """A place where schemas are published."""

    def do_GET(self) -> None:
        # The token is for the one place, and for no other.
        is_asked = ("Authorization" in self.headers) == self.path.startswith("/repos/")
        known = self.path in ANSWERS and is_asked
        self.send_response(200 if known else 404)
        self.end_headers()
        self.wfile.write(ANSWERS.get(self.path, "").encode())

    def log_request(self, *answer: object) -> None:
        pass


@pytest.fixture
def place() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Place)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_schemas_are_fetched_at_their_commit(place: str, tmp_path: Path) -> None:
    crds = Published("some/things", "abc", "crds/things.yaml", ("example.org_thing_v1.json",))
    whole = Published("some/things", "abc", "whole.json", ("kept.json",))
    paths = fetch(tmp_path, place, place, (crds, whole), "token")
    assert [json.loads(path.read_text()) for path in paths] == [{"type": "object"}, {"whole": True}]
    for wrong, said in (
        (crds._replace(files=("example.org_thing_v2.json",)), "no schema for example.org_thing_v2.json"),
        (crds._replace(path="crds/gone.yaml"), "404"),
    ):
        with pytest.raises(FetchError, match=said):
            fetch(tmp_path, place, place, (wrong,), "token")
