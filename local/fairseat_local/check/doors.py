"""Doors: a ticket let one person in, once, and who failed there with a good one was made good."""

from __future__ import annotations

from fairseat_local.check.findings import Check, Look
from fairseat_local.check.picture import picture
from fairseat_local.check.reading import Reading

USED = """
select t.id, t.status, count(s.id) filter (where s.result = 'admitted') as admissions,
    bool_or(s.result = 'admitted' and not s.let_in) as kept_out,
    exists (select from refunded_seats r where r.order_id = t.order_id and r.seat = t.seat) as refunded,
    exists (select from listing_seats l where l.ticket_id = t.id and l.state = 'free') as on_sale
from tickets t left join scans s on s.ticket_id = t.id
where t.status = 'used' or s.id is not null group by t.id
"""
SAID = "select payload ->> 'ticket_id' as ticket_id from outbox where subject = 'tickets.scanned.v1'"
CLAIMS = """
select c.id, c.order_id, c.seat, c.outcome, c.replacement_ticket_id, c.holder_id, t.status as instead
from claims c left join tickets t on t.id = c.replacement_ticket_id where c.outcome is not null
"""


async def admitted_once(reading: Reading) -> Look:
    """A ticket is used exactly if it was let in, by one scan, which was told; nobody can buy its place any more."""
    rows = await reading.rows("tickets", USED)
    breaks: dict[str, str] = {}
    for row in rows:
        name, used = f"ticket {row['id']}", row["status"] == "used"
        # Money that goes back ends a used ticket too.
        if row["admissions"] != int(used) and not (row["refunded"] and row["admissions"] == 1):
            breaks[f"admitted {row['id']}"] = f"{name} is {row['status']}, and {row['admissions']} scans let it in"
        if row["kept_out"]:
            breaks[f"kept out {row['id']}"] = f"{name} was used by a scan that let nobody in"
        if used and row["on_sale"]:
            breaks[f"on sale {row['id']}"] = f"{name} was used, and its place is on sale"
    told = [row["ticket_id"] for row in await reading.rows("tickets", SAID)]
    for ticket_id in {one for one in told if told.count(one) > 1} if len(set(told)) < len(told) else ():
        breaks[f"told {ticket_id}"] = f"it was told more than once that ticket {ticket_id} was let in"
    return Look(len(rows), breaks)


async def claims_are_made_good(reading: Reading) -> Look:
    """A claim that was decided for the money has its line refunded, one for another place has a ticket for it."""
    seen = await picture(reading)
    rows = await reading.rows("tickets", CLAIMS)
    breaks: dict[str, str] = {}
    for row in rows:
        name = f"claim {row['id']}"
        if row["outcome"] == "refund" and row["seat"] not in seen.refunded_seats.get(row["order_id"], {}):
            breaks[f"refund {row['id']}"] = f"{name} was decided, and seat {row['seat']} is not refunded"
        if row["outcome"] == "replacement" and row["instead"] is None:
            breaks[f"instead {row['id']}"] = f"{name} was decided for another place, and there is no ticket for it"
    return Look(len(rows), breaks)


CHECKS = (
    Check("S11", "a ticket lets one person in, once, and is used exactly then", admitted_once),
    Check("G1", "who failed at the door with a good ticket was made good", claims_are_made_good),
)
