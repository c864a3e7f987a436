"""PostgreSQL in a cluster: its databases by the SQL that makes them, its settings, and the way back from a backup."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from fairseat_common.database.migrations import grant_use, owner_alone
from fairseat_common.database.pool import Database
from fairseat_common.testing.postgres_server import PostgresServer, installation
from fairseat_deploy.deploying import MANAGER
from fairseat_deploy.pages import typed
from fairseat_deploy.postgres import FILE, PostgresError, databases_sql, recovery
from fairseat_deploy.rendering import documents
from fairseat_deploy.schemas import validate
from fairseat_deploy.secrets_list import listed
from fairseat_deploy.tree import DEPLOY, ROOT
from fairseat_local.environment import WITH_DATABASE

HA = ("staging", "production")
KINDS = {"RUNTIME": "", "OWNER": "_owner"}
"""What roles' names end with."""
RESERVED = 40
"""Connections for replication, the operator, backups, and people."""
RELAY_AND_MORE = 2
"""Beside its pool a service has one connection of the relay, and orders one for holds."""


def kinds(overlay: str, kind: str) -> list[dict[str, Any]]:
    return [each for each in documents(overlay) if each["kind"] == kind]


def psql(server: PostgresServer, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    command = [str(installation(None) / "bin" / "psql"), "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1"]
    command += ["--file", str(FILE), "--dbname", server.admin_url]
    return subprocess.run(command, env={**os.environ, **environ}, capture_output=True, text=True, check=False)


def test_the_file_is_what_the_code_says() -> None:
    assert FILE.read_text() == databases_sql(), "fairseat-deploy postgres write"


async def test_the_sql_makes_databases_that_services_can_live_in(tmp_path: Path) -> None:
    """Twice, with other passwords the second time: secrets may change, data stays."""
    server = PostgresServer(tmp_path / "postgres", fast=True)
    server.start()
    try:
        for round_ in ("first", "second"):
            passwords = {
                f"{name.upper()}_{kind}": f"{round_}-{name}-{kind}" for name in WITH_DATABASE for kind in KINDS
            }
            done = psql(server, passwords)
            assert done.returncode == 0, done.stderr
            for name in WITH_DATABASE:
                await lives(server, name, passwords)
    finally:
        server.remove()


async def lives(server: PostgresServer, name: str, passwords: Mapping[str, str]) -> None:
    """The owner may create, the runtime role may not, and neither gets into another service's database."""
    urls = {
        kind: f"postgresql://fairseat_{name}{suffix}:{passwords[f'{name.upper()}_{kind}']}@127.0.0.1:{server.port}"
        for kind, suffix in KINDS.items()
    }
    async with owner_alone(f"{urls['OWNER']}/fairseat_{name}") as owner:
        await grant_use(owner, f"fairseat_{name}")
        await owner.execute("create table if not exists kept (id int)")
    database = Database(f"{urls['RUNTIME']}/fairseat_{name}", size_max=2)
    await database.open()
    async with database.connection() as runtime:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await runtime.execute("create table mine (id int)")
    await database.close()


def test_the_pod_gives_every_password_that_the_sql_asks_for() -> None:
    (server,) = [each for each in kinds("local", "StatefulSet") if each["metadata"]["name"] == "postgres"]
    (container,) = server["spec"]["template"]["spec"]["containers"]
    given = {each["name"] for each in container["env"] if "valueFrom" in each}
    asked = {line.split()[2] for line in FILE.read_text().splitlines() if line.startswith("\\getenv")}
    assert given == asked | {"POSTGRES_PASSWORD"}


@pytest.mark.parametrize("overlay", HA)
def test_every_service_has_a_database_and_two_roles_with_their_own_secrets(overlay: str) -> None:
    databases = {each["spec"]["name"]: each["spec"]["owner"] for each in kinds(overlay, "Database")}
    assert databases == {f"fairseat_{name}": f"fairseat_{name}_owner" for name in WITH_DATABASE}
    (cluster,) = kinds(overlay, "Cluster")
    roles = {role["name"]: role["passwordSecret"]["name"] for role in cluster["spec"]["managed"]["roles"]}
    usernames = {secret.name: key.fixed for secret in listed(overlay) for key in secret.keys if key.name == "username"}
    assert {name: usernames[secret] for name, secret in roles.items()} == {name: name for name in roles}
    assert len(roles) == 2 * len(WITH_DATABASE)
    assert not any(role.get("superuser") or role.get("createdb") for role in cluster["spec"]["managed"]["roles"])


@pytest.mark.parametrize("overlay", HA)
def test_no_commit_is_answered_before_a_second_disk_has_it(overlay: str) -> None:
    (cluster,) = kinds(overlay, "Cluster")
    synchronous = cluster["spec"]["postgresql"]["synchronous"]
    assert cluster["spec"]["instances"] >= 3
    assert (synchronous["number"], synchronous["dataDurability"]) == (1, "required")
    turned_off = {"fsync", "synchronous_commit", "full_page_writes"} & set(cluster["spec"]["postgresql"]["parameters"])
    assert not turned_off, "the defaults are what is promised"


@pytest.mark.parametrize("overlay", HA)
def test_there_are_connections_for_every_pool_at_its_largest(overlay: str) -> None:
    (cluster,) = kinds(overlay, "Cluster")
    settings = settings_of(overlay)
    largest = {
        each["spec"]["scaleTargetRef"]["name"]: each["spec"]["maxReplicas"]
        for each in kinds(overlay, "HorizontalPodAutoscaler")
    }
    deployments = {each["metadata"]["name"]: each["spec"].get("replicas", 1) for each in kinds(overlay, "Deployment")}
    # During a rollout a quarter more pods are there.
    pods = sum(max(largest.get(name, 0), deployments[name]) * 5 // 4 + 1 for name in WITH_DATABASE)
    needed = pods * (int(settings.get("POOL_MAX", 10)) + RELAY_AND_MORE) + RESERVED
    assert needed <= int(cluster["spec"]["postgresql"]["parameters"]["max_connections"])


def settings_of(overlay: str) -> dict[str, str]:
    maps = kinds(overlay, "ConfigMap")
    (found,) = [each["data"] for each in maps if each["metadata"]["name"].startswith("fairseat-settings")]
    return dict(found)


@pytest.mark.parametrize("overlay", HA)
def test_connections_go_to_the_server_that_it_is(overlay: str) -> None:
    (cluster,) = kinds(overlay, "Cluster")
    settings = settings_of(overlay)
    assert "sslmode=verify-full" in settings["DATABASE_OPTIONS"]
    assert settings["DATABASE_HOST"].split(":")[0] in cluster["spec"]["certificates"]["serverAltDNSNames"]
    assert settings["NATS_URL"].startswith("tls://")
    assert settings["NATS_REPLICAS"] == "3"


@pytest.mark.parametrize("at", [None, datetime(2030, 1, 1, 10, tzinfo=UTC)])
def test_a_cluster_comes_back_from_what_it_archived(at: datetime | None) -> None:
    before = kinds("production", "Cluster")[0]["spec"]["plugins"][0]["parameters"]
    cluster, archived_as = recovery("production", at)
    assert validate(cluster) == []
    spec = cluster["spec"]
    (source,) = spec["externalClusters"]
    assert source["plugin"]["parameters"] == before, "it reads what was archived"
    assert spec["bootstrap"]["recovery"]["source"] == source["name"]
    assert ("recoveryTarget" in spec["bootstrap"]["recovery"]) == (at is not None)
    assert spec["plugins"][0]["parameters"]["serverName"] == archived_as != before["serverName"]


def test_only_a_cluster_with_backups_comes_back() -> None:
    with pytest.raises(PostgresError, match="local has no PostgreSQL cluster"):
        recovery("local")


def test_backups_are_of_this_cluster_and_are_kept() -> None:
    (schedule,) = kinds("production", "ScheduledBackup")
    (store,) = kinds("production", "ObjectStore")
    (cluster,) = kinds("production", "Cluster")
    (plugin,) = cluster["spec"]["plugins"]
    assert schedule["spec"]["cluster"]["name"] == cluster["metadata"]["name"]
    assert schedule["spec"]["pluginConfiguration"]["name"] == plugin["name"]
    assert plugin["isWALArchiver"]
    assert plugin["parameters"]["barmanObjectName"] == store["metadata"]["name"]
    assert int(store["spec"]["retentionPolicy"].removesuffix("d")) >= 14
    assert (DEPLOY / "secrets.yaml").read_text().count("name: backups") == 1


def told(page: str) -> list[str]:
    """What a runbook says to type, a line each, without what stands before the command."""
    return [" ".join(words) for words in typed((ROOT / "docs/runbooks" / page).read_text())]


def test_a_deploy_after_a_recovery_takes_the_way_of_beginning_back() -> None:
    """A cluster with two ways to begin is refused: the next deploy has to own what the recovery wrote, to remove it."""
    recovering, *more = [line for line in told("restore.md") if line.endswith("recovery.yaml") and "apply" in line]
    assert not more
    assert f"--server-side --field-manager={MANAGER}" in recovering
    lines = told("restore.md")
    gone = next(number for number, line in enumerate(lines) if "wait --for=delete" in line)
    assert all(kind in lines[gone] for kind in ("pod", "pvc", "-l cnpg.io/cluster=postgres"))
    assert gone < lines.index(recovering), "the instances that are given up have the names of the new ones"


def test_services_that_were_stopped_come_back() -> None:
    """A deploy leaves their number to autoscalers, and an autoscaler leaves alone what has none."""
    assert not any("replicas" in each["spec"] for each in kinds("production", "Deployment") if is_scaled(each))
    lines = [line for line in told("restore.md") if " scale deployment -l " in line or "release deploy" in line]
    stopped, started, deployed = lines
    assert stopped.endswith("--replicas=0")
    assert started == stopped.removesuffix("0") + "1"
    assert "release deploy" in deployed


def is_scaled(deployment: dict[str, Any]) -> bool:
    scalers = kinds("production", "HorizontalPodAutoscaler")
    return deployment["metadata"]["name"] in {each["spec"]["scaleTargetRef"]["name"] for each in scalers}
