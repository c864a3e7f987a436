"""Transfers, waiting lists and preferences: who is written to, what it says, and how it is ended."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from fairseat_common.contracts import (
    OrderCancelled,
    ShowPublished,
    TicketsTransferred,
    TransferEnd,
    TransferEnded,
    TransferOffered,
    TransferredTicket,
    UserRegistered,
)
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import listing_published, now, order_confirmed, order_held, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from fairseat_local.mail.__main__ import smtp_server
from fairseat_local.mail.store import Mail, MailStore
from notifications.domain_preferences import token_sign

FRIEND = "friend@example.com"
ALL = {"sales": True, "transfers": True, "alerts": True, "waiting": True, "favourites": True}


@dataclass
class Post:
    """The service, and the catcher that has its mails."""

    service: RunningService
    store: MailStore

    async def mail(self, to: str, subject: str) -> Mail:
        async def look() -> Mail | None:
            return next((mail for mail in self.store.newest(to=to) if mail.subject.startswith(subject)), None)

        return await eventually(look, 20)

    async def states(self) -> list[tuple[str, str]]:
        async with self.service.database.connection() as connection:
            rows = await connection.fetch("select kind, status from mails order by id")
        return [(row["kind"], row["status"]) for row in rows]

    async def heard(self, *events: Any) -> None:
        for event in events:
            event_id = await self.service.publish(event)
            await eventually(lambda one=event_id: self.service.heard(one))  # type: ignore[misc]

    async def settled(self, *states: tuple[str, str]) -> None:
        async def look() -> bool:
            assert sorted(await self.states()) == sorted(states)
            return True

        await eventually(look, 20)


@pytest_asyncio.fixture(loop_scope="session")
async def post(start: StartService, tmp_path: Path) -> AsyncIterator[Post]:
    store = MailStore(tmp_path / "mail")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    async with smtp_server(store, "127.0.0.1", port):
        service = await start(
            "notifications", SMTP_URL=f"smtp://127.0.0.1:{port}", PUBLIC_URL="http://fairseat.example"
        )
        yield Post(service, store)


def user(name: str, email: str) -> UserRegistered:
    return UserRegistered(user_id=new_id(), email=email, name=name, roles=("user",), version=1, occurred_at=now())


class Gift:
    """Tickets that Ada gives to a friend."""

    def __init__(self) -> None:
        self.sender = user("Ada", "ada@example.com")
        self.show: ShowPublished = show_published(title="The Herons")
        self.fields: dict[str, Any] = {
            "transfer_id": new_id(),
            "show_id": self.show.show_id,
            "from_id": self.sender.user_id,
            "to_email": FRIEND,
            "tickets": tuple(TransferredTicket(new_id(), "Block A", "3", seat) for seat in ("12", "13")),
            "occurred_at": now(),
        }

    @property
    def offered(self) -> TransferOffered:
        return TransferOffered(**self.fields, version=1, expires_at=now() + timedelta(days=7))

    def accepted(self, receiver: UserRegistered) -> TicketsTransferred:
        return TicketsTransferred(**self.fields, version=2, to_id=receiver.user_id)

    def ended(self, outcome: TransferEnd) -> TransferEnded:
        return TransferEnded(**self.fields, version=2, outcome=outcome)


async def test_an_offer_reaches_an_address_without_an_account_once(post: Post) -> None:
    gift = Gift()
    await post.heard(gift.offered, gift.show)
    assert await post.states() == [("transfer-offered", "queued")]
    await post.heard(gift.sender)
    mail = await post.mail(FRIEND, "Tickets for you: The Herons")
    assert mail.to == FRIEND
    assert mail.message_id == f"<transfer-offered.{gift.fields['transfer_id']}@fairseat.example>"
    for text in (mail.text, mail.html):
        assert "Ada wants to give you 2 tickets for this show." in text
        assert "Block A, row 3, seats 12, 13" in text
        assert f"http://fairseat.example/transfers/{gift.fields['transfer_id']}" in text
        assert "ada@example.com" not in text
    friend = user("Fran", FRIEND)
    await post.heard(friend, gift.offered)
    await post.settled(("transfer-offered", "sent"))
    listed = (await post.service.client(friend.user_id).get("/api/notifications")).json()["items"]
    assert [item["subject"] for item in listed] == ["Tickets for you: The Herons"]
    assert (await post.service.client(gift.sender.user_id).get("/api/notifications")).json()["items"] == []


async def test_both_hear_of_an_accepted_transfer(post: Post) -> None:
    gift, friend = Gift(), user("Fran", FRIEND)
    await post.heard(gift.accepted(friend), gift.sender, friend, gift.show, gift.accepted(friend))
    received = await post.mail(FRIEND, "Your tickets: The Herons")
    assert "You have accepted 2 tickets from Ada." in received.text
    given = await post.mail("ada@example.com", "Your tickets were accepted")
    assert "Fran has accepted your tickets." in given.text
    assert "Your own codes are void now" in given.html
    await post.settled(("transfer-accepted", "sent"), ("transfer-received", "sent"))


@pytest.mark.parametrize(
    ("outcome", "said", "receiver_told"),
    [
        ("cancelled", "You took the tickets back from friend@example.com.", "Ada has taken back the tickets"),
        ("declined", "friend@example.com does not want the tickets.", ""),
        ("expired", "friend@example.com did not accept the tickets in time.", ""),
        ("void", "no longer valid", "are no longer valid"),
    ],
)
async def test_whoever_is_concerned_hears_of_a_transfer_that_ended(
    post: Post, outcome: TransferEnd, said: str, receiver_told: str
) -> None:
    gift = Gift()
    await post.heard(gift.sender, gift.show, gift.ended(outcome))
    mail = await post.mail("ada@example.com", "Your tickets stay with you")
    assert said in mail.text
    if receiver_told:
        told = await post.mail(FRIEND, "Tickets are no longer offered to you")
        assert receiver_told in told.text
    else:
        await post.settled(("transfer-ended", "sent"))


async def test_a_name_cannot_become_a_letter_of_its_own(post: Post) -> None:
    gift = Gift()
    gift.sender = user("Win money at spam.example now " * 20 + "\r\nBcc: eve@example.com", "ada@example.com")
    gift.fields["from_id"] = gift.sender.user_id
    await post.heard(gift.sender, gift.show, gift.offered)
    mail = await post.mail(FRIEND, "Tickets for you")
    [line] = [line for line in mail.text.splitlines() if "wants to give you" in line]
    assert len(line) < 130
    assert "\nBcc:" not in mail.text


async def test_whoever_waited_hears_that_seats_are_held_and_that_they_went_on(post: Post) -> None:
    show, buyer = show_published(title="The Herons"), user("Bea", "bea@example.com")
    held = order_held(listing_published(show), 2, buyer_id=buyer.user_id, waiting_entry_id=new_id())
    chosen = order_held(listing_published(show), 1, buyer_id=buyer.user_id)
    await post.heard(show, buyer, chosen, held)
    mail = await post.mail("bea@example.com", "Seats are held for you: The Herons")
    assert f"http://fairseat.example/checkout/{held.order_id}" in mail.text
    assert "Seats are held for you until" in mail.text
    assert "Total, all-in: EUR 110.00" in mail.text
    fields = {name: getattr(held, name) for name in held.__struct_fields__}
    await post.heard(OrderCancelled(**fields | {"version": 2, "reason": "expired"}))
    over = await post.mail("bea@example.com", "Your hold has ended")
    assert "Seats from the waiting list were held for you" in over.text
    assert f"http://fairseat.example/shows/{show.show_id}/waiting" in over.html
    await post.settled(("waiting-offer", "sent"), ("hold-expired", "sent"))


def token_in(mail: Mail) -> str:
    found = re.search(r"/unsubscribe\?token=(\S+)", mail.text)
    assert found
    return found[1]


async def test_a_link_ends_its_topic_for_its_address_and_begins_it_again(post: Post) -> None:
    gift = Gift()
    await post.heard(gift.sender, gift.show, gift.offered)
    mail = await post.mail(FRIEND, "Tickets for you")
    token = token_in(mail)
    assert f"<http://fairseat.example/unsubscribe?token={token}>" in post.store.source(mail.id).decode()
    client = post.service.client()
    look = (await client.get("/api/notifications/unsubscribe", params={"token": token})).json()
    assert look == {"topic": "transfers", "wanted": True, "address": "f•••@example.com"}
    for _ in range(2):
        answer = await client.post("/api/notifications/unsubscribe", json={"token": token})
        assert (answer.status_code, answer.json()["wanted"]) == (200, False)
    # Whoever signs up with the address later finds the choice that was made for it.
    friend = user("Fran", "Friend@Example.com")
    await post.heard(friend)
    fran = post.service.client(friend.user_id)
    assert (await fran.get("/api/notifications/preferences")).json() == ALL | {"transfers": False}
    again = Gift()
    await post.heard(again.sender, again.show, again.accepted(friend))
    await post.settled(("transfer-offered", "sent"), ("transfer-received", "skipped"), ("transfer-accepted", "sent"))
    answer = await client.post("/api/notifications/unsubscribe", json={"token": token, "wanted": True})
    assert answer.json()["wanted"] is True
    assert (await fran.get("/api/notifications/preferences")).json() == ALL


async def test_purchases_and_money_are_always_told(post: Post) -> None:
    show, buyer = show_published(), user("Bea", "bea@example.com")
    held = order_held(listing_published(show), buyer_id=buyer.user_id)
    fields = {name: getattr(held, name) for name in held.__struct_fields__}
    await post.heard(show, buyer)
    client = post.service.client(buyer.user_id)
    off = dict.fromkeys(ALL, False)
    assert (await client.put("/api/notifications/preferences", json=off)).json() == off
    await post.heard(OrderCancelled(**fields | {"version": 2, "reason": "expired"}))
    mail = await post.mail("bea@example.com", "Your hold has ended")
    assert "/unsubscribe" not in mail.text
    assert "List-Unsubscribe" not in post.store.source(mail.id).decode()
    answer = await client.put("/api/notifications/preferences", json=off | {"purchases": False})
    assert (answer.status_code, answer.json()["type"]) == (422, "invalid")


async def test_of_many_settings_at_once_one_is_kept_whole(post: Post) -> None:
    bea = user("Bea", "bea@example.com")
    await post.heard(bea)
    client = post.service.client(bea.user_id)
    choices = [ALL | dict.fromkeys(list(ALL)[n % 5 :: 2], False) for n in range(40)]
    puts = [client.put("/api/notifications/preferences", json=choice) for choice in choices]
    assert {answer.status_code for answer in await asyncio.gather(*puts)} == {200}
    assert (await client.get("/api/notifications/preferences")).json() in choices


async def test_a_mail_that_is_not_wanted_is_not_sent_and_the_list_says_so(post: Post) -> None:
    show, seller = show_published(), user("Sam", "sam@example.com")
    await post.heard(show, seller)
    client = post.service.client(seller.user_id)
    await client.put("/api/notifications/preferences", json=ALL | {"sales": False})
    await post.heard(order_confirmed(order_held(listing_published(show, seller_id=seller.user_id))))
    await post.settled(("sold", "skipped"))
    assert post.store.newest() == []
    [shown] = (await client.get("/api/notifications")).json()["items"]
    assert (shown["kind"], shown["status"]) == ("sold", "skipped")


async def test_bad_requests_are_problems_and_nobody_changes_another(post: Post) -> None:
    buyer, other = user("Bea", "bea@example.com"), user("Bo", "bo@example.com")
    await post.heard(buyer, other)
    client = post.service.client()
    for method in ("GET", "PUT"):
        answer = await client.request(method, "/api/notifications/preferences", json=ALL)
        assert answer.status_code == 401
    for token in ("", "nonsense", "a.b", "x" * 101, token_of_nobody()):
        answer = await client.post("/api/notifications/unsubscribe", json={"token": token})
        assert answer.status_code == 422, token
        answer = await client.get("/api/notifications/unsubscribe", params={"token": token})
        assert answer.status_code == 422, token
    bea, bo = post.service.client(buyer.user_id), post.service.client(other.user_id)
    await bea.put("/api/notifications/preferences", json=ALL | {"alerts": False})
    assert (await bo.get("/api/notifications/preferences")).json() == ALL
    wrong: list[Any] = [{}, ALL | {"alerts": "no"}, [], {**ALL, "address": "bo@example.com"}]
    for body in wrong:
        assert (await bea.put("/api/notifications/preferences", json=body)).status_code == 422


def token_of_nobody() -> str:
    """Well formed, and sealed with a secret that is not the service's."""
    return token_sign(new_id(), "another secret")
