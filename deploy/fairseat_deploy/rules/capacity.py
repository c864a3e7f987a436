"""Rules about what all replicas together need of what there is once."""

from __future__ import annotations

from fairseat_deploy.rules.found import Document, Pod, Rendered, Said, name, where

POOL_MAX = 10
"""What counts where POOL_MAX is not set."""
BESIDE_THE_POOL = {"orders": 2}
"""Connections of a process outside of its pool: the outbox's, and in orders that of the holds."""
KEPT_BACK = 20
"""Connections that are not ours: the server's own, its replicas', its operator's, those of people and of migrations."""


def connections_fit(rendered: Rendered) -> Said:
    """The database has a connection for all that services may ask for at their most, in the middle of a roll-out."""
    needed = sum(_most(rendered, pod) * _each(rendered, pod) for pod in rendered.pods if _has_database(pod))
    for cluster in rendered.of("Cluster"):
        offered = int(cluster["spec"]["postgresql"]["parameters"]["max_connections"])
        if needed > offered - KEPT_BACK:
            yield where(cluster), f"services may ask for {needed} connections, and {offered} less {KEPT_BACK} are there"


def _has_database(pod: Pod) -> bool:
    return pod.is_service and "DATABASE_URL" in _variables(pod)


def _most(rendered: Rendered, pod: Pod) -> int:
    """How many pods there are at once at most: what a scaler allows, and who replaces them."""
    scalers = (each for each in rendered.of("HorizontalPodAutoscaler") if _scales(each, pod))
    most = max((int(scaler["spec"]["maxReplicas"]) for scaler in scalers), default=pod.replicas)
    return most + int(pod.owner["spec"]["strategy"]["rollingUpdate"]["maxSurge"])


def _scales(scaler: Document, pod: Pod) -> bool:
    target = scaler["spec"]["scaleTargetRef"]
    return (target["kind"], target["name"]) == (pod.owner["kind"], name(pod.owner))


def _each(rendered: Rendered, pod: Pod) -> int:
    own = _variables(pod).get("POOL_MAX") or rendered.settings.get("POOL_MAX") or POOL_MAX
    return int(own) + BESIDE_THE_POOL.get(pod.name, 1)


def _variables(pod: Pod) -> dict[str, str | None]:
    return {each["name"]: each.get("value") for container in pod.running for each in container.get("env", ())}
