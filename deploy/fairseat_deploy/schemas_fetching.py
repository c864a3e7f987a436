"""Fetching the published schemas at their pinned versions, where they are not there yet."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import yaml

from fairseat_deploy.schemas_published import PUBLISHED, Published

COMMITS = "https://api.github.com"
FILES = "https://raw.githubusercontent.com"
WAIT_S = 30.0


class FetchError(Exception):
    """A schema could not be fetched, or is not what it was; the message says which."""


def fetch(
    folder: Path,
    commits: str = COMMITS,
    files: str = FILES,
    published: Sequence[Published] = PUBLISHED,
    token: str = "",
) -> list[Path]:
    """Fetch every schema into `folder`; the files, in order. Raises FetchError; what was fetched before stays.

    Who shares an address with many, as workflows do, asks for commits with a token; others need none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with httpx.Client(timeout=WAIT_S, follow_redirects=True) as client:
        full: dict[tuple[str, str], str] = {}
        login = {"Authorization": f"Bearer {token}"} if token else {}
        return [
            path
            for each in published
            for path in _keep(folder, each, _text(client, (commits, files), each, full, login))
        ]


def _text(
    client: httpx.Client,
    origins: tuple[str, str],
    published: Published,
    full: dict[tuple[str, str], str],
    login: dict[str, str],
) -> str:
    commits, files = origins
    pin = (published.repository, published.commit)
    if pin not in full:
        # Files are only found under the whole name of a commit.
        address = f"{commits}/repos/{published.repository}/commits/{published.commit}"
        full[pin] = _get(client, address, {"Accept": "application/vnd.github.sha", **login}).strip()
    return _get(client, f"{files}/{published.repository}/{full[pin]}/{published.path}", {})


def _get(client: httpx.Client, address: str, headers: dict[str, str]) -> str:
    try:
        return client.get(address, headers=headers).raise_for_status().text
    except httpx.HTTPError as problem:
        raise FetchError(f"{address}: {problem}") from problem


def _keep(folder: Path, published: Published, text: str) -> Iterator[Path]:
    known = dict(_resources(text)) if published.path.endswith(".yaml") else {published.files[0]: text}
    for name in published.files:
        if name not in known:
            raise FetchError(f"{published.repository}: {published.path} has no schema for {name}")
        path = folder / name
        path.write_text(known[name])
        yield path


def _resources(text: str) -> Iterator[tuple[str, str]]:
    """The schema of each version of the custom resources in a file, by the name that it is kept under."""
    for document in yaml.safe_load_all(text):
        spec: dict[str, Any] = (document or {}).get("spec", {})
        for version in spec.get("versions", ()):
            kind = spec["names"]["singular"]
            yield f"{spec['group']}_{kind}_{version['name']}.json", json.dumps(version["schema"]["openAPIV3Schema"])
