"""Letters about accounts: sealed on their way, sent once, no wider than they must be; people who are forgotten."""

from __future__ import annotations

import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, get_args

import pytest
import pytest_asyncio

from fairseat_common.contracts import (
    TransferOffered,
    TransferredTicket,
    UserChanged,
    UserErased,
    UserLetterDue,
    UserRegistered,
)
from fairseat_common.contracts.users import LetterKind
from fairseat_common.ids import new_id
from fairseat_common.sealing import seal
from fairseat_common.testing.builders import now, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from fairseat_local.mail.__main__ import smtp_server
from fairseat_local.mail.store import Mail, MailStore
from notifications.domain_account import KIND_OF

SECRETS = ("the newest secret", "an older secret")
TOKEN = "a-token-of-a-link"


class Post:
    """The service, and the catcher that has its mails."""

    def __init__(self, service: RunningService, store: MailStore) -> None:
        self.service = service
        self.store = store

    async def heard(self, *events: Any) -> None:
        for event in events:
            event_id = await self.service.publish(event)
            await eventually(lambda one=event_id: self.service.heard(one))  # type: ignore[misc]

    async def mail(self, to: str, subject: str) -> Mail:
        async def look() -> Mail | None:
            return next((mail for mail in self.store.newest(to=to) if mail.subject.startswith(subject)), None)

        return await eventually(look, 20)

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        async with self.service.database.connection() as connection:
            return [tuple(row.values()) for row in await connection.fetch(query)]


@pytest_asyncio.fixture(loop_scope="session")
async def post(start: StartService, tmp_path: Path) -> AsyncIterator[Post]:
    store = MailStore(tmp_path / "mail")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    async with smtp_server(store, "127.0.0.1", port):
        smtp = f"smtp://127.0.0.1:{port}"
        service = await start(
            "notifications", SMTP_URL=smtp, PUBLIC_URL="http://fairseat.example", LETTER_SECRETS=",".join(SECRETS)
        )
        yield Post(service, store)


def due(kind: LetterKind, **more: Any) -> UserLetterDue:
    fields: dict[str, Any] = {
        "letter_id": new_id(),
        "user_id": new_id(),
        "kind": kind,
        "email": "Bea@example.com",
        "name": "Bea",
        "version": 1,
        "occurred_at": now(),
    }
    return UserLetterDue(**fields | more)


def test_every_letter_that_auth_can_want_has_words() -> None:
    assert set(KIND_OF) == set(get_args(LetterKind))


@pytest.mark.parametrize("secret", SECRETS)
async def test_a_link_is_sealed_at_rest_and_legible_in_the_letter(post: Post, secret: str) -> None:
    event = due("reset_password", sealed=seal(TOKEN, "letter", [secret]))
    await post.heard(event, event)
    mail = await post.mail("bea@example.com", "Set a new password")
    assert f"http://fairseat.example/reset?token={TOKEN}" in mail.text
    assert "List-Unsubscribe" not in post.store.source(mail.id).decode()
    [(fact, status)] = await post.rows("select fact::text, status from mails")
    assert TOKEN not in fact
    assert status in ("queued", "sent")
    assert len(post.store.newest(to="bea@example.com")) == 1


async def test_a_token_that_was_sealed_for_something_else_goes_nowhere(post: Post) -> None:
    for sealed in (seal(TOKEN, "another purpose", SECRETS), seal(TOKEN, "letter", ["of somebody else"]), "nonsense"):
        await post.heard(due("verify_email", sealed=sealed))

    async def parked() -> bool:
        return [row[0] for row in await post.rows("select status from mails")] == ["parked"] * 3

    await eventually(parked, 20)
    assert post.store.newest() == []


async def test_whoever_is_erased_is_forgotten_and_hears_of_it(post: Post) -> None:
    user_id = new_id()
    fields: dict[str, Any] = {"user_id": user_id, "email": "Bea@example.com", "name": "Bea", "roles": ("user",)}
    bea = UserRegistered(**fields, version=1, occurred_at=now())
    sender = UserRegistered(
        user_id=new_id(), email="ada@example.com", name="Ada", roles=("user",), version=1, occurred_at=now()
    )
    show = show_published()
    offered = TransferOffered(
        transfer_id=new_id(),
        show_id=show.show_id,
        from_id=sender.user_id,
        to_email="bea@example.com",
        tickets=(TransferredTicket(new_id(), "Block A", "3", "12"),),
        expires_at=show.starts_at,
        version=1,
        occurred_at=now(),
    )
    await post.heard(bea, sender, show, offered, due("password_changed", user_id=user_id))
    await post.mail("bea@example.com", "Tickets for you")
    client = post.service.client(user_id)
    assert (await client.put(f"/api/favourites/{show.show_id}")).status_code < 300
    erased = UserErased(user_id=user_id, pseudonym="erased-1", version=4, occurred_at=now())
    await post.heard(due("account_erased", user_id=user_id), erased)
    last = await post.mail("bea@example.com", "Your account is deleted")
    assert "bea@example.com" not in last.text.lower()
    # What is delivered late brings nobody back.
    await post.heard(UserChanged(**fields, version=3, occurred_at=now()))

    async def forgotten() -> bool:
        tables = "users", "mails", "favourites", "alerts", "muted"
        kept = [await post.rows(f"select t::text from {table} t") for table in tables]
        return not re.search("bea", str(kept), re.IGNORECASE)

    await eventually(forgotten, 20)
    assert await post.rows(f"select email, version from users where user_id = '{user_id}'") == [("", 4)]
