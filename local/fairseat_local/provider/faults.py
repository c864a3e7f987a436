"""Misbehaviour on request: decided by a seed and by counting, and both survive kill -9 of the process.

The same seed and the same sequence of calls give the same faults. What happens to an event is decided when it is
made, together with its deliveries, so a restart changes nothing about it.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

KEYS_KEPT_S = 24 * 3600
REORDER_S = 0.5
"""How far apart events are thrown that are to arrive in another order."""

Probability = Annotated[float, msgspec.Meta(ge=0, le=1)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=3600)]
CallFault = Literal["before", "after", "error", "error_after"]
CALL_FAULTS: tuple[CallFault, ...] = ("before", "after", "error", "error_after")


class WebhookFaults(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Events: how many are lost, how often the others come again, how late, and whether in order."""

    lose: Probability = 0.0
    repeat: Annotated[int, msgspec.Meta(ge=0, le=10)] = 0
    delay_s: tuple[Seconds, Seconds] = (0.0, 0.0)
    reorder: bool = False


class CallFaults(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Calls: the connection breaks `before` or `after` the effect; a stored 500 without the effect, or with it."""

    before: Probability = 0.0
    after: Probability = 0.0
    error: Probability = 0.0
    error_after: Probability = 0.0

    def __post_init__(self) -> None:
        if sum(getattr(self, fault) for fault in CALL_FAULTS) > 1:
            raise ValueError("together the probabilities of a call's faults are 1 at most")


class Faults(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Everything that can be asked for; the default is a provider that behaves."""

    seed: int = 0
    webhooks: WebhookFaults = msgspec.field(default_factory=WebhookFaults)
    calls: CallFaults = msgspec.field(default_factory=CallFaults)
    keys_forgotten_after_s: Annotated[float, msgspec.Meta(ge=0, le=KEYS_KEPT_S)] = KEYS_KEPT_S


class FaultBook:
    """What was asked for and what came of it, in the journal's file; writes belong inside its transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        row = db.execute("select wanted from faults").fetchone()
        self._wanted = msgspec.json.decode(row[0], type=Faults) if row else Faults()

    @property
    def wanted(self) -> Faults:
        """What was asked for last."""
        return self._wanted

    @property
    def calls_fail(self) -> bool:
        """Whether a call may fail at all."""
        return self._wanted.calls != CallFaults()

    def ask(self, faults: Faults) -> None:
        """From now on this, counted from the beginning."""
        sql = "insert or replace into faults (only_row, wanted) values (1, ?)"
        self._db.execute(sql, (msgspec.json.encode(faults),))
        self._db.execute("delete from faults_done")
        self._wanted = faults

    def next_call(self) -> CallFault | None:
        """What goes wrong with the call that is coming in."""
        draw = self._draw("calls").random()
        for fault in CALL_FAULTS:
            draw -= getattr(self._wanted.calls, fault)
            if draw < 0:
                self._count(fault)
                return fault
        return None

    def next_delays_s(self) -> Sequence[float]:
        """When the copies of an event's delivery are sent; none at all if it gets lost."""
        webhooks = self._wanted.webhooks
        if webhooks == WebhookFaults():
            return (0.0,)
        draw = self._draw("deliveries")
        if draw.random() < webhooks.lose:
            self._count("lost")
            return ()
        if webhooks.repeat:
            self._count("repeated", webhooks.repeat)
        spread_s = REORDER_S if webhooks.reorder else 0.0
        return [draw.uniform(*webhooks.delay_s) + draw.uniform(0, spread_s) for _ in range(1 + webhooks.repeat)]

    def counts(self) -> dict[str, int]:
        """How often which fault has happened since it was asked for."""
        found = dict.fromkeys((*CALL_FAULTS, "lost", "repeated"), 0)
        found.update(self._db.execute("select kind, times from faults_done").fetchall())
        return found

    def _draw(self, counter: Literal["calls", "deliveries"]) -> random.Random:
        sql = f"update faults set {counter} = {counter} + 1 returning {counter}"  # noqa: S608 -- two fixed words
        (number,) = self._db.execute(sql).fetchall()[0]
        return random.Random(f"{self._wanted.seed} {counter} {number}")  # noqa: S311 -- foreseeable on purpose

    def _count(self, kind: str, times: int = 1) -> None:
        self._db.execute(
            "insert into faults_done values (?, ?) on conflict (kind) do update set times = times + excluded.times",
            (kind, times),
        )
