"""Events on their way to endpoints, in the journal: due, delivered, given up, or lost on purpose."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delivery:
    """One copy of an event on its way to one endpoint; `tries` counts this one too."""

    event_id: str
    endpoint_id: str
    copy: int
    tries: int


class Deliveries:
    """The statements; every write belongs inside the journal's transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def insert(self, event_id: str, endpoint_id: str, copy: int, delay_s: float) -> None:
        """A copy of an event is due at an endpoint in so many seconds."""
        self._db.execute(
            "insert into deliveries (event_id, endpoint_id, copy, state, due_at) values (?, ?, ?, 'due', ?)",
            (event_id, endpoint_id, copy, time.time() + delay_s),
        )

    def insert_lost(self, event_id: str, endpoint_id: str) -> None:
        """An event that never arrives anywhere."""
        self._db.execute(
            "insert into deliveries (event_id, endpoint_id, copy, state, due_at) values (?, ?, 0, 'lost', ?)",
            (event_id, endpoint_id, time.time()),
        )

    def claim(self, limit: int, again_at: float) -> list[Delivery]:
        """Deliveries that are due, counted as tried; unless settled they fall due again at `again_at`."""
        rows = self._db.execute(
            """update deliveries set tries = tries + 1, due_at = ?
               where (event_id, endpoint_id, copy) in (
                   select event_id, endpoint_id, copy from deliveries
                   where state = 'due' and due_at <= ? order by due_at limit ?)
               returning event_id, endpoint_id, copy, tries""",
            (again_at, time.time(), limit),
        ).fetchall()
        return [Delivery(*row) for row in rows]

    def release(self) -> None:
        """What a killed process had in flight, and what waited for another try, is due now."""
        self._db.execute("update deliveries set due_at = ? where state = 'due' and tries > 0", (time.time(),))

    def next_at(self) -> float | None:
        """When the next delivery falls due, in seconds since 1970."""
        row = self._db.execute("select min(due_at) from deliveries where state = 'due'").fetchone()
        return None if row[0] is None else float(row[0])

    def settle(self, delivery: Delivery, state: str, result: str, due_at: float) -> None:
        """Write what came of a try."""
        self._db.execute(
            """update deliveries set state = ?, last_result = ?, due_at = ?
               where event_id = ? and endpoint_id = ? and copy = ?""",
            (state, result, due_at, delivery.event_id, delivery.endpoint_id, delivery.copy),
        )

    def counts(self) -> dict[str, int]:
        """How many there are in each state."""
        found = dict.fromkeys(("due", "delivered", "given_up", "lost"), 0)
        found.update(self._db.execute("select state, count(*) from deliveries group by state").fetchall())
        return found
