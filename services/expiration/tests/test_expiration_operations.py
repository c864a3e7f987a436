"""What an operator sees and does inside of any service, shown with the smallest one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx

from fairseat_common.contracts import encode
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import listing_published, order_held, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually

BASE = "/operations/expiration"
CONSUMER = "expiration-orders-held-v1"


async def parked(service: RunningService, payload: bytes, consumer: str = CONSUMER) -> UUID:
    """An event that the consumer has parked."""
    event_id = new_id()
    async with service.database.transaction() as tx:
        await tx.execute(
            "insert into dead_letters (consumer, event_id, subject, payload, headers, attempts, error)"
            " values ($1, $2, 'orders.held.v1', $3, '{}', 15, 'KeyError()')",
            consumer,
            event_id,
            payload.decode(),
        )
        await tx.execute(
            "insert into inbox (consumer, event_id, outcome) values ($1, $2, 'parked')", consumer, event_id
        )
    return event_id


async def items(operator: httpx.AsyncClient, path: str, **query: str) -> list[dict[str, Any]]:
    answer = await operator.get(BASE + path, params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def replay_path(event_id: UUID, consumer: str = CONSUMER) -> str:
    return f"{BASE}/dead-letters/{consumer}/{event_id}/replay"


async def test_a_parked_event_is_handled_once_or_stays_parked(start: StartService) -> None:
    service = await start("expiration")
    actor = new_id()
    operator = service.client(actor, ("user", "operator"))
    hold = order_held(listing_published(show_published()))
    good, bad = await parked(service, encode(hold)), await parked(service, b'{"order_id": 7}')
    gone = await parked(service, encode(hold), "expiration-nothing-v1")

    first = (await operator.get(f"{BASE}/dead-letters", params={"limit": 2})).json()
    rest = await items(operator, "/dead-letters", cursor=first["next_cursor"])
    assert [letter["event_id"] for letter in (*first["items"], *rest)] == [str(gone), str(bad), str(good)]

    assert (await operator.post(replay_path(good))).json() == {"outcome": "handled"}
    assert (await operator.post(replay_path(good))).status_code == 404, "it is replayed once"
    failed = await operator.post(replay_path(bad))
    assert (failed.status_code, failed.json()["type"]) == (409, "replay-failed")
    assert "ValidationError" in failed.json()["error"]
    assert (await operator.post(replay_path(gone, "expiration-nothing-v1"))).json()["type"] == "consumer-gone"
    assert [(letter["event_id"], letter["attempts"]) for letter in await items(operator, "/dead-letters")] == [
        (str(gone), 15),
        (str(bad), 16),
    ]
    async with service.database.connection() as c:
        assert await c.fetchval("select count(*) from deadlines where order_id = $1", hold.order_id) == 1
        outcomes = {row["event_id"]: row["outcome"] for row in await c.fetch("select event_id, outcome from inbox")}
    assert (outcomes[good], outcomes[bad]) == ("handled", "parked")
    log = await items(operator, "/audit", actor_id=str(actor))
    assert [(deed["action"], deed["subject"]) for deed in log] == [
        ("event-replay-failed", str(bad)),
        ("event-replayed", str(good)),
    ]
    assert [deed["id"] for deed in await items(operator, "/audit", action="event-replayed", subject=str(good))] == [
        log[1]["id"]
    ]
    assert await items(operator, "/audit", until=log[1]["happened_at"]) == []


async def test_invariants_hold_until_something_is_broken(start: StartService) -> None:
    service = await start("expiration")
    operator = service.client(new_id(), ("user", "operator"))

    async def broken() -> dict[str, list[dict[str, str]]]:
        report = (await operator.get(f"{BASE}/invariants")).json()
        assert len(report["invariants"]) > 3
        return {each["name"]: each["violations"] for each in report["invariants"] if not each["holds"]}

    assert await broken() == {}
    event_id, order_id = await parked(service, b"{}"), new_id()
    async with service.database.transaction() as tx:
        await tx.execute(
            "insert into deadlines (order_id, due_at, state, ended_at) values ($1, now(), 'fired', now())", order_id
        )
        await tx.execute(
            "insert into outbox (event_id, subject, aggregate_id, version, payload, occurred_at)"
            " values ($1, 'orders.lost.v1', $1, 1, '{}', now() - interval '2 minutes'),"
            " ($2, 'orders.lost.v1', $1, 3, '{}', now() - interval '2 minutes')",
            event_id,
            new_id(),
        )
    found = await broken()
    assert set(found) >= {"fired-is-said", "dead-letters-empty", "versions-have-no-gaps"}
    assert found["fired-is-said"] == [{"reference": str(order_id), "detail": "fired, and said 0 times"}]


async def test_refused_authorisations_are_noted_within_bounds(start: StartService) -> None:
    service = await start("expiration")
    nosy = new_id()
    person = service.client(nosy)
    for path in ("/audit", "/dead-letters", "/invariants", "/audit"):
        answer = await person.get(BASE + path)
        assert (answer.status_code, answer.json()["type"]) == (403, "operator-only")
    assert (await person.post(replay_path(new_id()))).status_code == 403
    assert (await service.client().get(f"{BASE}/audit")).status_code == 401
    operator = service.client(new_id(), ("user", "operator"))

    async def noted() -> list[dict[str, Any]] | None:
        found = await items(operator, "/audit", actor_id=str(nosy))
        return found if len(found) == 4 else None

    log = await eventually(noted)
    assert {deed["action"] for deed in log} == {"access-refused"}
    left_out = sum(deed["details"]["left_out"] for deed in log)
    assert left_out == 1, "the second look at one route within a minute is only counted"
    # Nobody can take back what was done, not even with the service's own rights.
    async with service.database.connection() as c:
        for right in ("update", "delete", "truncate"):
            assert not await c.fetchval("select has_table_privilege('fairseat_expiration', 'audit_log', $1)", right)
