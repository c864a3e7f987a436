"""The rule that all lists of services are one list: manifests, Dockerfiles, Skaffold's artifacts, the workflow's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from fairseat_deploy.locks import image_folder
from fairseat_deploy.tree import IMAGES, ROOT, image_name
from fairseat_local.routes import SERVICES


def problems(root: Path = ROOT) -> list[str]:
    """Which lists differ from the services there are, a sentence each."""
    images, services = set(IMAGES), set(SERVICES)
    lists: dict[str, tuple[set[str], set[str]]] = {
        "folders of services": ({path.parent.name for path in root.glob("services/*/pyproject.toml")}, services),
        "Dockerfiles": (_dockerfiles(root), images),
        "deploy/base": (_of_base(root), services),
        "artifacts of skaffold.yaml": (_artifacts(root), images),
        "images of .github/workflows/ci.yaml": (_matrix(root), images),
    }
    return [
        f"{where}: {'missing' if one in wanted else 'too many'}: {one}"
        for where, (found, wanted) in lists.items()
        for one in sorted(found ^ wanted)
    ]


def _dockerfiles(root: Path) -> set[str]:
    folders = {root / image_folder(image).relative_to(ROOT): image for image in IMAGES}
    found = {path.parent for path in root.glob("services/*/Dockerfile")} | {
        path.parent for path in root.glob("local/Dockerfile")
    }
    return {folders.get(folder, folder.name) for folder in found}


def _of_base(root: Path) -> set[str]:
    """The services that the base has a Deployment of, each in its own file that the kustomization names."""
    listed: list[str] = yaml.safe_load((root / "deploy/base/kustomization.yaml").read_text())["resources"]
    found = set()
    for file in listed:
        documents = yaml.safe_load_all((root / "deploy/base" / file).read_text())
        if any(document and document["kind"] == "Deployment" for document in documents):
            found.add(Path(file).stem)
    return found


def _artifacts(root: Path) -> set[str]:
    config: dict[str, Any] = yaml.safe_load((root / "skaffold.yaml").read_text())
    return {artifact["image"].removeprefix(image_name("")) for artifact in config["build"]["artifacts"]}


def _matrix(root: Path) -> set[str]:
    workflow: dict[str, Any] = yaml.safe_load((root / ".github/workflows/ci.yaml").read_text())
    return set(workflow["jobs"]["images"]["strategy"]["matrix"]["image"])
