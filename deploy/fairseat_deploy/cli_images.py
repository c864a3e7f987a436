"""`fairseat-deploy images`, `locks` and `sbom`: what is in the images, and building them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from fairseat_deploy.builders import BuilderError, find
from fairseat_deploy.images import Built, Source, build, release_of
from fairseat_deploy.releases import ReleaseError
from fairseat_deploy.tree import IMAGES, ROOT, image_name

IMAGES_FILE = ROOT / ".cache" / "images.json"
MEGABYTE = 1_000_000

app = App(name="images", help="Build the images of all services, or of those that are named.")
sbom_app = App(name="sbom", help="What is in each image, for whoever has to know: CycloneDX.")
locks_app = App(name="locks", help="What each image installs: the tree's lock, cut down.")


@app.default
def images(
    *names: Annotated[str, Parameter(help="orders, web, ..., tools; all without any.")],
    builder: Annotated[Literal["auto", "docker", "podman", "buildah"], Parameter(env_var="BUILDER")] = "auto",
    push: Annotated[str, Parameter(env_var="PUSH", help="A registry to push to, e.g. registry.example/fairseat.")] = "",
    file: Annotated[Path, Parameter(env_var="IMAGES_FILE", help="Where the digests are written.")] = IMAGES_FILE,
    base: Annotated[str, Parameter(env_var="BASE", help="Another base image, instead of the Dockerfiles'.")] = "",
    version: Annotated[str, Parameter(env_var="VERSION", help="What the images say they are; the commit.")] = "",
    source: Annotated[str, Parameter(env_var="SOURCE", help="Where the files are published.")] = "",
) -> None:
    """Build, and print a table with sizes; pushed images are written to a file with their digests."""
    _known(names)
    try:
        program = find(builder)
        made_from = Source.here(version, source)
        built = [build(program, image, made_from, base, push) for image in names or IMAGES]
        release = release_of(built, push, made_from)
    except (BuilderError, ReleaseError) as problem:
        sys.exit(str(problem))
    _say(table(built))
    if release:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(release.text())
        _say(f"digests: {file}")


def table(built: list[Built]) -> str:
    """One line for each image: its name, megabytes on the disk, digest."""
    wide = max(len(each.tag) for each in built)
    return "\n".join(
        f"{each.tag:<{wide}}  {each.size_bytes / MEGABYTE:6.0f} MB  {each.digest}".rstrip() for each in built
    )


@locks_app.command(name="write")
def locks_write() -> None:
    """Cut the lock of every image out of requirements.lock."""
    from fairseat_deploy.locks import locks

    for path, text in locks().items():
        path.write_text(text)
        _say(f"wrote {path.relative_to(ROOT)}")


@locks_app.command(name="check")
def locks_check() -> None:
    """Say which locks are out of date; exit 1 if any is."""
    from fairseat_deploy.locks import stale

    old = [str(path.relative_to(ROOT)) for path in stale()]
    if old:
        sys.exit(f"out of date, `make lock` or `fairseat-deploy locks write` mends it: {', '.join(old)}")
    _say("locks: up to date")


@sbom_app.default
def sbom(
    *names: Annotated[str, Parameter(help="orders, web, ..., tools; all without any.")],
    folder: Annotated[Path | None, Parameter(help="One file for each is written there, else they are printed.")] = None,
    version: Annotated[str, Parameter(env_var="VERSION", help="What the images say they are; the commit.")] = "",
) -> None:
    """Say what is in the images, as CycloneDX JSON."""
    from fairseat_deploy.sbom import sbom as document

    _known(names)
    source = Source.here(version)
    for image in names or IMAGES:
        text = document(image, source)
        if folder is None:
            _say(text.rstrip())
            continue
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{image_name(image)}.cdx.json"
        path.write_text(text)
        _say(f"wrote {path}")


def _known(names: tuple[str, ...]) -> None:
    strange = sorted(set(names) - set(IMAGES))
    if strange:
        sys.exit(f"There is no image {strange[0]!r}; there are {', '.join(IMAGES)}.")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
