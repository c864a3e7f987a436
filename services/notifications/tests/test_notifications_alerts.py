"""Alerts: a listing that newly fits is told once, whatever the order of events; what does not fit is not told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
import pytest_asyncio

from fairseat_common.contracts import (
    ListingChanged,
    ListingPublished,
    ListingWithdrawn,
    Money,
    OrderCancelled,
    ShowChanged,
    ShowPublished,
    UserRegistered,
)
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import listing_published, now, order_confirmed, order_held, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from notifications import actions_copies, store

Mail = dict[str, Any]


class Fan:
    """Somebody with an account, and the mails that are queued for them."""

    def __init__(self, service: RunningService) -> None:
        self.id = new_id()
        self.service = service
        self.client = service.client(self.id)

    async def alert(self, show: ShowPublished, amount: int, quantity: int = 1, **more: Any) -> dict[str, Any]:
        wish = {"show_id": str(show.show_id), "max_price": {"amount": amount, "currency": "EUR"}, "quantity": quantity}
        answer = await self.client.post("/api/alerts", json=wish | more)
        assert answer.status_code == 201, answer.text
        created: dict[str, Any] = answer.json()
        return created

    async def facts(self, kind: str = "alert") -> list[Mail]:
        async with self.service.database.connection() as connection:
            rows = await connection.fetch(
                "select fact::text as fact from mails where recipient_id = $1 and kind = $2 order by id", self.id, kind
            )
        return [msgspec.json.decode(row["fact"]) for row in rows]

    async def told(self, count: int, kind: str = "alert") -> list[Mail]:
        async def look() -> list[Mail]:
            found = await self.facts(kind)
            assert len(found) == count, found
            return found or [{}]

        return await eventually(look)


@pytest_asyncio.fixture(loop_scope="session")
async def service(start: StartService) -> AsyncIterator[RunningService]:
    """Nobody is at the mail server's address: mails stay queued, and can be looked at."""
    yield await start("notifications", SMTP_URL="smtp://127.0.0.1:1", ALERT_PAUSE_SECONDS="0")


async def heard(service: RunningService, *events: Any) -> None:
    for event in events:
        event_id = await service.publish(event)
        await eventually(lambda one=event_id: service.heard(one))  # type: ignore[misc]


def later(listing: ListingPublished, event_type: Any, **changes: Any) -> Any:
    fields = {name: getattr(listing, name) for name in listing.__struct_fields__}
    return event_type(**fields | {"version": listing.version + 1} | changes)


def cancelled(held: Any) -> OrderCancelled:
    fields = {name: getattr(held, name) for name in held.__struct_fields__}
    return OrderCancelled(**fields | {"version": held.version + 1, "reason": "expired"})


async def test_a_listing_that_fits_is_told_once_with_its_all_in_price(service: RunningService) -> None:
    fan, show = Fan(service), show_published()
    await heard(service, show)
    alert = await fan.alert(show, 5500, 2, section="Stalls")
    assert alert["state"] == "watching"
    assert (alert["fitting"], alert["mailed_at"], alert["section"]) == (0, None, "Stalls")
    listing = listing_published(show, 3)
    await heard(service, listing, listing, msgspec.structs.replace(listing, version=1))
    [fact] = await fan.told(1)
    assert fact["offers"] == [{"section": "Stalls", "row": "C", "free": 3, "amount": 5500}]
    assert (fact["count"], fact["quantity"], fact["max_amount"], fact["currency"]) == (1, 2, 5500, "EUR")
    await heard(service, later(listing, ListingChanged, notes="Aisle"))
    [shown] = (await fan.client.get("/api/alerts")).json()["items"]
    assert shown["fitting"] == 1
    assert shown["mailed_at"] is not None
    await fan.told(1)


async def test_nobody_hears_of_what_does_not_fit(service: RunningService) -> None:
    show, other = show_published(), show_published()
    await heard(service, show, other)
    dear, crowd, elsewhere, pair, own, fits = (Fan(service) for _ in range(6))
    await dear.alert(show, 5499, 2)
    await crowd.alert(show, 9000, 4)
    await elsewhere.alert(show, 9000, 2, section="Balcony")
    await elsewhere.alert(other, 9000, 2)
    await pair.alert(show, 9000, 1)
    await own.alert(show, 9000, 2)
    await fits.alert(show, 5500, 2)
    listing = listing_published(show, 3, split="pairs", seller_id=own.id)
    await heard(service, listing)
    await fits.told(1)
    for fan in (dear, crowd, elsewhere, pair, own):
        assert await fan.facts() == []


async def test_all_together_means_all(service: RunningService) -> None:
    show, two, three = show_published(), Fan(service), Fan(service)
    await heard(service, show)
    await two.alert(show, 9000, 2)
    await three.alert(show, 9000, 3)
    await heard(service, listing_published(show, 3, split="none"))
    await three.told(1)
    assert await two.facts() == []


async def test_what_fits_already_is_counted_and_never_told(service: RunningService) -> None:
    fan, show = Fan(service), show_published()
    listing = listing_published(show)
    await heard(service, show, listing)
    assert (await fan.alert(show, 5500))["fitting"] == 1
    await heard(service, later(listing, ListingChanged, notes="Nothing that matters"))
    await heard(service, later(listing, ListingChanged, version=3, unit_price=Money(4000, "EUR")))
    [fact] = await fan.told(1)
    assert [offer["amount"] for offer in fact["offers"]] == [4500]


async def test_a_lower_price_and_seats_that_come_back_are_told(service: RunningService) -> None:
    fan, show = Fan(service), show_published()
    listing = listing_published(show, 2)
    held = order_held(listing, 1)
    await heard(service, show, listing, held)
    await fan.alert(show, 5400, 2)
    await heard(service, later(listing, ListingChanged, unit_price=Money(4900, "EUR")))
    assert await fan.facts() == []
    await heard(service, cancelled(held))
    [fact] = await fan.told(1)
    assert fact["offers"][0]["free"] == 2


async def test_a_sold_or_withdrawn_listing_is_not_told(service: RunningService) -> None:
    fan, show = Fan(service), show_published()
    sold, gone = listing_published(show, 1), listing_published(show, 1)
    held = order_held(sold, 1)
    withdrawn = later(gone, ListingWithdrawn, seats=())
    await heard(service, show, order_confirmed(held), withdrawn)
    await fan.alert(show, 9000)
    # Late and out of order: the newer versions were heard before.
    await heard(service, held, sold, gone)
    assert await fan.facts() == []
    [shown] = (await fan.client.get("/api/alerts")).json()["items"]
    assert shown["fitting"] == 0


async def test_a_late_confirmation_after_the_cancellation_takes_the_seat_again(service: RunningService) -> None:
    fan, show = Fan(service), show_published()
    listing = listing_published(show, 1)
    held = order_held(listing, 1)
    await heard(service, show, held, order_confirmed(held, version=3, late=True), cancelled(held))
    await fan.alert(show, 9000)
    await heard(service, listing)
    assert await fan.facts() == []


async def test_alerts_end_with_their_show(service: RunningService) -> None:
    fan = Fan(service)
    show, over = show_published(), show_published(starts_at=now() - timedelta(minutes=1))
    await heard(service, show, over)
    await fan.alert(show, 9000)
    wish = {"show_id": str(over.show_id), "max_price": {"amount": 1, "currency": "EUR"}, "quantity": 1}
    answer = await fan.client.post("/api/alerts", json=wish)
    assert (answer.status_code, answer.json()["type"]) == (422, "show-over")
    fields = {name: getattr(show, name) for name in show.__struct_fields__}
    await heard(service, ShowChanged(**fields | {"status": "cancelled", "version": 2}), listing_published(show))
    [shown] = (await fan.client.get("/api/alerts")).json()["items"]
    assert (shown["state"], shown["fitting"]) == ("ended", 0)
    assert await fan.facts() == []


async def test_matches_within_the_pause_are_told_together_in_the_next_mail(start: StartService) -> None:
    service = await start("notifications", SMTP_URL="smtp://127.0.0.1:1", ALERT_PAUSE_SECONDS="600")
    fan, show = Fan(service), show_published()
    await heard(service, show)
    await fan.alert(show, 9000)
    await heard(service, listing_published(show))
    await fan.told(1)
    gone, *rest = (listing_published(show, unit_price=Money(3000 + number, "EUR")) for number in range(11))
    await heard(service, gone, *rest, later(gone, ListingWithdrawn, seats=()))
    assert len(await fan.facts()) == 1
    async with service.database.connection() as connection:
        await connection.execute("update alerts set mailed_at = now() - interval '11 minutes'")
    facts = await fan.told(2)
    assert facts[1]["count"] == 10
    assert [offer["amount"] for offer in facts[1]["offers"]] == [3501 + number for number in range(8)]


async def test_the_same_wish_again_changes_the_price(service: RunningService) -> None:
    fan, show = Fan(service), show_published()
    await heard(service, show)
    first, second = await fan.alert(show, 1000, 2), await fan.alert(show, 2000, 2)
    assert first["id"] == second["id"]
    third = await fan.alert(show, 2000, 2, section="Stalls")
    [newest, oldest] = (await fan.client.get("/api/alerts")).json()["items"]
    assert (newest["id"], oldest["max_price"]) == (third["id"], {"amount": 2000, "currency": "EUR"})


async def test_everybody_sees_and_removes_their_own_alerts_only(service: RunningService) -> None:
    fan, stranger, show = Fan(service), Fan(service), show_published()
    await heard(service, show)
    alerts = [await fan.alert(show, 1000, number) for number in (1, 2, 3)]
    path = f"/api/alerts/{alerts[0]['id']}"
    for method in ("GET", "DELETE"):
        assert (await stranger.client.request(method, path)).status_code == 404
        assert (await service.client().request(method, path)).status_code == 401
    assert (await stranger.client.get("/api/alerts", params={"show_id": str(show.show_id)})).json()["items"] == []
    assert (await fan.client.get(path)).json() == alerts[0]
    page = (await fan.client.get("/api/alerts", params={"limit": 2})).json()
    rest = (await fan.client.get("/api/alerts", params={"limit": 2, "cursor": page["next_cursor"]})).json()
    assert [item["quantity"] for item in page["items"] + rest["items"]] == [3, 2, 1]
    assert rest["next_cursor"] is None
    assert (await fan.client.delete(path)).status_code == 204
    assert (await fan.client.delete(path)).status_code == 404
    assert len((await fan.client.get("/api/alerts", params={"show_id": str(show.show_id)})).json()["items"]) == 2


async def test_a_limit_holds_when_many_ask_at_once(service: RunningService) -> None:
    fan, show = Fan(service), show_published()
    await heard(service, show)
    price = {"amount": 1000, "currency": "EUR"}

    async def ask(number: int) -> tuple[int, str]:
        wish = {"show_id": str(show.show_id), "max_price": price, "quantity": 1, "section": f"Block {number}"}
        answer = await fan.client.post("/api/alerts", json=wish)
        return answer.status_code, answer.json().get("type", "")

    answers = await asyncio.gather(*(ask(number) for number in range(60)))
    assert answers.count((201, "")) == 50
    assert answers.count((409, "alert-limit")) == 10
    wish = {"show_id": str(show.show_id), "max_price": price, "quantity": 1}
    taken = (await fan.client.get("/api/alerts", params={"limit": 1})).json()["items"][0]["section"]
    assert (await fan.client.post("/api/alerts", json=wish | {"section": taken})).status_code == 201


@pytest.mark.parametrize(
    ("change", "slug", "status"),
    [
        ({"quantity": 0}, "invalid", 422),
        ({"quantity": "2"}, "invalid", 422),
        ({"section": ""}, "invalid", 422),
        ({"max_price": {"amount": 0, "currency": "EUR"}}, "invalid", 422),
        ({"max_price": {"amount": 100, "currency": "USD"}}, "currency-mismatch", 422),
        ({"show_id": str(UUID(int=1))}, "not-found", 404),
        ({"user_id": str(UUID(int=1))}, "invalid", 422),
    ],
)
async def test_wrong_wishes_are_problems(service: RunningService, change: Mail, slug: str, status: int) -> None:
    fan, show = Fan(service), show_published()
    await heard(service, show)
    wish = {"show_id": str(show.show_id), "max_price": {"amount": 100, "currency": "EUR"}, "quantity": 1}
    answer = await fan.client.post("/api/alerts", json=wish | change)
    assert (answer.status_code, answer.json()["type"]) == (status, slug)
    assert (await fan.client.get("/api/alerts")).json()["items"] == []


async def test_ten_thousand_alerts_for_one_show_are_no_trouble(service: RunningService) -> None:
    show = show_published()
    await heard(service, show)
    async with service.database.connection() as connection:
        await connection.execute(
            "insert into alerts (id, user_id, show_id, section, quantity, max_amount, currency)"
            " select uuidv7(), uuidv7(), $1, '', 1, 5500, 'EUR' from generate_series(1, 10000)",
            show.show_id,
        )
    await heard(service, listing_published(show))

    async def all_queued() -> bool:
        async with service.database.connection() as connection:
            return bool(await connection.fetchval("select count(*) = 10000 from mails where kind = 'alert'"))

    await eventually(all_queued, 30)


async def test_favourites_are_saved_listed_and_forgotten(service: RunningService) -> None:
    fan, stranger = Fan(service), Fan(service)
    shows = [show_published() for _ in range(3)]
    await heard(service, *shows)
    for show in (*shows, shows[0]):
        assert (await fan.client.put(f"/api/favourites/{show.show_id}")).status_code == 204
    page = (await fan.client.get("/api/favourites", params={"limit": 2})).json()
    rest = (await fan.client.get("/api/favourites", params={"limit": 2, "cursor": page["next_cursor"]})).json()
    listed = [item["show_id"] for item in page["items"] + rest["items"]]
    assert listed == [str(show.show_id) for show in reversed(shows)]
    path = f"/api/favourites/{shows[0].show_id}"
    assert (await fan.client.get(path)).json()["show_id"] == str(shows[0].show_id)
    assert (await stranger.client.get(path)).status_code == 404
    assert (await stranger.client.delete(path)).status_code == 204
    assert (await fan.client.get(path)).status_code == 200
    for _ in range(2):
        assert (await fan.client.delete(path)).status_code == 204
    assert (await fan.client.get(path)).status_code == 404
    assert (await service.client().put(path)).status_code == 401
    answer = await fan.client.put(f"/api/favourites/{new_id()}")
    assert (answer.status_code, answer.json()["type"]) == (404, "not-found")


async def test_fans_hear_of_the_first_listings_once_a_day_and_of_changes(service: RunningService) -> None:
    fan, seller, show = Fan(service), Fan(service), show_published()
    await heard(service, show)
    for one in (fan, seller):
        await one.client.put(f"/api/favourites/{show.show_id}")
    listing = listing_published(show, seller_id=seller.id)
    await heard(service, listing, listing_published(show), later(listing, ListingChanged))
    [fact] = await fan.told(1, "favourite-listed")
    assert fact["offer"]["amount"] == 5500
    fields = {name: getattr(show, name) for name in show.__struct_fields__}
    moved = ShowChanged(**fields | {"starts_at": show.starts_at + timedelta(days=7), "version": 2})
    renamed = msgspec.structs.replace(moved, title="Another name", version=3)
    off = msgspec.structs.replace(renamed, status="cancelled", version=4)
    await heard(service, moved, moved, renamed, off, renamed)
    facts = await fan.told(2, "favourite-changed")
    assert [fact["change"] for fact in facts] == ["moved", "cancelled"]
    assert await seller.facts("favourite-listed") == []


async def test_each_fan_gets_a_mail_with_an_id_of_its_own(service: RunningService) -> None:
    """A Message-ID says what a mail is about: of two fans of one show neither may be told of in the other's name."""
    fans, show = [Fan(service), Fan(service)], show_published()
    people = [
        UserRegistered(
            user_id=fan.id, email=f"{fan.id.hex}@example.com", name="", roles=("user",), version=1, occurred_at=now()
        )
        for fan in fans
    ]
    await heard(service, show, *people)
    for fan in fans:
        assert (await fan.client.put(f"/api/favourites/{show.show_id}")).status_code in (200, 201, 204)
    await heard(service, listing_published(show))
    fields = {name: getattr(show, name) for name in show.__struct_fields__}
    await heard(service, ShowChanged(**fields | {"starts_at": show.starts_at + timedelta(days=7), "version": 2}))
    for fan in fans:
        await fan.told(1, "favourite-listed")
        await fan.told(1, "favourite-changed")
    # Whatever the service's own sender has taken meanwhile has its id as well.
    async with service.database.connection() as connection:
        await store.mails_claim(connection, "fairseat.example", 60.0, 100)
        ids = await connection.fetch(
            "select message_id from mails where kind like 'favourite-%' and recipient_id = any($1::uuid[])",
            [fan.id for fan in fans],
        )
    assert len({row["message_id"] for row in ids} - {None}) == len(ids) == 4


async def test_an_alert_is_muted_where_its_mails_are(service: RunningService) -> None:
    fan, show = Fan(service), show_published()
    user = UserRegistered(
        user_id=fan.id, email="Fan@example.com", name="Fan", roles=("user",), version=1, occurred_at=now()
    )
    await heard(service, show, user)
    await fan.alert(show, 1000)
    wanted = {"sales": True, "transfers": True, "alerts": False, "waiting": True, "favourites": True}
    assert (await fan.client.put("/api/notifications/preferences", json=wanted)).json() == wanted
    [shown] = (await fan.client.get("/api/alerts")).json()["items"]
    assert shown["state"] == "muted"


async def test_a_lower_price_and_a_freed_seat_at_the_same_moment_do_not_miss_each_other(
    service: RunningService,
) -> None:
    fan, show = Fan(service), show_published()
    listing = listing_published(show, 2)
    held = order_held(listing, 1)
    await heard(service, show, listing, held)
    await fan.alert(show, 5400, 2)
    cheaper = later(listing, ListingChanged, unit_price=Money(4900, "EUR"))

    async def change_price() -> None:
        async with service.database.transaction() as tx:
            await actions_copies.keep_listing(tx, cheaper)

    async with service.database.transaction() as tx:
        await actions_copies.keep_release(tx, cancelled(held))
        changing = asyncio.create_task(change_price())

        async def waits_or_is_done() -> bool:
            async with service.database.connection() as looking:
                waiting = await looking.fetchval("select count(*) from pg_locks where not granted")
            return changing.done() or bool(waiting)

        await eventually(waits_or_is_done)
    await changing
    [fact] = await fan.told(1)
    assert (fact["offers"][0]["amount"], fact["offers"][0]["free"]) == (5400, 2)
