"""Where things are, and which services there are: the names that images, manifests and workflows share."""

from __future__ import annotations

from pathlib import Path

from fairseat_local.routes import SERVICES

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
TOOLS = "tools"
"""The image with the `fairseat` command, for work by hand inside a cluster and for the stand-ins of local overlays."""
IMAGES = (*SERVICES, TOOLS)
OVERLAYS = ("local", "dev", "staging", "production")
NAMESPACE = "fairseat"
PORT = 8000
"""What the gateway and other services ask, in every service."""
PRIVATE_PORT = 9000
"""Probes and metrics, which no route leads to."""


def image_name(image: str) -> str:
    """The name of an image without registry and tag, e.g. `fairseat-orders`."""
    return f"fairseat-{image}"
