"""The provider's API: which method and path is which handler. A new noun is a module and some lines here."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from fairseat_local.provider import (
    accounts,
    disputes,
    endpoints,
    errors,
    intents,
    lists,
    payment_methods,
    refunds,
    transfers,
)
from fairseat_local.provider.endpoints import NoParams
from fairseat_local.provider.objects import (
    Account,
    ApiObject,
    Charge,
    Dispute,
    Event,
    PaymentIntent,
    PaymentMethod,
    Refund,
    Transfer,
    TransferReversal,
    WebhookEndpoint,
)
from fairseat_local.provider.work import Work

Handler = Callable[[Work, str, Any], msgspec.Struct]


@dataclass(frozen=True, slots=True)
class Route:
    """`path` is a pattern whose one group, if it has one, is the id of the object that the handler gets."""

    method: str
    path: re.Pattern[str]
    params: type[msgspec.Struct]
    handler: Handler


def _route(method: str, path: str, params: type[msgspec.Struct], handler: Handler) -> Route:
    return Route(method, re.compile(path.replace("{id}", "([A-Za-z0-9_]{1,100})")), params, handler)


def _readable(path: str, kind: type[ApiObject], noun: str, params: type[msgspec.Struct]) -> tuple[Route, Route]:
    return (
        _route("GET", path, params, lists.lister(kind, path)),
        _route("GET", f"{path}/{{id}}", NoParams, lists.reader(kind, noun)),
    )


ROUTES = (
    _route("POST", "/v1/payment_intents", intents.CreateIntent, intents.intent_create),
    _route("POST", "/v1/payment_intents/{id}/confirm", intents.ConfirmIntent, intents.intent_confirm),
    _route("POST", "/v1/payment_intents/{id}/capture", intents.CaptureIntent, intents.intent_capture),
    _route("POST", "/v1/payment_intents/{id}/cancel", intents.CancelIntent, intents.intent_cancel),
    _route("GET", "/v1/payment_intents/search", lists.SearchParams, lists.searcher(PaymentIntent)),
    *_readable("/v1/payment_intents", PaymentIntent, "payment_intent", lists.ListParams),
    _route("POST", "/v1/payment_methods", payment_methods.CreateMethod, payment_methods.method_create),
    _route("GET", "/v1/payment_methods/{id}", NoParams, lists.reader(PaymentMethod, "PaymentMethod")),
    _route("GET", "/v1/charges/search", lists.SearchParams, lists.searcher(Charge)),
    *_readable("/v1/charges", Charge, "charge", lists.ListCharges),
    _route("POST", "/v1/refunds", refunds.CreateRefund, refunds.refund_create),
    _route("POST", "/v1/refunds/{id}", refunds.UpdateRefund, refunds.refund_update),
    *_readable("/v1/refunds", Refund, "refund", lists.ListOfCharge),
    _route("POST", "/v1/disputes/{id}/close", disputes.CloseDispute, disputes.dispute_close),
    *_readable("/v1/disputes", Dispute, "dispute", lists.ListOfCharge),
    _route("POST", "/v1/accounts", accounts.CreateAccount, accounts.account_create),
    _route("POST", "/v1/accounts/{id}", accounts.UpdateAccount, accounts.account_update),
    *_readable("/v1/accounts", Account, "account", lists.ListParams),
    _route("POST", "/v1/account_links", accounts.CreateLink, accounts.account_link_create),
    _route("POST", "/v1/transfers", transfers.CreateTransfer, transfers.transfer_create),
    *_readable("/v1/transfers", Transfer, "transfer", lists.ListTransfers),
    _route("POST", "/v1/transfers/{id}/reversals", transfers.CreateReversal, transfers.reversal_create),
    _route("GET", "/v1/transfers/{id}/reversals", lists.ListParams, lists.child_lister(TransferReversal, Transfer)),
    *_readable("/v1/events", Event, "event", lists.ListEvents),
    _route("POST", "/v1/webhook_endpoints", endpoints.CreateEndpoint, endpoints.endpoint_create),
    _route("DELETE", "/v1/webhook_endpoints/{id}", NoParams, endpoints.endpoint_delete),
    *_readable("/v1/webhook_endpoints", WebhookEndpoint, "webhook_endpoint", lists.ListParams),
)


def find(method: str, path: str) -> tuple[Route, str]:
    """The route and the object id in its path ("" if it has none)."""
    for route in ROUTES:
        if route.method == method and (match := route.path.fullmatch(path)):
            return route, match[1] if match.groups() else ""
    raise errors.unknown_url(method, path)
