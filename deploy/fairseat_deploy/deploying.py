"""Bring a release into a cluster, judge it, and bring the one before back.

`deploy` applies a release and waits until it runs; `confirm` says that it was found good; `rollback` brings back what
was found good last. Whatever happens between them, the cluster itself knows what to go back to.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import yaml

from fairseat_deploy.kubectl import Kubectl, KubectlError
from fairseat_deploy.records import BEFORE, RUNNING, TRYING, Deployed, Records
from fairseat_deploy.releases import Release, ReleaseError
from fairseat_deploy.tree import NAMESPACE

APPLY_MAX_S = 300.0
ROLLOUT_MAX_S = 900.0
"""For everything together, since all of it rolls at once: an hour must do for a release, and for going back."""
ROLLOUT_MIN_S = 5.0
"""What is looked at after that gets so long to say that it runs already."""
WAITED_FOR = ("Deployment", "StatefulSet", "DaemonSet")
EVENTS_SHOWN = 20
MANAGER = "fairseat"
"""Whose fields a release's are: what the next one does not say any more, and nobody else said, is removed."""

Say = Callable[[str], None]


class DeployError(Exception):
    """The cluster does not run what it was told to; the message says which part."""


def deploy(kubectl: Kubectl, release: Release, manifests: str, say: Say) -> None:
    """Apply, record that it is being tried, and wait until everything runs. Raises DeployError and KubectlError.

    What a release that was never confirmed left behind is not what one goes back to.
    """
    records = Records(kubectl)
    known = _known(kubectl, records)
    known[TRYING] = Deployed(release, manifests)
    _make_namespace(kubectl)
    records.write(known)
    say(f"deploying {release.commit[:12] or release.tree[:12]}")
    _bring(kubectl, manifests, say)


def confirm(kubectl: Kubectl, say: Say) -> None:
    """The release that is being tried is good: from now on one goes back to it. ReleaseError if there is none."""
    records = Records(kubectl)
    known = records.read()
    if TRYING not in known:
        raise ReleaseError("no release is being tried in this cluster")
    tried = known.pop(TRYING)
    if RUNNING in known and known[RUNNING].release != tried.release:
        known[BEFORE] = known[RUNNING]
    known[RUNNING] = tried
    records.write(known)
    say(f"{tried.release.commit[:12] or tried.release.tree[:12]} is what runs here")


def is_tried(kubectl: Kubectl) -> bool:
    """Whether a release was begun and not judged: without one, going back would leave a release that was found good."""
    return TRYING in Records(kubectl).read()


def rollback(kubectl: Kubectl, say: Say) -> Release:
    """Bring back what was found good last: what ran before the trial, or, without a trial, the release before.

    Applies the manifests that were applied then. What only the newer release has stays, and does no harm; databases
    stay as they are, since every release works with the next one's migrations. ReleaseError if there is none.
    """
    records = Records(kubectl)
    known = records.read()
    role = RUNNING if TRYING in known else BEFORE
    if role not in known:
        raise ReleaseError("the cluster knows no release to go back to")
    target = known[role]
    say(f"going back to {target.release.commit[:12] or target.release.tree[:12]}")
    _bring(kubectl, target.manifests, say)
    records.write({RUNNING: target} | ({BEFORE: known[BEFORE]} if role == RUNNING and BEFORE in known else {}))
    return target.release


def _known(kubectl: Kubectl, records: Records) -> dict[str, Deployed]:
    if not kubectl("get", "namespace", NAMESPACE, "--ignore-not-found", "--output", "name").strip():
        return {}
    return records.read()


def _make_namespace(kubectl: Kubectl) -> None:
    made = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    kubectl("apply", "--server-side", "--field-manager=fairseat-release", "--filename=-", given=yaml.safe_dump(made))


def _bring(kubectl: Kubectl, manifests: str, say: Say) -> None:
    # Each object says itself where it belongs; kubectl refuses those that are not in the namespace it is told.
    anywhere = replace(kubectl, namespace="")
    anywhere(
        "apply", "--server-side", "--force-conflicts", f"--field-manager={MANAGER}", "--filename=-",
        given=manifests, timeout_s=APPLY_MAX_S,
    )  # fmt: skip
    until = time.monotonic() + ROLLOUT_MAX_S
    failed = [name for name in workloads(manifests) if not _runs(kubectl, name, until, say)]
    if failed:
        _tell_why(kubectl, say)
        raise DeployError(f"these do not run: {', '.join(failed)}")


def _runs(kubectl: Kubectl, name: str, until: float, say: Say) -> bool:
    say(f"waiting for {name}")
    left_s = max(until - time.monotonic(), ROLLOUT_MIN_S)
    return kubectl.watched("rollout", "status", name, f"--timeout={left_s:.0f}s")


def workloads(manifests: str) -> Iterator[str]:
    """What has to be rolled out, as kubectl names it, e.g. `deployment/orders`; only of our own namespace."""
    documents: Iterator[dict[str, Any] | None] = yaml.safe_load_all(manifests)
    for document in documents:
        if document and document["kind"] in WAITED_FOR:
            metadata = document["metadata"]
            if metadata.get("namespace", NAMESPACE) == NAMESPACE:
                yield f"{document['kind'].lower()}/{metadata['name']}"


def _tell_why(kubectl: Kubectl, say: Say) -> None:
    """Print what helps to find out, as far as the cluster still answers."""
    kubectl.watched("get", "pods", "--output=wide")
    try:
        events = kubectl("get", "events", "--field-selector=type=Warning", "--sort-by=.lastTimestamp")
    except KubectlError as problem:
        events = str(problem)
    for line in events.splitlines()[-EVENTS_SHOWN:]:
        say(line)
