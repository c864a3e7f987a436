"""How many requests an address, an account and an API key may make: token buckets, in this process, of bounded memory.

Whoever is limited here is told so before anything is done for them. What must never be exceeded (tickets, holds,
cards, transfers) is limited where it is decided, in the database; this keeps one client from being a burden to the
others. Each process counts for itself, so that so many processes let so many times as much through, at most.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Literal, NamedTuple

from prometheus_client import Counter

from fairseat_common.contracts.refusals import LimitReached
from fairseat_common.settings import Rates
from fairseat_common.telemetry import Metrics
from fairseat_common.web.auth import SignedIn

Kind = Literal["reads", "writes", "sign_ins"]

BUCKETS_MAX = 100_000
BURST_SHARE = 6
"""A bucket holds what is let through in a sixth of a minute, so that a page with its parts comes at once."""
BURST_MIN = 10
SEEN_MAX = 10_000
OURS = "ours"
IPV6_NETWORK_BITS = 64
"""What one household or one machine has of IPv6: an address of it is as good as any other."""
READS = frozenset({"GET", "HEAD", "OPTIONS"})
SIGN_INS = (
    "/api/users/signin",
    "/api/users/signup",
    "/api/users/password-reset",
    "/api/users/token",
    "/signin",
    "/signup",
    "/forgot",
)
"""Where passwords and addresses are tried out, in the API and on the pages; with all that is below."""
UNLIMITED = frozenset({"/api/payments/webhook"})
"""Signed by whom they are from, and in bursts."""


class TooManyRequests(LimitReached):
    """The client asks more often than one client may."""

    slug = "too-many-requests"
    title = "Too many requests"
    detail = "Wait for as many seconds as Retry-After says, then go on more slowly."


class Rate(NamedTuple):
    """So many requests a minute in the long run, and so many at once."""

    per_minute: int
    burst: int

    @classmethod
    def of(cls, per_minute: int) -> Rate:
        """With the usual burst."""
        return cls(per_minute, max(BURST_MIN, per_minute // BURST_SHARE))


class Buckets:
    """Token buckets by name. A bucket is one number: the moment at which it will be full again (GCRA).

    At most `buckets_max` are kept. The one that was asked for least recently is forgotten first, and begins anew, full.
    """

    def __init__(self, buckets_max: int = BUCKETS_MAX, clock: Callable[[], float] = time.monotonic) -> None:
        self._full_at: OrderedDict[str, float] = OrderedDict()
        self._buckets_max = buckets_max
        self._clock = clock

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._full_at)

    def take(self, name: str, rate: Rate) -> float:
        """Take a token; 0, or for how many seconds there is none."""
        now = self._clock()
        token_s = 60.0 / rate.per_minute
        full_at = max(self._full_at.pop(name, now), now)
        wait_s = full_at - now - token_s * (rate.burst - 1)
        self._full_at[name] = full_at if wait_s > 0 else full_at + token_s
        if len(self._full_at) > self._buckets_max:
            self._full_at.popitem(last=False)
        return max(wait_s, 0.0)


class Limiter:
    """The limits of one service. Where a rate is 0, nothing is counted."""

    def __init__(self, service: str, rates: Rates, metrics: Metrics) -> None:
        self._service = service
        self._addresses = Addresses(rates.trusted)
        self._address = _rates(rates.address_reads, rates.address_writes, rates.address_sign_ins)
        self._account = _rates(rates.account_reads, rates.account_writes, rates.account_writes)
        self.counts = any((*self._address.values(), *self._account.values()))
        """Whether anything but API keys is limited."""
        self._buckets = Buckets()
        self._limited = Counter(
            "fairseat_limited",
            "Requests that were refused since their address, account or key had made too many.",
            ["service", "by", "kind"],
            registry=metrics.registry,
        )

    def address(self, method: str, path: str, headers: Mapping[str, str], peer: str | None) -> None:
        """Count a request of an address, but not one that comes from inside the house; raises TooManyRequests."""
        if path in UNLIMITED:
            return
        kind = kind_of(method, path)
        rate = self._address[kind]
        found = self._addresses.find(headers, peer) if rate else None
        if rate and found:
            self._take(f"address {kind} {found}", rate, "address", kind)

    def account(self, method: str, path: str, user: SignedIn) -> None:
        """Count a request of an account, or of its API key, which has a rate of its own; raises TooManyRequests."""
        kind = kind_of(method, path)
        if user.key_id is not None and user.per_minute:
            self._take(f"key {user.key_id}", Rate.of(user.per_minute), "key", kind)
        elif rate := self._account[kind]:
            self._take(f"account {kind} {user.id}", rate, "account", kind)

    def _take(self, name: str, rate: Rate, by: str, kind: Kind) -> None:
        wait_s = self._buckets.take(name, rate)
        if wait_s:
            self._limited.labels(self._service, by, kind).inc()
            raise TooManyRequests(retry_after_s=math.ceil(wait_s))


def kind_of(method: str, path: str) -> Kind:
    """What a request is counted as."""
    if method in READS:
        return "reads"
    return "sign_ins" if path.startswith(SIGN_INS) else "writes"


class Addresses:
    """Tells whose requests these are behind gateways that append whom they have heard from to X-Forwarded-For.

    From the last of them back to the first that is none of ours: that is the client, whatever it claims itself.
    """

    def __init__(self, trusted: Sequence[str]) -> None:
        self._trusted = [ip_network(network) for network in trusted]
        self._counted = lru_cache(maxsize=SEEN_MAX)(self._look)

    def find(self, headers: Mapping[str, str], peer: str | None) -> str | None:
        """An address, of IPv6 its network; None for a request from inside the house, or from who knows where."""
        for said in reversed([*headers.get("x-forwarded-for", "").split(","), peer or ""]):
            found = self._counted(said.strip())
            if found != OURS:
                return found
        return None

    def _look(self, said: str) -> str | None:
        if not said:
            return OURS
        try:
            address = ip_address(said)
        except ValueError:
            return None
        if any(address in network for network in self._trusted):
            return OURS
        return said if address.version == 4 else str(ip_network((int(address), IPV6_NETWORK_BITS), strict=False))


def _rates(reads: int, writes: int, sign_ins: int) -> dict[Kind, Rate | None]:
    given: dict[Kind, int] = {"reads": reads, "writes": writes, "sign_ins": sign_ins}
    return {kind: Rate.of(per_minute) if per_minute else None for kind, per_minute in given.items()}
