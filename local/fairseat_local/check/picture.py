"""The money in one picture: orders, attempts, refunds, disputes, lines, payouts, the ledger, the provider's books."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from asyncpg import Record

from fairseat_local.check.provider import Books
from fairseat_local.check.reading import Reading, Rows

ORDERS = """
select id, status, buyer_id, seller_id, show_id, section, row, seats, quantity, unit_price, fees, seller_fees, total,
    currency, payment_id from orders
"""
REFUND_LINES = "select order_id, seat, refund_id from refund_lines"
REFUNDS_DECIDED = "select id, order_id, reason, seats, amount, currency, status from refunds"
ATTEMPTS = "select id, order_id, status, amount, currency, intent_id from attempts"
REFUNDS_MADE = """
select id, order_id, attempt_id, reason, seats, amount, currency, status, provider_id, settled_by from refunds
"""
DISPUTES = "select id, order_id, attempt_id, amount, currency, provider_id, stage from disputes"
SALE_LINES = """
select order_id, line, seat, seller_id, show_id, price, buyer_fee, seller_fee, currency, status, released_at,
    tax_country, tax_rate, buyer_tax, seller_tax
from sale_lines order by order_id, line
"""
PAYABLES = "select id, seller_id, currency, amount, kind, cause, order_id, line, payout_id from payables"
PENALTIES = """
select id, seller_id, order_id, penalty_amount as amount, currency from claims where penalty_amount is not null
"""
PAYOUTS = "select id, seller_id, currency, amount, status, transfer_id, reversed from payouts"
PAYOUT_ITEMS = "select payout_id, payable_id, amount from payout_items"

PAID = ("confirmed", "refunded")
"""The states of an order that was bought, whatever became of it later."""
CHARGED = ("captured", "stray")
"""The states of an attempt whose money was taken; a stray one is to be given back whole."""

Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Picture:
    """Rows as the databases have them, by their ids, and what the provider says."""

    orders: Mapping[UUID, Record]
    refunded_seats: Mapping[UUID, Mapping[str, UUID]]
    refunds_decided: Mapping[UUID, Record]
    attempts: Mapping[UUID, Record]
    refunds_made: Mapping[UUID, Record]
    disputes: Mapping[UUID, Record]
    lines: Mapping[UUID, Rows]
    payables: Mapping[UUID, Record]
    penalties: Mapping[UUID, Record]
    """By their claims, as tickets has decided them."""
    payouts: Mapping[UUID, Record]
    payout_items: Rows
    books: Books

    @property
    def bought(self) -> list[Record]:
        """The orders that were confirmed at some time."""
        return [order for order in self.orders.values() if order["status"] in PAID]

    @property
    def charged(self) -> list[Record]:
        """The attempts whose money was taken."""
        return [attempt for attempt in self.attempts.values() if attempt["status"] in CHARGED]

    def money_left(self, order: Record) -> int:
        """What the provider keeps for an order: what its lines cost that are not refunded; 0 if it was never bought.

        A line whose money the buyer's bank had taken before is refunded without the provider giving back anything.
        """
        if order["status"] not in PAID:
            return 0
        given_back = [
            seat
            for seat, refund_id in self.refunded_seats.get(order["id"], {}).items()
            if refund_id not in self.refunds_made or self.refunds_made[refund_id]["settled_by"] != "dispute"
        ]
        return line_cost(order) * int(order["quantity"] - len(given_back))


def line_cost(order: Record) -> int:
    """What one seat of an order costs its buyer, if its parts divide as they must."""
    return int(order["unit_price"] + order["fees"] // order["quantity"])


def grouped(items: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    """The items by a key of theirs, in their order."""
    groups: dict[Key, list[Item]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return dict(groups)


def of_order(row: Record) -> UUID:
    """The order that a row is about."""
    order_id = row["order_id"]
    assert isinstance(order_id, UUID)
    return order_id


async def picture(reading: Reading) -> Picture:
    """The picture of this round of looks."""
    refunded: dict[UUID, dict[str, UUID]] = defaultdict(dict)
    for row in await reading.rows("orders", REFUND_LINES):
        refunded[row["order_id"]][row["seat"]] = row["refund_id"]
    return Picture(
        orders=_by_id(await reading.rows("orders", ORDERS)),
        refunded_seats=refunded,
        refunds_decided=_by_id(await reading.rows("orders", REFUNDS_DECIDED)),
        attempts=_by_id(await reading.rows("payments", ATTEMPTS)),
        refunds_made=_by_id(await reading.rows("payments", REFUNDS_MADE)),
        disputes=_by_id(await reading.rows("payments", DISPUTES)),
        lines=grouped(await reading.rows("payments", SALE_LINES), of_order),
        payables=_by_id(await reading.rows("payments", PAYABLES)),
        penalties=_by_id(await reading.rows("tickets", PENALTIES)),
        payouts=_by_id(await reading.rows("payments", PAYOUTS)),
        payout_items=await reading.rows("payments", PAYOUT_ITEMS),
        books=await reading.books(),
    )


def _by_id(rows: Rows) -> dict[UUID, Record]:
    return {row["id"]: row for row in rows}
