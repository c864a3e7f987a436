"""The guarantee at work: claims are opened, decided by the facts or by an operator, and told to the others."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from fairseat_common import outbox
from fairseat_common.audit import audit
from fairseat_common.contracts import ClaimOutcome, Money
from fairseat_common.contracts.refusals import NotFound
from fairseat_common.database import Connection
from fairseat_common.ids import new_id
from fairseat_common.web import SignedIn
from tickets import (
    actions_gates,
    actions_spares,
    store_claims,
    store_copies,
    store_teams,
    store_tickets,
    store_transfers,
)
from tickets.domain_claims import (
    AlreadyClaimed,
    Claim,
    ClaimEnded,
    ClaimView,
    NewClaim,
    NewDecision,
    NoReplacement,
    NothingToClaim,
    OperatorOnly,
    Remedy,
    check_claimable,
    claim_decided,
    claim_new,
    claim_view,
    decided_event,
    opened_event,
    side_of,
)
from tickets.domain_faults import Facts, Link, fault_of, penalty_of, sales_undone
from tickets.domain_tickets import Ticket
from tickets.store_claims import Spare


async def claim_open(tx: Connection, user: SignedIn, wanted: NewClaim) -> ClaimView:
    """Ask for the guarantee: by a ticket's holder, or by staff of its show. Decided at once where the facts are clear.

    Raises NotFound, NothingToClaim, RefusalMissing, AlreadyClaimed.
    """
    found = await store_tickets.tickets_get(tx, [wanted.ticket_id])
    is_staff = bool(found) and await actions_gates.is_staff(tx, user, found[0].show_id)
    if not found or not (is_staff or found[0].holder_id == user.id):
        raise NotFound("There is no such ticket of yours.")
    spare = await _rows_lock(tx, found[0], wanted.wish)
    ticket = (await store_tickets.tickets_lock(tx, [wanted.ticket_id]))[0]
    chain = await store_claims.chain_get(tx, ticket.id)
    parties = {link.holder_id for link in chain} | {link.buyer_id for link in chain}
    facts = Facts(
        reason=wanted.reason,
        by_staff=is_staff and user.id not in parties,
        status=ticket.status,
        scans=await store_claims.scans_of(tx, ticket.id),
        organiser_id=await store_teams.organiser_of(tx, ticket.show_id),
        chain=chain,
    )
    check_claimable(facts, chain[-1])
    claim = await _opened(tx, user.id, ticket, chain[-1], wanted)
    fault = fault_of(facts)
    if fault is not None:
        claim = await _settle(tx, claim, chain, fault, spare)
    return claim_view(claim, side_of(claim, user.id, user.roles, is_staff) or "staff")


async def claim_decide(tx: Connection, user: SignedIn, claim_id: UUID, wanted: NewDecision) -> ClaimView:
    """An operator's decision. Raises OperatorOnly, NotFound, ClaimEnded, NothingToClaim, NoReplacement."""
    if "operator" not in user.roles:
        raise OperatorOnly
    seen = await store_claims.claim_get(tx, claim_id)
    if seen is None:
        raise NotFound
    ticket = (await store_tickets.tickets_get(tx, [seen.ticket_id]))[0]
    spare = await _rows_lock(tx, ticket, wanted.outcome)
    ticket = (await store_tickets.tickets_lock(tx, [seen.ticket_id]))[0]
    claim = await store_claims.claim_get(tx, claim_id)
    assert claim is not None, "claims are never deleted"
    if claim.outcome is not None:
        raise ClaimEnded(outcome=claim.outcome)
    claim = msgspec.structs.replace(claim, decided_by=user.id, verdict=wanted.verdict)
    if wanted.outcome == "rejected":
        claim = await _decided(tx, claim, "rejected")
    elif ticket.status not in ("valid", "used"):
        raise NothingToClaim
    elif wanted.outcome == "replacement" and spare is None:
        raise NoReplacement
    else:
        chain = await store_claims.chain_get(tx, ticket.id)
        claim = await _settle(tx, claim, chain, 0 if wanted.penalty else -1, spare)
    await audit(tx, user.id, "claim-decided", str(claim.id), outcome=claim.outcome, penalty=claim.penalty_amount)
    return claim_view(claim, "operator")


async def _rows_lock(tx: Connection, ticket: Ticket, wish: Remedy | ClaimOutcome) -> Spare | None:
    """Lock the row of a ticket, and that of a place that could stand in for it, in one order for everybody."""
    spare = await actions_spares.spare_for(tx, ticket) if wish == "replacement" else None
    rows = [(ticket.section, ticket.row), *([(spare.section, spare.row)] if spare else [])]
    await store_transfers.rows_lock(tx, ticket.show_id, rows)
    return spare


async def _opened(tx: Connection, user_id: UUID, ticket: Ticket, link: Link, wanted: NewClaim) -> Claim:
    now = await store_copies.clock(tx)
    place = (ticket.section, ticket.row, ticket.seat)
    fresh = claim_new(link, ticket.show_id, place, new_id(), now)
    claim = msgspec.structs.replace(fresh, reason=wanted.reason, note=wanted.note, opened_by=user_id)
    if not await store_claims.claim_add(tx, claim):
        raise AlreadyClaimed(claim_id=await store_claims.claim_of_line(tx, claim.order_id, claim.seat))
    await outbox.append(tx, opened_event(claim, now))
    return claim


async def _settle(tx: Connection, claim: Claim, chain: Sequence[Link], fault: int, spare: Spare | None) -> Claim:
    """Make good what happened: another place of whoever is at fault, else the money, sale by sale down to that one."""
    sales = sales_undone(chain, fault)
    price = sales[-1].unit_price
    penalty = penalty_of(price) if fault >= 0 and price is not None else None
    if spare is not None and fault >= 0 and len(sales) == 1:
        ticket_id = await actions_spares.spare_give(tx, spare, claim.show_id, claim.holder_id)
        if ticket_id is not None:
            return await _decided(tx, claim, "replacement", penalty, ticket_id)
    settled = await _decided(tx, claim, "refund", penalty if len(sales) == 1 else None)
    for link in sales[1:]:
        await _undone(tx, claim, link, penalty if link is sales[-1] else None)
    return settled


async def _undone(tx: Connection, cause: Claim, link: Link, penalty: Money | None) -> None:
    """Undo an earlier sale of a claim's place, unless it is undone."""
    now = await store_copies.clock(tx)
    place = (cause.section, cause.row, cause.seat)
    fresh = claim_new(link, cause.show_id, place, new_id(), now, cause.id)
    claim = msgspec.structs.replace(fresh, reason=cause.reason)
    if not link.refunded and await store_claims.claim_add(tx, claim):
        await outbox.append(tx, opened_event(claim, now))
        await _decided(tx, claim, "refund", penalty)


async def sold_twice(tx: Connection, ticket: Ticket, *, by_seller: bool) -> None:
    """Make good the sale of a place where somebody is in already; the buyer's ticket began as void.

    Nobody has to ask. `by_seller`: it is the seller who went in. The caller has the lock of the row.
    """
    link = (await store_claims.chain_get(tx, ticket.id))[-1]
    now = await store_copies.clock(tx)
    claim = claim_new(link, ticket.show_id, (ticket.section, ticket.row, ticket.seat), new_id(), now)
    if await store_claims.claim_add(tx, claim):
        await outbox.append(tx, opened_event(claim, now))
        await _decided(tx, claim, "refund", penalty_of(link.unit_price) if by_seller and link.unit_price else None)


async def _decided(
    tx: Connection,
    claim: Claim,
    outcome: ClaimOutcome,
    penalty: Money | None = None,
    replacement_ticket_id: UUID | None = None,
) -> Claim:
    """Write a decision and tell of it; raises ClaimEnded."""
    now = await store_copies.clock(tx)
    decided = claim_decided(claim, outcome, penalty, replacement_ticket_id, now)
    if not await store_claims.claim_decide(tx, decided):
        raise ClaimEnded
    await outbox.append(tx, decided_event(decided, now))
    return decided
