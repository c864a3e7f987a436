"""The Compose file: the same services, routes and settings as everywhere, and containers with as few rights."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from fairseat_common.testing.secret_file import SecretFile
from fairseat_deploy.locks import image_folder
from fairseat_deploy.tree import DEPLOY, IMAGES, PORT, ROOT, TOOLS, image_name
from fairseat_local.compose import make_secrets
from fairseat_local.environment import WITH_DATABASE
from fairseat_local.operations.settings import rows
from fairseat_local.routes import MAIL, PROVIDER, SERVICES

FILE = ROOT / "compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text())
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: told for name, told in CONTAINERS.items() if told["image"].startswith("fairseat-")}
OTHERS = {"postgres": DEPLOY / "components/postgres/postgres.yaml", "nats": DEPLOY / "components/nats/nats.yaml"}
BY_THE_IMAGE = {"HOST", "PORT", "PRIVATE_PORT"}


def secrets_of(name: str, folder: Path) -> dict[str, str]:
    """What a container reads, read as it does that itself."""
    command = f"set -a; . {folder}/{name}.env; env"
    done = subprocess.run(["env", "-i", "sh", "-ec", command], capture_output=True, text=True, check=True)
    return dict(
        line.split("=", 1) for line in done.stdout.splitlines() if not line.startswith(("PWD=", "_=", "SHLVL="))
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything that the first start makes."""
    folder = tmp_path_factory.mktemp("compose")
    make_secrets(folder / "data", folder / "secrets")
    return folder


def test_the_file_is_as_compose_reads_it() -> None:
    done = subprocess.run(
        ["check-jsonschema", "--builtin-schema", "vendor.compose-spec", str(FILE)],
        capture_output=True, text=True, check=False, cwd=ROOT, env={"PATH": str(Path(sys.executable).parent)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_every_service_is_there_by_its_own_image() -> None:
    assert set(SERVICES) | {MAIL, PROVIDER, "gateway", *OTHERS} <= set(CONTAINERS)
    for name, told in OURS.items():
        image = told["image"].removeprefix("fairseat-")
        assert image in IMAGES
        assert image == (name if name in SERVICES else TOOLS)
        if "build" in told:
            assert ROOT / told["build"]["dockerfile"] == image_folder(image) / "Dockerfile"
            assert told["build"]["context"] == "."
        else:
            assert told["pull_policy"] == "never", f"{name}: no registry has it"


def test_every_image_is_built_once() -> None:
    """Two containers that build the same one at the first start break it off: "image already exists"."""
    assert sorted(told["image"] for told in OURS.values() if "build" in told) == sorted(map(image_name, IMAGES))


def test_servers_that_are_not_ours_are_those_of_the_cluster() -> None:
    for name, manifest in OTHERS.items():
        assert re.search(r"@sha256:[0-9a-f]{64}$", CONTAINERS[name]["image"])
        assert CONTAINERS[name]["image"] in manifest.read_text()
    assert set(CONTAINERS) - set(OURS) == set(OTHERS)


@pytest.mark.parametrize("name", CONTAINERS)
def test_containers_have_nobodys_rights(name: str) -> None:
    told = CONTAINERS[name]
    assert not told["user"].startswith(("0", "root"))
    assert told["read_only"] is True
    assert told["cap_drop"] == ["ALL"]
    assert told["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "network_mode", "pid", "ipc", "devices", "cap_add"} & told.keys()
    writable = [
        volume for volume in told.get("volumes", []) if volume.startswith(("/", ".")) and not volume.endswith(":ro")
    ]
    assert writable == []


def test_only_the_gateway_is_reached_from_outside_and_only_from_this_machine() -> None:
    assert {name for name, told in CONTAINERS.items() if "ports" in told} == {"gateway"}
    assert CONTAINERS["gateway"]["ports"] == [f"127.0.0.1:${{PORT:-8000}}:{PORT}"]


def test_what_is_waited_for_exists_and_can_be_waited_for() -> None:
    for name, told in CONTAINERS.items():
        for other, how in told.get("depends_on", {}).items():
            awaited = CONTAINERS[other]
            if how["condition"] == "service_completed_successfully":
                assert awaited["restart"] == "no", f"{name} waits for the end of {other}"
            if how["condition"] == "service_healthy":
                assert "healthcheck" in awaited or other in SERVICES, f"{name} waits for the health of {other}"
    assert set(SERVICES) <= set(CONTAINERS["gateway"]["depends_on"])


def test_volumes_are_declared_and_folders_exist() -> None:
    named = [volume.split(":") for told in CONTAINERS.values() for volume in told.get("volumes", [])]
    assert {parts[0] for parts in named if not parts[0].startswith(".")} == set(COMPOSE["volumes"])
    assert all((ROOT / parts[0] / "nats.conf").exists() for parts in named if parts[0].startswith("."))


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_told_what_it_needs_and_nothing_that_it_does_not_know(service: str, made: Path) -> None:
    told = CONTAINERS[service]
    plain, secret = set(told["environment"]), set(secrets_of(service, made / "secrets"))
    of_service = [row for row in rows() if service in row.services]
    assert plain | secret <= {row.name for row in of_service} | BY_THE_IMAGE
    assert {row.name for row in of_service if row.is_needed} <= plain | secret
    assert not plain & secret
    assert {row.name for row in of_service if row.is_secret} & plain <= {"SMTP_URL"}
    assert told["command"][-1] == f"set -a; . /secrets/{service}.env; exec python -m fairseat_common.serving {service}"


def test_secrets_are_made_once_and_read_by_nobody_else(made: Path) -> None:
    files = {path: path.read_bytes() for path in made.rglob("*") if path.is_file() and "lock" not in path.name}
    make_secrets(made / "data", made / "secrets")
    assert {path: path.read_bytes() for path in files} == files
    assert [path for path in files if path.stat().st_mode & stat.S_IRWXO] == []
    values = [value for name in SERVICES for value in secrets_of(name, made / "secrets").values()]
    assert min(len(value) for value in values if value not in SERVICES) >= 32


def test_both_ends_of_a_secret_have_the_same(made: Path) -> None:
    read = {name: secrets_of(name, made / "secrets") for name in (*SERVICES, PROVIDER, "tools", "nats")}
    for key, names in {
        "LETTER_SECRETS": ("auth", "notifications"),
        "QUOTE_SECRETS": ("tickets", "orders"),
        "STRIPE_WEBHOOK_SECRETS": ("payments", PROVIDER),
        "STRIPE_SECRET_KEY": ("payments", "tools"),
    }.items():
        assert len({read[name][key] for name in names}) == 1
    known = SecretFile(made / "data" / "passwords.json")
    for name in WITH_DATABASE:
        assert f":{known.get_or_create(f'fairseat_{name}')}@postgres:5432/fairseat_{name}" in read[name]["DATABASE_URL"]
        assert known.get_or_create(f"fairseat_{name}_owner") in read["tools"][f"DATABASE_URL_{name.upper()}"]
        assert "_owner" not in str(read[name])
    accounts = set(re.findall(r"\$(NATS_\w+_PASSWORD)", (DEPLOY / "components/nats/accounts.conf").read_text()))
    assert accounts == set(read["nats"])
    assert all(read["nats"][f"NATS_{name.upper()}_PASSWORD"] == read[name]["NATS_PASSWORD"] for name in SERVICES)
