"""Waiting rooms: the order is the seed's, the seed is the one that was promised, and who holds was let in."""

from __future__ import annotations

import hashlib

from fairseat_local.check.findings import Check, Look
from fairseat_local.check.reading import Reading

OPENED = """
select o.show_id, o.seed, o.number as drawn, m.commitment, q.head,
    (select array_agg(number order by place) from queue_entries e
        where e.show_id = o.show_id and e.number <= o.number) as line
from queue_log o join queues q on q.show_id = o.show_id
    join queue_log m on m.show_id = o.show_id and m.what = 'made'
where o.what = 'opened'
"""
# In the order in which the log tells it. Who was let in without a line in the log has none.
LET_IN = """
select e.show_id, e.number, e.place, lag(e.place) over (partition by e.show_id order by l.position) as before
from queue_entries e left join queue_log l on l.show_id = e.show_id and l.number = e.number and l.what = 'admitted'
where e.admitted_at is not null
"""
HELD_OUTSIDE = """
select o.id, o.show_id from orders o join queues q on q.show_id = o.show_id
where o.waiting_entry_id is null and o.created_at > q.created_at + interval '5 seconds'
    and o.created_at < coalesce(q.ended_at, 'infinity') - interval '5 seconds' and q.forgotten_at is null
    and not exists (select from queue_entries e where e.show_id = o.show_id
        and (e.user_id = o.buyer_id or e.user_id is null)
        and e.admitted_at <= o.created_at and o.created_at <= e.admitted_until)
"""


def drawn(seed: str, numbers: int) -> list[int]:
    """The numbers that joined before an opening, in the order that the seed puts them into."""
    return sorted(range(1, numbers + 1), key=lambda n: hashlib.sha256(f"{seed}:{numbers}:{n}".encode()).digest())


async def the_order_is_the_seeds(reading: Reading) -> Look:
    """Q1, worked out anew."""
    rooms = await reading.rows("orders", OPENED)
    breaks = {}
    for room in rooms:
        if hashlib.sha256(room["seed"].encode()).hexdigest() != room["commitment"]:
            breaks[f"{room['show_id']} seed"] = f"the seed of show {room['show_id']} is not the one that was promised"
        if (room["line"] or []) != drawn(room["seed"], room["drawn"]):
            breaks[f"{room['show_id']} order"] = f"the line of show {room['show_id']} is not in the order of its seed"
    return Look(len(rooms), breaks)


async def nobody_jumps_the_queue(reading: Reading) -> Look:
    """Q2: by the public log people are let in place by place."""
    rows = await reading.rows("orders", LET_IN)
    breaks = {
        f"{row['show_id']} {row['number']}": f"number {row['number']} of show {row['show_id']} was let in at place"
        f" {row['place']}, after place {row['before']}"
        for row in rows
        if row["before"] is not None and row["before"] >= row["place"]
    }
    return Look(len(rows), breaks)


async def who_holds_was_let_in(reading: Reading) -> Look:
    """Q3: every hold in a room's time is by somebody who was in."""
    breaks = {
        str(row["id"]): f"order {row['id']} was held for show {row['show_id']} by somebody who was not let in"
        for row in await reading.rows("orders", HELD_OUTSIDE)
    }
    return Look(await reading.count("orders", "queues"), breaks)


CHECKS = (
    Check("Q1", "a waiting room's order is what its published seed says", the_order_is_the_seeds),
    Check("Q2", "people are let in one after the other, as they stand", nobody_jumps_the_queue),
    Check("Q3", "where a show has a waiting room, only who was let in holds seats", who_holds_was_let_in),
)
