"""The waiting room of the sample: a show of its own, four in line, of whom two were let in."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from fairseat_common.database import Connection
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import now
from fairseat_local.sample.market import insert

SEED = "5e" * 32
NUMBERS = 4
ADMITTED = 2
WINDOW = timedelta(minutes=10)


async def gather(tx: Connection) -> None:
    """A room that has opened, in the database of orders."""
    show_id, opened_at = new_id(), now() - timedelta(minutes=2)
    commitment = hashlib.sha256(SEED.encode()).hexdigest()
    line = sorted(range(1, NUMBERS + 1), key=lambda n: hashlib.sha256(f"{SEED}:{NUMBERS}:{n}".encode()).digest())
    await insert(
        tx, "shows", show_id=show_id, title="Lantern Night", starts_at=now() + timedelta(days=9), status="scheduled",
        version=1, queued=True,
    )  # fmt: skip
    await insert(
        tx, "queues", show_id=show_id, per_minute=1, window_s=600, seed=SEED, commitment=commitment,
        opened_at=opened_at, paced_to=opened_at + timedelta(minutes=1), last_number=NUMBERS, drawn=NUMBERS,
        head=ADMITTED, waiting=NUMBERS - ADMITTED, admitted=ADMITTED, admitted_total=ADMITTED,
    )  # fmt: skip
    await insert(tx, "queue_blocks", show_id=show_id, block=0, waiting=NUMBERS - ADMITTED)
    await insert(tx, "queue_log", show_id=show_id, what="made", per_minute=1, window_s=600, commitment=commitment)
    await insert(tx, "queue_log", show_id=show_id, what="opened", number=NUMBERS, per_minute=1, seed=SEED)
    for place, number in enumerate(line, 1):
        let_in = place <= ADMITTED
        admitted_at = opened_at + timedelta(minutes=place - 1) if let_in else None
        await insert(
            tx, "queue_entries", show_id=show_id, number=number, user_id=new_id(), place=place,
            state="admitted" if let_in else "waiting", admitted_at=admitted_at,
            admitted_until=admitted_at + WINDOW if admitted_at else None,
        )  # fmt: skip
        if let_in:
            await insert(tx, "queue_log", show_id=show_id, what="admitted", number=number)
