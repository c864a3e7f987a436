"""HTTP in: paying, looking at payments, and the provider's events."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from fairseat_common.contracts import Money
from fairseat_common.web import (
    LIMIT_DEFAULT,
    LIMIT_MAX,
    KeyInUse,
    KeyReused,
    Page,
    key_required,
    page_of,
    position_in,
    request_hash,
)
from fairseat_common.web.dependencies import CurrentUser, OwnDatabase
from payments import actions, actions_webhook, domain, domain_returns
from payments.actions import Provider
from payments.actions_switch import Hearing
from payments.domain import Attempt, Status, Wanted
from payments.domain_refusals import ProviderUnavailable

PaymentStatus = Literal["started", "requires_action", "authorized", "captured", "voided", "failed"]
_SHOWN: dict[Status, PaymentStatus] = {
    "started": "started",
    "challenged": "requires_action",
    "authorized": "authorized",
    "captured": "captured",
    "voided": "voided",
    "failed": "failed",
    "stray": "captured",
}


class NewPayment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What to pay, and with what: the provider's id of a payment method, never a card.

    With a `return_url`, a page of this site, the bank may ask the buyer something (3-D Secure) and sends them there.
    """

    order_id: UUID
    payment_method: Annotated[str, Meta(pattern=r"^pm_[A-Za-z0-9_]{1,120}$", max_length=123)]
    return_url: Annotated[str, Meta(min_length=1, max_length=1000)] | None = None


class Payment(msgspec.Struct, frozen=True):
    """One attempt to pay an order.

    `reason` says why it failed, in the provider's words; `action_url` is where the bank asks the buyer, while the
    status is requires_action; `refunded` is how much of a captured amount goes back or has gone back.
    """

    id: UUID
    order_id: UUID
    status: PaymentStatus
    amount: Money
    reason: str | None
    action_url: str | None
    refunded: Money
    created_at: datetime


class Received(msgspec.Struct, frozen=True):
    """The answer to an event of the provider."""

    received: bool = True


def shown(attempt: Attempt) -> Payment:
    """An attempt as its buyer sees it."""
    status = _SHOWN[attempt.status]
    return Payment(
        id=attempt.id,
        order_id=attempt.order_id,
        status=status,
        amount=attempt.amount,
        reason=attempt.reason,
        action_url=attempt.action_url if status == "requires_action" else None,
        refunded=attempt.refunds,
        created_at=attempt.created_at,
    )


def first_shown(attempt: Attempt) -> Payment:
    """The answer that the request got which made the attempt, whatever has happened to the payment since."""
    challenged = attempt.outcome == "challenged"
    return msgspec.structs.replace(
        shown(attempt),
        status="requires_action" if challenged else "authorized",
        reason=None,
        action_url=attempt.action_url if challenged else None,
        refunded=Money(0, attempt.amount.currency),
    )


@post("/api/payments")
async def payment_create(
    request: Request[Any, Any, Any],
    data: JSONBody[NewPayment],
    user: CurrentUser,
    database: OwnDatabase,
    provider: NamedDependency[Provider],
    public_url: NamedDependency[str],
    hearing: NamedDependency[Hearing],
    card_tickets_max: NamedDependency[int | None],
) -> Response[Payment]:
    """Authorise an order's total on a card. The charge follows once the order is confirmed."""
    domain_returns.check_return(data.return_url, public_url)
    key = key_required(request.headers.get("idempotency-key"))
    hashed = request_hash(msgspec.json.encode(data))
    wanted = Wanted(data.order_id, data.payment_method, data.return_url, card_tickets_max)
    attempt, repeated = await actions.pay(database, provider, hearing, user.id, wanted, key, hashed)
    if repeated:
        _check_repeated(attempt, hashed)
    domain.check_paid(attempt)
    headers = {"Location": f"/api/payments/{attempt.id}"} | ({"Idempotent-Replayed": "true"} if repeated else {})
    return Response(first_shown(attempt), status_code=201, headers=headers)


def _check_repeated(attempt: Attempt, hashed: bytes) -> None:
    """Raise unless the request is the one that made the attempt, and its outcome is known."""
    if attempt.request_hash != hashed:
        raise KeyReused
    if attempt.status == "started":
        # The first request is still running, or has ended without hearing the outcome.
        raise KeyInUse if attempt.tries == 0 else ProviderUnavailable


@get("/api/payments")
async def payments_list(
    user: CurrentUser,
    database: OwnDatabase,
    order_id: FromQuery[UUID | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT,
) -> Page[Payment]:
    """The buyer's own payments, newest first; with `order_id` those of one order."""
    position = position_in(cursor, tuple[UUID])
    before = position[0] if position else None
    attempts = await actions.attempts_of(database, user.id, order_id, before, limit + 1)
    return page_of([shown(attempt) for attempt in attempts], limit, lambda payment: [payment.id])


@get("/api/payments/{payment_id:uuid}")
async def payment_get(payment_id: FromPath[UUID], user: CurrentUser, database: OwnDatabase) -> Payment:
    """One of the buyer's own payments."""
    return shown(await actions.attempt_of(database, user.id, payment_id))


@post("/api/payments/webhook", status_code=200)
async def webhook(
    request: Request[Any, Any, Any],
    database: OwnDatabase,
    provider: NamedDependency[Provider],
    webhook_secrets: NamedDependency[tuple[str, ...]],
) -> Received:
    """An event of the payment provider, signed over its exact bytes."""
    payload = await request.body()
    signature = request.headers.get("stripe-signature", "")
    await actions_webhook.hear(database, provider, payload, signature, webhook_secrets)
    return Received()


ROUTES = (payment_create, payments_list, payment_get, webhook)
