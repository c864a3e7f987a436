"""How often the pages of a waiting room ask: often where few are near, and never too often all together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from web.models_queue import Queue, QueueEntry
from web.views_queue import LOOKS_PER_SECOND, POLL_MAX_MS, poll_ms

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def before(waiting: int, seconds: int) -> Queue:
    return Queue(
        show_id="s",
        state="gathering",
        now=NOW,
        opens_at=NOW + timedelta(seconds=seconds),
        waiting=waiting,
        per_minute=60,
    )


def opened(waiting: int, per_minute: int) -> Queue:
    return Queue(show_id="s", state="waiting", now=NOW, opened_at=NOW, waiting=waiting, per_minute=per_minute)


def entry(number: int, wait_seconds: int | None = None) -> QueueEntry:
    return QueueEntry(show_id="s", number=number, state="waiting", joined_at=NOW, now=NOW, wait_seconds=wait_seconds)


@pytest.mark.parametrize(
    ("queue", "mine", "expected"),
    [
        (before(10, 3600), entry(1), 15_000),
        (before(10, 600), entry(1), 5_000),
        (before(10, 60), entry(1), 2_000),
        (before(10_000, 60), entry(1), 20_000),
        (before(200_000, 3600), entry(1), POLL_MAX_MS),
        (opened(10, 60), entry(1, 30), 2_000),
        (opened(10, 60), entry(1, 600), 5_000),
        (opened(10, 60), entry(1, 6000), 15_000),
        (opened(10_000, 60), entry(1, 30), 2_000),
        (opened(10_000, 60), entry(1), 20_000),
        (opened(10_000, 60), entry(1, 6000), 20_000),
        (opened(100_000, 6_000), entry(1, 30), 24_000),
    ],
)
def test_pages_ask_the_more_often_the_nearer_their_reader_is(queue: Queue, mine: QueueEntry, expected: int) -> None:
    assert poll_ms(queue, mine) == expected


def test_the_first_look_after_the_opening_is_at_a_moment_of_ones_own() -> None:
    seconds, waiting = 3, 10_000
    looks = [poll_ms(before(waiting, seconds), entry(number)) / 1_000 for number in range(1, waiting + 1)]
    assert min(looks) >= seconds
    assert max(looks) <= seconds + waiting / LOOKS_PER_SECOND
    for second in range(seconds, seconds + waiting // LOOKS_PER_SECOND):
        assert sum(second <= look < second + 1 for look in looks) <= 1.05 * LOOKS_PER_SECOND
