"""What must be the same at the provider and here, one to one, and what to call it when it is not.

Pure: both sides come in as facts, differences go out as findings. A finding is no break yet: what is in flight looks
the same for a moment, so it has to be found twice, some time apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from fairseat_common.contracts import Money
from payments.domain import Status
from payments.domain_payouts import PayoutStatus
from payments.domain_refunds import DisputeStage, RefundStatus

PROVIDER_KINDS = frozenset([
    "payment-unknown", "payment-missing", "payment-not-noted", "payment-not-made", "payment-amount", "paid-twice",
    "refund-unknown", "refund-missing", "refund-not-noted", "refund-not-made", "refund-amount", "refunded-twice",
    "dispute-unknown", "dispute-missing", "dispute-state", "dispute-amount",
    "transfer-unknown", "transfer-missing", "transfer-not-noted", "transfer-amount", "transfer-reversal",
    "paid-out-twice",
])  # fmt: skip
"""What only the provider's own lists can show, or show to be gone."""

_TAKEN: frozenset[Status] = frozenset(["captured", "stray"])


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not add up. `reference` names the thing, together with `kind` only once."""

    kind: str
    reference: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentFact:
    """A payment as the provider has it; `received` is what was charged."""

    id: str
    status: str
    received: Money
    attempt_id: str | None
    order_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFact:
    """A refund as the provider has it; `made` is False when the bank sent it back."""

    id: str
    intent_id: str
    amount: Money
    refund_id: str | None
    made: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeFact:
    """A dispute as the provider has it."""

    id: str
    intent_id: str
    amount: Money
    stage: DisputeStage


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFact:
    """A transfer as the provider has it."""

    id: str
    amount: Money
    reversed: Money
    payout_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow:
    """An attempt as we have it; `expected` if it is recent enough to be in the provider's list."""

    id: UUID
    order_id: UUID
    status: Status
    amount: Money
    intent_id: str | None
    expected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRow:
    """A refund as we have it."""

    id: UUID
    status: RefundStatus
    amount: Money
    provider_id: str | None
    expected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeRow:
    """A dispute as we have it."""

    provider_id: str
    stage: DisputeStage
    amount: Money
    expected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutRow:
    """A payout as we have it."""

    id: UUID
    status: PayoutStatus
    amount: Money
    reversed: Money
    transfer_id: str | None
    expected: bool


def compare_payments(found: Sequence[IntentFact], ours: Sequence[AttemptRow]) -> Iterator[Finding]:
    """Every charge is an attempt of ours that says so, and the other way round; one charge per order."""
    attempts = {str(row.id): row for row in ours}
    for fact in found:
        row = attempts.get(fact.attempt_id or "")
        charged = fact.status == "succeeded"
        if row is None:
            if charged:
                yield Finding("payment-unknown", fact.id, f"charged {_said(fact.received)}, and no attempt is about it")
        elif row.intent_id not in (None, fact.id):
            yield Finding("payment-unknown", fact.id, f"attempt {row.id} is about {row.intent_id}")
        else:
            yield from _payment(fact, row, charged=charged)
    unwanted = {row.intent_id for row in ours if row.status == "stray"}
    charges = Counter(
        fact.order_id for fact in found if fact.status == "succeeded" and fact.order_id and fact.id not in unwanted
    )
    for order_id, times in charges.items():
        if times > 1:
            yield Finding("paid-twice", str(order_id), f"{times} charges for one order")
    seen = {fact.id for fact in found}
    for row in ours:
        if row.expected and row.intent_id is not None and row.intent_id not in seen:
            yield Finding("payment-missing", str(row.id), f"{row.status}, and the provider has no {row.intent_id}")


def _payment(fact: IntentFact, row: AttemptRow, *, charged: bool) -> Iterator[Finding]:
    if charged and row.status not in _TAKEN:
        yield Finding("payment-not-noted", str(row.id), f"{fact.id} is charged, the attempt is {row.status}")
    elif not charged and row.status in _TAKEN:
        yield Finding("payment-not-made", str(row.id), f"the attempt is {row.status}, {fact.id} is {fact.status}")
    elif charged and fact.received != row.amount:
        detail = f"{fact.id} charged {_said(fact.received)}, the attempt {_said(row.amount)}"
        yield Finding("payment-amount", str(row.id), detail)
    elif row.status == "voided" and fact.status != "canceled":
        yield Finding("payment-not-made", str(row.id), f"the attempt is voided, {fact.id} is {fact.status}")
    elif row.status == "authorized" and fact.status == "canceled":
        yield Finding("payment-not-noted", str(row.id), f"{fact.id} is canceled, the attempt is authorized")


def compare_refunds(
    found: Sequence[RefundFact], ours: Sequence[RefundRow], intents: Mapping[str, UUID]
) -> Iterator[Finding]:
    """Every refund of a charge of ours (`intents`) is one that we decided, with its key, once."""
    rows = {str(row.id): row for row in ours}
    for fact in found:
        row = rows.get(fact.refund_id or "")
        if row is None:
            if fact.made and (fact.refund_id or fact.intent_id in intents):
                detail = f"{_said(fact.amount)} of {fact.intent_id} went back, and nobody here decided it"
                yield Finding("refund-unknown", fact.id, detail)
        elif fact.made and row.status == "due":
            yield Finding("refund-not-noted", str(row.id), f"{fact.id} is made, the refund is due")
        elif not fact.made and row.provider_id == fact.id:
            yield Finding("refund-not-made", str(row.id), f"the refund is made, {fact.id} came back")
        elif fact.amount != row.amount:
            detail = f"{fact.id} gave {_said(fact.amount)} back, the refund is {_said(row.amount)}"
            yield Finding("refund-amount", str(row.id), detail)
    yield from _twice("refunded-twice", (fact.refund_id for fact in found if fact.made), "refunds with one key")
    seen = {fact.id for fact in found}
    for row in ours:
        if row.expected and row.provider_id is not None and row.provider_id not in seen:
            yield Finding("refund-missing", str(row.id), f"the provider has no {row.provider_id}")


def compare_disputes(
    found: Sequence[DisputeFact], ours: Sequence[DisputeRow], intents: Mapping[str, UUID]
) -> Iterator[Finding]:
    """Every dispute of a charge of ours is known, with its amount and how it ended."""
    rows = {row.provider_id: row for row in ours}
    for fact in found:
        row = rows.get(fact.id)
        if row is None:
            if fact.intent_id in intents:
                yield Finding("dispute-unknown", fact.id, f"{_said(fact.amount)} of {fact.intent_id} is disputed")
        elif fact.stage != row.stage:
            yield Finding("dispute-state", fact.id, f"{fact.stage} at the provider, {row.stage} here")
        elif fact.amount != row.amount:
            yield Finding("dispute-amount", fact.id, f"{_said(fact.amount)} at the provider, {_said(row.amount)} here")
    seen = {fact.id for fact in found}
    for row in ours:
        if row.expected and row.provider_id not in seen:
            yield Finding("dispute-missing", row.provider_id, f"{row.stage} here, and the provider does not know it")


def compare_transfers(found: Sequence[TransferFact], ours: Sequence[PayoutRow]) -> Iterator[Finding]:
    """Every transfer is a payout's, once, of its amount, and what came back is noted."""
    rows = {str(row.id): row for row in ours}
    for fact in found:
        row = rows.get(fact.payout_id or "")
        if row is None or row.transfer_id not in (None, fact.id):
            yield Finding("transfer-unknown", fact.id, f"{_said(fact.amount)} left, and no payout is about it")
        elif row.status == "due":
            yield Finding("transfer-not-noted", str(row.id), f"{fact.id} is made, the payout is due")
        elif fact.amount != row.amount:
            detail = f"{fact.id} is {_said(fact.amount)}, the payout {_said(row.amount)}"
            yield Finding("transfer-amount", str(row.id), detail)
        elif fact.reversed != row.reversed:
            detail = f"{_said(fact.reversed)} of {fact.id} came back, {_said(row.reversed)} is noted"
            yield Finding("transfer-reversal", str(row.id), detail)
    yield from _twice("paid-out-twice", (fact.payout_id for fact in found), "transfers for one payout")
    seen = {fact.id for fact in found}
    for row in ours:
        if row.expected and row.transfer_id is not None and row.transfer_id not in seen:
            yield Finding("transfer-missing", str(row.id), f"{row.status}, and the provider has no {row.transfer_id}")


def _twice(kind: str, references: Iterable[str | None], what: str) -> Iterator[Finding]:
    for reference, times in Counter(references).items():
        if reference and times > 1:
            yield Finding(kind, reference, f"{times} {what}")


def _said(money: Money) -> str:
    return f"{money.amount} {money.currency}"
