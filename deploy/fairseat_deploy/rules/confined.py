"""Rules about what a pod may do, what it runs, and how much of a node it takes."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fairseat_deploy.rules.found import Document, Pod, Rendered, Said, is_own, name, where

DIGEST = re.compile(r".+@sha256:[0-9a-f]{64}")
SUFFIXES: Mapping[str, float] = {
    "m": 1e-3, "": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40,
}  # fmt: skip
_QUANTITY = re.compile(r"([0-9.]+)([a-zA-Z]*)")
_MEASURED = ("cpu", "memory")


def quantity(text: str | float) -> float:
    """A quantity of Kubernetes as a number: processors, or bytes. ValueError for anything else."""
    found = _QUANTITY.fullmatch(str(text))
    if not found or found[2] not in SUFFIXES:
        raise ValueError(f"{text!r} is no quantity")
    return float(found[1]) * SUFFIXES[found[2]]


def containers_are_confined(rendered: Rendered) -> Said:
    """Nobody is root, gains privileges, has a capability, or writes to the image's files."""
    for pod in rendered.pods:
        whole = pod.spec.get("securityContext", {})
        if whole.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            yield pod.where, "its seccomp profile is not RuntimeDefault"
        for container in pod.containers:
            own = container.get("securityContext", {})
            both = {**whole, **own}
            yield from ((pod.where, f"{container['name']} {fault}") for fault in _loose(both))


def _loose(context: Document) -> list[str]:
    wanted = {
        "may run as root (runAsNonRoot)": context.get("runAsNonRoot") is True and context.get("runAsUser") != 0,
        "may gain privileges (allowPrivilegeEscalation)": context.get("allowPrivilegeEscalation") is False,
        "may write to its image (readOnlyRootFilesystem)": context.get("readOnlyRootFilesystem") is True,
        "keeps capabilities": context.get("capabilities") == {"drop": ["ALL"]},
        "is privileged": not context.get("privileged"),
    }
    return [fault for fault, holds in wanted.items() if not holds]


def nodes_are_left_alone(rendered: Rendered) -> Said:
    """No pod shares a node's network, processes or files."""
    for pod in rendered.pods:
        for shared in ("hostNetwork", "hostPID", "hostIPC"):
            if pod.spec.get(shared):
                yield pod.where, f"shares the node's {shared.removeprefix('host')}"
        for volume in pod.spec.get("volumes", ()):
            if "hostPath" in volume:
                yield pod.where, f"mounts {volume['hostPath'].get('path')} of the node"


def accounts_are_own(rendered: Rendered) -> Said:
    """Every workload has a service account that is only its own, and no token of it."""
    owners: dict[str, str] = {}
    for pod in rendered.pods:
        account = pod.spec.get("serviceAccountName", "default")
        known = rendered.named("ServiceAccount", account)
        if known is None:
            yield pod.where, f"runs as service account {account}, which is not there"
        elif account in owners:
            yield pod.where, f"shares service account {account} with {owners[account]}"
        elif known.get("automountServiceAccountToken") is not False:
            yield where(known), "hands its token to every pod"
        owners.setdefault(account, pod.where)


def tokens_are_kept_back(rendered: Rendered) -> Said:
    """No pod has a token for the cluster's interface."""
    for pod in rendered.pods:
        if pod.spec.get("automountServiceAccountToken") is not False:
            yield pod.where, "has a token for the cluster's interface"


def images_are_pinned(rendered: Rendered) -> Said:
    """Every image is named by its digest; our own on one machine are built there."""
    for pod in rendered.pods:
        for container in pod.containers:
            image = container["image"]
            local = rendered.is_local and is_own(image)
            if not local and not DIGEST.fullmatch(image):
                yield pod.where, f"{container['name']} runs {image}, which has no digest"


def services_run_their_own_image(rendered: Rendered) -> Said:
    """The containers of a service run that service's image and nobody else's."""
    for pod in rendered.pods:
        if pod.is_service:
            for container in pod.containers:
                image = container["image"].rpartition("/")[2].partition("@")[0].partition(":")[0]
                if image != f"fairseat-{pod.name}":
                    yield pod.where, f"{container['name']} runs {image}"


def resources_are_said(rendered: Rendered) -> Said:
    """Processor and memory are asked for and limited, and nobody asks for more than the limit."""
    for pod in rendered.pods:
        for container in pod.containers:
            for fault in _unmeasured(container.get("resources", {})):
                yield pod.where, f"{container['name']} {fault}"


def _unmeasured(resources: Document) -> list[str]:
    asked, limits = resources.get("requests", {}), resources.get("limits", {})
    faults = [f"asks for no {what}" for what in _MEASURED if what not in asked]
    faults += [f"has no limit of {what}" for what in _MEASURED if what not in limits]
    both = [what for what in asked if what in limits and quantity(asked[what]) > quantity(limits[what])]
    return faults + [f"asks for more {what} than its limit" for what in both]


def priorities_are_there(rendered: Rendered) -> Said:
    """What is more important than something else says so by a class that there is; services are, and what they need."""
    known = {name(document) for document in rendered.of("PriorityClass")}
    for pod in rendered.pods:
        said = pod.spec.get("priorityClassName", "")
        needs_one = pod.labels.get("app.kubernetes.io/component") in ("service", "database", "bus", "edge")
        if said not in known and (said or needs_one):
            yield pod.where, f"has priority {said!r}, which is not there"


def data_comes_first(rendered: Rendered) -> Said:
    """What holds the data stays when a node is short of room, longer than services do."""
    values = {name(document): int(document["value"]) for document in rendered.of("PriorityClass")}
    given = [(pod.where, pod.labels.get("app.kubernetes.io/component"), pod.spec) for pod in rendered.pods]
    given += [(where(cluster), "database", cluster["spec"]) for cluster in rendered.of("Cluster")]
    known = [(who, component, values.get(spec.get("priorityClassName", ""), 0)) for who, component, spec in given]
    most = max((value for _, component, value in known if component == "service"), default=0)
    for who, component, value in known:
        if component in ("database", "bus") and value <= most:
            yield who, "is no more important than services are"


def services_push_nobody_out(rendered: Rendered) -> Said:
    """A service that has no room waits for it. What it would push out is no service: the edge, an operator, issuers."""
    policies = {name(document): document.get("preemptionPolicy") for document in rendered.of("PriorityClass")}
    for pod in rendered.pods:
        said = pod.spec.get("priorityClassName", "")
        if pod.is_service and policies.get(said, "Never") != "Never":
            yield pod.where, "pushes out what has less priority, such as the edge"


def temporary_files_are_limited(rendered: Rendered) -> Said:
    """An emptyDir says how large it may grow, so that it fills no node."""
    for pod in rendered.pods:
        for volume in _volumes(pod):
            if "emptyDir" in volume and "sizeLimit" not in (volume["emptyDir"] or {}):
                yield pod.where, f"volume {volume['name']} may fill the node"


def _volumes(pod: Pod) -> list[Document]:
    return list(pod.spec.get("volumes", ()))
