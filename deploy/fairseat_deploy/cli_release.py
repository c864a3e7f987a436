"""`fairseat-deploy release` and `fairseat-deploy cloud`: the commands of pipelines, which people can run as well."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter
from cyclopts.validators import Number

from fairseat_deploy.deploying import DeployError
from fairseat_deploy.digitalocean import DigitalOceanError
from fairseat_deploy.kubectl import Kubectl, KubectlError
from fairseat_deploy.registry import RegistryError
from fairseat_deploy.releases import ReleaseError

Address = Annotated[str, Parameter(env_var="REGISTRY", help="Where images are, e.g. registry.example.com/fairseat.")]
Token = Annotated[str, Parameter(env_var="REGISTRY_TOKEN", help="An API token that may use the registry.")]
Context = Annotated[str, Parameter(help="The cluster's name in the kubeconfig; the current one without it.")]
Images = Annotated[Path, Parameter(help="The release: JSON with an image's digest for each name.")]
Commit = Annotated[str, Parameter(help="A commit of this repository.")]
Insecure = Annotated[bool, Parameter(negative=(), help="The registry speaks http (one on this machine).")]

app = App(name="release", help="What a cluster runs: which images, since when good, and back again.")
cloud = App(name="cloud", help="The account at DigitalOcean.")


@contextmanager
def _said_in_one_line() -> Iterator[None]:
    try:
        yield
    except (DeployError, DigitalOceanError, KubectlError, RegistryError, ReleaseError) as problem:
        sys.exit(str(problem))


@app.command
def tag(*, commit: Commit = "HEAD") -> None:
    """Print the tag under which a commit's images are pushed: the same for commits with the same files."""
    from fairseat_deploy.releases import tag_of_build, tree_of

    with _said_in_one_line():
        _say(tag_of_build(tree_of(commit)))


@app.command
def images(
    *,
    registry: Address,
    token: Token = "",
    commit: Commit = "HEAD",
    proven: Annotated[bool, Parameter(negative=(), help="Only what staging ran successfully.")] = False,
    insecure: Insecure = False,
) -> None:
    """Print the release of a commit's files: the digests that the registry has for it; exit 1 if one is missing."""
    from fairseat_deploy.finding import find

    with _said_in_one_line():
        _say(find(registry, token, commit, proven=proven, secure=not insecure).text().rstrip())


@app.command
def prove(*, images: Images, token: Token = "", insecure: Insecure = False) -> None:
    """Tell the registry that staging ran these images, and that they worked."""
    from fairseat_deploy.finding import prove as prove_release
    from fairseat_deploy.releases import Release

    with _said_in_one_line():
        _say(f"proven as {prove_release(Release.of(images.read_text()), token, secure=not insecure)}")


@app.command
def deploy(overlay: Literal["staging", "production"], *, images: Images, context: Context = "") -> None:
    """Apply a release and wait until all of it runs; exit 1 if it does not. It counts only once it is confirmed."""
    from fairseat_deploy.deploying import deploy as deploy_release
    from fairseat_deploy.releases import Release
    from fairseat_deploy.rendering import render

    with _said_in_one_line():
        release = Release.of(images.read_text())
        deploy_release(Kubectl(context), release, render(overlay, images), _say)


@app.command
def confirm(*, context: Context = "") -> None:
    """Say that what was deployed last is good."""
    from fairseat_deploy.deploying import confirm as confirm_release

    with _said_in_one_line():
        confirm_release(Kubectl(context), _say)


@app.command
def rollback(
    *,
    context: Context = "",
    tried: Annotated[
        bool, Parameter(negative=(), help="Only from a release that was not confirmed; else leave all as it is.")
    ] = False,
) -> None:
    """Bring back what ran before: images and manifests exactly as they were."""
    from fairseat_deploy.deploying import is_tried
    from fairseat_deploy.deploying import rollback as roll_back

    with _said_in_one_line():
        if tried and not is_tried(Kubectl(context)):
            _say("no release is being tried: what runs stays")
            return
        release = roll_back(Kubectl(context), _say)
        _say(f"{release.commit or release.tree} runs again")


@app.command
def show(*, context: Context = "") -> None:
    """Say which releases the cluster knows of."""
    from fairseat_deploy.records import Records

    with _said_in_one_line():
        known = Records(Kubectl(context)).read()
        for role, deployed in sorted(known.items()):
            _say(f"{role:<8} commit {deployed.release.commit or '?'}  tree {deployed.release.tree}")
        if not known:
            _say("no release was deployed here yet")


@app.command
def names(*, images: Images) -> None:
    """Print the full name of every image of a release, by its digest."""
    from fairseat_deploy.releases import Release
    from fairseat_deploy.tree import image_name

    with _said_in_one_line():
        release = Release.of(images.read_text())
        for image, digest in release.images.items():
            _say(f"{release.registry}/{image_name(image)}@{digest}")


@app.command
def notes(tag: Annotated[str, Parameter(help="The tag of the release, e.g. v0.2.0.")]) -> None:
    """Print what CHANGELOG.md says about a release; exit 1 if it says nothing."""
    from fairseat_deploy.changelog import section
    from fairseat_deploy.tree import ROOT

    with _said_in_one_line():
        _say(section((ROOT / "CHANGELOG.md").read_text(), tag).rstrip())


@cloud.command
def kubeconfig(
    cluster: Annotated[str, Parameter(env_var="CLUSTER", help="The name of the Kubernetes cluster.")],
    *,
    token: Annotated[str, Parameter(env_var="DIGITALOCEAN_TOKEN", help="An API token that may read clusters.")],
    minutes: Annotated[int, Parameter(validator=Number(gte=1, lte=240), help="How long it is good for.")] = 60,
) -> None:
    """Print a kubeconfig that ends by itself."""
    from fairseat_deploy.digitalocean import kubeconfig as made

    with _said_in_one_line():
        _say(made(cluster, token, minutes * 60).rstrip())


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
