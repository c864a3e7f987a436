"""From a commit to its images in the registry."""

from __future__ import annotations

from fairseat_deploy.registry import Registry
from fairseat_deploy.releases import Release, ReleaseError, commit_of, tag_of_build, tag_of_proof, tree_of
from fairseat_deploy.tree import IMAGES, image_name


def find(registry: str, token: str, commit: str, *, proven: bool, secure: bool = True) -> Release:
    """The release of a commit's files, with `proven` only if staging ran it. ReleaseError and RegistryError."""
    tree = tree_of(commit)
    tag = tag_of_proof(tree) if proven else tag_of_build(tree)
    with Registry(registry, _login(token), secure=secure) as known:
        found = {image: known.digest(image_name(image), tag) for image in IMAGES}
    missing = [image for image, digest in found.items() if digest is None]
    if missing:
        raise ReleaseError(_refusal(proven, tree, missing))
    return Release(registry, {name: digest for name, digest in found.items() if digest}, commit_of(commit), tree)


def prove(release: Release, token: str, *, secure: bool = True) -> str:
    """Give each image of a release the tag that says that staging ran it; the tag. Raises RegistryError."""
    tag = tag_of_proof(release.tree)
    with Registry(release.registry, _login(token), secure=secure) as known:
        for image, digest in release.images.items():
            known.tag(image_name(image), digest, tag)
    return tag


def _login(token: str) -> tuple[str, str] | None:
    return (token, token) if token else None


def _refusal(proven: bool, tree: str, missing: list[str]) -> str:
    if proven:
        return (
            f"Staging has not run these files (tree {tree}) successfully: no proof for {', '.join(missing)}. "
            "Push them to the branch staging first, and merge that branch as it is."
        )
    return f"The registry has no images of these files (tree {tree}): {', '.join(missing)}."
