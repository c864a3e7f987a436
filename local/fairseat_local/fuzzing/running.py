"""A marketplace of its own, and many requests."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from fairseat_local.fuzzing.asking import MODES, Asking, Finding
from fairseat_local.fuzzing.people import askers, operator
from fairseat_local.routes import PREFIXES
from fairseat_local.testing import WholeSystem

TOGETHER = 24
COMPLETE_MAX_S = 90.0
COMPLETE_PAUSE_S = 1.0
SETTINGS = {"SIGNIN_ADDRESS_FAILURES_MAX": "1000000", "SIGNIN_ACCOUNT_FAILURES_MAX": "1000000"}
"""Made-up passwords are wrong, all from this one address, and those who ask sign in now and then."""


def fuzz(requests: int, seed: int, only: str, say: Callable[[str], None]) -> list[Finding]:
    """Start everything, ask at least so many requests over all operations, and answer what was found."""
    with tempfile.TemporaryDirectory() as directory:
        system = WholeSystem(Path(directory) / "data", settings=SETTINGS)
        system.start()
        try:
            system.settle()
            return _asked(system.url, requests, seed, only, say)
        finally:
            system.stop()


def document_of(url: str) -> dict[str, Any]:
    """The document of a marketplace that has just started, once every service has told its part."""
    nouns = {prefix.split("/")[2] for prefix in PREFIXES if prefix.startswith("/api/")}
    deadline = time.monotonic() + COMPLETE_MAX_S
    while True:
        document: dict[str, Any] = httpx.get(f"{url}/api/openapi.json", timeout=60).json()
        missing = nouns - {tag["name"] for tag in document["tags"]}
        if not missing:
            return document
        assert time.monotonic() < deadline, f"nothing is said about {', '.join(sorted(missing))}"
        time.sleep(COMPLETE_PAUSE_S)


def _asked(url: str, requests: int, seed: int, only: str, say: Callable[[str], None]) -> list[Finding]:
    asking = Asking(document_of(url), url, [*askers(url), operator(url)], seed)
    operations = asking.operations(only)
    started = time.monotonic()
    turn = 0
    while asking.count < requests:
        asking.seed = seed + turn
        examples = max(1, (requests - asking.count) // (len(operations) * len(MODES)))
        before = asking.count
        for place in range(0, len(operations), TOGETHER):
            known = len(asking.findings)
            asking.ask_all(operations[place : place + TOGETHER], examples)
            for finding in list(asking.findings.values())[known:]:
                say(str(finding))
            say(f"{asking.count:>7} requests, {time.monotonic() - started:.0f} s, {len(asking.findings)} findings")
        assert asking.count > before, "there is nothing to ask"
        turn += 1
    took_s = time.monotonic() - started
    statuses = ", ".join(f"{status}: {count}" for status, count in sorted(asking.statuses.items()))
    say(f"{asking.count} requests to {len(operations)} operations in {took_s:.0f} s; {statuses}")
    return list(asking.findings.values())
