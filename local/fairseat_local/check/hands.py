"""Changes of hands: where a ticket passes on, sold or given away, the old code ends as the new one begins, for one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from asyncpg import Record

from fairseat_local.check.findings import Check, Look
from fairseat_local.check.picture import grouped
from fairseat_local.check.reading import Reading

# A ticket and what took its place. What was brought in and withdrawn may have ended before its buyer's ticket began.
SUCCESSIONS = """
select old.id, old.status, old.order_id, old.holder_id, old.ended_at, new.id as new_id, new.issued_at, new.holder_id as
    new_holder, new.order_id as new_order, new.serial = old.serial as same_code,
    (new.show_id, new.section, new.row, new.seat) = (old.show_id, old.section, old.row, old.seat) as same_place
from tickets old join tickets new on new.id = old.replaced_by
"""
SHARED = """
select replaced_by, count(*) as n from tickets where replaced_by is not null group by replaced_by having count(*) > 1
"""
GIVEN = """
select t.id as transfer_id, t.status as outcome, t.from_id, t.to_id, t.ended_at as transferred_at, x.new_ticket_id,
    x.open, k.id, k.status, k.holder_id, k.replaced_by, k.ended_at,
    exists (select from listing_seats s where s.ticket_id = k.id and s.state = 'free') as on_sale
from transfers t join transfer_tickets x on x.transfer_id = t.id join tickets k on k.id = x.ticket_id
"""
GIVEN_AWAY = "select id, replaced_by from tickets where status = 'transferred'"
ADDRESSES = """
select t.id from transfers t join users u on u.id = t.to_id where lower(u.email) <> t.to_email
"""
TRANSFERS = "select id, status, version from transfers"
SAID = """
select aggregate_id, subject, version, payload ->> 'outcome' as outcome from outbox
where subject like 'tickets.transfer%'
"""
OVERDUE_GRACE_S = 10
OVERDUE = """
select id, extract(epoch from now() - expires_at)::int as late_s from transfers
where status = 'offered' and expires_at < now() - make_interval(secs => $1)
"""
TOLD = {"offered": ("tickets.transfer_offered.v1", None), "accepted": ("tickets.transferred.v1", None)}


async def one_code_at_a_time(reading: Reading) -> Look:
    """S5, from both ends: each succession of tickets, and each transfer with the tickets that it names."""
    breaks: dict[str, str] = {}
    successions = await reading.rows("tickets", SUCCESSIONS)
    for row in successions:
        for wrong in _succession_wrong(row):
            breaks[f"succession {row['id']} {wrong}"] = f"ticket {row['id']} went to {row['new_id']}, {wrong}"
    for row in await reading.rows("tickets", SHARED):
        breaks[f"shared {row['replaced_by']}"] = f"{row['n']} tickets have the same successor {row['replaced_by']}"
    given = await reading.rows("tickets", GIVEN)
    for row in given:
        for wrong in _gift_wrong(row):
            breaks[f"gift {row['transfer_id']} {row['id']} {wrong}"] = f"transfer {row['transfer_id']} {wrong}"
    accepted = {row["id"]: row["new_ticket_id"] for row in given if row["outcome"] == "accepted"}
    for row in await reading.rows("tickets", GIVEN_AWAY):
        if accepted.get(row["id"]) != row["replaced_by"] or row["replaced_by"] is None:
            breaks[f"given away {row['id']}"] = f"ticket {row['id']} was given away, and no transfer says to whom"
    for row in await reading.rows("tickets", ADDRESSES):
        breaks[f"address {row['id']}"] = f"transfer {row['id']} was accepted by another address than it was sent to"
    return Look(len(successions) + len(given), breaks)


def _succession_wrong(row: Record) -> Iterator[str]:
    if row["status"] not in ("void", "transferred"):
        yield f"and is {row['status']} all the same"
    if row["same_code"]:
        yield "whose code is the same"
    if not row["same_place"]:
        yield "for another place"
    if row["ended_at"] is None or row["ended_at"] > row["issued_at"]:
        yield "which began before it had ended"
    if row["status"] == "transferred" and row["new_order"] != row["order_id"]:
        yield "which another order paid for"


def _gift_wrong(row: Record) -> Iterator[str]:
    """What is wrong with one ticket of a transfer, whatever became of that."""
    if row["open"] != (row["outcome"] == "offered"):
        yield f"is {row['outcome']}, and its ticket {row['id']} is {'open' if row['open'] else 'closed'}"
    if row["outcome"] != "accepted":
        if row["new_ticket_id"] is not None:
            yield f"is {row['outcome']}, and has a ticket for its receiver"
        if row["outcome"] == "offered" and (row["status"], row["holder_id"]) != ("valid", row["from_id"]):
            yield f"offers ticket {row['id']}, which is {row['status']}, or somebody else's"
        if row["outcome"] == "offered" and row["on_sale"]:
            yield f"offers ticket {row['id']}, which is on sale"
        return
    if row["new_ticket_id"] is None or row["replaced_by"] != row["new_ticket_id"]:
        yield f"was accepted, and ticket {row['id']} went to {row['replaced_by']}, not to {row['new_ticket_id']}"
    if row["status"] != "transferred":
        yield f"was accepted, and the sender's ticket {row['id']} is {row['status']}"
    elif row["ended_at"] != row["transferred_at"]:
        yield f"was accepted at another moment than ticket {row['id']} ended"


async def receivers_hold(reading: Reading) -> Look:
    """S5: what was accepted is the receiver's, from the moment at which the sender's ended."""
    rows = [row for row in await reading.rows("tickets", GIVEN) if row["outcome"] == "accepted"]
    successors = grouped(await reading.rows("tickets", SUCCESSIONS), lambda row: row["id"])
    breaks = {}
    for row in rows:
        found = successors.get(row["id"], [])
        if wrong := _receiver_wrong(row, found):
            breaks[f"receiver {row['id']}"] = f"transfer {row['transfer_id']} was accepted by {row['to_id']}, {wrong}"
    return Look(len(rows), breaks)


def _receiver_wrong(row: Record, found: Sequence[Record]) -> str:
    if len(found) != 1:
        return f"and ticket {row['id']} has {len(found)} successors"
    if found[0]["new_holder"] != row["to_id"]:
        return f"and ticket {found[0]['new_id']} is {found[0]['new_holder']}'s"
    if found[0]["issued_at"] != row["ended_at"]:
        return f"and ticket {found[0]['new_id']} began at another moment than {row['id']} ended"
    return ""


async def transfers_are_told(reading: Reading) -> Look:
    """S5: what became of each transfer was said once, and none waits for longer than it may."""
    said = grouped(await reading.rows("tickets", SAID), lambda row: row["aggregate_id"])
    breaks = {}
    transfers = await reading.rows("tickets", TRANSFERS)
    for row in transfers:
        told = said.get(row["id"])
        # The outbox forgets with age.
        if told and (wrong := _telling_wrong(row, told)):
            breaks[f"told {row['id']}"] = f"transfer {row['id']} is {row['status']}, but {wrong}"
    for row in await reading.rows("tickets", OVERDUE, OVERDUE_GRACE_S):
        breaks[f"overdue {row['id']}"] = f"transfer {row['id']} is open {row['late_s']} s past its end"
    return Look(len(transfers), breaks)


def _telling_wrong(row: Record, told: Iterable[Record]) -> str:
    last = max(told, key=lambda event: event["version"])
    expected = TOLD.get(row["status"], ("tickets.transfer_ended.v1", row["status"]))
    if last["version"] != row["version"]:
        return f"version {last['version']} was said last, and it has {row['version']}"
    if (last["subject"], last["outcome"]) != expected:
        return f"{last['subject']} {last['outcome'] or ''} was said last".rstrip()
    return ""


CHECKS = (
    Check("S5", "a ticket's code ends as its successor's begins, for one, at the same place", one_code_at_a_time),
    Check("S5", "what was accepted is its receiver's alone", receivers_hold),
    Check("S5", "what became of each transfer was said, and none waits past its end", transfers_are_told),
)
