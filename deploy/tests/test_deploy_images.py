"""Images: one plain Dockerfile for each, without faults, by the same rules; and built where that is possible."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fairseat_deploy.builders import BuilderError, find
from fairseat_deploy.cli_images import table
from fairseat_deploy.images import Built, Source, base_of, build, dockerfile, release_of
from fairseat_deploy.tree import IMAGES, PORT, PRIVATE_PORT, ROOT, TOOLS
from fairseat_local.routes import SERVICES

BUILD_MAX_S = 900
LABELS = {f"org.opencontainers.image.{name}" for name in ("title", "description", "source", "version", "revision")}
SECRET = re.compile(r"(?i)(password|secret|token|api_?key)\b\s*[=:]|-----BEGIN|sk_(test|live)_|whsec_")
DIGEST = "sha256:" + "0" * 64


def text_of(image: str) -> str:
    """A Dockerfile with continued lines joined and comments left out."""
    lines = dockerfile(image).read_text().replace("\\\n", " ").splitlines()
    return "\n".join(line for line in lines if not line.startswith("#"))


def instructions(image: str, name: str) -> list[str]:
    """The arguments of every instruction of a kind."""
    return re.findall(rf"^{name} (.*)$", text_of(image), re.MULTILINE)


def last_stage(image: str) -> str:
    return text_of(image).rpartition("\nFROM ")[2]


def test_there_is_a_dockerfile_for_every_image_and_no_other() -> None:
    found = set(ROOT.glob("**/Dockerfile*")) - set(ROOT.glob(".*/**/Dockerfile*"))
    assert found == {dockerfile(image) for image in IMAGES}


def test_dockerfiles_have_no_faults() -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    files = [str(dockerfile(image)) for image in IMAGES]
    done = subprocess.run(
        ["hadolint", *files], capture_output=True, text=True, check=False, cwd=ROOT, env={**os.environ, "PATH": path}
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("image", IMAGES)
def test_both_stages_have_the_one_base_by_its_digest(image: str) -> None:
    assert base_of(image) == base_of("web")
    assert re.fullmatch(r"python:3\.13-slim-\w+@sha256:[0-9a-f]{64}", base_of(image))
    assert instructions(image, "FROM") == ["${BASE} AS build", "${BASE}"]


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_runs_as_nobody_and_is_asked_how_it_is(image: str) -> None:
    final = last_stage(image)
    assert re.findall(r"^USER (.*)$", final, re.MULTILINE) == ["10001:10001"]
    assert re.findall(r"^STOPSIGNAL (.*)$", final, re.MULTILINE) == ["SIGTERM"]
    command = json.loads(instructions(image, "CMD")[0])
    if image == TOOLS:
        assert (command, instructions(image, "HEALTHCHECK")) == (["fairseat", "--help"], ["NONE"])
        return
    assert command == ["python", "-m", "fairseat_common.serving", image]
    assert instructions(image, "EXPOSE") == [f"{PORT} {PRIVATE_PORT}"]
    assert f"HOST=0.0.0.0 PORT={PORT} PRIVATE_PORT={PRIVATE_PORT}" in final
    asked = json.loads(instructions(image, "HEALTHCHECK")[0].partition("CMD ")[2])
    assert asked[:2] == ["python", "-c"]
    assert "PRIVATE_PORT" in asked[2]
    assert "/healthz" in asked[2]
    compile(asked[2], "healthcheck", "exec")


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_says_what_it_is(image: str) -> None:
    labels = dict(re.findall(r'(org\.opencontainers\.image\.\w+)="([^"]*)"', text_of(image)))
    assert labels.keys() == LABELS
    assert labels["org.opencontainers.image.title"] == f"fairseat-{image}"
    assert all(labels.values())


@pytest.mark.parametrize("image", IMAGES)
def test_nothing_comes_in_unchecked_or_by_another_builders_syntax(image: str) -> None:
    text = text_of(image)
    installs = re.findall(r"pip (?:--\S+ \S+ )?install[^&\n]*", text)
    assert len(installs) == 2
    assert all("--require-hashes" in each and "--only-binary=:all:" in each for each in installs)
    assert not re.search(
        r"^ADD |:latest|<<|--mount|COPY --(?!from=build )|curl|wget|apt|^SHELL|^ONBUILD", text, re.MULTILINE
    )
    assert not SECRET.search(text)
    assert "ENTRYPOINT" not in text


@pytest.mark.parametrize("image", SERVICES)
def test_an_image_copies_only_its_own_service(image: str) -> None:
    copied = [line.split()[0] for line in instructions(image, "COPY") if "--from" not in line]
    assert copied == ["deploy/image/", f"services/{image}/requirements.lock", "common/", f"services/{image}/"]
    assert "rm -rf /app/fairseat_common/testing" in text_of(image)


def test_dockerfiles_differ_only_in_what_they_are_about() -> None:
    """One pattern: who mends one mends all. The service and its title aside, only what is built for it differs."""
    own = {"web": {"web.assets_build", "fairseat_common.languages"}, "notifications": {"fairseat_common.languages"}}
    shapes = set()
    for image in SERVICES:
        lines = [line for line in text_of(image).splitlines() if not line.startswith("RUN /opt/venv/bin/python")]
        shapes.add(re.sub(r'description="[^"]*"', "", "\n".join(lines)).replace(image, "SERVICE"))
        ran = set(re.findall(r"-m (web\.assets_build|fairseat_common\.languages)", text_of(image)))
        assert ran == own.get(image, set())
        assert "deploy/image/finish.py /opt/venv /app" in text_of(image)
    assert len(shapes) == 1


def test_what_has_texts_builds_them() -> None:
    with_texts = {path.parts[-3] for path in ROOT.glob("services/*/*/locale")}
    assert with_texts == {name for name in SERVICES if f"/app/{name}/locale" in text_of(name)}


def test_only_named_files_get_into_a_build() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    allowed = [line.removeprefix("!") for line in lines if line.startswith("!")]
    assert lines[0] == "*"
    assert [line for line in allowed if not any(ROOT.glob(line))] == []
    assert all(f"services/{name}/{name}" in allowed for name in SERVICES)
    assert not [line for line in allowed if line.strip("*/") == "" or "tests" in line or line.startswith(".")]


def test_the_release_is_whole_or_not_said() -> None:
    source = Source("abc", "f" * 40, 0, "1")
    built = [Built(image, f"fairseat-{image}:abc", 300_000_000, DIGEST) for image in IMAGES]
    release = release_of(built, "registry.example/fairseat", source)
    assert release is not None
    assert release.images == dict.fromkeys(IMAGES, DIGEST)
    assert release_of(built[1:], "registry.example/fairseat", source) is None
    assert table(built[:1]) == f"fairseat-auth:abc     300 MB  {DIGEST}"


def test_without_a_builder_it_is_said_which_are_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BuilderError, match=r"docker is not installed; podman is not installed; buildah is not inst"):
        find()


# Inside of a container: the command of the image, asked as its health check asks, and ended as a cluster ends it.
HEALTHY = """
import os, signal, subprocess, sys, time, http.client
import fairseat_common.migrating
server = subprocess.Popen([sys.executable, "-m", "fairseat_common.serving", "web"])
while server.poll() is None:
    try:
        asked = http.client.HTTPConnection("127.0.0.1", int(os.environ["PRIVATE_PORT"]), timeout=2)
        asked.request("GET", "/healthz")
        break
    except OSError:
        time.sleep(0.1)
status = asked.getresponse().status
server.send_signal(signal.SIGTERM)
print(os.getuid(), status, server.wait(), os.access("/app", os.W_OK))
"""


@pytest.mark.timeout(BUILD_MAX_S)
def test_an_image_is_built_started_asked_and_ended() -> None:
    """Where there is a builder and the base; no registry is asked whether it might have one."""
    base = os.environ.get("BASE", "")
    try:
        builder = find(os.environ.get("BUILDER", "auto"))
    except BuilderError as problem:
        pytest.skip(f"no image was built: {problem}")
    if not builder.has(base or base_of("web")):
        pytest.skip(f"no image was built: {builder.name} has no base image {base or base_of('web')} yet")
    built = build(builder, "web", Source.here(), base)
    assert built.size_bytes > 0
    assert builder.run(built.tag, ["python", "-c", HEALTHY]).splitlines()[-1] == "10001 200 0 False"
