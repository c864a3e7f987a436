"""Disputes: a cardholder asks the bank for the money back. It is withdrawn at once and comes back if we win."""

from __future__ import annotations

from typing import Literal

import msgspec

from fairseat_local.provider import errors
from fairseat_local.provider.objects import Charge, Dispute, new_id
from fairseat_local.provider.work import Work

EVIDENCE_DAYS = 7
DAY_S = 24 * 3600


class CloseDispute(msgspec.Struct, kw_only=True):
    """Parameters of `POST /v1/disputes/{id}/close`, which gives a dispute up."""


def dispute_open(work: Work, charge: Charge, amount: int) -> Dispute:
    """The holder disputes so much of a captured charge."""
    charge.disputed = True
    dispute = Dispute(
        id=new_id("dp"),
        created=work.now,
        amount=amount,
        currency=charge.currency,
        charge=charge.id,
        payment_intent=charge.payment_intent,
        balance_transactions=[_movement(work, -amount, charge.currency)],
        evidence_details={
            "due_by": work.now + EVIDENCE_DAYS * DAY_S,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
    )
    work.journal.insert(dispute, parent=charge.payment_intent)
    work.journal.update(charge)
    work.record("dispute_opened", dispute, amount=amount, intent_id=charge.payment_intent)
    work.emit("charge.dispute.created", dispute)
    work.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def dispute_settle(work: Work, dispute: Dispute, outcome: Literal["won", "lost"]) -> Dispute:
    """The bank has decided, once."""
    if dispute.status != "needs_response":
        raise errors.refused(f"The dispute {dispute.id} is {dispute.status} already.", code="dispute_closed")
    dispute.status = outcome
    if outcome == "won":
        dispute.balance_transactions.append(_movement(work, dispute.amount, dispute.currency))
    work.journal.update(dispute)
    kind: Literal["dispute_won", "dispute_lost"] = "dispute_won" if outcome == "won" else "dispute_lost"
    work.record(kind, dispute, amount=dispute.amount, intent_id=dispute.payment_intent)
    work.emit("charge.dispute.closed", dispute)
    if outcome == "won":
        work.emit("charge.dispute.funds_reinstated", dispute)
    return dispute


def dispute_close(work: Work, dispute_id: str, _: CloseDispute) -> Dispute:
    """Give up: the dispute is lost."""
    return dispute_settle(work, work.load(Dispute, "dispute", dispute_id), "lost")


def disputes_of(work: Work, charge: Charge) -> list[Dispute]:
    """The disputes of a charge, oldest first."""
    found = work.journal.children(Dispute, charge.payment_intent)
    return [dispute for dispute in found if dispute.charge == charge.id]


def _movement(work: Work, amount: int, currency: str) -> dict[str, object]:
    """A movement of the platform's balance. The stand-in takes no fees."""
    return {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "created": work.now,
        "currency": currency,
        "fee": 0,
        "net": amount,
        "type": "adjustment",
    }
