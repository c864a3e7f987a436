"""Trades: the ticket, the order and the money of each sale agree, also in the provider's own books."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from asyncpg import Record

from fairseat_local.check.findings import Check, Look
from fairseat_local.check.reading import Intent, Reading, Rows

ORDERS = "select id, status, buyer_id, show_id, section, row, seats, total, currency from orders"
CONFIRMED = ORDERS + " where status = 'confirmed'"
BOUGHT = """
select id, order_id, show_id, section, row, seat, holder_id, status, replaced_by is not null as replaced
from tickets where order_id is not null
"""
CAPTURED = "select id, order_id, amount, currency, intent_id from attempts where status = 'captured'"


async def ticket_order_money(reading: Reading) -> Look:
    """S4, line by line, in both directions."""
    tickets = _by_order(await reading.rows("tickets", BOUGHT))
    payments = _by_order(await reading.rows("payments", CAPTURED))
    confirmed = {row["id"]: row for row in await reading.rows("orders", CONFIRMED)}
    received = {intent.id: intent.received for intent in await reading.intents()}
    breaks: dict[str, str] = {}
    for order_id, order in confirmed.items():
        if wrong := _seats_wrong(order, tickets.get(order_id, [])):
            breaks[f"tickets {order_id}"] = f"confirmed order {order_id} {wrong}"
        if wrong := _money_wrong(order, payments.get(order_id, []), received):
            breaks[f"money {order_id}"] = f"confirmed order {order_id} {wrong}"
    for order_id in tickets.keys() - confirmed.keys():
        breaks[f"ticket without {order_id}"] = (
            f"{len(tickets[order_id])} tickets were issued for {order_id}, no confirmed order"
        )
    for order_id in payments.keys() - confirmed.keys():
        breaks[f"money without {order_id}"] = f"money was taken for {order_id}, no confirmed order"
    return Look(len(confirmed) + sum(map(len, tickets.values())) + sum(map(len, payments.values())), breaks)


async def charged_once(reading: Reading) -> Look:
    """M2 and M9, by the provider's own journal: at most one capture per order, of the price that was held."""
    captured: dict[str, list[Intent]] = defaultdict(list)
    for intent in await reading.intents():
        if intent.received:
            captured[intent.order_id].append(intent)
    orders = {str(row["id"]): row for row in await reading.rows("orders", ORDERS)}
    breaks = {}
    for order_id, intents in captured.items():
        order = orders.get(order_id)
        names = ", ".join(intent.id for intent in intents)
        if order is None or order["status"] not in ("confirmed", "refunded"):
            breaks[f"none {names}"] = f"the provider captured {names} for {order_id or 'nothing'}, no confirmed order"
        elif len(intents) > 1:
            breaks[f"twice {order_id}"] = f"the provider captured {names}, all for order {order_id}"
        elif (intents[0].received, intents[0].currency) != (order["total"], order["currency"]):
            paid = f"{intents[0].received} {intents[0].currency}"
            breaks[f"price {order_id}"] = (
                f"order {order_id} costs {order['total']} {order['currency']}, {paid} was captured"
            )
    return Look(sum(map(len, captured.values())), breaks)


def _by_order(rows: Rows) -> dict[UUID, Rows]:
    grouped: dict[UUID, Rows] = defaultdict(list)
    for row in rows:
        grouped[row["order_id"]].append(row)
    return grouped


def _seats_wrong(order: Record, tickets: Rows) -> str:
    """Each seat was issued once, to the buyer, and has ended only by another's taking its place."""
    places = sorted((row["show_id"], row["section"], row["row"], row["seat"]) for row in tickets)
    if places != sorted((order["show_id"], order["section"], order["row"], seat) for seat in order["seats"]):
        issued = ", ".join(str(place[-1]) for place in places) or "none"
        return f"is for seats {', '.join(order['seats'])}, and tickets were issued for {issued}"
    if any(row["holder_id"] != order["buyer_id"] for row in tickets):
        return "has a ticket that was issued to somebody else"
    if any(row["status"] == "void" and not row["replaced"] for row in tickets):
        return "has a ticket that is void, with none in its place"
    return ""


def _money_wrong(order: Record, payments: Rows, received: dict[str, int]) -> str:
    """One capture, of the order's total, that the provider knows."""
    if len(payments) != 1:
        return f"has {len(payments)} captured payments"
    payment = payments[0]
    if (payment["amount"], payment["currency"]) != (order["total"], order["currency"]):
        return f"costs {order['total']} {order['currency']}, paid were {payment['amount']} {payment['currency']}"
    if received.get(payment["intent_id"], 0) != order["total"]:
        return f"costs {order['total']}, and the provider received {received.get(payment['intent_id'], 0)}"
    return ""


CHECKS = (
    Check("S4", "valid ticket <=> confirmed order <=> captured payment, line by line", ticket_order_money),
    Check("M2 M9", "the provider captured each order at most once, at the price held", charged_once),
)
