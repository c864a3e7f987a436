"""The calls to the payment provider about attempts: what it keeps for us, read and changed over its API.

Card data never comes here: the buyer gives it to the provider, and we only ever see the id of a payment method.
Every call has a deadline and an idempotency key of its own, so that repeating it can do nothing twice.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, TypeVar

import aiohttp
import stripe
import structlog

from fairseat_common.contracts import Money
from payments.domain import Attempt, Intent, IntentStatus
from payments.domain_refusals import ProviderBroke, ProviderRefuses, ProviderUnavailable

log = structlog.get_logger(__name__)

T = TypeVar("T")

CALL_TIMEOUT_S = 8.0
CONNECT_TIMEOUT_S = 3.0
CALL_TIMEOUT = aiohttp.ClientTimeout(total=CALL_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
CALL_LONGEST_S = CALL_TIMEOUT_S + 1.0
LIST_PAGE = 100
LIST_PAGES_MAX = 3
LIST_BACK = timedelta(days=1)

_CHARGE = "latest_charge"
"""Comes along with an intent wherever it may be reserved money: its card is what tickets are counted by."""
_DECIDED: dict[str, IntentStatus] = {
    "requires_capture": "authorized",
    "succeeded": "captured",
    "canceled": "released",
}


class Provider:
    """The provider as seen from payments. Every method raises ProviderUnavailable when there is no clear answer."""

    def __init__(self, secret_key: str, api_url: str, http: stripe.HTTPClient | None = None) -> None:
        self._http = http or stripe.AIOHTTPClient(timeout=CALL_TIMEOUT)
        self.client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_url} if api_url else {},
            http_client=self._http,
            # The library would send again without a look; whoever sends again here looks first.
            max_network_retries=0,
        )
        """The SDK, for the calls about other nouns (`store_provider_*`)."""
        self._intents = self.client.v1.payment_intents

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Holds connections open while the service runs."""
        try:
            yield
        finally:
            await self._http.close_async()  # type: ignore[no-untyped-call]

    async def authorise(self, attempt: Attempt) -> Intent:
        """Reserve the attempt's amount on the card; an unpaid intent means that the bank said no.

        A challenged one means that the bank asks the buyer, which needs a return_url; without, it is a no.
        Raises ProviderRefuses when the provider cannot even ask the bank.
        """
        params: dict[str, Any] = {
            "amount": attempt.amount.amount,
            "currency": attempt.amount.currency.lower(),
            "payment_method": attempt.payment_method,
            "allowed_payment_method_types": ["card"],
            "capture_method": "manual",
            "confirm": True,
            "metadata": {"order_id": str(attempt.order_id), "attempt_id": str(attempt.id)},
            "expand": [_CHARGE],
        }
        params |= {"return_url": attempt.return_url} if attempt.return_url else {"error_on_requires_action": True}
        try:
            return _intent(await heard(self._intents.create_async(params, _key(attempt))))  # type: ignore[arg-type]
        except stripe.CardError as error:
            return _declined(error, attempt)

    async def find(self, attempt: Attempt) -> Intent | None:
        """The intent that carries the attempt's id, if the provider has one.

        First the newest intents, a list that is never behind; then the search by metadata, which reaches
        further back but may lag by a minute.
        """
        oldest = int((attempt.created_at - LIST_BACK).timestamp())
        cursor: dict[str, Any] = {}
        for _ in range(LIST_PAGES_MAX):
            query: Any = {"limit": LIST_PAGE, "created": {"gte": oldest}, "expand": [f"data.{_CHARGE}"]} | cursor
            page = await heard(self._intents.list_async(query))
            for found in page.data:
                if metadata_of(found, "attempt_id") == str(attempt.id):
                    return _intent(found)
            if not page.has_more:
                return None
            cursor = {"starting_after": page.data[-1].id}
        search = f"metadata['attempt_id']:'{attempt.id}'"
        results = await heard(self._intents.search_async({"query": search, "limit": 1, "expand": [f"data.{_CHARGE}"]}))
        return _intent(results.data[0]) if results.data else None

    async def read(self, intent_id: str) -> Intent:
        """An intent as it is now. Raises ProviderRefuses when there is none."""
        return _intent(await heard(self._intents.retrieve_async(intent_id, {"expand": [_CHARGE]})))

    async def capture(self, attempt: Attempt, intent_id: str) -> Intent:
        """Charge what was reserved. When that is not possible any more, the intent as it is."""
        try:
            return _intent(await heard(self._intents.capture_async(intent_id, {}, _key(attempt, "capture"))))
        except (ProviderRefuses, stripe.CardError):
            return await self.read(intent_id)

    async def release(self, attempt: Attempt, intent_id: str) -> Intent:
        """Give up what was reserved. When that is not possible any more, the intent as it is."""
        # The key names the intent, since an attempt whose first request went astray may have left two behind.
        key = key_of(intent_id, "void", attempt.keys_used)
        try:
            return _intent(await heard(self._intents.cancel_async(intent_id, {}, key)))
        except ProviderRefuses:
            return await self.read(intent_id)


async def heard(call: Awaitable[T]) -> T:
    """The provider's answer, with its errors sorted: the bank's no (CardError), the provider's no (ProviderRefuses), a
    failure that it has stored under this idempotency key (ProviderBroke), and no clear answer (ProviderUnavailable).
    """
    try:
        return await call
    except stripe.CardError:
        raise
    except stripe.InvalidRequestError as error:
        log.info("provider.refuses", code=error.code, param=error.param)
        raise ProviderRefuses(error.code or "invalid_request") from error
    except stripe.StripeError as error:
        log.warning("provider.unclear", kind=type(error).__name__, status=error.http_status, code=error.code)
        raise (ProviderBroke if _stored(error) else ProviderUnavailable) from error


def key_of(own_id: str, step: str, keys_used: int) -> stripe.RequestOptions:
    """The idempotency key of one step of one thing; a new one after each that the provider has broken."""
    parts = [own_id, step, str(keys_used) if keys_used else ""]
    return {"idempotency_key": ":".join(part for part in parts if part)}


def metadata_of(found: Any, name: str) -> str | None:
    """One value of an object's metadata."""
    if found.metadata is None:
        return None
    value = found.metadata.to_dict().get(name)
    return str(value) if value is not None else None


def _stored(error: stripe.StripeError) -> bool:
    """Whether a failure is a stored answer: the request has ended for good, and repeating it says only this again."""
    headers = {str(name).lower(): value for name, value in (error.headers or {}).items()}
    return (error.http_status or 0) >= 500 and headers.get("idempotent-replayed") == "true"


def _key(attempt: Attempt, step: str = "") -> stripe.RequestOptions:
    return key_of(str(attempt.id), step, attempt.keys_used)


def _intent(found: stripe.PaymentIntent) -> Intent:
    status = _DECIDED.get(found.status, "pending")
    failure = found.last_payment_error
    if found.status == "requires_payment_method" and failure is not None:
        status = "unpaid"
    action_url = None
    # Some challenges need the provider's own script instead of an address; those fields are then not there at all.
    redirect = getattr(found.next_action, "redirect_to_url", None) if found.status == "requires_action" else None
    if redirect is not None:
        status, action_url = "challenged", redirect.url
    amount = found.amount_received if status == "captured" else found.amount
    return Intent(
        id=found.id,
        status=status,
        amount=Money(amount, found.currency.upper()),
        attempt_id=metadata_of(found, "attempt_id"),
        reason=_reason(failure) if failure is not None else None,
        action_url=action_url,
        card=_card(found),
    )


def _card(found: stripe.PaymentIntent) -> str | None:
    """The fingerprint of the card that was asked last, where the charge came along with the intent."""
    charge = found.latest_charge
    if charge is None or isinstance(charge, str):
        return None
    details = charge.to_dict().get("payment_method_details") or {}
    return (details.get("card") or {}).get("fingerprint")


def _declined(error: stripe.CardError, attempt: Attempt) -> Intent:
    said = error.error
    if said is None or said.payment_intent is None:
        log.warning("provider.unclear", kind="CardError", status=error.http_status, code=error.code)
        raise ProviderUnavailable from error
    return Intent(
        id=said.payment_intent.id,
        status="unpaid",
        amount=attempt.amount,
        attempt_id=str(attempt.id),
        reason=_reason(said),
    )


def _reason(failure: stripe.StripeObject) -> str | None:
    """Why the bank said no. The SDK's objects have the attributes that the provider sent, and no others."""
    fields = failure.to_dict()
    return fields.get("decline_code") or fields.get("code")
