"""Holding seats: requests that arrive together share one statement, and each is answered for itself.

There is no timer. Whatever has queued up while a statement was in flight goes into the next one, so a lone request
waits for nobody and a crowd costs the database little.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import asyncpg
import structlog

from fairseat_common.bans import AccountBanned
from fairseat_common.contracts.refusals import Refusal, Unavailable
from fairseat_common.database import Database, Record
from orders import store, store_claims
from orders.domain import (
    Claim,
    HoldLimit,
    NotOpenYet,
    Order,
    OwnListing,
    PriceChanged,
    SeatsUnavailable,
    ShowOver,
    SplitNotAllowed,
)
from orders.domain_limits import Limits, TicketLimit
from orders.domain_queues import QueueFirst
from orders.domain_switch import SalesStopped

log = structlog.get_logger(__name__)

BATCH_MAX = 64
QUEUE_MAX = 4096
ROUNDS_MAX = BATCH_MAX + 8
CONNECT_TIMEOUT_S = 5
COMMAND_TIMEOUT_S = 10
AWAY_PAUSE_S = 0.25
ANSWER_TIMEOUT_S = 20.0

REFUSALS: dict[str, type[Refusal]] = {
    "stopped": SalesStopped,
    "banned": AccountBanned,
    "show-over": ShowOver,
    "own-listing": OwnListing,
    "gone": SeatsUnavailable,
    "split": SplitNotAllowed,
    "limit": HoldLimit,
    "queue": QueueFirst,
}


@dataclass(frozen=True, slots=True)
class Repeated:
    """The buyer's key has made an order before."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The listing, or its show, has not been heard of (yet)."""


Outcome = Order | Refusal | Repeated | Unknown


class HoldPump:
    """Coalesces the holds of one process: one batch in flight, on a connection of its own."""

    name = "hold"

    def __init__(self, database: Database, limits: Limits) -> None:
        self._database = database
        self._limits = limits
        self._queue: deque[tuple[Claim, asyncio.Future[Outcome]]] = deque()
        self._filled = asyncio.Event()
        self.decided: Callable[[Outcome], None] = _nothing
        """Told what became of each claim."""

    @property
    def waiting(self) -> int:
        """How many claims wait for a statement."""
        return len(self._queue)

    async def hold(self, claim: Claim) -> Outcome:
        """What became of the claim; raises Unavailable when too many wait or the database does not answer."""
        if len(self._queue) >= QUEUE_MAX:
            raise Unavailable("Very many people want seats right now. Please try again in a moment.")
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._queue.append((claim, future))
        self._filled.set()
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                outcome = await future
        except TimeoutError:
            raise Unavailable("The hold may or may not have been made: repeat it with the same key.") from None
        self.decided(outcome)
        return outcome

    async def run(self) -> None:
        """Serve claims until cancelled. After a lost connection the batch is tried again: its keys make that safe."""
        while True:
            try:
                await self._serve()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("hold.database_away", error=repr(error))
            await asyncio.sleep(AWAY_PAUSE_S)

    async def _serve(self) -> None:
        connection = await asyncpg.connect(
            self._database.url,
            timeout=CONNECT_TIMEOUT_S,
            command_timeout=COMMAND_TIMEOUT_S,
            # One plan for all batches, by the indexes: small tables must not tempt the planner to scan them.
            server_settings={
                "application_name": "fairseat-orders-hold",
                "timezone": "UTC",
                "plan_cache_mode": "force_generic_plan",
                "enable_seqscan": "off",
                "enable_hashjoin": "off",
                "jit": "off",
                "lock_timeout": "5000",
            },
        )
        try:
            while True:
                await self._filled.wait()
                batch = self._take()
                if not batch:
                    self._filled.clear()
                    continue
                await self._decide(connection, batch)
        finally:
            connection.terminate()

    def _take(self) -> list[tuple[Claim, asyncio.Future[Outcome]]]:
        """Up to BATCH_MAX claims whose callers still wait; of two with the same key the second stays behind."""
        batch: list[tuple[Claim, asyncio.Future[Outcome]]] = []
        behind: list[tuple[Claim, asyncio.Future[Outcome]]] = []
        keys = set()
        while self._queue and len(batch) < BATCH_MAX:
            claim, future = self._queue.popleft()
            if future.done():
                continue
            key = (claim.buyer_id, claim.idempotency_key)
            (behind if key in keys else batch).append((claim, future))
            keys.add(key)
        self._queue.extendleft(reversed(behind))
        return batch

    async def _decide(
        self, connection: asyncpg.Connection[Record], batch: Sequence[tuple[Claim, asyncio.Future[Outcome]]]
    ) -> None:
        pending = dict(enumerate(batch))
        waiting = False
        try:
            for _ in range(ROUNDS_MAX):
                rows = await self._claim(connection, [claim for claim, _ in pending.values()], waiting)
                decided = [(index, decide(row, waiting)) for index, row in zip(list(pending), rows, strict=bool(rows))]
                self._answer(pending, decided)
                if not pending:
                    return
                waiting = bool(rows)
            raise AssertionError("a batch of holds was not decided")
        except Exception as error:
            self._give_up(pending, error)
            raise

    async def _claim(
        self, connection: asyncpg.Connection[Record], claims: Sequence[Claim], waiting: bool
    ) -> list[Record]:
        try:
            rows = await store_claims.seats_claim(connection, claims, self._limits, waiting)
        except asyncpg.UniqueViolationError:
            # Another process took a slot or a key at the same moment: nothing was written, look again.
            return []
        if any(row["outcome"] == "held" for row in rows):
            self._database.committed()
        return rows

    def _answer(
        self,
        pending: dict[int, tuple[Claim, asyncio.Future[Outcome]]],
        decided: Sequence[tuple[int, Outcome | None]],
    ) -> None:
        for index, outcome in decided:
            if outcome is not None:
                _claim, future = pending.pop(index)
                if not future.done():
                    future.set_result(outcome)

    def _give_up(self, pending: dict[int, tuple[Claim, asyncio.Future[Outcome]]], error: Exception) -> None:
        """A lost connection puts the batch back; anything else is answered with the error."""
        away = isinstance(error, (OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError))
        for entry in reversed(list(pending.values())):
            if away:
                self._queue.appendleft(entry)
            elif not entry[1].done():
                entry[1].set_exception(Unavailable() if isinstance(error, asyncpg.PostgresError) else error)
        self._filled.set()


def _nothing(_outcome: Outcome) -> None:
    """Who looks on, where nobody does."""


def decide(row: Record, waiting: bool) -> Outcome | None:
    """What a row of a batch means for its claim; None if it has to be asked again."""
    match row["outcome"]:
        case "held":
            return store.order_of(row)
        case "repeated":
            return Repeated()
        case "unknown":
            return Unknown()
        case "again":
            return None
        case "tickets":
            return TicketLimit(tickets=row["tickets_now"], tickets_max=row["tickets_max"])
        case "short":
            # Passing over locked seats proves nothing, nor does a bigger request that stood before this one.
            gone = waiting and row["quantity_asked"] > row["left_over"]
            return SeatsUnavailable(available=max(row["left_over"], 0)) if gone else None
        case "price":
            return PriceChanged(all_in_unit_price={"amount": row["price_now"], "currency": row["currency_now"]})
        case "not-open-yet":
            return NotOpenYet(opens_at=row["opens_at"])
        case refused:
            return REFUSALS[refused]()
