"""The rules of paying, without anything around them."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairseat_common.contracts import Event, Money, PaymentAuthorized, PaymentCaptured, PaymentFailed, PaymentVoided
from fairseat_common.contracts.orders import CancelReason
from fairseat_common.contracts.refusals import Invalid, Refusal
from fairseat_common.ids import new_id
from payments import domain, domain_refusals, domain_returns, domain_signatures
from payments.domain import Attempt, Intent, IntentStatus, Order, OrderStatus
from payments.domain_refusals import ProviderDisagrees, SignatureInvalid

NOW = datetime(2026, 5, 1, 20, 0, tzinfo=UTC)
PRICE = Money(12_950, "EUR")
BODY = b'{"id":"evt_1"}'


def order_of(status: OrderStatus = "held", cancel_reason: CancelReason | None = None) -> Order:
    expires_at = NOW + timedelta(minutes=10)
    return Order(
        id=new_id(),
        buyer_id=new_id(),
        version=1,
        status=status,
        cancel_reason=cancel_reason,
        total=PRICE,
        expires_at=expires_at,
        show_id=new_id(),
        seller_id=new_id(),
        section="A",
        row="1",
        seats=("1", "2"),
        quantity=2,
        unit_price=Money(5_900, "EUR"),
        fees=Money(1_150, "EUR"),
        seller_fees=Money(590, "EUR"),
        fee_rule=1,
    )


def started(order: Order) -> Attempt:
    return Attempt(
        id=new_id(),
        order_id=order.id,
        buyer_id=order.buyer_id,
        request_hash=b"",
        payment_method="pm_card_visa",
        return_url=None,
        amount=PRICE,
        status="started",
        version=0,
        outcome=None,
        reason=None,
        intent_id=None,
        action_url=None,
        refused=False,
        refunds=Money(0, "EUR"),
        keys_used=0,
        tries=0,
        created_at=NOW,
    )


def intent_of(attempt: Attempt, status: IntentStatus, reason: str | None = None) -> Intent:
    return Intent(id="pi_1", status=status, amount=PRICE, attempt_id=str(attempt.id), reason=reason)


def kinds(events: list[Event]) -> list[type[Event]]:
    return [type(event) for event in events]


def test_the_first_word_decides_what_the_buyer_is_told() -> None:
    held = order_of()
    attempt = started(held)
    authorized, events = domain.adopt(attempt, held, intent_of(attempt, "authorized"), NOW)
    assert (authorized.status, authorized.outcome, authorized.version) == ("authorized", "authorized", 1)
    assert kinds(events) == [PaymentAuthorized]
    for reason in get_args(CancelReason):
        ended, events = domain.adopt(attempt, order_of("cancelled", reason), intent_of(attempt, "authorized"), NOW)
        told = "late" if reason in ("buyer", "show_cancelled") else "authorized"
        assert (ended.status, ended.outcome, kinds(events)) == ("authorized", told, [PaymentAuthorized])
    declined, events = domain.adopt(attempt, held, intent_of(attempt, "unpaid", "insufficient_funds"), NOW)
    assert (declined.status, declined.outcome, declined.reason) == ("failed", "declined", "insufficient_funds")
    assert kinds(events) == [PaymentFailed]
    assert domain.adopt(attempt, held, intent_of(attempt, "pending"), NOW)[0].status == "started"


def test_nothing_is_captured_or_voided_without_the_verdict_of_orders() -> None:
    attempt = started(order_of())
    paid, _ = domain.adopt(attempt, order_of(), intent_of(attempt, "authorized"), NOW)
    due = {status: domain.work_due(paid, order_of(status)) for status in get_args(OrderStatus)}
    assert due == {"held": None, "confirmed": "capture", "cancelled": None, "refunded": "capture"}
    refused = domain.refuse(paid)
    assert {domain.work_due(refused, order_of(status)) for status in get_args(OrderStatus)} == {"void"}


def test_a_challenge_is_told_first_and_decided_later() -> None:
    order = order_of()
    attempt = started(order)
    asked = replace(intent_of(attempt, "challenged"), action_url="https://bank.example/ask")
    challenged, events = domain.adopt(attempt, order, asked, NOW)
    assert (challenged.status, challenged.outcome, challenged.version) == ("challenged", "challenged", 0)
    assert (challenged.action_url, challenged.intent_id, events) == ("https://bank.example/ask", "pi_1", [])
    assert domain.adopt(challenged, order, asked, NOW) == (challenged, [])
    passed, events = domain.adopt(challenged, order, intent_of(attempt, "authorized"), NOW)
    assert (passed.status, passed.outcome, kinds(events)) == ("authorized", "challenged", [PaymentAuthorized])
    failed, events = domain.adopt(challenged, order, intent_of(attempt, "unpaid", "authentication_failure"), NOW)
    assert (failed.status, failed.reason, kinds(events)) == ("failed", "authentication_failure", [PaymentFailed])
    domain.check_paid(failed)


def test_money_taken_by_somebody_else_waits_for_the_verdict() -> None:
    held, confirmed = order_of(), order_of("confirmed")
    attempt = started(held)
    waiting, events = domain.adopt(attempt, held, intent_of(attempt, "captured"), NOW)
    assert (waiting.status, kinds(events)) == ("authorized", [PaymentAuthorized])
    wanted, events = domain.adopt(waiting, confirmed, intent_of(attempt, "captured"), NOW)
    assert (wanted.status, kinds(events)) == ("captured", [PaymentCaptured])
    stray, events = domain.adopt(domain.refuse(waiting), held, intent_of(attempt, "captured"), NOW)
    assert (stray.status, events) == ("stray", [])
    assert domain.refuse(wanted).status == "stray"
    given_up, _ = domain.fail(attempt, "abandoned", "no_answer", NOW)
    found, events = domain.adopt(given_up, order_of("cancelled"), intent_of(attempt, "captured"), NOW)
    assert (found.status, found.intent_id, events) == ("stray", "pi_1", [])


WORDS = st.lists(st.one_of(st.sampled_from(get_args(IntentStatus)), st.just("refuse"), st.just("confirm")), max_size=10)


@given(WORDS, st.sampled_from(get_args(OrderStatus)))
def test_whatever_is_heard_in_whatever_order_versions_count_published_facts(
    words: list[str], status: OrderStatus
) -> None:
    order = order_of(status)
    attempt = started(order)
    published: list[Event] = []
    for word in words:
        if word == "refuse":
            attempt = domain.refuse(attempt)
        elif word == "confirm":
            order = replace(order, status="confirmed")
        else:
            attempt, events = domain.adopt(attempt, order, intent_of(attempt, cast("IntentStatus", word)), NOW)
            published += events
    assert [event.version for event in published] == list(range(1, attempt.version + 1))
    assert kinds(published) in (
        [],
        [PaymentFailed],
        [PaymentAuthorized],
        [PaymentAuthorized, PaymentCaptured],
        [PaymentAuthorized, PaymentVoided],
    )
    assert (attempt.outcome is None) == (attempt.status == "started")
    assert PaymentCaptured not in kinds(published) or order.wanted
    assert attempt.status != "stray" or "captured" in words


def test_the_provider_must_speak_about_this_attempt_and_this_amount() -> None:
    order = order_of()
    attempt = started(order)
    good = intent_of(attempt, "authorized")
    paid, _ = domain.adopt(attempt, order, good, NOW)
    for bad in (
        replace(good, attempt_id=str(new_id())),
        replace(good, attempt_id=None),
        replace(good, amount=Money(1, "EUR")),
        replace(good, amount=Money(PRICE.amount, "USD")),
    ):
        with pytest.raises(ProviderDisagrees):
            domain.adopt(attempt, order, bad, NOW)
    with pytest.raises(ProviderDisagrees):
        domain.adopt(paid, order, replace(good, id="pi_2"), NOW)


def test_an_attempt_is_sent_again_only_while_the_seats_are_held_and_the_key_is_known() -> None:
    order = order_of()
    attempt = started(order)
    assert domain.may_send_again(attempt, order, NOW)
    assert not domain.may_send_again(attempt, order, order.expires_at)
    assert not domain.may_send_again(attempt, replace(order, status="cancelled"), NOW)
    old = replace(attempt, created_at=NOW - timedelta(hours=24))
    assert not domain.may_send_again(old, order, NOW)


def test_giving_up_ends_a_started_attempt_only() -> None:
    order = order_of()
    attempt = started(order)
    failed, events = domain.fail(attempt, "abandoned", "no_answer", NOW)
    assert (failed.status, kinds(events)) == ("failed", [PaymentFailed])
    assert domain.is_forgotten(failed, intent_of(attempt, "authorized"))
    paid, _ = domain.adopt(attempt, order, intent_of(attempt, "authorized"), NOW)
    assert domain.fail(paid, "abandoned", "no_answer", NOW) == (paid, [])


def test_what_the_buyer_is_told() -> None:
    attempt = started(order_of())
    domain.check_paid(replace(attempt, outcome="authorized"))
    for outcome, reason, status, slug in (
        ("declined", "generic_decline", 402, "card-declined"),
        ("late", None, 409, "order-not-payable"),
        ("abandoned", "no_answer", 409, "order-not-payable"),
        ("rejected", "amount_too_small", 409, "order-not-payable"),
    ):
        with pytest.raises(Refusal) as told:
            domain.check_paid(replace(attempt, outcome=outcome, reason=reason))  # type: ignore[arg-type]
        assert (told.value.status, told.value.slug) == (status, slug)
    with pytest.raises(Invalid):
        domain.check_paid(replace(attempt, outcome="rejected", reason=domain_refusals.UNKNOWN_METHOD))


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://localhost:8000/orders/1?x=1#y", ("http", "localhost", 8000)),
        ("https://Fairseat.example/", ("https", "fairseat.example", 443)),
        ("http://fairseat.example", ("http", "fairseat.example", 80)),
        ("http://localhost:8000@evil.example/", None),
        ("http://localhost:8000\\@evil.example/", None),
        ("http://localhost:8000\n.evil.example/", None),
        ("//evil.example/", None),
        ("javascript:alert(1)", None),
        ("/orders/1", None),
        ("http://[::1", None),
        ("http://localhost:x/", None),
        ("", None),
    ],
)
def test_where_a_browser_would_go(url: str, origin: tuple[str, str, int] | None) -> None:
    assert domain_returns.origin_of(url) == origin


def test_pauses_grow_to_a_limit() -> None:
    assert [domain.retry_in_s(tries) for tries in (0, 1, 4, 5, 1000)] == [1.0, 2.0, 16.0, 30.0, 30.0]


def signed(body: bytes, secret: str, at: int) -> str:
    digest = hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def test_signatures_of_any_of_our_secrets_count_for_five_minutes() -> None:
    at = 1_780_000_000
    for secret in ("old", "new"):
        domain_signatures.check_signature(BODY, signed(BODY, secret, at), ["new", "old"], at + 299)
    both = f"{signed(BODY, 'other', at)},{signed(BODY, 'new', at).split(',')[1]}"
    domain_signatures.check_signature(BODY, both, ["new"], at)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=,v1=",
        "t=1780000000",
        "v1=00",
        "t=1780000000,v1=" + "0" * 64,
        "t=1780000000,v1=é",
        "t=²,v1=00",
        "t=99999999999999999999,v1=00",
        signed(BODY, "", 1_780_000_000),
        signed(BODY, "other", 1_780_000_000),
        signed(BODY + b" ", "secret", 1_780_000_000),
        signed(BODY, "secret", 1_780_000_000 - 301),
        signed(BODY, "secret", 1_780_000_000 + 301),
        signed(BODY, "secret", 1_780_000_000).replace("v1=", "v0="),
        signed(BODY, "secret", 1_780_000_000).replace("t=", "t=1,t="),
    ],
)
def test_everything_else_does_not(header: str) -> None:
    with pytest.raises(SignatureInvalid):
        domain_signatures.check_signature(BODY, header, ["secret"], 1_780_000_000)
    with pytest.raises(SignatureInvalid):
        domain_signatures.check_signature(BODY, header, [], 1_780_000_000)
