"""Does a marketplace that was just deployed work? Asked from outside, as its visitors do."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from fairseat_common.ids import new_id
from fairseat_common.settings import HIDDEN_ENVIRONMENTS

REQUEST_MAX_S = 20.0


class Failed(Exception):
    """A step found something wrong; the text says what was expected and what was seen."""


class Skipped(Exception):
    """A step does not apply here; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is looked at, and as whom."""

    url: str
    """The public origin."""
    environment: str
    """As the marketplace's own ENVIRONMENT: what must hold differs between production and the rest."""
    email: str = ""
    """New accounts get this address with a part after a plus sign; empty: no account is made."""
    basic: tuple[str, str] | None = None
    """Name and password for an edge that lets in the team only."""
    buy: bool = False
    """Whether to list a seat, buy it with a test card, and wait for the ticket."""
    ca: str = ""
    """A file with the certificate of an authority that is trusted beside the usual ones; empty for none."""

    @property
    def secure(self) -> bool:
        """Whether it is reached by HTTPS."""
        return urlsplit(self.url).scheme == "https"

    @property
    def host(self) -> str:
        """The name in the address."""
        return urlsplit(self.url).hostname or ""

    @property
    def hidden(self) -> bool:
        """Whether search engines are to stay away: where nothing is for sale, and they could get to."""
        return self.environment in HIDDEN_ENVIRONMENTS

    @property
    def is_local(self) -> bool:
        """Whether it runs for somebody who works on it."""
        return self.environment == "local"

    def address(self) -> str:
        """A new e-mail address that arrives where `email` does. Skipped where there is none."""
        if not self.email:
            raise Skipped("no account is made without --email")
        name, _, domain = self.email.partition("@")
        return f"{name}+{new_id().hex[-12:]}@{domain}"


@dataclass(frozen=True)
class Seen:
    """What became of a step."""

    step: str
    verdict: str
    """ok, skipped or failed."""
    detail: str
    took_s: float


@dataclass
class Visitor:
    """Somebody with a browser of their own, and what the steps tell each other."""

    target: Target
    client: httpx.AsyncClient
    notes: dict[str, Any] = field(default_factory=dict)

    async def get(self, path: str, **more: Any) -> httpx.Response:
        """An answer that is no fault of the server's. Failed."""
        return self._judged(await self.client.get(path, **more))

    async def post(self, path: str, **more: Any) -> httpx.Response:
        """An answer that is no fault of the server's. Failed."""
        return self._judged(await self.client.post(path, **more))

    def _judged(self, answer: httpx.Response) -> httpx.Response:
        if answer.status_code >= 500:
            raise Failed(f"{answer.request.method} {answer.request.url.path} answered {answer.status_code}")
        return answer


def expect(holds: bool, otherwise: str) -> None:
    """Raise Failed with this text unless it holds."""
    if not holds:
        raise Failed(otherwise)


def trust(target: Target) -> Any:
    """How certificates are verified: what httpx takes as `verify`."""
    import ssl

    context = ssl.create_default_context()
    if target.ca:
        context.load_verify_locations(target.ca)
    return context


def visitor(target: Target) -> Visitor:
    """A visitor who has not been there yet; close its client in the end."""
    client = httpx.AsyncClient(
        base_url=target.url,
        timeout=REQUEST_MAX_S,
        verify=trust(target),
        auth=target.basic,
        headers={"User-Agent": "fairseat-smoke"},
    )
    return Visitor(target, client)


async def look(target: Target) -> list[Seen]:
    """Take every step, in order; one that fails does not stop those after it."""
    from fairseat_deploy.smoke_steps import STEPS

    found: list[Seen] = []
    who = visitor(target)
    try:
        for name, step in STEPS:
            began = time.monotonic()
            verdict, detail = "ok", ""
            try:
                detail = await step(who)
            except Skipped as skipped:
                verdict, detail = "skipped", str(skipped)
            except (Failed, AssertionError, httpx.HTTPError, OSError, ValueError, KeyError) as problem:
                verdict, detail = "failed", str(problem) or type(problem).__name__
            found.append(Seen(name, verdict, detail, time.monotonic() - began))
    finally:
        await who.client.aclose()
    return found


COLOURS = {"ok": "green", "skipped": "yellow", "failed": "red"}


def print_table(target: Target, found: Sequence[Seen], console: Console | None = None) -> None:
    """Print what was seen, a line a step."""
    out = console or Console(width=120)
    table = Table(title=f"{target.url} ({target.environment})", title_justify="left")
    table.add_column("step")
    table.add_column("")
    table.add_column("what was seen", overflow="fold")
    table.add_column("took", justify="right")
    for seen in found:
        colour = COLOURS[seen.verdict]
        table.add_row(seen.step, f"[{colour}]{seen.verdict}[/{colour}]", escape(seen.detail), f"{seen.took_s:.2f} s")
    out.print(table)


def passed(found: Sequence[Seen]) -> bool:
    """Whether no step failed."""
    return all(seen.verdict != "failed" for seen in found)
