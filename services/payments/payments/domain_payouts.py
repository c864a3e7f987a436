"""The rules of paying sellers: what they are owed, and how a payout leaves and may come back.

    due ----> sent ----> reversed      the whole transfer came back: its payables are open again

A payout takes all open payables of one seller in one currency, if they add up to more than nothing. A seller's account
at the provider is pending until the provider lets it receive money, and may be pending again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from fairseat_common.contracts import Event, Money, PayoutReversed, PayoutSent
from payments.domain_ledger import SaleLine
from payments.domain_refusals import ProviderDisagrees
from payments.domain_returns import check_return

PayoutStatus = Literal["due", "sent", "reversed"]
AccountStatus = Literal["pending", "active"]
PayableKind = Literal["sale", "refund", "chargeback", "reversal", "penalty"]


class TransferDisagrees(ProviderDisagrees):
    """The provider's transfer cannot be the one of this payout."""

    slug = "transfer-disagrees"
    title = "The payment provider reports a transfer that cannot be"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payable:
    """What one fact makes a seller owed (positive), or takes off the next payout (negative)."""

    seller_id: UUID
    amount: Money
    kind: PayableKind
    cause: str
    order_id: UUID | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerAccount:
    """A seller's account at the provider; `account_id` is None until the provider has made it.

    `keys_used` counts the idempotency keys that the provider has answered with a stored error.
    """

    seller_id: UUID
    account_id: str | None
    status: AccountStatus
    version: int
    keys_used: int
    tries: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """Money for one seller. `version` counts the facts published about it, `reversed` is what came back.

    `keys_used` counts the idempotency keys that the provider has answered with a stored error.
    """

    id: UUID
    seller_id: UUID
    account_id: str
    amount: Money
    status: PayoutStatus
    transfer_id: str | None
    reversed: Money
    version: int
    keys_used: int
    tries: int
    created_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A banned seller, since when, and what they will be paid when the ban is lifted, by currency."""

    seller_id: UUID
    since: datetime
    owed: tuple[Money, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """Money of a transfer that the provider took back."""

    id: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """The provider's object, as far as we read it."""

    id: str
    payout_id: str | None
    account_id: str
    amount: Money
    reversals: tuple[Reversal, ...] = ()


def owed(line: SaleLine) -> Payable | None:
    """What the release of a line makes its seller owed; None for a line of which nothing is left."""
    cause = f"line-released:{line.order_id}:{line.line}"
    return _payable(line, line.net, "sale", cause)


def taken_back(line: SaleLine, kind: PayableKind, cause: str) -> Payable | None:
    """What is taken off the next payout for a line; None if it had not been released."""
    if line.status != "released":
        return None
    return _payable(line, Money(-line.net.amount, line.currency), kind, f"{cause}:{line.line}")


def come_back(payout: Payout, reversal: Reversal) -> Payable:
    """What a seller is owed again when a part of a transfer came back."""
    cause = f"payout-reversed:{reversal.id}"
    return Payable(seller_id=payout.seller_id, amount=reversal.amount, kind="reversal", cause=cause)


def send(payout: Payout, transfer: Transfer, now: datetime) -> tuple[Payout, list[Event]]:
    """The payout after its transfer was made, and the fact to publish; what was known changes nothing."""
    if transfer.payout_id != str(payout.id) or payout.transfer_id not in (None, transfer.id):
        raise TransferDisagrees(f"{transfer.id} is not the transfer of payout {payout.id}")
    if transfer.amount != payout.amount or transfer.account_id != payout.account_id:
        raise TransferDisagrees(f"{transfer.id} is {transfer.amount} to {transfer.account_id}, unlike {payout.id}")
    if payout.status != "due":
        return payout, []
    sent = replace(payout, status="sent", transfer_id=transfer.id, version=payout.version + 1, sent_at=now)
    event = PayoutSent(
        payout_id=sent.id,
        seller_id=sent.seller_id,
        amount=sent.amount,
        transfer_id=transfer.id,
        sent_at=now,
        version=sent.version,
        occurred_at=now,
    )
    return sent, [event]


def reverse(payout: Payout, reversal: Reversal, now: datetime) -> tuple[Payout, list[Event]]:
    """The payout after (more of) its transfer came back, and the fact to publish."""
    assert payout.transfer_id is not None, f"payout {payout.id} was sent"
    total = payout.reversed.amount + reversal.amount.amount
    if reversal.amount.currency != payout.amount.currency or not 0 < total <= payout.amount.amount:
        raise TransferDisagrees(f"{reversal.id} takes more back than payout {payout.id} sent")
    status: PayoutStatus = "reversed" if total == payout.amount.amount else payout.status
    money = Money(total, payout.amount.currency)
    payout = replace(payout, status=status, reversed=money, version=payout.version + 1)
    event = PayoutReversed(
        payout_id=payout.id,
        seller_id=payout.seller_id,
        amount=reversal.amount,
        transfer_id=payout.transfer_id or "",
        version=payout.version,
        occurred_at=now,
    )
    return payout, [event]


def is_whole(payout: Payout, reversal: Reversal) -> bool:
    """Whether one reversal took the whole payout back, so that its payables are open again."""
    return reversal.amount == payout.amount


def check_return_url(url: str, public_url: str) -> None:
    """Raise Invalid unless the address is one of our own pages: nobody is sent anywhere else from the provider."""
    check_return(url, public_url)


def _payable(line: SaleLine, amount: Money, kind: PayableKind, cause: str) -> Payable | None:
    if amount.amount == 0:
        return None
    return Payable(
        seller_id=line.seller_id,
        amount=amount,
        kind=kind,
        cause=cause,
        order_id=line.order_id,
        line=line.line,
    )
