"""`make images`: build every image, say how big each is, and push them where they are asked for."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fairseat_deploy.builders import Builder, BuilderError
from fairseat_deploy.locks import image_folder
from fairseat_deploy.releases import Release, commit_of, tag_of_build, tree_of
from fairseat_deploy.tree import IMAGES, ROOT, image_name

_BASE = re.compile(r"^ARG BASE=(\S+)$", re.MULTILINE)
COMMIT_SHOWN = 12
CHANGED = "-changed"


@dataclass(frozen=True)
class Built:
    """One image that was built."""

    image: str
    """Its short name, e.g. `orders`."""
    tag: str
    """What the builder knows it by."""
    size_bytes: int
    """All layers as they lie on the disk, with those of the base."""
    digest: str = ""
    """What the registry knows it by; empty where it was not pushed."""


@dataclass(frozen=True)
class Source:
    """What images are built from, and what they say about it."""

    commit: str
    tree: str
    made_at_s: int
    """When the commit was made, which is what images say of themselves."""
    version: str
    url: str = ""

    @classmethod
    def here(cls, version: str = "", url: str = "") -> Source:
        """The commit that is checked out. Files that were changed since show in its name. Raises ReleaseError."""
        changed = CHANGED if _git("status", "--porcelain", "--untracked-files=no") else ""
        commit = f"{commit_of()[:COMMIT_SHOWN]}{changed}"
        return cls(commit, tree_of(), int(_git("log", "-1", "--format=%ct")), version or commit, url)

    def arguments(self, base: str = "") -> dict[str, str]:
        """Build arguments; `base` replaces the image that Dockerfiles name."""
        given = {"VERSION": self.version, "REVISION": self.commit, "SOURCE": self.url, "BASE": base}
        return {name: value for name, value in given.items() if value}


def dockerfile(image: str) -> Path:
    """Where an image's Dockerfile lies."""
    return image_folder(image) / "Dockerfile"


def base_of(image: str) -> str:
    """The image that a Dockerfile builds on, with its digest."""
    found = _BASE.search(dockerfile(image).read_text())
    assert found, f"{dockerfile(image)} names no base"
    return found[1]


def build(builder: Builder, image: str, source: Source, base: str = "", registry: str = "") -> Built:
    """Build one image, and push it where `registry` is given. Raises BuilderError."""
    tag = f"{image_name(image)}:{source.commit}"
    if registry and source.commit.endswith(CHANGED):
        raise BuilderError("Only what is committed is pushed: there are changed files.")
    builder.build(dockerfile(image), tag, source.arguments(base), source.made_at_s)
    target = f"{registry}/{image_name(image)}:{tag_of_build(source.tree)}"
    digest = builder.push(tag, target) if registry else ""
    return Built(image, tag, builder.size(tag), digest)


def release_of(built: Sequence[Built], registry: str, source: Source) -> Release | None:
    """The release that pushed images make, or None as long as some are missing."""
    digests = {each.image: each.digest for each in built if each.digest}
    return Release(registry, digests, commit_of(), source.tree) if digests.keys() == set(IMAGES) else None


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    return done.stdout.strip()
