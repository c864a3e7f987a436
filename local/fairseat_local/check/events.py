"""Events: what was said was heard by everybody once, in legal steps, and nothing was heard that nobody said."""

from __future__ import annotations

import re
from collections import defaultdict
from uuid import UUID

from fairseat_local.check.findings import Check, Look
from fairseat_local.check.reading import Reading

OUTBOX_KEPT = "7 days"
INBOX_COMPARED = "6 days"
"""Inbox rows outlive outbox rows, so only those are compared whose event must still be in its outbox."""

LEGAL = {
    "orders": re.compile(
        r"held( payment_refused)*( cancelled( payment_refused)*)?"
        r"( cancelled( payment_refused)*"
        r"| confirmed( payment_refused| refund_due| refunded_partly| kept)*( refunded( payment_refused)*)?)?"
    ),
    "payments": re.compile(r"(failed|authorized( captured| voided)?)( refunded| disputed)*"),
    "payouts": re.compile(r"sent( reversed)*"),
    "tickets": re.compile(r"issued|scanned|transfer_offered( transferred| transfer_ended)?"),
    "claims": re.compile(r"opened( decided)?"),
}
"""The histories of an aggregate, as the facts published about it, by the first word of their subjects.

A hold that ended by itself can still be confirmed, if its payment came late and the seats were free; or its buyer
gives it up, and it is cancelled once more.
"""
CHANGING = {
    "orders": {"held", "confirmed", "cancelled", "refunded"},
    "payments": {"authorized", "captured", "voided", "failed"},
}
"""The facts that change an aggregate's state; after any other it is what it was."""

SAID = "select event_id, subject from outbox"
HEARD = "select event_id, received_at > now() - $2::text::interval as recent from inbox where consumer = $1"
# A history may begin later than with version 1 only where the database is old enough to have dropped its beginning.
HISTORIES = f"""
select aggregate_id, min(version) as first, max(version) as last, count(*) as n,
    min(split_part(subject, '.', 1)) as family,
    string_agg(split_part(subject, '.', 2) || case payload ->> 'entire' when 'false' then '_partly' else '' end,
        ' ' order by version) as facts,
    (select min(applied_at) < now() - interval '{OUTBOX_KEPT}' from migrations) as pruned
from outbox group by aggregate_id
"""  # noqa: S608
ORDERS_NOW = "select id, version, status as fact from orders"
ATTEMPTS_NOW = "select id, version, status as fact from attempts where version > 0"
PARKED = "select consumer, event_id, subject, error from dead_letters where replayed_at is null order by parked_at"


async def everything_is_heard(reading: Reading) -> Look:
    """E1: each outbox row has its inbox row with everybody who hears its subject."""
    said = await _said(reading)
    breaks, count = {}, 0
    for hearer in reading.hearers:
        expected = said.get(hearer.subject, set())
        count += len(expected)
        for event_id in expected - (await _heard(reading, hearer.service, hearer.durable)).keys():
            breaks[f"{hearer.durable} {event_id}"] = f"{hearer.durable} has not heard event {event_id}"
    return Look(count, breaks)


async def nothing_is_invented(reading: Reading) -> Look:
    """E2: no inbox row without its outbox row."""
    heard = [(hearer, await _heard(reading, hearer.service, hearer.durable)) for hearer in reading.hearers]
    said = await _said(reading)
    breaks, count = {}, 0
    for hearer, events in heard:
        recent = {event_id for event_id, is_recent in events.items() if is_recent}
        count += len(recent)
        for event_id in recent - said.get(hearer.subject, set()):
            breaks[f"{hearer.durable} {event_id}"] = f"{hearer.durable} has heard event {event_id}, which nobody said"
    return Look(count, breaks)


async def steps_are_legal(reading: Reading) -> Look:
    """S10: versions without gaps, only legal histories, and the present is what was said last."""
    breaks: dict[str, str] = {}
    count = 0
    for service in reading.services:
        for row in await reading.rows(service, HISTORIES):
            count += row["n"]
            name = f"{service} {row['aggregate_id']}"
            if row["last"] - row["first"] + 1 != row["n"] or (row["first"] != 1 and not row["pruned"]):
                breaks[f"gap {name}"] = f"{name} has {row['n']} versions from {row['first']} to {row['last']}"
            legal = LEGAL.get(row["family"])
            if legal and row["first"] == 1 and not legal.fullmatch(row["facts"]):
                breaks[f"history {name}"] = f"{name} went {row['facts'].replace(' ', ' -> ')}"
    breaks |= await _present(reading, "orders", ORDERS_NOW) | await _present(reading, "payments", ATTEMPTS_NOW)
    return Look(count, breaks)


async def nothing_is_parked(reading: Reading) -> Look:
    """E6: no event waits for somebody to look at it."""
    breaks, count = {}, 0
    for service in reading.services:
        count += await reading.count(service, "inbox")
        for row in await reading.rows(service, PARKED):
            key = f"{row['consumer']} {row['event_id']}"
            breaks[key] = f"{row['consumer']} could not digest {row['subject']} {row['event_id']}: {row['error']}"
    return Look(count, breaks)


async def _said(reading: Reading) -> dict[str, set[UUID]]:
    said: dict[str, set[UUID]] = defaultdict(set)
    for service in reading.services:
        for row in await reading.rows(service, SAID):
            said[row["subject"]].add(row["event_id"])
    return said


async def _heard(reading: Reading, service: str, durable: str) -> dict[UUID, bool]:
    """The events of an inbox, and whether each was heard lately."""
    return {row["event_id"]: row["recent"] for row in await reading.rows(service, HEARD, durable, INBOX_COMPARED)}


async def _present(reading: Reading, service: str, query: str) -> dict[str, str]:
    histories = {row["aggregate_id"]: row for row in await reading.rows(service, HISTORIES)}
    breaks = {}
    for row in await reading.rows(service, query):
        history = histories.get(row["id"])
        if history is None:
            # What was said about it may have been dropped with age.
            continue
        said = next((fact for fact in reversed(history["facts"].split()) if fact in CHANGING[service]), "")
        # A charge that was refused is told by its refund alone; a history that is pruned may not tell the state.
        known = said and row["fact"] != "stray"
        if row["version"] != history["last"] or (known and row["fact"] != said):
            is_now = f"{row['fact']} at version {row['version']}"
            breaks[f"present {service} {row['id']}"] = (
                f"{service} {row['id']} is {is_now}, but {said} at version {history['last']} was said"
            )
    return breaks


CHECKS = (
    Check("S10", "versions have no gaps, transitions are legal, the present was said", steps_are_legal),
    Check("E1", "each event was heard once by everybody who listens", everything_is_heard),
    Check("E2", "nothing was heard that nobody said", nothing_is_invented),
    Check("E6", "no event is parked as a dead letter", nothing_is_parked),
)
