"""Trades: the ticket, the order's line and the money of each seat agree, also in the provider's own books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from asyncpg import Record

from fairseat_local.check.findings import Check, Look
from fairseat_local.check.picture import Picture, grouped, of_order, picture
from fairseat_local.check.reading import Reading

# A ticket that was given away has another of the same order in its place; the first of them was issued to the buyer.
BOUGHT = """
select id, order_id, show_id, section, row, seat, holder_id, status, replaced_by is not null as replaced,
    exists (select from tickets p where p.replaced_by = t.id and p.status = 'transferred') as given
from tickets t where order_id is not null
"""
LINE_KEPT = ("escrow", "released", "charged_back")
LINE_GONE = ("refunded", "charged_back")


async def ticket_line_money(reading: Reading) -> Look:
    """S4, seat by seat, in both directions."""
    seen = await picture(reading)
    tickets = grouped(await reading.rows("tickets", BOUGHT), of_order)
    breaks: dict[str, str] = {}
    for order in seen.bought:
        name, order_id = f"{order['status']} order {order['id']}", order["id"]
        if wrong := _seats_wrong(order, [ticket for ticket in tickets.get(order_id, []) if not ticket["given"]]):
            breaks[f"tickets {order_id}"] = f"{name} {wrong}"
        for ticket in tickets.get(order_id, []):
            if wrong := _ticket_wrong(ticket, seen.refunded_seats.get(order_id, {})):
                breaks[f"ticket {ticket['id']}"] = f"{name} has for seat {ticket['seat']} {wrong}"
        if wrong := _money_wrong(order, seen):
            breaks[f"money {order_id}"] = f"{name} {wrong}"
        breaks |= {f"line {order_id} {seat}": f"{name} {wrong}" for seat, wrong in _lines_wrong(order, seen).items()}
    bought = {order["id"] for order in seen.bought}
    for order_id in tickets.keys() - bought:
        breaks[f"ticket without {order_id}"] = (
            f"{len(tickets[order_id])} tickets were issued for {order_id}, no confirmed order"
        )
    for attempt in seen.charged:
        if attempt["status"] == "captured" and attempt["order_id"] not in bought:
            breaks[f"money without {attempt['id']}"] = f"money was taken for {attempt['order_id']}, no confirmed order"
    return Look(sum(order["quantity"] for order in seen.bought) + sum(map(len, tickets.values())), breaks)


def _seats_wrong(order: Record, tickets: Sequence[Record]) -> str:
    """Each seat was issued once, to the buyer."""
    places = sorted((row["show_id"], row["section"], row["row"], row["seat"]) for row in tickets)
    if places != sorted((order["show_id"], order["section"], order["row"], seat) for seat in order["seats"]):
        issued = ", ".join(str(place[-1]) for place in places) or "none"
        return f"is for seats {', '.join(order['seats'])}, and tickets were issued for {issued}"
    if any(row["holder_id"] != order["buyer_id"] for row in tickets):
        return "has a ticket that was issued to somebody else"
    return ""


def _ticket_wrong(ticket: Record, refunded: Mapping[str, object]) -> str:
    """A ticket ends by another's taking its place, or with its money's going back."""
    if ticket["seat"] in refunded:
        return "a valid ticket, and its money goes back" if ticket["status"] == "valid" else ""
    if ticket["status"] in ("void", "transferred") and not ticket["replaced"]:
        return f"a {ticket['status']} ticket, with none in its place and no refund"
    return ""


def _money_wrong(order: Record, seen: Picture) -> str:
    """One capture, of the order's total, that the provider knows; none only if that is why all was called back."""
    charged = [row for row in seen.charged if row["order_id"] == order["id"] and row["status"] == "captured"]
    if not charged and _called_back(order, seen):
        return ""
    if len(charged) != 1:
        return f"has {len(charged)} captured payments"
    payment = charged[0]
    if (payment["amount"], payment["currency"]) != (order["total"], order["currency"]):
        return f"costs {order['total']} {order['currency']}, paid were {payment['amount']} {payment['currency']}"
    if order["payment_id"] not in (None, payment["id"]):
        return f"was confirmed by payment {order['payment_id']}, and {payment['id']} was captured"
    intent = seen.books.by_id.get(payment["intent_id"])
    if intent is None or intent.received != order["total"]:
        return f"costs {order['total']}, and the provider received {intent.received if intent else 0}"
    return ""


def _called_back(order: Record, seen: Picture) -> bool:
    """Whether every line was refunded without a charge."""
    refunds = [seen.refunds_made.get(refund_id) for refund_id in seen.refunded_seats.get(order["id"], {}).values()]
    return len(refunds) == order["quantity"] and all(row and row["settled_by"] == "void" for row in refunds)


def _lines_wrong(order: Record, seen: Picture) -> dict[str, str]:
    """What orders says of each seat, payments says of its line: bought, or given back by the same refund."""
    lines = {row["seat"]: row["status"] for row in seen.lines.get(order["id"], [])}
    decided = seen.refunded_seats.get(order["id"], {})
    breaks = {}
    for seat in order["seats"]:
        status, refund = lines.get(seat), seen.refunds_made.get(decided[seat]) if seat in decided else None
        if status is None:
            breaks[seat] = f"has seat {seat}, of which payments has no line"
        elif seat in decided and (refund is None or seat not in refund["seats"]):
            breaks[seat] = f"refunds seat {seat} by {decided[seat]}, of which payments knows nothing"
        elif status not in (LINE_GONE if seat in decided else LINE_KEPT):
            breaks[seat] = f"{'refunds' if seat in decided else 'has'} seat {seat}, whose line is {status} in payments"
    if order["status"] == "refunded" and len(decided) != order["quantity"]:
        breaks["all"] = f"is refunded, but only {len(decided)} of its {order['quantity']} lines are"
    return breaks


CHECKS = (
    Check("S4", "valid ticket <=> confirmed line, not refunded <=> captured money, seat by seat", ticket_line_money),
)
