"""The guarantee: whose ticket failed at the door though it should have been good gets the money back, or another place.

Where the facts are clear they decide at once (domain_faults.py); else an operator does.

Pure: time and ids come in as arguments, events go out as return values.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from fairseat_common.contracts import ClaimDecided, ClaimOpened, ClaimOutcome, Money
from fairseat_common.contracts.refusals import Conflict, Forbidden
from tickets.domain_faults import Facts, Link, Reason

NOTE_MAX = 1_000

AnyReason = Literal["refused", "seat-taken", "code-dead", "sold-twice"]
Remedy = Literal["refund", "replacement"]
Side = Literal["buyer", "seller", "staff", "operator"]
Note = Annotated[str, Meta(max_length=NOTE_MAX, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$(?!\n)")]


class RefusalMissing(Conflict):
    """Nothing at the door speaks of this ticket."""

    slug = "refusal-missing"
    title = "The door knows nothing of this"
    detail = "A claim begins at the door: have the ticket scanned there, so that what happened is kept."


class NothingToClaim(Conflict):
    """There is no money to give back for this ticket."""

    slug = "nothing-to-claim"
    title = "There is nothing to claim"
    detail = "The ticket was sold, given away, refunded or never bought by an order, so the guarantee is not for it."


class AlreadyClaimed(Conflict):
    """The guarantee was asked for before."""

    slug = "already-claimed"
    title = "There is a claim for this ticket"
    detail = "It is open or was decided; `claim_id` says which it is."


class ClaimEnded(Conflict):
    """The claim was decided."""

    slug = "claim-decided"
    title = "This claim was decided"
    detail = "A decision is final; `outcome` says which it was."


class NoReplacement(Conflict):
    """The seller at fault has no place that is as good."""

    slug = "no-replacement"
    title = "There is no other place"
    detail = "Whoever is at fault has no unsold place of their own that is as good. Decide for a refund."


class OperatorOnly(Forbidden):
    """Claims are decided by operators."""

    slug = "operator-only"
    title = "Only an operator may do this"


class NewClaim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A claim by a ticket's holder, or by staff at the door who saw what was wrong. `wish` is asked for first."""

    ticket_id: UUID
    reason: Reason
    note: Note = ""
    wish: Remedy = "refund"


class NewDecision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an operator decides. `penalty`: the seller is at fault."""

    outcome: ClaimOutcome
    verdict: Annotated[Note, Meta(min_length=1)]
    penalty: bool = True


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A claim for one line of an order. `seller_id` sold that line; `penalty` is taken from them."""

    id: UUID
    cause_id: UUID | None
    show_id: UUID
    ticket_id: UUID
    order_id: UUID
    buyer_id: UUID
    holder_id: UUID
    seller_id: UUID
    section: str
    row: str
    seat: str
    reason: AnyReason
    note: str
    opened_by: UUID | None
    opened_at: datetime
    currency: str
    outcome: ClaimOutcome | None = None
    penalty_amount: int | None = None
    replacement_ticket_id: UUID | None = None
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    verdict: str = ""
    version: int = 1


class ClaimView(msgspec.Struct, frozen=True, kw_only=True):
    """A claim as one of its sides sees it. Only its seller and operators see the penalty."""

    id: UUID
    side: Side
    show_id: UUID
    ticket_id: UUID
    order_id: UUID
    section: str
    row: str
    seat: str
    reason: AnyReason
    note: str
    status: Literal["open", "decided"]
    outcome: ClaimOutcome | None
    verdict: str
    penalty: Money | None
    replacement_ticket_id: UUID | None
    opened_at: datetime
    decided_at: datetime | None


def check_claimable(facts: Facts, claimed: Link) -> None:
    """Raise NothingToClaim or RefusalMissing where there is nothing to make good."""
    if claimed.order_id is None or claimed.refunded or facts.status not in ("valid", "used"):
        raise NothingToClaim
    turned_away = any(result != "admitted" for result in facts.scans)
    if not (turned_away or facts.intruder is not None or (facts.by_staff and facts.scans)):
        raise RefusalMissing


def claim_decided(
    claim: Claim, outcome: ClaimOutcome, penalty: Money | None, replacement_ticket_id: UUID | None, now: datetime
) -> Claim:
    """The claim after its decision; raises ClaimEnded for one that has its own."""
    if claim.outcome is not None:
        raise ClaimEnded(outcome=claim.outcome)
    return msgspec.structs.replace(
        claim,
        outcome=outcome,
        penalty_amount=penalty.amount if penalty is not None else None,
        replacement_ticket_id=replacement_ticket_id,
        decided_at=now,
        version=2,
    )


def claim_new(
    link: Link, show_id: UUID, place: tuple[str, str, str], claim_id: UUID, now: datetime, cause_id: UUID | None = None
) -> Claim:
    """A claim for the sale that made a link of a place's chain; `place` is section, row and seat."""
    assert link.order_id is not None, "a sale has an order"
    assert link.buyer_id is not None, "an order has a buyer"
    assert link.seller_id is not None, "an order has a seller"
    assert link.unit_price is not None, "an order has a price"
    section, row, seat = place
    return Claim(
        id=claim_id,
        cause_id=cause_id,
        show_id=show_id,
        ticket_id=link.ticket_id,
        order_id=link.order_id,
        buyer_id=link.buyer_id,
        holder_id=link.holder_id,
        seller_id=link.seller_id,
        section=section,
        row=row,
        seat=seat,
        reason="sold-twice",
        note="",
        opened_by=None,
        opened_at=now,
        currency=link.unit_price.currency,
    )


def opened_event(claim: Claim, now: datetime) -> ClaimOpened:
    """The event that the guarantee begins."""
    return ClaimOpened(**_facts(claim), reason=claim.reason, version=1, occurred_at=now)


def decided_event(claim: Claim, now: datetime) -> ClaimDecided:
    """The event that the guarantee is settled."""
    assert claim.outcome is not None, f"claim {claim.id} was decided"
    penalty = None if claim.penalty_amount is None else Money(claim.penalty_amount, claim.currency)
    return ClaimDecided(
        **_facts(claim),
        outcome=claim.outcome,
        penalty=penalty,
        replacement_ticket_id=claim.replacement_ticket_id,
        version=2,
        occurred_at=now,
    )


def side_of(claim: Claim, user_id: UUID, roles: Collection[str], is_staff: bool) -> Side | None:
    """Which side of a claim somebody is on; None: it is none of theirs."""
    if user_id in (claim.buyer_id, claim.holder_id):
        return "buyer"
    if "operator" in roles:
        return "operator"
    # A seller hears of what was made good at their cost, and not of what was turned down.
    if user_id == claim.seller_id and claim.outcome != "rejected":
        return "seller"
    return "staff" if is_staff else None


def claim_view(claim: Claim, side: Side) -> ClaimView:
    """What one side may see."""
    shown = side in ("seller", "operator") and claim.penalty_amount is not None
    return ClaimView(
        id=claim.id,
        side=side,
        show_id=claim.show_id,
        ticket_id=claim.ticket_id,
        order_id=claim.order_id,
        section=claim.section,
        row=claim.row,
        seat=claim.seat,
        reason=claim.reason,
        note=claim.note if side != "seller" else "",
        status="open" if claim.outcome is None else "decided",
        outcome=claim.outcome,
        verdict=claim.verdict,
        penalty=Money(claim.penalty_amount, claim.currency) if shown and claim.penalty_amount else None,
        replacement_ticket_id=claim.replacement_ticket_id if side != "seller" else None,
        opened_at=claim.opened_at,
        decided_at=claim.decided_at,
    )


def _facts(claim: Claim) -> dict[str, Any]:
    names = ("show_id", "ticket_id", "order_id", "buyer_id", "holder_id", "seller_id", "section", "row", "seat")
    return {"claim_id": claim.id} | {name: getattr(claim, name) for name in names}
