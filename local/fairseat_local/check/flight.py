"""What is under way with money: it may take its time, and must then have an end."""

from __future__ import annotations

from uuid import UUID

from fairseat_local.check.findings import Check, Look
from fairseat_local.check.picture import PAID, Picture, picture
from fairseat_local.check.reading import Reading

AUTHORISED = "select distinct aggregate_id as id from outbox where subject = 'payments.authorized.v1'"
REFUSED = "select payload ->> 'payment_id' as id from outbox where subject = 'orders.payment_refused.v1'"
CONFIRMED = "select payment_id as id from orders where payment_id is not null"

WAITING = {
    "started": "was started, and the provider's answer is not known",
    "authorized": "is authorised, and neither captured nor voided",
    "challenged": "is challenged, and its order is not held any more",
}


async def everything_ends(reading: Reading) -> Look:
    """A3: each payment, verdict, refund and payout that was begun comes to its end while the checks look on."""
    seen = await picture(reading)
    breaks = _attempts(seen) | _refunds(seen) | await _verdicts(reading, seen)
    for payout in seen.payouts.values():
        if payout["status"] == "due":
            breaks[f"payout {payout['id']}"] = f"payout {payout['id']} is due, and its transfer is not made"
    return Look(len(seen.attempts) + len(seen.refunds_made) + len(seen.payouts), breaks)


def _attempts(seen: Picture) -> dict[str, str]:
    breaks = {}
    returned = {row["attempt_id"] for row in seen.refunds_made.values() if row["reason"] == "unwanted"}
    for attempt in seen.attempts.values():
        name, status = f"attempt {attempt['id']}", attempt["status"]
        order = seen.orders.get(attempt["order_id"])
        if status == "stray" and attempt["id"] not in returned:
            breaks[name] = f"{name} was charged though refused, and no refund is due"
        elif status in WAITING and not (status == "challenged" and order and order["status"] == "held"):
            breaks[name] = f"{name} {WAITING[status]}"
    charged = {attempt["order_id"] for attempt in seen.charged if attempt["status"] == "captured"}
    void = {refund["order_id"] for refund in seen.refunds_made.values() if refund["settled_by"] == "void"}
    for order in seen.bought:
        if order["id"] not in charged | void:
            breaks[f"order {order['id']}"] = f"order {order['id']} is confirmed, and its payment is not captured"
    return breaks


def _refunds(seen: Picture) -> dict[str, str]:
    due = [row["id"] for row in (*seen.refunds_decided.values(), *seen.refunds_made.values()) if row["status"] == "due"]
    breaks = {f"refund {refund_id}": f"refund {refund_id} is due, and not made" for refund_id in due}
    for refund_id in seen.refunds_decided.keys() - seen.refunds_made.keys():
        breaks[f"refund {refund_id}"] = f"refund {refund_id} was decided, and payments has not heard of it"
    return breaks


async def _verdicts(reading: Reading, seen: Picture) -> dict[str, str]:
    """Orders answers every authorised payment with one of two words."""
    decided: set[UUID] = {row["id"] for row in await reading.rows("orders", CONFIRMED)}
    decided |= {UUID(row["id"]) for row in await reading.rows("orders", REFUSED)}
    asked = {row["id"] for row in await reading.rows("payments", AUTHORISED)} & seen.attempts.keys()
    return {
        f"verdict {attempt_id}": f"attempt {attempt_id} was authorised, and orders has not said what for"
        for attempt_id in asked - decided
        if seen.attempts[attempt_id]["status"] not in ("captured", "voided")
    }


async def decided_one_way(reading: Reading) -> Look:
    """M1: a payment is charged only for the order that it confirmed, and is never both confirmed and refused."""
    seen = await picture(reading)
    confirmed = {row["id"] for row in await reading.rows("orders", CONFIRMED)}
    refused = {UUID(row["id"]) for row in await reading.rows("orders", REFUSED)}
    breaks = {f"both {one}": f"attempt {one} was both confirmed and refused" for one in confirmed & refused}
    for attempt in seen.charged:
        order = seen.orders.get(attempt["order_id"])
        right = order and order["status"] in PAID and order["payment_id"] in (None, attempt["id"])
        if attempt["status"] == "captured" and not right:
            breaks[f"charged {attempt['id']}"] = f"attempt {attempt['id']} was captured, and confirmed no order"
    return Look(len(confirmed | refused), breaks)


CHECKS = (
    Check("M1", "only payments that confirmed an order are charged", decided_one_way),
    Check("A3", "payments, verdicts, refunds and payouts under way come to an end", everything_ends),
)
