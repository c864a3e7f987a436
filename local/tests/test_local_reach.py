"""Operations find a system by the environment, as in a cluster, or by what a run on this machine left behind."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from fairseat_common.database import Database
from fairseat_common.environment import SettingsError
from fairseat_common.testing.running import Servers, empty, prepared_database
from fairseat_common.testing.service_database import ServiceDatabase
from fairseat_local.check import check
from fairseat_local.environment import WITH_DATABASE
from fairseat_local.operations.reach import reach, system
from fairseat_local.plan import NotRunningError

ROOT = Path(__file__).parents[2]
URLS = {f"DATABASE_URL_{name.upper()}": f"postgresql://fairseat_{name}@db/fairseat_{name}" for name in WITH_DATABASE}
BUS = {"NATS_URL": "tls://nats:4222", "NATS_USER": "operator", "NATS_PASSWORD": "n1", "NATS_CA_FILE": "/nats/ca.crt"}


def test_in_a_cluster_everything_comes_from_the_environment(tmp_path: Path) -> None:
    found = reach(tmp_path, {**URLS, **BUS, "NATS_REPLICAS": "3"})
    assert set(found.databases) == set(WITH_DATABASE)
    assert found.databases["orders"] == "postgresql://fairseat_orders@db/fairseat_orders"
    at = found.broker
    assert (at.url, at.login.user, at.login.password, at.login.ca_file, at.replicas) == (
        "tls://nats:4222", "operator", "n1", "/nats/ca.crt", 3,
    )  # fmt: skip
    told = {"HOLDS_MAX": "8", "PAYOUT_DELAY_SECONDS": "60", "STRIPE_SECRET_KEY": "sk_test_1"}
    seen = system(tmp_path, {**URLS, **told})
    assert (seen.holds_max, seen.payout_delay_s, seen.provider_key) == (8, 60, "sk_test_1")
    assert seen.provider_url == "https://api.stripe.com"
    assert system(tmp_path, {**URLS, "STRIPE_API_URL": "http://provider"}).provider_url == "http://provider"


def test_half_a_system_is_refused_and_none_is_looked_for_on_this_machine(tmp_path: Path) -> None:
    some = {name: url for name, url in URLS.items() if name != "DATABASE_URL_ORDERS"}
    with pytest.raises(SettingsError, match=r"^DATABASE_URL_ORDERS must be set"):
        reach(tmp_path, {**some, **BUS})
    with pytest.raises(NotRunningError):
        reach(tmp_path, BUS)
    # What a service is told itself is not meant for operations.
    with pytest.raises(NotRunningError):
        system(tmp_path, {"DATABASE_URL": "postgresql://orders"})


async def test_logins_of_the_services_are_enough_and_the_command_takes_them(servers: Servers, tmp_path: Path) -> None:
    made = [await _database(servers, name) for name in WITH_DATABASE]
    urls = {f"DATABASE_URL_{each.name.upper()}": each.url for each in made}
    # Every statement of every check is asked, with nothing but what a service's own login may do.
    looked_at = replace(system(tmp_path, urls), provider_url="")
    assert [finding.breaks for finding in await check(looked_at, settle_s=0) if finding.breaks] == []
    environ = {**os.environ, **urls, "NATS_URL": servers.nats.url, "DATA_DIR": str(tmp_path)}
    for arguments, said in [(["dead-letters", "list"], "0 events parked"), (["rebuild"], "orders")]:
        command = [sys.executable, "-m", "fairseat_local.cli", *arguments]
        done = await asyncio.to_thread(
            subprocess.run, command, env=environ, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        assert said in done.stdout


async def _database(servers: Servers, name: str) -> ServiceDatabase:
    """With its tables, and without what tests before this one left in them."""
    made = await prepared_database(servers, name, ROOT / "services" / name / "migrations")
    owner = Database(made.owner_url, size_max=2)
    await owner.open()
    try:
        await empty(owner)
    finally:
        await owner.close()
    return made
