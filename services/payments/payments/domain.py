"""The rules of paying: what an attempt may become, what is due, and what the provider's word means for it.

    started ----> challenged            the bank asks the buyer (3-D Secure)
       |              |
       +------+-------+
              |
              +--> authorized ----> captured     only if the order is confirmed
              |        |   |
              |        |   +------> stray        charged though refused: all of it goes back
              |        +----------> voided       refused by orders, or not there any more
              +--> failed                        declined, rejected, or given up; money found later: stray

The provider is the truth about money: `adopt` takes its word for where an attempt stands. Orders is the truth about
what it is for: nothing is captured or voided without its verdict.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, NamedTuple, TypedDict
from uuid import UUID

from fairseat_common.contracts import Event, Money, PaymentAuthorized, PaymentCaptured, PaymentFailed, PaymentVoided
from fairseat_common.contracts.orders import CancelReason
from payments.domain_refusals import (
    CARD_LIMIT,
    CardDeclined,
    CardLimit,
    OrderNotPayable,
    ProviderDisagrees,
    ProviderRefuses,
    unknown_method,
)

OrderStatus = Literal["held", "confirmed", "cancelled", "refunded"]
Status = Literal["started", "challenged", "authorized", "captured", "voided", "failed", "stray"]
Outcome = Literal["authorized", "challenged", "late", "declined", "rejected", "abandoned"]
IntentStatus = Literal["pending", "challenged", "unpaid", "authorized", "captured", "released"]
"""As the provider says; a pending intent is not decided yet."""
Work = Literal["recover", "capture", "void"]

KEY_REMEMBERED_S = 23 * 3600
"""For how long the provider surely knows an idempotency key: it promises a day."""
RETRY_FIRST_S = 1.0
RETRY_MAX_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What payments knows of an order: enough to take its money, and to say whose it is line by line.

    `total` = `quantity` x `unit_price` + `fees`. `seats` are the lines; each costs the same.
    """

    id: UUID
    buyer_id: UUID
    version: int
    status: OrderStatus
    cancel_reason: CancelReason | None
    total: Money
    expires_at: datetime
    show_id: UUID
    seller_id: UUID
    section: str | None
    row: str | None
    seats: tuple[str, ...]
    quantity: int
    unit_price: Money
    fees: Money
    seller_fees: Money
    fee_rule: int | None

    @property
    def line_price(self) -> int:
        """What one seat costs without fees, in minor units."""
        return self.unit_price.amount

    @property
    def line_fee(self) -> int:
        """The buyer's fee for one seat, in minor units; it divides without a rest."""
        return self.fees.amount // self.quantity

    @property
    def line_seller_fee(self) -> int:
        """What the platform keeps of one seat's price, in minor units; it divides without a rest."""
        return self.seller_fees.amount // self.quantity

    @property
    def wanted(self) -> bool:
        """Whether orders has confirmed it: its payment is to be captured, also if it is refunded later."""
        return self.status in ("confirmed", "refunded")


class Wanted(NamedTuple):
    """What a buyer asks for: which order, with what, and where to come back to after the bank's questions.

    `card_tickets_max` is how many tickets of the show the card may buy, None: as many as one likes.
    """

    order_id: UUID
    payment_method: str
    return_url: str | None
    card_tickets_max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to pay an order. `version` counts the facts published about it.

    `refused` is orders' verdict that it does not want this payment. `keys_used` counts the idempotency keys that the
    provider has answered with a stored error. `refunds` is the sum of all refunds of it, due and made. `card` is
    the fingerprint of the card that money was reserved on, which buys at most `card_tickets_max` tickets of a show.
    """

    id: UUID
    order_id: UUID
    buyer_id: UUID
    request_hash: bytes
    payment_method: str
    return_url: str | None
    amount: Money
    status: Status
    version: int
    outcome: Outcome | None
    reason: str | None
    intent_id: str | None
    action_url: str | None
    refused: bool
    refunds: Money
    keys_used: int
    tries: int
    created_at: datetime
    card: str | None = None
    card_tickets_max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """The provider's object, as far as we read it.

    `reason` says why an unpaid one is unpaid, `action_url` where the buyer has to go while it is challenged, `card` is
    the fingerprint of the card that was asked last.
    """

    id: str
    status: IntentStatus
    amount: Money
    attempt_id: str | None
    reason: str | None = None
    action_url: str | None = None
    card: str | None = None


def work_due(attempt: Attempt, order: Order) -> Work | None:
    """What has to be done at the provider, as things stand. An authorisation without a verdict waits for it."""
    if attempt.status in ("started", "challenged"):
        return "recover"
    if attempt.status != "authorized":
        return None
    if attempt.refused:
        return "void"
    return "capture" if order.wanted else None


def may_go_on(order: Order, now: datetime) -> bool:
    """Whether the seats are still held for a payment."""
    return order.status == "held" and now < order.expires_at


def may_send_again(attempt: Attempt, order: Order, now: datetime) -> bool:
    """Whether an attempt that the provider does not know may still be made.

    Only while the seats are held for it, and while the provider would recognise the key of a request that got
    through after all.
    """
    age_s = (now - attempt.created_at).total_seconds()
    return may_go_on(order, now) and age_s < KEY_REMEMBERED_S


def adopt(attempt: Attempt, order: Order, intent: Intent, now: datetime) -> tuple[Attempt, list[Event]]:
    """The attempt after the provider's word about it, and the facts to publish. Old news changes nothing."""
    if intent.attempt_id != str(attempt.id) or attempt.intent_id not in (None, intent.id):
        raise ProviderDisagrees(f"{intent.id} is not the object of attempt {attempt.id}")
    if intent.amount != attempt.amount:
        raise ProviderDisagrees(f"{intent.id} is about {intent.amount}, attempt {attempt.id} about {attempt.amount}")
    events: list[Event] = []
    if attempt.status in ("started", "challenged") and intent.status != "pending":
        attempt, events = _first_word(
            replace(attempt, intent_id=intent.id, card=intent.card or attempt.card), order, intent, now
        )
    if attempt.status == "authorized" and intent.status == "captured":
        attempt, more = _charged(attempt, order, now)
        events += more
    elif attempt.status == "authorized" and intent.status == "released":
        attempt = replace(attempt, status="voided", version=attempt.version + 1)
        events.append(PaymentVoided(**facts(attempt, now)))
    elif attempt.status in ("failed", "voided") and intent.status == "captured":
        attempt = replace(attempt, status="stray", intent_id=intent.id)
    return attempt, events


def refuse(attempt: Attempt) -> Attempt:
    """The attempt after orders' verdict that it is not wanted. Said once or often, early or late."""
    status: Status = "stray" if attempt.status == "captured" else attempt.status
    return replace(attempt, refused=True, status=status)


def fail(attempt: Attempt, outcome: Outcome, reason: str, now: datetime) -> tuple[Attempt, list[Event]]:
    """End an undecided attempt for which the provider holds nothing; any other one is left as it is."""
    if attempt.status not in ("started", "challenged"):
        return attempt, []
    failed, event = _failed(attempt, outcome, reason, now)
    return failed, [event]


def check_paid(attempt: Attempt) -> None:
    """Raise what the buyer has to be told, unless the attempt was authorised for an order that may want it."""
    if attempt.outcome == "declined":
        raise CardDeclined(reason=attempt.reason)
    if attempt.outcome == "rejected" and attempt.reason == CARD_LIMIT:
        raise CardLimit
    if attempt.outcome == "rejected":
        raise unknown_method(attempt.reason) or ProviderRefuses(attempt.reason or "")
    if attempt.outcome == "late":
        raise OrderNotPayable(
            "The order was cancelled while you were paying. The reservation on your card is released."
        )
    if attempt.outcome == "abandoned":
        raise OrderNotPayable("The payment did not go through before the hold ended. Nothing was charged.")


def is_forgotten(attempt: Attempt, intent: Intent) -> bool:
    """Whether money is reserved, or may be, that nobody waits for: it must be released.

    The attempt was given up, or goes on with another intent since the request that made this one went astray.
    """
    other = attempt.intent_id not in (None, intent.id)
    return (other or attempt.status == "failed") and intent.status in ("authorized", "challenged", "pending")


def retry_in_s(tries: int) -> float:
    """The pause after so many fruitless tries, in seconds: doubling up to half a minute."""
    return min(RETRY_MAX_S, RETRY_FIRST_S * 2.0 ** min(tries, 16))


def _first_word(attempt: Attempt, order: Order, intent: Intent, now: datetime) -> tuple[Attempt, list[Event]]:
    if intent.status == "challenged":
        outcome: Outcome = attempt.outcome or "challenged"
        return replace(attempt, status="challenged", outcome=outcome, action_url=intent.action_url), []
    if intent.status in ("authorized", "captured"):
        # Orders decides whether a hold that has just ended is confirmed all the same; a cancelled one never is.
        late = order.status == "cancelled" and order.cancel_reason in ("buyer", "show_cancelled")
        outcome = attempt.outcome or ("late" if late else "authorized")
        attempt = replace(attempt, status="authorized", outcome=outcome, version=attempt.version + 1)
        return attempt, [PaymentAuthorized(**facts(attempt, now))]
    if intent.status == "unpaid":
        failed, event = _failed(attempt, "declined", intent.reason or "card_declined", now)
    else:
        failed, event = _failed(attempt, "abandoned", "released", now)
    return failed, [event]


def _charged(attempt: Attempt, order: Order, now: datetime) -> tuple[Attempt, list[Event]]:
    """Money was taken, perhaps by somebody at the provider's dashboard. Without a verdict it waits for one."""
    if attempt.refused:
        return replace(attempt, status="stray"), []
    if not order.wanted:
        return attempt, []
    attempt = replace(attempt, status="captured", version=attempt.version + 1)
    return attempt, [PaymentCaptured(**facts(attempt, now))]


def _failed(attempt: Attempt, outcome: Outcome, reason: str, now: datetime) -> tuple[Attempt, Event]:
    first = attempt.outcome or outcome
    attempt = replace(attempt, status="failed", outcome=first, reason=reason, version=attempt.version + 1)
    return attempt, PaymentFailed(reason=reason, **facts(attempt, now))


class Facts(TypedDict):
    """What every event about an attempt carries."""

    payment_id: UUID
    order_id: UUID
    buyer_id: UUID
    amount: Money
    version: int
    occurred_at: datetime


def facts(attempt: Attempt, now: datetime) -> Facts:
    """What every event about the attempt carries."""
    return {
        "payment_id": attempt.id,
        "order_id": attempt.order_id,
        "buyer_id": attempt.buyer_id,
        "amount": attempt.amount,
        "version": attempt.version,
        "occurred_at": now,
    }
