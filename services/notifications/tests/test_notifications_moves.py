"""A show that moves: everybody who has tickets is told once, with both dates and the way to choose."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from fairseat_common.contracts import (
    Event,
    ListingWithdrawn,
    OrderKept,
    OrderRefundDue,
    ShowChanged,
    ShowPublished,
    TicketsTransferred,
    TransferredTicket,
)
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import listing_published, now, order_confirmed, order_held, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from notifications.domain import Person, Show
from notifications.domain_moves import SAID, MoveFact, MoveKind, kind_of, move_letter
from notifications.domain_sellers import withdrawn_letter

BEFORE = datetime(2026, 12, 5, 19, 0, tzinfo=UTC)
AFTER = datetime(2027, 6, 12, 18, 0, tzinfo=UTC)
UNTIL = datetime(2026, 12, 19, 12, 0, tzinfo=UTC)
SHOW = Show(new_id(), "The Herons", "Tempodrom", "Berlin", "Europe/Berlin", BEFORE, "scheduled")
BEA = Person("bea@example.com", "Bea")


def changed(show: ShowPublished, version: int = 2, **changes: Any) -> ShowChanged:
    fields = {name: getattr(show, name) for name in show.__struct_fields__}
    return ShowChanged(**fields | {"version": version} | changes)


async def tell(service: RunningService, *events: Event) -> None:
    for event in events:
        heard = await service.publish(event)
        await eventually(lambda heard=heard: service.heard(heard))  # type: ignore[misc]


async def moves(service: RunningService) -> dict[tuple[UUID, str], MoveFact]:
    """The mails about moves: what each says to whom."""
    async with service.database.connection() as connection:
        rows = await connection.fetch(
            "select recipient_id, kind, fact::text as fact from mails where kind like 'move-%' and kind <> 'move-kept'"
        )
    return {(row["recipient_id"], row["kind"]): msgspec.json.decode(row["fact"], type=MoveFact) for row in rows}


async def test_everybody_who_has_tickets_is_told_once(start: StartService) -> None:
    service = await start("notifications")
    show = show_published(starts_at=BEFORE)
    listing = listing_published(show, 6)
    one, two, gone = [order_confirmed(order_held(listing, quantity=2)) for _ in range(3)]
    again = order_confirmed(order_held(listing, buyer_id=one.buyer_id))
    friend = new_id()
    fields = {name: getattr(gone, name) for name in OrderRefundDue.__struct_fields__ if hasattr(gone, name)}
    more = {"refund_id": new_id(), "refund_reason": "goodwill", "refund_seats": gone.seats, "refund_amount": gone.total}
    given = TicketsTransferred(
        transfer_id=new_id(),
        show_id=show.show_id,
        from_id=two.buyer_id,
        to_id=friend,
        to_email="friend@example.org",
        tickets=(TransferredTicket(new_id(), "Stalls", "C", "1", new_id()),),
        version=2,
        occurred_at=now(),
    )
    # A refund may be heard before what it is of.
    await tell(service, show, OrderRefundDue(**fields | more | {"version": 3}), one, two, gone, again, given)

    move = changed(show, starts_at=AFTER, moved_from=BEFORE, refund_until=UNTIL)
    await tell(service, move)
    await service.publish(move)
    await tell(service, changed(show, 3, title="Another title", starts_at=AFTER, moved_from=BEFORE, refund_until=UNTIL))
    fact = MoveFact(was=BEFORE, starts_at=AFTER, refund_until=UNTIL)
    told = {(user, kind): mail for (user, kind), mail in (await moves(service)).items()}
    assert told == {
        (one.buyer_id, "move-rescheduled"): msgspec.structs.replace(
            fact, orders=tuple(sorted([one.order_id, again.order_id]))
        ),
        (two.buyer_id, "move-rescheduled"): msgspec.structs.replace(fact, orders=(two.order_id,)),
        (friend, "move-rescheduled"): fact,
    }
    async with service.database.connection() as connection:
        facts = await connection.fetchval("select count(distinct fact_id) from mails where kind = 'move-rescheduled'")
    assert facts == 3, "the mails of two people are never taken for copies of one"
    await tell(service, changed(show, 4, status="cancelled", starts_at=AFTER))
    off = {user for user, kind in await moves(service) if kind == "move-cancelled"}
    assert off == {one.buyer_id, two.buyer_id, friend}


async def test_whoever_keeps_the_tickets_is_told_until_when_that_can_be_changed(start: StartService) -> None:
    service = await start("notifications")
    order = order_confirmed(order_held(listing_published(show_published())))
    fields = {name: getattr(order, name) for name in OrderKept.__struct_fields__ if hasattr(order, name)}
    await tell(service, OrderKept(**fields | {"version": 3, "moved_from": BEFORE, "refund_until": UNTIL}))
    async with service.database.connection() as connection:
        row = await connection.fetchrow("select kind, recipient_id, status from mails")
    assert row is not None
    assert tuple(row) == ("move-kept", order.buyer_id, "queued")


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ({}, {"status": "postponed", "refund_until": UNTIL}, "move-postponed"),
        ({}, {"starts_at": AFTER, "refund_until": UNTIL}, "move-rescheduled"),
        ({"status": "postponed"}, {"starts_at": AFTER, "refund_until": UNTIL}, "move-rescheduled"),
        ({"status": "postponed"}, {"refund_until": None}, "move-on-again"),
        ({"status": "postponed"}, {"status": "postponed", "refund_until": UNTIL + timedelta(days=1)}, None),
        ({}, {"status": "cancelled"}, "move-cancelled"),
        ({"status": "cancelled"}, {"status": "cancelled"}, None),
        ({}, {"title": "Another"}, None),
    ],
)
def test_what_a_change_is_to_holders(before: dict[str, Any], after: dict[str, Any], kind: MoveKind | None) -> None:
    event = changed(show_published(starts_at=BEFORE), **after)
    assert kind_of(msgspec.structs.replace(SHOW, **before), event) == kind


@pytest.mark.parametrize("kind", list(SAID))
def test_a_letter_tells_both_dates_as_clocks_at_the_venue_show_them(kind: MoveKind) -> None:
    fact = MoveFact(was=BEFORE, starts_at=AFTER, refund_until=UNTIL, orders=(new_id(),))
    if kind in ("move-postponed", "move-cancelled"):
        fact = msgspec.structs.replace(fact, starts_at=None)
    if kind in ("move-cancelled", "move-on-again"):
        fact = msgspec.structs.replace(fact, refund_until=None)
    letter = move_letter(kind, BEA, SHOW, fact, "https://fairseat.example")
    said = " ".join([*letter.paragraphs, *(value for _, value in letter.facts)])
    assert "5 December 2026, 20:00 CET" in said
    assert ("12 June 2027, 20:00 CEST" in said) == (kind == "move-rescheduled")
    chooses = kind in ("move-postponed", "move-rescheduled")
    assert ("Choose until Saturday, 19 December 2026, 13:00 CET" in said) == chooses
    path = f"/orders/{fact.orders[0]}/choice" if chooses else "/tickets"
    assert letter.link == f"https://fairseat.example{path}"
    given = move_letter(kind, BEA, SHOW, msgspec.structs.replace(fact, orders=()), "https://fairseat.example")
    assert given.link == "https://fairseat.example/tickets"
    assert ("given to you" in " ".join(given.paragraphs)) == chooses


async def test_what_an_operator_ended_is_told_to_whom_it_belonged(start: StartService) -> None:
    service = await start("notifications")
    show = show_published(starts_at=BEFORE, organiser_id=new_id())
    listing, own = listing_published(show, 2), listing_published(show, 1)
    facts = {name: getattr(listing, name) for name in listing.__struct_fields__} | {"version": 2}
    withdrawn = ListingWithdrawn(**facts, operator_reason="Not in this house.")
    by_seller = ListingWithdrawn(**{name: getattr(own, name) for name in own.__struct_fields__} | {"version": 2})
    again = ListingWithdrawn(**facts | {"version": 3}, operator_reason="Not in this house.")
    await tell(service, show, listing, own, withdrawn, by_seller, again, changed(show, status="cancelled"))
    await tell(service, changed(show, 3, status="cancelled", operator_reason="Nobody knows of it."))
    async with service.database.connection() as connection:
        rows = await connection.fetch(
            "select kind, recipient_id from mails where kind in ('listing-withdrawn', 'own-show-cancelled')"
        )
    assert sorted((row["kind"], row["recipient_id"]) for row in rows) == [
        ("listing-withdrawn", listing.seller_id),
        ("own-show-cancelled", show.organiser_id),
    ]
    assert any("Not in this house." in line for line in withdrawn_letter(BEA, SHOW, withdrawn, "https://x").paragraphs)
