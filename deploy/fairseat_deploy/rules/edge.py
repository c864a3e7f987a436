"""Rules about the public routes: by the Gateway API, by an Ingress, and behind the door of staging."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from fairseat_deploy.routes_table import SECTION, STAND_INS
from fairseat_deploy.rules.found import Document, Rendered, Said, name, where
from fairseat_local.routes import DEFAULT, PREFIXES, PRIVATE, SERVICES

DOOR = "staging-access"
"""In staging all routes lead to it, and it has the table of routes instead."""
UPSTREAMS = "OAUTH2_PROXY_UPSTREAMS"
WITH_STAND_INS = ("local", "dev")


class Route(NamedTuple):
    """One path that leads somewhere."""

    where: str
    path: str
    service: str
    port: int | str


def routes_are_the_table(rendered: Rendered) -> Said:
    """The edge has exactly the routes that `fairseat up` has, and stand-ins only where nobody is a stranger."""
    stand_ins = rendered.overlay in WITH_STAND_INS
    served_here = (*SERVICES, *STAND_INS) if stand_ins else SERVICES
    wanted = {path: service for path, service in PREFIXES.items() if service in served_here} | {"/": DEFAULT}
    tables = [_table(list(kind)) for kind in (_of_gateway(rendered), _of_ingress(rendered))]
    edges = [table for table in tables if table]
    if not edges:
        yield f"overlay {rendered.overlay}", "has no edge"
    for table in edges:
        served = _behind_the_door(rendered) if set(table.values()) == {DOOR} else table
        for path in sorted(wanted.keys() | served.keys()):
            if wanted.get(path) != served.get(path):
                yield "routes", f"{path} leads to {served.get(path, 'nobody')}, not to {wanted.get(path, 'nobody')}"


def routes_do_not_overlap(rendered: Rendered) -> Said:
    """No path is routed twice, and none lies below another but `/`."""
    for routes in (list(_of_gateway(rendered)), list(_of_ingress(rendered))):
        for index, route in enumerate(routes):
            for other in routes[index + 1 :]:
                if route.path == other.path:
                    yield route.where, f"{route.path} is routed twice"
                elif "/" not in (route.path, other.path) and (_below(route, other) or _below(other, route)):
                    yield route.where, f"{route.path} overlaps {other.path}"


def private_paths_lead_nowhere(rendered: Rendered) -> Said:
    """What is each service's own (metrics, probes) has no route."""
    for route in (*_of_gateway(rendered), *_of_ingress(rendered)):
        if any(route.path == private or route.path.startswith(f"{private}/") for private in PRIVATE):
            yield route.where, f"{route.path} is private"


def routes_lead_to_services(rendered: Rendered) -> Said:
    """Every route leads to a service that is there, by a port that it has, and a Gateway listens for it."""
    for route in (*_of_gateway(rendered), *_of_ingress(rendered)):
        service = rendered.named("Service", route.service)
        if service is None:
            yield route.where, f"{route.path} leads to service {route.service}, which is not there"
            continue
        ports = {key for port in service["spec"]["ports"] for key in (port["port"], port.get("name"))}
        if route.port not in ports:
            yield route.where, f"{route.path} leads to port {route.port} of {route.service}, which it does not have"
    for document in rendered.of("HTTPRoute"):
        for parent in document["spec"]["parentRefs"]:
            gateway = rendered.named("Gateway", parent["name"])
            sections = {listener["name"] for listener in gateway["spec"]["listeners"]} if gateway else set()
            if parent.get("sectionName") not in sections:
                yield where(document), f"belongs to {parent['name']} {parent.get('sectionName')}, which is not there"


def the_edge_is_the_public_url(rendered: Rendered) -> Said:
    """The edge answers for the host of PUBLIC_URL, and with HTTPS."""
    host = urlsplit(rendered.settings.get("PUBLIC_URL", "")).hostname
    for gateway in rendered.of("Gateway"):
        for listener in gateway["spec"]["listeners"]:
            if listener.get("hostname") != host:
                yield where(gateway), f"{listener['name']} answers for {listener.get('hostname')}, not for {host}"
            if listener["name"] == SECTION and not listener.get("tls", {}).get("certificateRefs"):
                yield where(gateway), f"{listener['name']} has no certificate"
    for ingress in rendered.of("Ingress"):
        secured = {each for tls in ingress["spec"].get("tls", ()) for each in tls.get("hosts", ())}
        for rule in ingress["spec"]["rules"]:
            if rule.get("host") != host:
                yield where(ingress), f"answers for {rule.get('host')}, not for {host}"
            if rule.get("host") not in secured:
                yield where(ingress), f"has no certificate for {rule.get('host')}"


def _table(routes: list[Route]) -> dict[str, str]:
    return {route.path: route.service for route in routes}


def _below(route: Route, other: Route) -> bool:
    return other.path.startswith(f"{route.path}/")


def _of_gateway(rendered: Rendered) -> Iterator[Route]:
    for document in rendered.of("HTTPRoute"):
        for rule in document["spec"]["rules"]:
            for backend in rule.get("backendRefs", ()):
                for match in rule.get("matches", ()):
                    yield Route(where(document), match["path"]["value"], backend["name"], backend["port"])


def _of_ingress(rendered: Rendered) -> Iterator[Route]:
    for document in rendered.of("Ingress"):
        for rule in document["spec"]["rules"]:
            for each in rule["http"]["paths"]:
                service: Document = each["backend"]["service"]
                port = service["port"].get("name", service["port"].get("number"))
                yield Route(where(document), each["path"], service["name"], port)


def _behind_the_door(rendered: Rendered) -> dict[str, str]:
    """Service by path, as the door of staging has it: a path and all below it are two addresses there."""
    found = [document["data"] for document in rendered.of("ConfigMap") if name(document).startswith(DOOR)]
    addresses = [urlsplit(address) for data in found for address in data.get(UPSTREAMS, "").split(",")]
    pairs = {(address.path, str(address.hostname).partition(".")[0]) for address in addresses}
    whole = {path: service for path, service in pairs if path == "/" or (f"{path}/", service) in pairs}
    halves = {path: service for path, service in pairs if path.rstrip("/") not in whole and path not in whole}
    return whole | halves
