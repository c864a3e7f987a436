"""What operations need to know about a run on this machine: from the file that `fairseat up` leaves in DATA_DIR."""

from __future__ import annotations

import os
from pathlib import Path

from fairseat_local.check import System
from fairseat_local.check.reading import HOLDS_MAX_DEFAULT, PAYOUT_DELAY_S_DEFAULT, Hearer
from fairseat_local.operations.consumers import declared
from fairseat_local.plan import Running

STRIPE = "https://api.stripe.com"
"""Where payments talks to if it was told of no stand-in."""


def databases(running: Running) -> dict[str, str]:
    """Connection strings of the databases' owners, by service."""
    urls = {name: settings.get("MIGRATION_DATABASE_URL", "") for name, settings in running.environments.items()}
    return {name: url for name, url in urls.items() if url}


def system(data_dir: Path) -> System:
    """The system that was started with this data directory; raises NotRunningError."""
    running = Running.read(data_dir)
    payments = running.environments.get("payments", {})
    holds_max = running.environments.get("orders", {}).get("HOLDS_MAX") or os.environ.get("HOLDS_MAX")
    payout_delay_s = payments.get("PAYOUT_DELAY_SECONDS") or os.environ.get("PAYOUT_DELAY_SECONDS")
    return System(
        databases=databases(running),
        hearers=[Hearer(each.durable, each.service, each.subject) for each in declared()],
        provider_url=running.provider_url if payments.get("STRIPE_API_URL") else STRIPE,
        provider_key=payments.get("STRIPE_SECRET_KEY", "sk_test_check"),
        holds_max=int(holds_max or HOLDS_MAX_DEFAULT),
        payout_delay_s=int(payout_delay_s or PAYOUT_DELAY_S_DEFAULT),
    )
