"""Money at the provider: charged once, at the price held, and given back line by line, once."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal

from asyncpg import Record

from fairseat_local.check.findings import Check, Look
from fairseat_local.check.picture import PAID, line_cost, picture
from fairseat_local.check.provider import Books
from fairseat_local.check.reading import Reading

CAPTURED = "captured"
REFUNDED = "refunded"
"""What the provider's journal calls the effects that charge a card and pay it back."""

THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
"""Currencies that cards move in steps of ten of their minor units."""

PRICES_HELD = "select aggregate_id as id, payload -> 'total' as total from outbox where subject = 'orders.held.v1'"


async def kept_is_the_lines_left(reading: Reading) -> Look:
    """M1: what the provider took for an order and did not give back is what its lines that are left cost."""
    seen = await picture(reading)
    kept: Counter[str] = Counter()
    for intent in seen.books.intents:
        kept[intent.order_id] += intent.received
    for back in seen.books.refunds:
        intent_ = seen.books.by_id.get(back.intent_id)
        kept[intent_.order_id if intent_ else ""] -= back.amount
    expected = {str(order["id"]): seen.money_left(order) for order in seen.orders.values()}
    breaks = {}
    for order_id in kept.keys() | expected.keys():
        if kept[order_id] != expected.get(order_id, 0):
            breaks[order_id] = (
                f"the provider keeps {kept[order_id]} for order {order_id or '(none)'},"
                f" whose lines that are left cost {expected.get(order_id, 0)}"
            )
    return Look(len(seen.bought) + len(seen.books.intents), breaks)


async def moved_once(reading: Reading) -> Look:
    """M2 by the journal: one capture per order, but for strays that are given back; one effect per refund."""
    seen = await picture(reading)
    strays = {row["intent_id"] for row in seen.charged if row["status"] == "stray"}
    taken, given = _taken(seen.books), _given(seen.books)
    breaks = _twice("captured order", [(order_id, name) for order_id, name in taken if name not in strays])
    breaks |= _twice("gave back refund", given)
    return Look(len(taken) + len(given), breaks)


def _taken(books: Books) -> list[tuple[str, str]]:
    """Captures, as pairs of order and payment: by the journal, or by the payments where it cannot be read."""
    if books.effects is None:
        return [(intent.order_id, intent.id) for intent in books.intents if intent.received]
    names = [effect.intent_id or effect.object_id for effect in books.effects if effect.kind == CAPTURED]
    return [(books.by_id[name].order_id if name in books.by_id else "", name) for name in names]


def _given(books: Books) -> list[tuple[str, str]]:
    """Refunds made, as pairs of our id and the provider's."""
    if books.effects is None:
        return [(back.refund_id, back.id) for back in books.refunds]
    made = [effect for effect in books.effects if effect.kind == REFUNDED]
    return [(effect.metadata.get("refund_id", ""), effect.object_id) for effect in made]


async def one_object_per_id(reading: Reading) -> Look:
    """M10: one payment per attempt, one refund per refund id, one transfer per payout, whatever the keys."""
    books = (await picture(reading)).books
    made = {
        "attempt": [(intent.attempt_id, intent.id) for intent in books.intents],
        "refund": [(back.refund_id, back.id) for back in books.refunds],
        "payout": [(transfer.payout_id, transfer.id) for transfer in books.transfers],
    }
    breaks: dict[str, str] = {}
    for what, pairs in made.items():
        breaks |= _twice(f"has for {what}", pairs)
        for id_, name in pairs:
            if not id_:
                breaks[f"nameless {name}"] = f"{name} at the provider names no {what}"
    return Look(sum(map(len, made.values())), breaks)


async def charged_as_held(reading: Reading) -> Look:
    """M9: the price of the hold is the price of the order, and what was captured."""
    seen = await picture(reading)
    breaks = {}
    for row in await reading.rows("orders", PRICES_HELD):
        order, held = seen.orders.get(row["id"]), json.loads(row["total"])
        if order is not None and (order["total"], order["currency"]) != (held["amount"], held["currency"]):
            breaks[f"held {row['id']}"] = (
                f"order {row['id']} was held for {held['amount']} {held['currency']},"
                f" and costs {order['total']} {order['currency']}"
            )
    wanted = {row["intent_id"] for row in seen.charged if row["status"] == "captured"}
    captured = [intent for intent in seen.books.intents if intent.received]
    orders = {str(order_id): order for order_id, order in seen.orders.items()}
    for intent in captured:
        order = orders.get(intent.order_id)
        if order is None or (intent.id in wanted and order["status"] not in PAID):
            breaks[f"none {intent.id}"] = f"the provider captured {intent.id} for {intent.order_id}, no confirmed order"
        elif (intent.received, intent.currency) != (order["total"], order["currency"]):
            breaks[f"price {intent.id}"] = (
                f"order {intent.order_id} costs {order['total']} {order['currency']},"
                f" {intent.received} {intent.currency} was captured"
            )
    return Look(len(captured), breaks)


async def parts_add_up(reading: Reading) -> Look:
    """M8: totals are the sum of their parts, lines of an order are alike, and amounts are whole steps."""
    seen = await picture(reading)
    breaks = {f"order {order['id']}": wrong for order in seen.orders.values() if (wrong := _order_wrong(order))}
    for refund in (*seen.refunds_decided.values(), *seen.refunds_made.values()):
        if (order := seen.orders.get(refund["order_id"])) and (wrong := _refund_wrong(refund, order)):
            breaks[f"refund {refund['id']}"] = wrong
    for order_id, lines in seen.lines.items():
        if (order := seen.orders.get(order_id)) and (wrong := _lines_wrong(order, lines)):
            breaks[f"lines {order_id}"] = wrong
    return Look(len(seen.orders), breaks)


def _order_wrong(order: Record) -> str:
    name, quantity, step = f"order {order['id']}", order["quantity"], _step(order["currency"])
    if order["total"] != quantity * order["unit_price"] + order["fees"]:
        return f"{name} costs {order['total']}, which is not {quantity} x {order['unit_price']} + {order['fees']}"
    if order["fees"] % quantity or order["seller_fees"] % quantity:
        return f"{name} of {quantity} has fees of {order['fees']} and {order['seller_fees']}, which do not divide"
    parts = (order["unit_price"], order["fees"] // quantity, order["seller_fees"] // quantity)
    if any(part < 0 or part % step for part in parts):
        return f"{name} has amounts {parts}, which are not whole steps of {step} {order['currency']}"
    return ""


def _refund_wrong(refund: Record, order: Record) -> str:
    """Some lines, or the whole of a charge that was not wanted."""
    whole = refund["reason"] == "unwanted"
    expected = (order["total"] if whole else len(refund["seats"]) * line_cost(order), order["currency"])
    if (refund["amount"], refund["currency"]) == expected:
        return ""
    lines = "everything" if whole else f"{len(refund['seats'])} lines"
    return f"refund {refund['id']} of {lines} is {refund['amount']} {refund['currency']}, they cost {expected}"


async def tax_is_included(reading: Reading) -> Look:
    """M8: each fee includes the tax of its line's rate, by decimals: fee - fee / (1 + rate), rounded to the even."""
    lines = [line for rows in (await picture(reading)).lines.values() for line in rows]
    breaks = {}
    for line in lines:
        for fee, tax in (("buyer_fee", "buyer_tax"), ("seller_fee", "seller_tax")):
            rate = Decimal(line["tax_rate"] or 0) / 10_000
            net = (Decimal(line[fee]) / (1 + rate)).quantize(Decimal(1), ROUND_HALF_EVEN)
            if line[tax] != line[fee] - int(net):
                breaks[f"{tax} {line['order_id']} {line['line']}"] = (
                    f"line {line['line']} of order {line['order_id']} has a {fee} of {line[fee]} that includes"
                    f" {line[tax]}, and not {line[fee] - int(net)}"
                )
    return Look(len(lines), breaks)


def _lines_wrong(order: Record, lines: Iterable[Record]) -> str:
    quantity = order["quantity"]
    alike = (order["unit_price"], order["fees"] // quantity, order["seller_fees"] // quantity, order["currency"])
    expected = sorted((seat, *alike) for seat in order["seats"])
    have = sorted((row["seat"], row["price"], row["buyer_fee"], row["seller_fee"], row["currency"]) for row in lines)
    return "" if have == expected else f"order {order['id']} has the lines {have} in payments, and not {expected}"


def _step(currency: str) -> int:
    return 10 if currency in THREE_DECIMALS else 1


def _twice(what: str, pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    names: dict[str, list[str]] = defaultdict(list)
    for id_, name in pairs:
        names[id_].append(name)
    return {
        f"{what} {id_}": f"the provider {what} {id_} {len(those)} times: {', '.join(those)}"
        for id_, those in names.items()
        if id_ and len(those) > 1
    }


CHECKS = (
    Check("M1", "captured - refunded is what the lines that are left cost, 0 if not confirmed", kept_is_the_lines_left),
    Check("M2", "the provider captured each order once, and gave back each refund once", moved_once),
    Check("M8", "totals, lines and refunds add up, in whole steps of their currency", parts_add_up),
    Check("M8", "the fees of each line include the tax of its rate", tax_is_included),
    Check("M9", "the price charged is the price held", charged_as_held),
    Check("M10", "one payment per attempt, one refund, one transfer per id, whatever the keys", one_object_per_id),
)
