"""Rules about who reaches whom: services, network policies, and the addresses in settings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from fairseat_deploy.rules.found import Document, Pod, Rendered, Said, name, selects, where
from fairseat_deploy.tree import NAMESPACE, PRIVATE_PORT

ADDRESS = re.compile(r"([a-z0-9-]+)\.([a-z0-9-]+)\.svc\.cluster\.local(?::(\d+))?")
FOREIGN_NAMESPACES = frozenset({"kube-system", "cnpg-system", "cert-manager"})
"""Whose names network policies may mention: the cluster's own and its operators'."""
EDGE = ("fairseat-edge", "true")
"""The label of the namespace that the edge runs in, which whoever installs it gives it."""
POSTGRES_PORT = 5432
SOLVER = {"acme.cert-manager.io/http01-solver": "true"}
"""The label of pods that answer for a certificate, which cert-manager makes when one is due."""


def services_lead_somewhere(rendered: Rendered) -> Said:
    """A service selects pods of one workload, and its ports are theirs."""
    for service in rendered.of("Service"):
        spec = service["spec"]
        selected = [pod for pod in rendered.pods if selects({"matchLabels": spec.get("selector", {})}, pod.labels)]
        if len(selected) != 1:
            yield where(service), f"selects the pods of {len(selected)} workloads"
            continue
        ports = selected[0].ports()
        for port in spec["ports"]:
            target = port.get("targetPort", port["port"])
            if target not in ports and target not in ports.values():
                yield where(service), f"leads to port {target}, which no container has"
        for pod in selected:
            if spec.get("type", "ClusterIP") != "ClusterIP":
                yield where(service), f"shows {pod.where} to the outside"


def pods_have_a_policy(rendered: Rendered) -> Said:
    """Nobody talks to anybody unless a policy says so, and every workload has a policy that lets in who may ask."""
    policies = rendered.of("NetworkPolicy")
    if not any(_denies_all(policy) for policy in policies):
        yield "NetworkPolicy", "nothing is forbidden to all pods first"
    for pod in rendered.pods:
        own = [policy for policy in policies if _is_for(policy, pod)]
        if not own:
            yield pod.where, "is in no network policy of its own"
        missed = sorted(_asked(rendered, pod) - {port for policy in own for port in _let_in(policy, pod)})
        if missed:
            yield pod.where, f"nobody is let in at port {', '.join(map(str, missed))}, where a service leads"


def _denies_all(policy: Document) -> bool:
    spec = policy["spec"]
    is_whole = not spec.get("podSelector") and set(spec.get("policyTypes", ())) == {"Ingress", "Egress"}
    return is_whole and not spec.get("ingress") and not spec.get("egress")


def _is_for(policy: Document, pod: Pod) -> bool:
    selector = policy["spec"].get("podSelector", {})
    return bool(selector) and selects(selector, pod.labels)


def _asked(rendered: Rendered, pod: Pod) -> set[int]:
    """The ports of a pod that services lead to."""
    ports = pod.ports()
    found: set[int] = set()
    for service in rendered.of("Service"):
        if selects({"matchLabels": service["spec"].get("selector", {})}, pod.labels):
            targets = [port.get("targetPort", port["port"]) for port in service["spec"]["ports"]]
            found |= {ports.get(str(target), target) for target in targets}
    # Nodes ask the private port, and nobody has to let them in.
    return {port for port in found if isinstance(port, int)} - {PRIVATE_PORT}


def _let_in(policy: Document, pod: Pod) -> Iterator[int]:
    ports = pod.ports()
    for entry in policy["spec"].get("ingress", ()):
        for port in entry.get("ports", ()):
            number = ports.get(str(port["port"]), port["port"])
            if isinstance(number, int):
                yield number
        if "ports" not in entry:
            yield from ports.values()


def policies_name_what_is_there(rendered: Rendered) -> Said:
    """Whom a policy is for and whom it lets in or out are pods that there are, at ports that they have."""
    for policy in rendered.of("NetworkPolicy"):
        spec = policy["spec"]
        targets = list(_pods(rendered, spec.get("podSelector", {})))
        if not targets:
            yield where(policy), "is for no pods"
        for entry in spec.get("ingress", ()):
            yield from _peers(rendered, policy, entry.get("from", ()))
            yield from _ports(policy, entry, targets)
        for entry in spec.get("egress", ()):
            yield from _peers(rendered, policy, entry.get("to", ()))
            inside = [peer for peer in entry.get("to", ()) if set(peer) == {"podSelector"}]
            if inside and len(inside) == len(entry["to"]):
                reached = [labels for peer in inside for labels in _pods(rendered, peer["podSelector"])]
                yield from _ports(policy, entry, reached)


def _peers(rendered: Rendered, policy: Document, peers: list[Document]) -> Said:
    for peer in peers:
        space = peer.get("namespaceSelector")
        if space is not None:
            labels = space.get("matchLabels", {})
            if labels.get("kubernetes.io/metadata.name") not in FOREIGN_NAMESPACES and labels != dict([EDGE]):
                yield where(policy), f"names a namespace that nobody makes: {json.dumps(space)}"
        elif "podSelector" in peer and not list(_pods(rendered, peer["podSelector"])):
            yield where(policy), f"names pods that are not there: {json.dumps(peer['podSelector'])}"


def _ports(policy: Document, entry: Document, pods: list[Pod | None]) -> Said:
    """Ports of pods that an operator makes (None) are not known."""
    if None in pods:
        return
    known = {port for pod in pods if pod for pair in pod.ports().items() for port in pair}
    for port in entry.get("ports", ()):
        if port["port"] not in known:
            yield where(policy), f"names port {port['port']}, which none of these pods has"


def _pods(rendered: Rendered, selector: Document) -> Iterator[Pod | None]:
    """The pods that a selector selects; None for those that an operator makes of a custom resource."""
    yield from (pod for pod in rendered.pods if selects(selector, pod.labels))
    for document in rendered.of("Cluster", "Pooler"):
        inherited = document["spec"].get("inheritedMetadata", {}).get("labels", {})
        owner = "cnpg.io/cluster" if document["kind"] == "Cluster" else "cnpg.io/poolerName"
        if selects(selector, {owner: name(document), **inherited}):
            yield None
    if any("acme" in issuer["spec"] for issuer in rendered.of("Issuer", "ClusterIssuer")) and selects(selector, SOLVER):
        yield None


def addresses_lead_somewhere(rendered: Rendered) -> Said:
    """Every address inside of the cluster, in settings, files and containers, is a service with that port."""
    known = dict(_services(rendered))
    for document in rendered.of("ConfigMap", "Deployment", "StatefulSet", "Job", "CronJob"):
        for found in sorted(set(ADDRESS.findall(json.dumps(document)))):
            service, space, port = found
            if space != NAMESPACE and space in FOREIGN_NAMESPACES:
                continue
            if space != NAMESPACE or service not in known:
                yield where(document), f"names {service}.{space}, which is no service"
            elif port and int(port) not in known[service]:
                yield where(document), f"names port {port} of {service}, which it does not have"


def _services(rendered: Rendered) -> Iterator[tuple[str, set[int]]]:
    """Services by name with their ports, those that operators make among them."""
    for service in rendered.of("Service"):
        yield name(service), {port["port"] for port in service["spec"]["ports"]}
    for cluster in rendered.of("Cluster"):
        for role in ("rw", "ro", "r"):
            yield f"{name(cluster)}-{role}", {POSTGRES_PORT}
    for pooler in rendered.of("Pooler"):
        yield name(pooler), {POSTGRES_PORT}


def all_is_in_our_namespace(rendered: Rendered) -> Said:
    """Everything that has a namespace is in ours, which is there."""
    if rendered.named("Namespace", NAMESPACE) is None:
        yield f"Namespace/{NAMESPACE}", "is not there"
    whole = ("Namespace", "PriorityClass", "ClusterRole", "ClusterRoleBinding", "ClusterIssuer", "GatewayClass")
    for document in rendered.documents:
        if document["kind"] not in whole and document["metadata"].get("namespace") != NAMESPACE:
            yield where(document), f"is in namespace {document['metadata'].get('namespace')!r}"
        for subject in document.get("subjects", ()) if document["kind"] == "ClusterRoleBinding" else ():
            if subject.get("namespace") != NAMESPACE:
                yield where(document), f"binds {subject['name']} of namespace {subject.get('namespace')!r}"
