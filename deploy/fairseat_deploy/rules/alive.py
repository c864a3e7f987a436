"""Rules about how pods start, are watched, are replaced and end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fairseat_deploy.rules.found import Document, Pod, Rendered, Said, name, selects, where
from fairseat_deploy.tree import PRIVATE_PORT

PROBES: Mapping[str, str] = {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}
"""What each probe asks one of our services."""
FOREIGN: Mapping[str, frozenset[str]] = {
    "alertmanager": frozenset({"/-/ready", "/-/healthy"}),
    "grafana": frozenset({"/api/health"}),
    "kube-state-metrics": frozenset({"/healthz", "/livez"}),
    "mail": frozenset({"/dev/mail.json"}),
    "nats": frozenset({"/healthz"}),
    "prometheus": frozenset({"/-/ready", "/-/healthy"}),
    "provider": frozenset({"/healthz"}),
    "staging-access": frozenset({"/ping", "/ready"}),
    "tempo": frozenset({"/ready"}),
}
"""The routes for probes that other programs have."""
REPAIRED_S = 8 * 3600
"""So long a mistake may stay in the code of a pod that follows it."""
MOVES_S = 30
"""What another primary takes, when that was asked for."""
LEAVING_S = 28
"""What a service takes after DRAIN_SECONDS at most: requests under way 15 s, background work 8 s, the outbox 5 s."""


def probes_ask_real_routes(rendered: Rendered) -> Said:
    """Every container that stays is probed, at a route and a port that it has."""
    for pod in rendered.pods:
        for container in pod.running:
            for fault in _probed(pod, container):
                yield pod.where, f"{container['name']}: {fault}"


def _probed(pod: Pod, container: Document) -> Iterator[str]:
    ports = pod.ports()
    if pod.is_service:
        yield from (f"no {probe}" for probe in PROBES if probe not in container)
    elif not container.keys() & PROBES.keys():
        yield "no probe at all"
    for probe in PROBES.keys() & container.keys():
        asked = container[probe].get("httpGet") or container[probe].get("tcpSocket") or {}
        if asked and asked["port"] not in ports and asked["port"] not in ports.values():
            yield f"{probe} asks port {asked['port']}, which is not there"
        if "path" in asked and not _is_route(pod, probe, asked["path"].partition("?")[0]):
            yield f"{probe} asks {asked['path']}, which is no route of it"
        if pod.is_service and asked and ports.get(asked["port"], asked["port"]) != PRIVATE_PORT:
            yield f"{probe} asks port {asked['port']}, where no probe is answered"


def _is_route(pod: Pod, probe: str, path: str) -> bool:
    return path == PROBES[probe] if pod.is_service else path in FOREIGN.get(pod.name, ())


def mistakes_may_be_repaired(rendered: Rendered) -> Said:
    """A pod that follows the code waits for what repairs it: ended meanwhile, nothing could be copied into it."""
    for pod in rendered.pods:
        for container in pod.running if pod.is_service else ():
            if _value(container, "RELOAD", rendered):
                for probe in ("startupProbe", "livenessProbe"):
                    said = container.get(probe, {})
                    if said.get("periodSeconds", 10) * said.get("failureThreshold", 3) < REPAIRED_S:
                        yield pod.where, f"is ended by its {probe} while a mistake is in the code"


def stays_while_the_database_moves(rendered: Rendered) -> Said:
    """A service is not taken out while its database has another primary in a moment: all of them would be, at once."""
    for pod in rendered.pods:
        for container in pod.running if pod.is_service else ():
            probe = container.get("readinessProbe", {})
            if probe and probe.get("periodSeconds", 10) * probe.get("failureThreshold", 3) < MOVES_S:
                yield pod.where, f"is taken out with all its like when the database is away for less than {MOVES_S} s"


def ends_in_time(rendered: Rendered) -> Said:
    """A service has the time that it needs to end without losing anything."""
    for pod in rendered.pods:
        for container in pod.running if pod.is_service else ():
            drain = float(_value(container, "DRAIN_SECONDS", rendered) or 0)
            needed = drain + LEAVING_S
            if pod.spec.get("terminationGracePeriodSeconds", 30) <= needed:
                yield pod.where, f"is killed before it ends: that takes {needed:.0f} s"
            if drain <= 0 and not rendered.is_local:
                yield pod.where, "does not drain (DRAIN_SECONDS)"


def _value(container: Document, setting: str, rendered: Rendered) -> str | None:
    own = {each["name"]: each.get("value") for each in container.get("env", ())}
    return own.get(setting) or rendered.settings.get(setting)


def disruptions_have_a_budget(rendered: Rendered) -> Said:
    """Every workload has exactly one budget for disruptions, and it lets a node be emptied."""
    budgets = rendered.of("PodDisruptionBudget")
    for pod in rendered.pods:
        if pod.owner["kind"] not in ("Deployment", "StatefulSet"):
            continue
        own = [budget for budget in budgets if selects(budget["spec"]["selector"], pod.labels)]
        if len(own) != 1:
            yield pod.where, f"has {len(own)} budgets for disruptions"
        for budget in own:
            yield from _leaves_room(budget, _least(rendered, pod))
    for budget in budgets:
        if not any(selects(budget["spec"]["selector"], pod.labels) for pod in rendered.pods):
            yield where(budget), "is for no pods"


def _leaves_room(budget: Document, replicas: int) -> Said:
    spec = budget["spec"]
    # Of a percentage Kubernetes takes the next whole pod above.
    kept, lost = spec.get("minAvailable"), spec.get("maxUnavailable")
    if kept is not None and (str(kept) == "100%" or (isinstance(kept, int) and kept >= replicas)):
        yield where(budget), f"lets none of {replicas} go (minAvailable {kept})"
    if lost is not None and str(lost) in ("0", "0%"):
        yield where(budget), f"lets none of {replicas} go (maxUnavailable {lost})"


def _least(rendered: Rendered, pod: Pod) -> int:
    scaler = _scaler(rendered, pod)
    return int(scaler["spec"].get("minReplicas", 1)) if scaler else pod.replicas


def _scaler(rendered: Rendered, pod: Pod) -> Document | None:
    scalers = rendered.of("HorizontalPodAutoscaler")
    target = (pod.owner["kind"], pod.name)
    return next((each for each in scalers if _target(each) == target), None)


def _target(scaler: Document) -> tuple[str, str]:
    target = scaler["spec"]["scaleTargetRef"]
    return target["kind"], target["name"]


def scalers_have_a_target(rendered: Rendered) -> Said:
    """An autoscaler has a workload, a range, and a container to look at."""
    pods = {(pod.owner["kind"], pod.name): pod for pod in rendered.pods}
    for scaler in rendered.of("HorizontalPodAutoscaler"):
        spec, pod = scaler["spec"], pods.get(_target(scaler))
        if pod is None:
            yield where(scaler), f"scales {'/'.join(_target(scaler))}, which is not there"
            continue
        if spec.get("minReplicas", 1) > spec["maxReplicas"]:
            yield where(scaler), "has a least number above the most"
        for metric in spec.get("metrics", ()):
            wanted = metric.get("containerResource", {}).get("container")
            if wanted and wanted not in {container["name"] for container in pod.running}:
                yield where(scaler), f"looks at container {wanted}, which is not there"


def selectors_match(rendered: Rendered) -> Said:
    """A workload selects its own pods, and those of no other."""
    for pod in rendered.pods:
        selector = pod.owner["spec"].get("selector")
        if selector is None:
            continue
        if not selects(selector, pod.labels):
            yield pod.where, "does not select its own pods"
        for other in rendered.pods:
            if other.owner is not pod.owner and selects(selector, other.labels):
                yield pod.where, f"selects the pods of {other.where} as well"


def spread_counts_real_pods(rendered: Rendered) -> Said:
    """What spreads pods over nodes and zones counts these pods."""
    for pod in rendered.pods:
        for constraint in pod.spec.get("topologySpreadConstraints", ()):
            if not selects(constraint.get("labelSelector", {"matchLabels": {"": ""}}), pod.labels):
                yield pod.where, f"is spread over {constraint['topologyKey']} by pods that are not its own"
    for pod in rendered.pods:
        more = pod.replicas > 1 and pod.is_service
        if more and not pod.spec.get("topologySpreadConstraints"):
            yield pod.where, "may have all of its pods on one node"


def names_are_unique(rendered: Rendered) -> Said:
    """No two documents are the same object."""
    seen: set[tuple[str, str, str]] = set()
    for document in rendered.documents:
        key = (document["kind"], document["metadata"].get("namespace", ""), name(document))
        if key in seen:
            yield where(document), "is there twice"
        seen.add(key)
