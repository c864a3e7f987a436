"""What the provider has done, in order: the outside truth that tests compare everything else with."""

from __future__ import annotations

import sqlite3
from typing import Annotated, Literal

import msgspec

Kind = Literal[
    "intent_created",
    "challenged",
    "authorized",
    "declined",
    "captured",
    "canceled",
    "refunded",
    "dispute_opened",
    "dispute_won",
    "dispute_lost",
    "payment_method_created",
    "account_created",
    "account_onboarded",
    "account_restricted",
    "transferred",
    "transfer_reversed",
]


class Effect(msgspec.Struct, kw_only=True):
    """One thing done, at a time in seconds since 1970; `amount` is in minor units of `currency`."""

    seq: int = 0
    at: float
    kind: Kind
    object_id: str
    intent_id: str | None = None
    amount: int | None = None
    currency: str | None = None
    idempotency_key: str | None = None
    metadata: dict[str, str]


class EffectQuery(msgspec.Struct, kw_only=True):
    """Which effects are wanted: those after a place, of a kind, of an intent."""

    after: Annotated[int, msgspec.Meta(ge=0)] = 0
    kind: Kind | None = None
    intent_id: str | None = None


class Effects:
    """The statements; `append` belongs inside the journal's transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def append(self, effect: Effect) -> None:
        """Write one more."""
        self._db.execute(
            """insert into effects (at, kind, object_id, intent_id, amount, currency, idempotency_key, metadata)
               values (?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                effect.at,
                effect.kind,
                effect.object_id,
                effect.intent_id,
                effect.amount,
                effect.currency,
                effect.idempotency_key,
                msgspec.json.encode(effect.metadata).decode(),
            ),
        )

    def select(self, query: EffectQuery) -> list[Effect]:
        """The effects that were asked for, oldest first."""
        rows = self._db.execute(
            """select seq, at, kind, object_id, intent_id, amount, currency, idempotency_key, metadata from effects
               where seq > :after and (:kind is null or kind = :kind)
                 and (:intent_id is null or intent_id = :intent_id)
               order by seq""",
            msgspec.structs.asdict(query),
        )
        names = [column[0] for column in rows.description]
        found = [dict(zip(names, row, strict=True)) for row in rows]
        return [msgspec.convert({**each, "metadata": msgspec.json.decode(each["metadata"])}, Effect) for each in found]

    def counts(self) -> dict[str, int]:
        """How many there are of each kind."""
        return dict(self._db.execute("select kind, count(*) from effects group by kind order by kind").fetchall())
