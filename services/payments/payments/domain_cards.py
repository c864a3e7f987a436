"""How many tickets of a show one card may buy, whoever pays with it. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from fairseat_common.contracts import Event
from payments import domain
from payments.domain import Attempt, Order
from payments.domain_refusals import CARD_LIMIT

CARD_TICKETS_MAX_DEFAULT = 50


def is_counted(before: Attempt, after: Attempt) -> bool:
    """Whether money has just been reserved on a card that has a limit."""
    return (
        before.status in ("started", "challenged")
        and after.status == "authorized"
        and after.card is not None
        and after.card_tickets_max is not None
    )


def exceeds(attempt: Attempt, order: Order, tickets: int) -> bool:
    """Whether the order makes too many, when the card has bought so many tickets of the show by other attempts."""
    return attempt.card_tickets_max is not None and tickets + order.quantity > attempt.card_tickets_max


def refuse(before: Attempt, after: Attempt, now: datetime) -> tuple[Attempt, list[Event]]:
    """The attempt fails instead; what is reserved has to be released."""
    known = replace(before, intent_id=after.intent_id, card=after.card)
    return domain.fail(known, "rejected", CARD_LIMIT, now)
