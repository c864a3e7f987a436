"""From facts to a letter: each kind of mail has its writer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import msgspec

from fairseat_common.contracts import (
    ListingWithdrawn,
    OrderCancelled,
    OrderConfirmed,
    OrderHeld,
    OrderKept,
    OrderPaymentRefused,
    OrderRefundDue,
    OrderRefunded,
    PaymentDisputed,
    PaymentRefunded,
    PayoutReversed,
    PayoutSent,
    ShowChanged,
    TicketsIssued,
    TicketsTransferred,
    TransferEnded,
    TransferOffered,
    UserLetterDue,
)
from notifications import (
    domain_account,
    domain_buyers,
    domain_followers,
    domain_moves,
    domain_sellers,
    domain_transfers,
)
from notifications.domain import Agreed, Kind, Letter, Show
from notifications.domain_alerts import AlertFact, ChangedFact, ListedFact
from notifications.domain_moves import MoveFact
from notifications.store import Due

T = TypeVar("T")


def write_letter(due: Due, origin: str) -> Letter:
    """The words of a mail; `origin` is where links lead."""
    return WRITERS[due.kind](due, origin)


def _tickets(due: Due, origin: str) -> Letter:
    issued = _decode(due.fact, TicketsIssued)
    return domain_buyers.tickets_letter(due.person, _show(due), issued, _decode(due.order, OrderConfirmed), origin)


def _sold(due: Due, origin: str) -> Letter:
    return domain_sellers.sold_letter(due.person, _show(due), _decode(due.fact, OrderConfirmed), origin)


def _cancelled(due: Due, origin: str) -> Letter:
    order = _decode(due.fact, OrderCancelled)
    return domain_buyers.cancelled_letter(due.kind, due.person, _show(due), order, origin)


def _payment_refused(due: Due, origin: str) -> Letter:
    order = _decode(due.fact, OrderPaymentRefused)
    return domain_buyers.payment_refused_letter(due.person, _show(due), order, origin)


def _refunded(due: Due, origin: str) -> Letter:
    return domain_buyers.refunded_letter(due.person, _show(due), _decode(due.fact, OrderRefunded), origin)


def _sale_refunded(due: Due, origin: str) -> Letter:
    return domain_sellers.sale_refunded_letter(due.person, _show(due), _decode(due.fact, OrderRefundDue), origin)


def _charge_returned(due: Due, origin: str) -> Letter:
    payment = _decode(due.fact, PaymentRefunded)
    return domain_buyers.charge_returned_letter(due.person, _show(due), payment, _decode(due.order, Agreed), origin)


def _disputed(due: Due, origin: str) -> Letter:
    stage = _decode(due.fact, PaymentDisputed).stage
    return domain_sellers.disputed_letter(stage, due.person, _show(due), _decode(due.order, Agreed), origin)


def _payout_sent(due: Due, origin: str) -> Letter:
    return domain_sellers.payout_sent_letter(due.person, _decode(due.fact, PayoutSent), origin)


def _payout_reversed(due: Due, origin: str) -> Letter:
    return domain_sellers.payout_reversed_letter(due.person, _decode(due.fact, PayoutReversed), origin)


def _listing_withdrawn(due: Due, origin: str) -> Letter:
    return domain_sellers.withdrawn_letter(due.person, _show(due), _decode(due.fact, ListingWithdrawn), origin)


def _own_show_cancelled(due: Due, origin: str) -> Letter:
    return domain_sellers.show_cancelled_letter(due.person, _show(due), _decode(due.fact, ShowChanged), origin)


def _waiting_offer(due: Due, origin: str) -> Letter:
    return domain_followers.offered_letter(due.person, _show(due), _decode(due.fact, OrderHeld), origin)


def _alert(due: Due, origin: str) -> Letter:
    return domain_followers.alert_letter(due.person, _show(due), _decode(due.fact, AlertFact), origin)


def _favourite_listed(due: Due, origin: str) -> Letter:
    return domain_followers.listed_letter(due.person, _show(due), _decode(due.fact, ListedFact), origin)


def _favourite_changed(due: Due, origin: str) -> Letter:
    return domain_followers.changed_letter(due.person, _show(due), _decode(due.fact, ChangedFact), origin)


def _transfer_offered(due: Due, origin: str) -> Letter:
    transfer = _decode(due.fact, TransferOffered)
    return domain_transfers.offered_letter(due.person, _show(due), transfer, due.other, origin)


def _transfer_withdrawn(due: Due, origin: str) -> Letter:
    transfer = _decode(due.fact, TransferEnded)
    return domain_transfers.withdrawn_letter(due.person, _show(due), transfer, due.other, origin)


def _transfer_received(due: Due, origin: str) -> Letter:
    transfer = _decode(due.fact, TicketsTransferred)
    return domain_transfers.received_letter(due.person, _show(due), transfer, due.other, origin)


def _transfer_accepted(due: Due, origin: str) -> Letter:
    transfer = _decode(due.fact, TicketsTransferred)
    return domain_transfers.accepted_letter(due.person, _show(due), transfer, due.other, origin)


def _transfer_ended(due: Due, origin: str) -> Letter:
    return domain_transfers.ended_letter(due.person, _show(due), _decode(due.fact, TransferEnded), origin)


def _account(due: Due, origin: str) -> Letter:
    return domain_account.account_letter(due.kind, _decode(due.fact, UserLetterDue), origin)


def _move(due: Due, origin: str) -> Letter:
    kind = cast(domain_moves.MoveKind, due.kind)
    return domain_moves.move_letter(kind, due.person, _show(due), _decode(due.fact, MoveFact), origin)


def _kept(due: Due, origin: str) -> Letter:
    return domain_moves.kept_letter(due.person, _show(due), _decode(due.fact, OrderKept), origin)


WRITERS: dict[Kind, Callable[[Due, str], Letter]] = {
    "tickets": _tickets,
    "sold": _sold,
    "hold-expired": _cancelled,
    "payment-failed": _cancelled,
    "hold-show-cancelled": _cancelled,
    "payment-refused": _payment_refused,
    "refunded": _refunded,
    "sale-refunded": _sale_refunded,
    "charge-returned": _charge_returned,
    "dispute-opened": _disputed,
    "dispute-won": _disputed,
    "dispute-lost": _disputed,
    "payout-sent": _payout_sent,
    "payout-reversed": _payout_reversed,
    "listing-withdrawn": _listing_withdrawn,
    "own-show-cancelled": _own_show_cancelled,
    "waiting-offer": _waiting_offer,
    "alert": _alert,
    "favourite-listed": _favourite_listed,
    "favourite-changed": _favourite_changed,
    "transfer-offered": _transfer_offered,
    "transfer-withdrawn": _transfer_withdrawn,
    "transfer-received": _transfer_received,
    "transfer-accepted": _transfer_accepted,
    "transfer-ended": _transfer_ended,
    "move-kept": _kept,
    **dict.fromkeys(domain_moves.SAID, _move),
    **dict.fromkeys(domain_account.KIND_OF.values(), _account),
}


def _show(due: Due) -> Show:
    assert due.show is not None, f"a {due.kind} mail was claimed without its show"
    return due.show


def _decode(fact: str | None, fact_type: type[T]) -> T:
    assert fact is not None, "a mail was claimed without its order"
    return msgspec.json.decode(fact, type=fact_type)
