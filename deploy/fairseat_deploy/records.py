"""What a cluster knows of its own releases, so that the one before can be brought back whatever the repository says.

A config map holds, for the release that runs, the one before it and the one that is being tried, the images and the
whole manifests as they were applied (compressed: about 40 kB each). Manifests name secrets and never hold them.
"""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import dataclass
from typing import Any

from fairseat_deploy.kubectl import Kubectl
from fairseat_deploy.releases import Release, ReleaseError

NAME = "fairseat-release"
RUNNING, BEFORE, TRYING = "running", "before", "trying"
"""The release that was found good last, the one that ran before it, and the one that was begun and not judged yet."""


@dataclass(frozen=True)
class Deployed:
    """A release with the manifests that were applied for it."""

    release: Release
    manifests: str


class Records:
    """The record of one cluster."""

    def __init__(self, kubectl: Kubectl) -> None:
        self._kubectl = kubectl

    def read(self) -> dict[str, Deployed]:
        """What is recorded, by its role; nothing in a new cluster. Raises KubectlError and ReleaseError."""
        text = self._kubectl("get", "configmap", NAME, "--ignore-not-found", "--output", "json")
        if not text.strip():
            return {}
        told: dict[str, Any] = json.loads(text)
        data, packed = told.get("data") or {}, told.get("binaryData") or {}
        return {role: Deployed(Release.of(data[role]), _unpacked(packed, role)) for role in data}

    def write(self, known: dict[str, Deployed]) -> None:
        """Record exactly this. Raises KubectlError."""
        labels = {"app.kubernetes.io/part-of": "fairseat", "app.kubernetes.io/component": "release"}
        record = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": NAME, "namespace": self._kubectl.namespace, "labels": labels},
            "data": {role: deployed.release.text() for role, deployed in known.items()},
            "binaryData": {_file(role): _packed(deployed.manifests) for role, deployed in known.items()},
        }
        self._kubectl(
            "apply", "--server-side", "--force-conflicts", "--field-manager=fairseat-release", "--filename=-",
            given=json.dumps(record),
        )  # fmt: skip


def _file(role: str) -> str:
    return f"{role}.yaml.gz"


def _packed(text: str) -> str:
    # Without a time in it the same manifests make the same bytes.
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def _unpacked(packed: dict[str, str], role: str) -> str:
    try:
        return gzip.decompress(base64.b64decode(packed[_file(role)])).decode()
    except (KeyError, ValueError, OSError, EOFError) as problem:
        raise ReleaseError(f"the record of the release {role!r} in the cluster cannot be read") from problem
