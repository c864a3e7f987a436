"""The journal: every object, stored answer, pending delivery and effect, in one SQLite file.

The process may be killed at any moment: an answer is sent only after the transaction that holds its effect,
its events and its stored idempotent result has been committed.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from fairseat_local.provider.deliveries import Deliveries
from fairseat_local.provider.effects import Effects
from fairseat_local.provider.faults import KEYS_KEPT_S, FaultBook
from fairseat_local.provider.objects import ApiObject, Stored
from fairseat_local.provider.schema import bring_up_to_date

EVENT_RETENTION_S = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The stored first answer to an idempotency key."""

    fingerprint: bytes
    status: int
    body: bytes


class Journal:
    """The file and its statements. Used from one thread; each public write belongs inside `transaction()`."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        for pragma in (
            "journal_mode = wal",
            "synchronous = full",
            "foreign_keys = on",
            "busy_timeout = 5000",
        ):
            self._db.execute(f"pragma {pragma}")
        bring_up_to_date(self._db)
        self.deliveries = Deliveries(self._db)
        self.effects = Effects(self._db)
        self.faults = FaultBook(self._db)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, durable when the block has been left."""
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    # Objects

    def insert(self, value: ApiObject, *, parent: str | None = None) -> None:
        """File a new object, with its metadata as an index to search by."""
        row = self._db.execute(
            "insert into objects (id, kind, created, parent, body) values (?, ?, ?, ?, ?) returning seq",
            (value.id, value.object, value.created, parent, msgspec.json.encode(value)),
        ).fetchone()
        for name, text in getattr(value, "metadata", {}).items():
            self._db.execute("insert into metadata values (?, ?, ?)", (name, text, row[0]))

    def update(self, value: ApiObject) -> None:
        """Write an object's new state. Metadata and parent do not change."""
        self._db.execute("update objects set body = ? where id = ?", (msgspec.json.encode(value), value.id))

    def delete(self, object_id: str) -> None:
        """Remove an object and its pending deliveries."""
        self._db.execute("delete from objects where id = ?", (object_id,))

    def find(self, kind: type[Stored], object_id: str) -> Stored | None:
        """The object of this kind with this id."""
        row = self._db.execute(
            "select body from objects where id = ? and kind = ?", (object_id, kind_name(kind))
        ).fetchone()
        return None if row is None else msgspec.json.decode(row[0], type=kind)

    def read(self, object_id: str) -> dict[str, Any] | None:
        """The object with this id, whatever its kind, as plain values."""
        row = self._db.execute("select body from objects where id = ?", (object_id,)).fetchone()
        return None if row is None else msgspec.json.decode(row[0], type=dict[str, Any])

    def children(self, kind: type[Stored], parent: str) -> list[Stored]:
        """Objects of this kind under a parent, oldest first."""
        rows = self._db.execute(
            "select body from objects where parent = ? and kind = ? order by seq", (parent, kind_name(kind))
        )
        return [msgspec.json.decode(row[0], type=kind) for row in rows]

    def all_of(self, kind: type[Stored]) -> list[Stored]:
        """Every object of this kind, oldest first; for kinds of which there are few."""
        rows = self._db.execute("select body from objects where kind = ? order by seq", (kind_name(kind),))
        return [msgspec.json.decode(row[0], type=kind) for row in rows]

    def seq_of(self, kind: type[ApiObject], object_id: str) -> int | None:
        """An object's place in the order of creation."""
        row = self._db.execute(
            "select seq from objects where id = ? and kind = ?", (object_id, kind_name(kind))
        ).fetchone()
        return None if row is None else int(row[0])

    def select(
        self, kind: type[Stored], condition: str, values: list[Any], *, newest_first: bool, limit: int
    ) -> list[tuple[int, Stored]]:
        """Objects with their places. `condition` is fixed SQL; what comes from outside is in `values`."""
        order = "desc" if newest_first else "asc"
        sql = f"select seq, body from objects where kind = ? and {condition} order by seq {order} limit ?"  # noqa: S608
        rows = self._db.execute(sql, [kind_name(kind), *values, limit])
        return [(int(seq), msgspec.json.decode(body, type=kind)) for seq, body in rows]

    # Stored answers

    def answer_find(self, key: str) -> StoredAnswer | None:
        """The first answer to this idempotency key, for as long as the provider promises to remember it."""
        row = self._db.execute(
            "select fingerprint, status, body from answers where key = ? and created > ?",
            (key, time.time() - self.faults.wanted.keys_forgotten_after_s),
        ).fetchone()
        return None if row is None else StoredAnswer(*row)

    def answer_insert(self, key: str, answer: StoredAnswer) -> None:
        """Remember an answer; a key that was forgotten may be used again."""
        self._db.execute(
            "insert or replace into answers values (?, ?, ?, ?, ?)",
            (key, answer.fingerprint, answer.status, answer.body, time.time()),
        )

    def prune(self) -> None:
        """Forget keys after a day and settled events after a month, as the provider does."""
        now = time.time()
        self._db.execute("delete from answers where created <= ?", (now - KEYS_KEPT_S,))
        self._db.execute(
            """delete from objects where kind = 'event' and created <= ? and not exists (
                   select 1 from deliveries where event_id = objects.id and state = 'due')""",
            (int(now - EVENT_RETENTION_S),),
        )


@cache
def kind_name(kind: type[ApiObject]) -> str:
    """The name that the journal files a type under: the default of its `object` field."""
    for field in msgspec.structs.fields(kind):
        if field.name == "object":
            return str(field.default)
    raise TypeError(kind)
