"""HTTP in: paying, looking at payments, and the provider's events."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
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
from payments import actions, actions_webhook, domain
from payments.actions import Provider
from payments.domain import Attempt, ProviderUnavailable, Status


class NewPayment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to pay, and with what: the provider's id of a payment method, never a card."""

    order_id: UUID
    payment_method: Annotated[str, Meta(pattern=r"^pm_[A-Za-z0-9_]{1,120}$", max_length=123)]


class Payment(msgspec.Struct, frozen=True):
    """One attempt to pay an order. `reason` says why it failed, in the provider's words."""

    id: UUID
    order_id: UUID
    status: Status
    amount: Money
    reason: str | None
    created_at: datetime


class Received(msgspec.Struct, frozen=True):
    """The answer to an event of the provider."""

    received: bool = True


def shown(attempt: Attempt, status: Status | None = None) -> Payment:
    """An attempt as its buyer sees it."""
    return Payment(
        id=attempt.id,
        order_id=attempt.order_id,
        status=status or attempt.status,
        amount=attempt.amount,
        reason=attempt.reason,
        created_at=attempt.created_at,
    )


@post("/api/payments")
async def payment_create(
    request: Request[Any, Any, Any],
    data: JSONBody[NewPayment],
    user: CurrentUser,
    database: OwnDatabase,
    provider: NamedDependency[Provider],
) -> Response[Payment]:
    """Authorise an order's total on a card. The charge follows once the order is confirmed."""
    key = key_required(request.headers.get("idempotency-key"))
    hashed = request_hash(msgspec.json.encode(data))
    attempt, repeated = await actions.pay(database, provider, user.id, data.order_id, data.payment_method, key, hashed)
    if repeated:
        _check_repeated(attempt, hashed)
    domain.check_paid(attempt)
    # A repeated request gets the first answer, whatever has happened to the payment since.
    headers = {"Location": f"/api/payments/{attempt.id}"} | ({"Idempotent-Replayed": "true"} if repeated else {})
    return Response(shown(attempt, "authorized"), status_code=201, headers=headers)


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
