"""An overlay as the documents that a cluster is given, with our own images pinned to what a release says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from fairseat_deploy.kubectl import Kubectl, KubectlError, locked
from fairseat_deploy.releases import DIGEST, ReleaseError
from fairseat_deploy.tree import DEPLOY, IMAGES, OVERLAYS, image_name

LOCAL = "local"
"""Its images never leave the machine that builds them, so they have a name and no digest."""
UNKNOWN = "unknown"
"""The commit of images that nobody told of."""
MADE_UP_REGISTRY = "registry.example/fairseat"
MADE_UP_DIGEST = f"sha256:{'0' * 64}"

Document = dict[str, Any]

_OWN = {image_name(image): image for image in IMAGES}
_COMMIT = re.compile(r"(- name: COMMIT\n +value: )unknown$", re.MULTILINE)
_IMAGE = re.compile(r"^(?P<before> *(?:- )?image: )(?P<name>fairseat-[a-z]+)$", re.MULTILINE)
# In C where PyYAML was built with it: an overlay has some five thousand lines.
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class RenderError(ReleaseError):
    """An overlay cannot be rendered as it was asked for; the message says why."""


def render(overlay: str, images: Path | None = None) -> str:
    """The YAML of an overlay. Raises RenderError.

    `images` is a release as JSON: `registry`, `images` (digest by image), and `commit`, if there is one, for metrics.
    Only the overlay `local` does without: everywhere else a name without a digest is whatever somebody pushed last.
    """
    text = kustomized(overlay)
    if images is not None:
        registry, digests, commit = _release(images)
        text = _COMMIT.sub(rf'\g<1>"{commit}"', pinned(text, registry, digests))
    loose = sorted({image for image in _images(parsed(text)) if image in _OWN})
    if loose and overlay != LOCAL:
        raise RenderError(f"{overlay}: no digest for {', '.join(loose)}; --images FILE says them")
    return text


@cache
def documents(overlay: str) -> tuple[Document, ...]:
    """The documents of an overlay, with digests that are made up: for checks. Nobody may change them."""
    text = kustomized(overlay)
    if overlay != LOCAL:
        text = pinned(text, MADE_UP_REGISTRY, dict.fromkeys(IMAGES, MADE_UP_DIGEST))
    return tuple(parsed(text))


@cache
def kustomized(overlay: str) -> str:
    """What Kustomize makes of an overlay. Raises RenderError."""
    folder = DEPLOY / "overlays" / overlay
    if overlay not in OVERLAYS or not folder.is_dir():
        raise RenderError(f"there is no overlay {overlay!r}; there are {', '.join(OVERLAYS)}")
    try:
        return Kubectl(namespace="", binary=locked())("kustomize", str(folder))
    except KubectlError as problem:
        raise RenderError(str(problem)) from problem


def parsed(text: str) -> list[Document]:
    """The documents of a YAML text, without empty ones."""
    return [document for document in yaml.load_all(text, Loader=_Loader) if document]


def pinned(text: str, registry: str, digests: Mapping[str, str]) -> str:
    """A rendering whose own images have their registry and, where there is one, their digest."""

    def pin(found: re.Match[str]) -> str:
        digest = digests.get(_OWN.get(found["name"], ""))
        return f"{found['before']}{registry}/{found['name']}@{digest}" if digest else found[0]

    return _IMAGE.sub(pin, text)


def _release(file: Path) -> tuple[str, Mapping[str, str], str]:
    try:
        told: dict[str, Any] = json.loads(file.read_text())
        registry, digests = str(told["registry"]), dict(told["images"])
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise RenderError(f"{file} says no images: {problem}") from problem
    if not registry:
        raise RenderError(f"{file} names no registry")
    wrong = sorted(name for name, digest in digests.items() if not DIGEST.fullmatch(str(digest)))
    if wrong:
        raise RenderError(f"{file}: no digest, but something else, for {', '.join(wrong)}")
    commit = str(told.get("commit") or UNKNOWN)
    if not re.fullmatch(r"[0-9a-z-]+", commit):
        raise RenderError(f"{file}: {commit!r} is no commit")
    return registry, digests, commit


def _images(node: Any) -> Iterator[str]:
    """Every `image` of a container, wherever it is in documents."""
    if isinstance(node, list):
        for item in node:
            yield from _images(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "image" and isinstance(value, str):
                yield value
            else:
                yield from _images(value)
