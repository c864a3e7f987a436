"""Whose fault it was that a ticket failed at the door, which sales that undoes, and what it costs.

Who was at fault is one of those who sold the place: a penalty of PENALTY_PERCENT of the price is taken from them, and
every sale after theirs is undone, so that nobody in between loses anything.

    reason        the facts are clear when                                                  at fault
    refused       a device turned the ticket away by mistake, it never let anybody in,      the house, which
                  and the organiser had sold it                                             gives the money back
    seat-taken    staff saw it; or somebody was let in with an earlier ticket of the place  who brought the place in,
    code-dead     staff saw that the venue refused the original code                        or who went in themselves
    sold-twice    its seller had gone in when the sale arrived                              the seller

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

import msgspec

from fairseat_common.contracts import Money
from fairseat_common.money import step_of
from tickets.domain_gates import Result
from tickets.domain_tickets import TicketStatus

PENALTY_PERCENT = 20

Reason = Literal["refused", "seat-taken", "code-dead"]


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket of a place's chain and the sale that made it: who sold it to whom by which order, for how much.

    `order_id` is None for what its seller brought in. `let_in`: somebody was let in with it.
    """

    ticket_id: UUID
    holder_id: UUID
    status: TicketStatus
    let_in: bool
    order_id: UUID | None = None
    buyer_id: UUID | None = None
    seller_id: UUID | None = None
    unit_price: Money | None = None
    refunded: bool = False


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known when a claim is made. `by_staff`: the claimant stood at the door, and has no part in the sale.

    `organiser_id` runs the doors; None: nobody knows who does.
    """

    reason: Reason
    by_staff: bool
    status: TicketStatus
    scans: Sequence[Result]
    organiser_id: UUID | None
    chain: Sequence[Link]
    """The tickets of the place, the oldest first; the last is the claimed one."""

    @property
    def intruder(self) -> int | None:
        """Which link of the chain somebody went in with who had let go of it; the latest, None for nobody."""
        found = [number for number, link in enumerate(self.chain[:-1]) if link.let_in]
        return found[-1] if found else None

    @property
    def sold_by_intruder(self) -> bool:
        """Whether whoever went in had sold the place, and not given it away."""
        if self.intruder is None:
            return False
        before, after = self.chain[self.intruder], self.chain[self.intruder + 1]
        return after.order_id != before.order_id and after.seller_id == before.holder_id


def fault_of(facts: Facts) -> int | None:
    """Which link of the chain holds whoever is at fault, where the facts are clear; -1: nobody who sold the place.

    None: an operator has to look.
    """
    if facts.reason == "refused":
        # Whoever sold it on had done their part, and is not to lose the sale by a mistake of the house.
        by_house = facts.organiser_id is not None and facts.chain[-1].seller_id == facts.organiser_id
        return -1 if by_house and facts.status == "valid" and "not-listed" in facts.scans else None
    if facts.reason == "seat-taken" and facts.intruder is not None:
        # Who went in after a gift took the seat of a friend: money would go to the giver.
        return facts.intruder if facts.sold_by_intruder else None
    return 0 if facts.by_staff else None


def sales_undone(chain: Sequence[Link], fault: int) -> list[Link]:
    """The sales to undo, the claimed one first: all from the one by whoever is at fault; that one comes last."""
    sales = [link for link in chain[max(fault, 0) + 1 :] if link.order_id is not None]
    kept: dict[UUID | None, Link] = {}
    for link in sales:
        # A ticket that was given away has the same order as the one before it.
        kept[link.order_id] = link
    found = list(reversed(kept.values()))
    return found if fault >= 0 else found[:1]


def penalty_of(price: Money) -> Money:
    """What is taken from whoever is at fault, in steps that the currency has; never nothing."""
    step = step_of(price.currency)
    return Money(max(price.amount * PENALTY_PERCENT // 100 // step * step, step), price.currency)
