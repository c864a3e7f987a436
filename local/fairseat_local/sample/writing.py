"""Writes the sample: one trade of each kind that the ledger knows, and what was said of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from fairseat_common.contracts import OrderPaymentRefused, PaymentCaptured, PaymentRefunded
from fairseat_common.contracts.base import Money
from fairseat_common.database import Database
from fairseat_common.testing.builders import (
    listing_published,
    now,
    order_cancelled,
    order_confirmed,
    order_held,
    payment_authorized,
    show_published,
)
from fairseat_local.sample import doors, gifts, lines, places, rooms
from fairseat_local.sample.books import Books
from fairseat_local.sample.market import LINE, Sample, Trade, said
from fairseat_local.sample.provider import Lists

SEATS = 9
# What became of it, in which state orders has it now, and how many seats it is about.
TRADES = (
    ("bought", "confirmed", 2),
    ("held", "held", 1),
    ("paid_out", "confirmed", 2),
    ("refunded", "refunded", 1),
    ("disputed", "confirmed", 1),
    ("refused", "cancelled", 1),
)


async def write(databases: Mapping[str, Database], provider: Lists) -> Sample:
    """Fill empty databases and lists with the market."""
    show = show_published(starts_at=now() - timedelta(days=9))
    listing = listing_published(show, seats=SEATS)
    sample = Sample(databases, provider, show, listing, {})
    for number, (name, status, quantity) in enumerate(TRADES, start=1):
        first = 1 + sum(each.order.quantity for each in sample.trades.values())
        positions = list(range(first, first + quantity))
        seats = tuple(str(position) for position in positions)
        order = order_held(listing, quantity, expires_in_s=3600, seats=seats)
        sample.trades[name] = Trade(order, status, positions, f"pi_{number}")
    await _places(sample)
    await _money(sample)
    await _events(sample)
    await gifts.give(sample)
    await _doors(sample)
    return sample


async def _places(sample: Sample) -> None:
    paid_out, refunded = sample.trades["paid_out"], sample.trades["refunded"]
    async with sample.databases["catalog"].transaction() as tx:
        await places.catalog(tx, sample)
    async with sample.databases["orders"].transaction() as tx:
        await places.orders(tx, sample)
        await places.refund(tx, paid_out, paid_out.order.seats[1])
        await places.refund(tx, refunded, refunded.order.seats[0])
        await lines.wait(tx, sample)
        await rooms.gather(tx)
    async with sample.databases["tickets"].transaction() as tx:
        await places.tickets(tx, sample, {paid_out.order.seats[1], refunded.order.seats[0]})


async def _doors(sample: Sample) -> None:
    async with sample.databases["tickets"].transaction() as tx:
        await doors.let_in(tx, sample)
        claim_id = await doors.make_good(tx, sample)
    async with sample.databases["payments"].transaction() as tx:
        await Books(tx, sample).penalise(claim_id, doors.PENALTY)


async def _money(sample: Sample) -> None:
    trades = sample.trades
    async with sample.databases["payments"].transaction() as tx:
        books = Books(tx, sample)
        for name in ("bought", "paid_out", "refunded", "disputed"):
            await books.charge(trades[name])
            await books.sell(trades[name])
        await books.charge(trades["refused"], status="stray")
        await books.refund_unwanted(trades["refused"])
        await books.release(trades["paid_out"])
        await books.pay_out()
        await books.refund_released(trades["paid_out"], trades["paid_out"].order.seats[1])
        await books.refund_escrow(trades["refunded"])
        await books.lose_dispute(trades["disputed"])
        await tx.execute("insert into breaks (id, kind, reference, detail, resolved_at)"
                         " values (gen_random_uuid(), 'solved', 'x', 'long ago', now())")  # fmt: skip


async def _events(sample: Sample) -> None:
    """The facts of what was bought, of what is held and of what was refused; the others' are long pruned."""
    bought, refused = sample.trades["bought"], sample.trades["refused"]
    await sample.say("catalog", sample.show)
    await sample.run("catalog", "update outbox set occurred_at = now() - interval '30 days'")
    for trade in (bought, sample.trades["held"], refused):
        await sample.say("orders", trade.order, "expiration-orders-held-v1")
    await sample.say("orders", order_confirmed(bought.order), "tickets-orders-confirmed-v1")
    for trade, version in ((bought, 1), (refused, 1)):
        authorized = payment_authorized(
            trade.id, trade.order.buyer_id, trade.order.total, payment_id=trade.attempt_id, version=version
        )
        await sample.say("payments", authorized, "orders-payments-authorized-v1")
        if trade is bought:
            await sample.say("payments", PaymentCaptured(**said(authorized, version=2, occurred_at=now())))
            continue
        returned: dict[str, Any] = {"refund_id": trade.refund_id, "refunded": Money(LINE, "EUR"), "reason": "unwanted"}
        await sample.say("payments", PaymentRefunded(**said(authorized, version=2, occurred_at=now()), **returned))
        await sample.say("orders", order_cancelled(trade.order, "expired"))
        refusal: dict[str, Any] = {"payment_id": trade.attempt_id, "cancel_reason": "expired"}
        await sample.say("orders", OrderPaymentRefused(**said(trade.order, version=3, occurred_at=now()), **refusal))
