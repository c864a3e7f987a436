"""What is asked of DigitalOcean's API while deploying: a login into a cluster that ends by itself."""

from __future__ import annotations

from typing import Any

import httpx

API = "https://api.digitalocean.com"
CLUSTERS = "/v2/kubernetes/clusters"
REQUEST_MAX_S = 30.0


class DigitalOceanError(Exception):
    """The API does not give what is asked; the message says what it answered."""


def kubeconfig(cluster: str, token: str, valid_s: int, api: str = API) -> str:
    """A kubeconfig for the cluster of this name, good for so many seconds. Raises DigitalOceanError."""
    headers = {"Authorization": f"Bearer {token}"}
    try:
        with httpx.Client(base_url=api, headers=headers, timeout=REQUEST_MAX_S) as client:
            told: dict[str, Any] = _good(client.get(CLUSTERS, params={"per_page": 200})).json()
            ids = [each["id"] for each in told["kubernetes_clusters"] if each["name"] == cluster]
            if len(ids) != 1:
                raise DigitalOceanError(f"there are {len(ids)} clusters named {cluster!r} that this token can see")
            return _good(client.get(f"{CLUSTERS}/{ids[0]}/kubeconfig", params={"expiry_seconds": valid_s})).text
    except httpx.HTTPError as problem:
        raise DigitalOceanError(f"DigitalOcean cannot be reached: {problem}") from problem


def _good(answer: httpx.Response) -> httpx.Response:
    if answer.is_error:
        raise DigitalOceanError(f"{answer.request.url.path} was answered with {answer.status_code} {answer.text[:200]}")
    return answer
