"""The public routes as Kubernetes knows them, written from the table that `fairseat up` follows as well.

The same routes twice: as an HTTPRoute of the Gateway API, and as an Ingress. Hosts and certificates are the overlays'.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from fairseat_deploy.tree import DEPLOY, PORT
from fairseat_local.routes import DEFAULT, MAIL, PREFIXES, PROVIDER, SERVICES

STAND_INS = (MAIL, PROVIDER)
"""They answer for the providers of mails and payments where there are none: never in staging or production."""
ROUTE = "fairseat"
ROUTE_OF_STAND_INS = "fairseat-dev"
GATEWAY = "fairseat"
SECTION = "https"
ANSWER_MAX = "60s"
"""How long an answer may take. Gateways have a limit of their own otherwise, of 15 s with Envoy."""
ENDLESS = "0s"
"""No limit: pages of the web stay open to hear what changes."""
BODY_MAX = "16m"
"""Of what is sent, before a service looks at it; each has a smaller limit of its own."""
READ_MAX_S = 60
"""Between two pieces of an answer; pages that listen hear something every 15 s."""
HEAD = "# Written by `fairseat-deploy routes write` from fairseat_local/routes.py.\n"

Document = dict[str, Any]


def prefixes(*, stand_ins: bool) -> dict[str, list[str]]:
    """Path prefixes by service: of the marketplace, with everything else at the web's end, or of the stand-ins alone.

    What only one machine has is in neither.
    """
    found: dict[str, list[str]] = {}
    for prefix, service in PREFIXES.items():
        if service in (STAND_INS if stand_ins else SERVICES):
            found.setdefault(service, []).append(prefix)
    if not stand_ins:
        found[DEFAULT] = ["/"]
    return found


def files() -> dict[Path, str]:
    """Every file that is written from the table, with its text."""
    market, stand_ins = prefixes(stand_ins=False), prefixes(stand_ins=True)
    components = DEPLOY / "components"
    return {
        components / "gateway" / "routes.yaml": _text(http_route(ROUTE, market)),
        components / "ingress" / "routes.yaml": _text(ingress(ROUTE, market)),
        components / "stand-ins-gateway" / "routes.yaml": _text(http_route(ROUTE_OF_STAND_INS, stand_ins)),
        components / "stand-ins-ingress" / "routes.yaml": _text(ingress(ROUTE_OF_STAND_INS, stand_ins)),
    }


def stale() -> list[Path]:
    """Files that differ from what would be written."""
    return [path for path, text in files().items() if not path.is_file() or path.read_text() != text]


def write() -> list[Path]:
    """Write what differs; answers which files."""
    changed = stale()
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files()[path])
    return changed


def http_route(name: str, table: Mapping[str, list[str]]) -> Document:
    """An HTTPRoute with a rule for each service; Gateways choose the longest prefix that matches."""
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": _metadata(name),
        "spec": {
            "parentRefs": [{"name": GATEWAY, "sectionName": SECTION}],
            "rules": [_rule(service, paths) for service, paths in table.items()],
        },
    }


def _rule(service: str, paths: list[str]) -> Document:
    return {
        "matches": [{"path": {"type": "PathPrefix", "value": path}} for path in paths],
        "backendRefs": [{"name": service, "port": PORT}],
        "timeouts": {"request": ENDLESS if service == DEFAULT else ANSWER_MAX},
    }


def ingress(name: str, table: Mapping[str, list[str]]) -> Document:
    """An Ingress with the same prefixes."""
    annotations = {
        "nginx.ingress.kubernetes.io/proxy-body-size": BODY_MAX,
        "nginx.ingress.kubernetes.io/proxy-read-timeout": str(READ_MAX_S),
    }
    paths = [_path(service, path) for service, found in table.items() for path in found]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {**_metadata(name), "annotations": annotations},
        "spec": {"ingressClassName": "nginx", "rules": [{"http": {"paths": paths}}]},
    }


def _path(service: str, path: str) -> Document:
    backend = {"service": {"name": service, "port": {"name": "http"}}}
    return {"path": path, "pathType": "Prefix", "backend": backend}


def _metadata(name: str) -> Document:
    labels = {
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/part-of": "fairseat",
        "app.kubernetes.io/component": "edge",
    }
    return {"name": name, "labels": labels}


def _text(document: Document) -> str:
    return HEAD + yaml.safe_dump(document, sort_keys=False)
