"""Rules about which connections network policies let through, and which not: both sides of each have to agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from fairseat_deploy.rules.found import Document, Pod, Rendered, Said, name, selects, where
from fairseat_deploy.rules.network import ADDRESS, EDGE, POSTGRES_PORT
from fairseat_local.routes import SERVICES

COMPONENT = "app.kubernetes.io/component"
DATA = ("bus", "database")
"""Components that hold what must not be lost."""
CLIENTS = ("service", "tools", *DATA, "monitoring")
"""Components that may reach those."""
ASKS_ALL = ("JWKS_URL", "NATS_URL", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""Settings with an address that every service connects to; the other ones are those of a few."""
ASKS_SOME = {"DATABASE_HOST": "DATABASE_URL", "STRIPE_API_URL": "STRIPE_SECRET_KEY"}
"""Settings with an address that only services connect to that are given this variable."""
ASK_SERVICES = ("web", "tools")
"""Who asks every service with an address in the settings (AUTH_URL ...)."""
DOOR, UPSTREAMS = "staging-access", "OAUTH2_PROXY_UPSTREAMS"
OUTSIDE = ("payments", "notifications")
"""The services that ask somebody outside of the cluster: providers, and the webhooks that people registered."""
INTERFACE = (443, 6443, 16443)
"""Where the cluster's own interface listens: its service, most servers, DigitalOcean's with several control planes."""
SECRETLY = (("notifications", "mail", 2525), ("provider", "payments", 8000))
"""Connections whose address is in a secret, or in an argument."""


@dataclass(frozen=True)
class End:
    """One end of a connection: pods of ours, pods that an operator makes, or the edge in its own namespace."""

    name: str
    labels: Mapping[str, str]
    ports: Mapping[str, int] = field(default_factory=dict)
    space: Mapping[str, str] = field(default_factory=dict)
    """Labels of its namespace; empty for ours."""


THE_EDGE = End("the edge", {}, space=dict([EDGE]))
SOMEWHERE = End("an address that is no pod's", {})


def needed_connections_are_open(rendered: Rendered) -> Said:
    """Whoever is told an address can reach it, and whatever the edge or Prometheus leads to lets them in."""
    for one, other, port in _needed(rendered):
        if not _passes(rendered, "Egress", one, other, port):
            yield f"pods of {one.name}", f"are not let out to {other.name}, port {port}"
        if not _passes(rendered, "Ingress", other, one, port):
            yield f"pods of {other.name}", f"do not let in {one.name} at port {port}"


def data_is_reached_by_few(rendered: Rendered) -> Said:
    """Databases and broker are reached by what works with them, and the database by nobody who was given none."""
    ends = [THE_EDGE, *_ends(rendered)]
    for one, other in product(ends, ends):
        kind = other.labels.get(COMPONENT)
        if kind not in DATA or (one.labels.get(COMPONENT) in CLIENTS and not _has_no_database(rendered, one, kind)):
            continue
        for port in sorted(set(other.ports.values())):
            if _passes(rendered, "Egress", one, other, port) and _passes(rendered, "Ingress", other, one, port):
                yield f"pods of {other.name}", f"let in {one.name} at port {port}, who has no business there"


def services_are_reached_by_need(rendered: Rendered) -> Said:
    """A service is reached by those who are told its address, by what leads to it, and by hand; by nobody else."""
    needed = {(one.name, other.name, port) for one, other, port in _needed(rendered)}
    ends = [THE_EDGE, *(end for end in _ends(rendered) if end.labels.get(COMPONENT) != "tools")]
    for one, other in product(ends, ends):
        if one is not other and other.labels.get(COMPONENT) == "service":
            for port in sorted(other.ports.values()):
                is_open = _passes(rendered, "Egress", one, other, port) and _passes(
                    rendered, "Ingress", other, one, port
                )
                if is_open and (one.name, other.name, port) not in needed:
                    yield f"pods of {other.name}", f"let in {one.name} at port {port}, who has no business there"


def few_reach_the_world(rendered: Rendered) -> Said:
    """Only services that ask somebody outside of the cluster are let out of it."""
    for pod in rendered.pods:
        own = (
            each["spec"] for each in rendered.of("NetworkPolicy") if selects(each["spec"]["podSelector"], pod.labels)
        )
        entries = [entry for spec in own if "Egress" in spec["policyTypes"] for entry in _entries(spec, "Egress")]
        is_out = any(not entry.get("to") or any("ipBlock" in peer for peer in entry["to"]) for entry in entries)
        if pod.is_service and is_out != (pod.name in OUTSIDE):
            yield f"pods of {pod.name}", "are let out of the cluster" if is_out else "are not let out of the cluster"


def the_clusters_interface_is_reached(rendered: Rendered) -> Said:
    """Who works with the cluster's own interface reaches it wherever it listens: policies look behind its name."""
    own = [_end(pod) for pod in rendered.pods if pod.spec.get("automountServiceAccountToken")]
    for one in (*own, *(_made(cluster) for cluster in rendered.of("Cluster"))):
        missing = [port for port in INTERFACE if not _passes(rendered, "Egress", one, SOMEWHERE, port)]
        if missing:
            yield f"pods of {one.name}", f"do not reach the cluster's interface at {', '.join(map(str, missing))}"


def challenges_need_no_port_of_a_node(rendered: Rendered) -> Said:
    """Where no port of nodes may be opened, nobody tries to: the default of whoever answers for certificates."""
    limited = any(quota["spec"]["hard"].get("services.nodeports") == "0" for quota in rendered.of("ResourceQuota"))
    for issuer in rendered.of("Issuer", "ClusterIssuer") if limited else ():
        for solver in issuer["spec"].get("acme", {}).get("solvers", ()):
            ways = solver.get("http01", {}).values()
            if any(way.get("serviceType") != "ClusterIP" for way in ways):
                yield where(issuer), "answers challenges at a port of every node, which the quota refuses"


def _needed(rendered: Rendered) -> Iterator[tuple[End, End, int]]:
    for pod in rendered.pods:
        for host, _, port in set(ADDRESS.findall(" ".join(_addresses(rendered, pod)))):
            yield from ((_end(pod), other, number) for other, number in _behind(rendered, host, port))
    for host, port in set(_routed(rendered)):
        yield from ((THE_EDGE, other, number) for other, number in _behind(rendered, host, port))
    pods = {pod.name: pod for pod in rendered.pods}
    for one, other, port in _scraped(rendered, pods):
        yield _end(one), _end(other), port
    for client, server, port in SECRETLY:
        if {client, server} <= pods.keys():
            yield _end(pods[client]), _end(pods[server]), port


def _addresses(rendered: Rendered, pod: Pod) -> Iterator[str]:
    """What a pod connects to, of all that it is told."""
    given = {each["name"] for container in pod.running for each in container.get("env", ())}
    if pod.is_service:
        asked = {*ASKS_ALL, *(setting for setting, mark in ASKS_SOME.items() if mark in given)}
        yield from (rendered.settings.get(key, "") for key in asked)
    if pod.name in ASK_SERVICES:
        yield from (rendered.settings.get(f"{service.upper()}_URL", "") for service in SERVICES)
    if pod.name == DOOR:
        yield from (each["data"].get(UPSTREAMS, "") for each in rendered.of("ConfigMap") if "data" in each)


def _scraped(rendered: Rendered, pods: Mapping[str, Pod]) -> Iterator[tuple[Pod, Pod, int]]:
    scraper = pods.get("prometheus")
    for pod in rendered.pods if scraper else ():
        said = pod.template["metadata"].get("annotations", {}).get("prometheus.io/port")
        if scraper and said and pod is not scraper:
            yield scraper, pod, int(said)


def _routed(rendered: Rendered) -> Iterator[tuple[str, str]]:
    """Services that Gateway and Ingress lead to; the port of an Ingress has a name."""
    for route in rendered.of("HTTPRoute"):
        for rule in route["spec"]["rules"]:
            yield from ((ref["name"], str(ref["port"])) for ref in rule.get("backendRefs", ()))
    for ingress in rendered.of("Ingress"):
        for rule in ingress["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                service = path["backend"]["service"]
                yield service["name"], str(service["port"].get("number", service["port"].get("name")))


def _behind(rendered: Rendered, host: str, port: str) -> Iterator[tuple[End, int]]:
    """The pods behind a service, and which of their ports one of the service's leads to."""
    for cluster in rendered.of("Cluster"):
        if host == f"{name(cluster)}-rw":
            yield _made(cluster), POSTGRES_PORT
    service = rendered.named("Service", host)
    for pod in rendered.pods if service else ():
        if service and selects({"matchLabels": service["spec"]["selector"]}, pod.labels):
            for each in service["spec"]["ports"]:
                if port in (str(each["port"]), each.get("name")):
                    target = each.get("targetPort", each["port"])
                    yield _end(pod), pod.ports().get(str(target), target)


def _ends(rendered: Rendered) -> list[End]:
    return [_end(pod) for pod in rendered.pods] + [_made(cluster) for cluster in rendered.of("Cluster")]


def _end(pod: Pod) -> End:
    return End(pod.name, pod.labels, pod.ports())


def _made(cluster: Document) -> End:
    """The pods that the operator makes of a database cluster."""
    labels = {**cluster["spec"].get("inheritedMetadata", {}).get("labels", {}), "cnpg.io/cluster": name(cluster)}
    return End(name(cluster), labels, {"postgresql": POSTGRES_PORT})


def _has_no_database(rendered: Rendered, one: End, kind: str) -> bool:
    """Whether it is a service without a database, looked at from one."""
    own = next((pod for pod in rendered.pods if pod.name == one.name and pod.is_service), None)
    given = {each["name"] for container in own.running for each in container.get("env", ())} if own else set()
    return kind == "database" and own is not None and "DATABASE_URL" not in given


def _passes(rendered: Rendered, direction: str, one: End, other: End, port: int) -> bool:
    """Whether policies let `one` take (Ingress) or make (Egress) this connection with `other`."""
    if one.space:
        return True
    own = [
        policy["spec"]
        for policy in rendered.of("NetworkPolicy")
        if direction in policy["spec"]["policyTypes"] and selects(policy["spec"]["podSelector"], one.labels)
    ]
    target = one if direction == "Ingress" else other
    return not own or any(
        _lets(entry, direction, other, target, port) for spec in own for entry in _entries(spec, direction)
    )


def _entries(spec: Document, direction: str) -> list[Document]:
    return spec.get(direction.lower()) or []


def _lets(entry: Document, direction: str, other: End, target: End, port: int) -> bool:
    peers = entry.get("from" if direction == "Ingress" else "to")
    ports = [each["port"] for each in entry.get("ports", ()) if "port" in each]
    is_port = not ports or port in ports or any(target.ports.get(str(each)) == port for each in ports)
    return is_port and (not peers or any(_is(peer, other) for peer in peers))


def _is(peer: Document, other: End) -> bool:
    if "ipBlock" in peer:
        return False  # none of ours has a public address
    space = peer.get("namespaceSelector")
    if space is None and other.space:
        return False
    return (space is None or (bool(other.space) and selects(space, other.space))) and selects(
        peer.get("podSelector", {}), other.labels
    )
