"""Where a system's databases and its broker are: from the environment in a cluster, from DATA_DIR on one machine.

As soon as one DATABASE_URL_<SERVICE> is set, everything comes from the environment, and all of them have to be there:
a look at half a system would call the other half lost.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fairseat_common.bus import Broker, Login
from fairseat_common.environment import Reader, SettingsError
from fairseat_local.check import System
from fairseat_local.check.reading import HOLDS_MAX_DEFAULT, PAYOUT_DELAY_S_DEFAULT, Hearer
from fairseat_local.environment import WITH_DATABASE
from fairseat_local.operations.consumers import declared
from fairseat_local.plan import Running

STRIPE = "https://api.stripe.com"
"""Where payments talks to if it was told of no stand-in."""
DATABASE_URL = "DATABASE_URL_"


@dataclass(frozen=True, slots=True)
class BrokerAt:
    """The broker, and who we are to it; `replicas` of a stream that has to be made."""

    url: str
    login: Login = field(default_factory=Login)
    replicas: int = 1

    def broker(self, name: str) -> Broker:
        """A connection that is not open yet; `name` is what the broker's own lists call it."""
        return Broker(self.url, name, self.login, self.replicas)


@dataclass(frozen=True, slots=True)
class Reach:
    """Connection strings by service, of roles that may read and write all rows; and the broker."""

    databases: Mapping[str, str]
    broker: BrokerAt


def reach(data_dir: Path, environ: Mapping[str, str] | None = None) -> Reach:
    """Raises SettingsError for an environment that says half of it, NotRunningError without any of it."""
    around = os.environ if environ is None else environ
    if told := _databases(around):
        return Reach(told, _broker(around))
    running = Running.read(data_dir)
    return Reach(_owners(running), BrokerAt(running.nats_url))


def system(data_dir: Path, environ: Mapping[str, str] | None = None) -> System:
    """The same for `fairseat check`, with the provider and what the services were told. Raises as `reach`."""
    around = os.environ if environ is None else environ
    if told := _databases(around):
        return _system(told, around, around.get("STRIPE_API_URL") or STRIPE)
    running = Running.read(data_dir)
    settings = {**around, **running.environments.get("orders", {}), **running.environments.get("payments", {})}
    return _system(_owners(running), settings, running.provider_url if settings.get("STRIPE_API_URL") else STRIPE)


def _system(databases: Mapping[str, str], settings: Mapping[str, str], provider_url: str) -> System:
    return System(
        databases=databases,
        hearers=[Hearer(each.durable, each.service, each.subject) for each in declared()],
        provider_url=provider_url,
        provider_key=settings.get("STRIPE_SECRET_KEY") or "sk_test_check",
        holds_max=int(settings.get("HOLDS_MAX") or HOLDS_MAX_DEFAULT),
        payout_delay_s=int(settings.get("PAYOUT_DELAY_SECONDS") or PAYOUT_DELAY_S_DEFAULT),
    )


def _owners(running: Running) -> dict[str, str]:
    urls = {name: settings.get("MIGRATION_DATABASE_URL", "") for name, settings in running.environments.items()}
    return {name: url for name, url in urls.items() if url}


def _databases(environ: Mapping[str, str]) -> dict[str, str]:
    """Empty where the environment says nothing of databases."""
    found = {name: environ.get(f"{DATABASE_URL}{name.upper()}", "") for name in WITH_DATABASE}
    missing = [f"{DATABASE_URL}{name.upper()}" for name, url in found.items() if not url]
    if len(missing) == len(found):
        return {}
    if missing:
        raise SettingsError(f"{', '.join(missing)} must be set as well: the databases are one system")
    return found


def _broker(environ: Mapping[str, str]) -> BrokerAt:
    reader = Reader(environ)
    login = Login(
        user=reader.text("NATS_USER", ""),
        password=reader.secret("NATS_PASSWORD", ""),
        ca_file=reader.text("NATS_CA_FILE", ""),
    )
    found = BrokerAt(reader.text("NATS_URL"), login, reader.number("NATS_REPLICAS", 1, 1, 5))
    reader.check()
    return found
