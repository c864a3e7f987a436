"""Is skaffold.yaml true to the tree? Its schema says what may stand there; this says what must."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import jsonschema
import yaml

from fairseat_deploy.schemas import folder
from fairseat_deploy.tree import IMAGES, OVERLAYS, ROOT, TOOLS, image_name
from fairseat_local.routes import SERVICES

FILE = "skaffold.yaml"
CODE = "/code"
"""Where the component `reload` lets a service serve from."""
PROFILES = {"local": "local", "cloud": "dev", "staging": "staging", "production": "production"}
"""The overlay of each profile."""
COPIED = re.compile(r"^COPY (?!--from)(?P<sources>.+) \S+$", re.MULTILINE)

Config = dict[str, Any]


def published() -> Path:
    """Skaffold's schema of the version that the file names. Raises SchemasMissingError."""
    return folder() / "skaffold_v4beta14.json"


def problems(root: Path = ROOT, schema: Path | None = None) -> list[str]:
    """What is wrong, a sentence each. With `schema` (the published one, JSON) the form is checked as well."""
    config: Config = yaml.safe_load((root / FILE).read_text())
    if schema is not None:
        errors = jsonschema.Draft7Validator(json.loads(schema.read_text())).iter_errors(config)
        wrong = [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in errors]
        if wrong:
            return wrong
    artifacts = {artifact["image"]: artifact for artifact in config["build"]["artifacts"]}
    return [
        *_images(artifacts),
        *(fault for name, artifact in artifacts.items() for fault in _artifact(root, name, artifact)),
        *_profiles(root, config),
        *_hooks(root, config),
    ]


def dockerfile_of(artifact: Config) -> str:
    """The Dockerfile that an artifact is built from."""
    return str(artifact["custom"]["buildCommand"].split()[-1])


def _images(artifacts: dict[str, Config]) -> Iterator[str]:
    expected = {image_name(image) for image in IMAGES}
    if set(artifacts) != expected:
        yield f"artifacts differ from the images there are: {sorted(set(artifacts) ^ expected)}"


def _artifact(root: Path, name: str, artifact: Config) -> Iterator[str]:
    """What an image copies in is what it depends on; what is copied into its containers is there."""
    image = name.removeprefix(image_name(""))
    dockerfile = root / dockerfile_of(artifact)
    if not dockerfile.is_file():
        yield f"{name}: there is no {dockerfile.relative_to(root)}"
        return
    paths = artifact["custom"]["dependencies"]["paths"]
    yield from (f"{name}: depends on {path}, which is not there" for path in paths if not (root / path).exists())
    if image != TOOLS:
        foreign = [path for path in paths for service in SERVICES if service != image and path == f"services/{service}"]
        yield from (f"{name}: is built anew for every change of {path}" for path in foreign)
        missed = [source for source in copied(dockerfile.read_text()) if not _below(source, paths)]
        yield from (f"{name}: its Dockerfile copies {source}, which it does not depend on" for source in missed)
        if "sync" not in artifact:
            yield f"{name}: no change reaches it without a build"
    for rule in artifact.get("sync", {}).get("manual", ()):
        yield from _synced(root, name, rule, paths)


def copied(dockerfile: str) -> Iterator[str]:
    """The sources of each COPY from the build context, without a slash at the end."""
    for found in COPIED.finditer(dockerfile):
        for source in found["sources"].split():
            if not source.startswith("--"):
                yield source.rstrip("/")


def _below(path: str, folders: Iterable[str]) -> bool:
    return any(PurePosixPath(path).is_relative_to(folder) for folder in folders)


def _synced(root: Path, name: str, rule: Config, paths: list[str]) -> Iterator[str]:
    source, strip = rule["src"], rule.get("strip", "")
    package = source.removesuffix("/**")
    if not any(path.is_file() for path in root.glob(f"{package}/**/*")):
        yield f"{name}: {source} matches no file"
    if not _below(package, paths):
        yield f"{name}: {source} is copied into containers of an image that does not depend on it"
    if rule["dest"] != CODE:
        yield f"{name}: {source} is copied to {rule['dest']}, and code is served from {CODE}"
    # What is left of the path must be the package, as the folder that is served from has it.
    if not package.startswith(strip) or "/" in package.removeprefix(strip):
        yield f"{name}: {source} without {strip!r} is not the path of a package"


def _profiles(root: Path, config: Config) -> Iterator[str]:
    profiles = {profile["name"]: profile for profile in config["profiles"]}
    if set(profiles) != set(PROFILES):
        yield f"profiles are {sorted(profiles)}, and should be {sorted(PROFILES)}"
        return
    if "manifests" in config:
        yield "without a profile it deploys into whatever cluster kubectl points at, and takes that away in the end"
    for name, profile in profiles.items():
        overlays = profile.get("manifests", {}).get("kustomize", {}).get("paths")
        overlay = f"deploy/overlays/{PROFILES[name]}"
        if overlays != [overlay] or PROFILES[name] not in OVERLAYS:
            yield f"profile {name} deploys {overlays}, and should deploy {overlay}"
        if not (root / overlay / "kustomization.yaml").is_file():
            yield f"profile {name}: there is no {overlay}"
        push = profile.get("build", config["build"])["local"]["push"]
        if push == (name == "local"):
            yield f"profile {name}: images are {'' if push else 'not '}pushed"


def _hooks(root: Path, config: Config) -> Iterator[str]:
    for profile in config["profiles"]:
        hooks = profile.get("deploy", {}).get("kubectl", {}).get("hooks", {})
        for hook in (*hooks.get("before", ()), *hooks.get("after", ())):
            script = root / hook["host"]["command"][1]
            if not script.is_file():
                yield f"profile {profile['name']}: there is no {script.relative_to(root)}"
            elif subprocess.run(["sh", "-n", str(script)], capture_output=True, check=False).returncode:  # noqa: S607
                yield f"profile {profile['name']}: {script.relative_to(root)} is no shell script"
