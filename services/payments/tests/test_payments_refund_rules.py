"""The rules of money that goes back, without anything around them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairseat_common.contracts import Event, Money, PaymentDisputed, PaymentRefunded
from fairseat_common.ids import new_id
from payments import domain_refunds
from payments.domain import Attempt, Status
from payments.domain_refunds import Claim, Dispute, DisputeStage, GivenBack
from payments.domain_refusals import ProviderDisagrees

NOW = datetime(2026, 5, 1, 20, 0, tzinfo=UTC)
PRICE = Money(11_000, "EUR")


def captured() -> Attempt:
    return Attempt(
        id=new_id(),
        order_id=new_id(),
        buyer_id=new_id(),
        request_hash=b"",
        payment_method="pm_card_visa",
        return_url=None,
        amount=PRICE,
        status="captured",
        version=2,
        outcome="authorized",
        reason=None,
        intent_id="pi_1",
        action_url=None,
        refused=False,
        refunds=Money(0, "EUR"),
        keys_used=0,
        tries=0,
        created_at=NOW,
    )


def test_how_a_refund_is_settled_by_what_became_of_the_charge() -> None:
    undecided: list[Status] = ["started", "challenged", "authorized", "failed"]
    stages = [None, *get_args(DisputeStage)]
    assert {domain_refunds.refund_work(status, stage) for status in undecided for stage in stages} == {None}
    assert {domain_refunds.refund_work("voided", stage) for stage in stages} == {"void"}
    for status in ("captured", "stray"):
        found = [domain_refunds.refund_work(status, stage) for stage in stages]
        assert found == ["send", None, "send", "dispute"]


def test_a_refund_is_settled_once() -> None:
    attempt = captured()
    refund = domain_refunds.refund_due(new_id(), attempt, "gate", ("1",), Money(5_500, "EUR"), NOW)
    settled, after, events = domain_refunds.settle(refund, attempt, "provider", "re_1", NOW)
    assert (settled.status, settled.provider_id, settled.settled_by, settled.version) == (
        "refunded",
        "re_1",
        "provider",
        2,
    )
    [event] = events
    assert isinstance(event, PaymentRefunded)
    assert (event.version, event.refunded, event.amount) == (3, Money(5_500, "EUR"), PRICE)
    assert domain_refunds.settle(settled, after, "provider", "re_2", NOW) == (settled, after, [])


def test_the_provider_must_speak_about_this_refund() -> None:
    attempt = captured()
    refund = domain_refunds.refund_due(new_id(), attempt, "gate", ("1",), Money(5_500, "EUR"), NOW)
    good = GivenBack(id="re_1", intent_id="pi_1", amount=Money(5_500, "EUR"), refund_id=str(refund.id), made=True)
    domain_refunds.check_given_back(refund, attempt, good)
    for bad in (
        replace(good, intent_id="pi_2"),
        replace(good, amount=Money(5_501, "EUR")),
        replace(good, amount=Money(5_500, "USD")),
        replace(good, refund_id=None),
    ):
        with pytest.raises(ProviderDisagrees):
            domain_refunds.check_given_back(refund, attempt, bad)


@given(st.lists(st.sampled_from(get_args(DisputeStage)), min_size=1, max_size=6))
def test_a_dispute_is_opened_once_and_ends_once_whatever_is_heard(stages: list[DisputeStage]) -> None:
    attempt = captured()
    known: Dispute | None = None
    published: list[Event] = []
    for stage in stages:
        claim = Claim(id="dp_1", intent_id="pi_1", amount=PRICE, stage=stage)
        known, attempt, events = domain_refunds.dispute_heard(known, new_id(), attempt, claim, NOW)
        published += events
    told = [event.stage for event in published if isinstance(event, PaymentDisputed)]
    ends = [stage for stage in stages if stage != "opened"]
    assert told == ["opened", *ends[:1]]
    assert known is not None
    assert (known.stage, known.version) == (told[-1], len(told))
    assert [event.version for event in published] == list(range(3, 3 + len(told)))
