"""What a cluster runs: images by digest, and of which tree of the repository they are.

A release is a JSON file: `{"registry": ..., "images": {"orders": "sha256:..."}, "commit": ..., "tree": ...}`. The tree
is git's name for the content of all files: staging and production have the same one, whatever their commits are called.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fairseat_deploy.tree import IMAGES, ROOT

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
TREE_SHOWN = 20
"""So many characters of a tree's name stand in a tag: enough to be the only one."""


class ReleaseError(Exception):
    """A release is not complete, or is not what was asked for; the message says what is wrong."""


@dataclass(frozen=True)
class Release:
    """The images of one tree."""

    registry: str
    """Where they are, with the path before an image's own name, e.g. `registry.example.com/fairseat`."""
    images: Mapping[str, str]
    """Digest by image, e.g. `orders`."""
    commit: str
    """The commit that they were built from, for people."""
    tree: str

    def __post_init__(self) -> None:
        """Raise ReleaseError unless exactly the known images are there, each by digest."""
        missing, unknown = sorted(set(IMAGES) - set(self.images)), sorted(set(self.images) - set(IMAGES))
        if missing or unknown:
            raise ReleaseError(f"images are missing: {missing}, or nobody knows them: {unknown}")
        loose = [name for name, digest in self.images.items() if not DIGEST.fullmatch(digest)]
        if loose:
            raise ReleaseError(f"images without a digest: {', '.join(loose)}")
        if not self.registry or not self.tree:
            raise ReleaseError("the release names no registry or no tree")

    @classmethod
    def of(cls, text: str) -> Release:
        """Read the JSON. Raises ReleaseError."""
        try:
            told: dict[str, Any] = json.loads(text)
            return cls(told["registry"], told["images"], told.get("commit", ""), told.get("tree", ""))
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            raise ReleaseError(f"this is no release: {problem}") from problem

    def text(self) -> str:
        """As JSON, the same for the same release."""
        return json.dumps(asdict(self), indent=2, sort_keys=True) + "\n"


def tree_of(commit: str = "HEAD", root: Path = ROOT) -> str:
    """Git's name for the content of all files of a commit."""
    return _git(root, "rev-parse", "--verify", f"{commit}^{{tree}}")


def commit_of(commit: str = "HEAD", root: Path = ROOT) -> str:
    """The full name of a commit."""
    return _git(root, "rev-parse", "--verify", f"{commit}^{{commit}}")


def tag_of_build(tree: str) -> str:
    """The tag under which images of a tree are pushed."""
    return f"tree-{tree[:TREE_SHOWN]}"


def tag_of_proof(tree: str) -> str:
    """The tag that says: staging ran the images of this tree, and they worked."""
    return f"staging-ran-{tree[:TREE_SHOWN]}"


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)  # noqa: S607
    if done.returncode:
        raise ReleaseError(f"git {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout.strip()
