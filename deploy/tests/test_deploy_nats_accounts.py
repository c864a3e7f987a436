"""The broker's permissions: exactly what the contracts say, tried against a server that has them."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import nats
import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError

from fairseat_common.bus import Broker
from fairseat_common.bus.broker import Outgoing
from fairseat_common.contracts import registry, stream_of
from fairseat_common.contracts.publishers import streams_of, subjects_of
from fairseat_common.testing.builders import listing_published, order_held, show_published
from fairseat_common.testing.issuer import Issuer
from fairseat_common.testing.running import Servers, start_service
from fairseat_common.testing.waiting import eventually
from fairseat_deploy.nats_accounts import FILE, OPERATOR, USERS, accounts
from fairseat_deploy.nats_rehearsal import ComponentServer, made_passwords
from fairseat_deploy.tree import ROOT
from fairseat_local.operations.consumers import declared
from fairseat_local.routes import SERVICES

LAST = "nobodys"
CATALOG_HEARS = "catalog-listings-changed-v1"
REFUSED_REQUESTS = [
    # what others say, have and do
    "orders.confirmed.v1",
    "$JS.API.STREAM.CREATE.ORDERS",
    "$JS.API.STREAM.INFO.ORDERS",
    "$JS.API.STREAM.UPDATE.ORDERS",
    "$JS.API.STREAM.MSG.GET.ORDERS",
    "$JS.API.DIRECT.GET.ORDERS",
    "$JS.API.CONSUMER.MSG.NEXT.ORDERS.payments-orders-confirmed-v1",
    "$JS.API.CONSUMER.CREATE.ORDERS.payments-orders-confirmed-v1.orders.confirmed.v1",
    "$JS.API.CONSUMER.INFO.ORDERS.payments-orders-confirmed-v1",
    "$JS.ACK.ORDERS.payments-orders-confirmed-v1.1.1.1.1.0",
    "$JS.ACK._.8gTZTehX.ORDERS.payments-orders-confirmed-v1.1.1.1.1.0",
    # read in the older way: the consumer of somebody else
    f"$JS.ACK.ORDERS.payments-orders-confirmed-v1.LISTINGS.{CATALOG_HEARS}.1.1.0",
    # consumers that no code declares, and the older ways of asking for one
    "$JS.API.CONSUMER.CREATE.LISTINGS.catalog-everything.listings.>",
    f"$JS.API.CONSUMER.CREATE.LISTINGS.{CATALOG_HEARS}.listings.withdrawn.v1",
    f"$JS.API.CONSUMER.CREATE.LISTINGS.{CATALOG_HEARS}",
    "$JS.API.CONSUMER.CREATE.LISTINGS",
    f"$JS.API.CONSUMER.DURABLE.CREATE.LISTINGS.{CATALOG_HEARS}",
    # what only operators do, even to what is one's own
    "$JS.API.STREAM.DELETE.SHOWS",
    "$JS.API.STREAM.PURGE.SHOWS",
    "$JS.API.STREAM.MSG.DELETE.SHOWS",
    "$JS.API.STREAM.SNAPSHOT.SHOWS",
    "$JS.API.STREAM.LIST",
    "$JS.API.STREAM.NAMES",
    f"$JS.API.CONSUMER.DELETE.LISTINGS.{CATALOG_HEARS}",
    "$JS.API.INFO",
    "$SYS.REQ.SERVER.PING",
    "_INBOX_orders.forged",
]
REFUSED_SUBJECTS = [
    "orders.>",
    "shows.>",
    ">",
    "*.*.*",
    "_INBOX.>",
    "_INBOX_orders.>",
    "$JS.EVENT.ADVISORY.>",
    "$SYS.>",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComponentServer]:
    running = ComponentServer(tmp_path_factory.mktemp("accounts") / "nats", made_passwords())
    running.start()
    yield running
    running.remove()


@asynccontextmanager
async def client(server: ComponentServer, user: str) -> AsyncIterator[tuple[Client, list[str]]]:
    """A bare client, and the subjects that it was refused so far: the client lowers them."""
    refused: list[str] = []

    async def note(error: Exception) -> None:
        if found := re.search(r'Permissions Violation for \w+ to "([^"]+)"', str(error), re.IGNORECASE):
            refused.append(found[1])

    options = server.login(user).options()
    connected = await nats.connect(server.address, error_cb=note, allow_reconnect=False, **options)
    try:
        yield connected, refused
    finally:
        await connected.close()


async def judged(bare: Client, refused: list[str]) -> list[str]:
    """What was refused of all that was sent so far: what everybody is refused comes last."""

    async def over() -> bool:
        return LAST in refused

    await bare.publish(LAST, b"")
    await eventually(over)
    return [subject for subject in refused if subject != LAST]


@asynccontextmanager
async def connected(server: ComponentServer, user: str) -> AsyncIterator[Broker]:
    broker = Broker(server.address, user, server.login(user))
    await broker.open()
    try:
        yield broker
    finally:
        await broker.close()


def message(subject: str) -> Outgoing:
    event_id = uuid4()
    return Outgoing(event_id, subject, {"Nats-Msg-Id": str(event_id), "ce-id": str(event_id)}, b"{}")


def test_the_file_is_what_the_code_says() -> None:
    assert FILE.read_text() == accounts(), "fairseat-deploy nats write"


def test_permissions_are_the_published_contracts() -> None:
    """Read from the file as it is, and from the published document of all events: no code in common."""
    document = json.loads((ROOT / "docs" / "events" / "asyncapi.json").read_text())["operations"]
    said = {tuple(name.split(" says ")) for name in document if " says " in name}
    heard = {tuple(name.split(" hears ")) for name in document if " hears " in name}
    users = re.findall(r"user: (\w+)\n(.*?)subscribe: ", FILE.read_text(), re.DOTALL)
    allowed = {user: set(re.findall(r'^ *"([^"]+)"$', text, re.MULTILINE)) for user, text in users}
    assert set(allowed) == {*SERVICES, OPERATOR}
    publishing = {(user, subject) for user in SERVICES for subject in allowed[user] if not subject.startswith("$JS.")}
    assert publishing == said
    hearing = {
        (user, ".".join(subject.split(".")[-3:]))
        for user in SERVICES
        for subject in allowed[user]
        if subject.startswith("$JS.API.CONSUMER.CREATE.")
    }
    assert hearing == heard


async def test_every_service_can_do_its_work(server: ComponentServer) -> None:
    sent: set[str] = set()
    for service in SERVICES:
        async with connected(server, service) as broker:
            for stream in streams_of(service):
                await broker.keep_stream(stream)
            if messages := [message(subject) for subject in subjects_of(service)]:
                assert len(await broker.publish(messages)) == len(messages), service
            sent |= {each.subject for each in messages}
    assert sent == registry().keys()
    for service in SERVICES:
        async with connected(server, service) as broker:
            for each in declared([service]):
                subscription = await broker.pull(stream_of(each.subject), each.durable, each.subject)
                (delivered,) = await subscription.fetch(1, timeout=5)
                assert delivered.subject == each.subject
                await delivered.ack_sync(timeout=5)
                assert await broker.pending(stream_of(each.subject), each.durable) == 0
            for stream in streams_of(service):
                assert await broker.stream_size(stream), "what its metrics tell"
    async with connected(server, OPERATOR) as broker:
        assert await broker.backlog() == 0
        assert await broker.publish([message("orders.held.v1")]), "a rebuild fills any stream"
        assert await broker.backlog() > 0
        await broker.forget_streams()


class LaterServer(ComponentServer):
    """With the subjects of acknowledgements that are the default from 2.16 on."""

    def _write_configuration(self, pid_file: Path) -> None:
        super()._write_configuration(pid_file)
        with (self._home / "nats.conf").open("a") as file:
            file.write("feature_flags { js_ack_fc_v2: true }\n")


async def test_acknowledgements_are_let_through_after_an_upgrade(tmp_path: Path) -> None:
    server = LaterServer(tmp_path / "nats", made_passwords())
    server.start()
    try:
        async with connected(server, "tickets") as broker:
            await broker.keep_stream("LISTINGS")
            await broker.publish([message("listings.changed.v1")])
        async with connected(server, "catalog") as broker:
            subscription = await broker.pull("LISTINGS", CATALOG_HEARS, "listings.changed.v1")
            (delivered,) = await subscription.fetch(1, timeout=5)
            assert not delivered.reply.startswith("$JS.ACK.LISTINGS."), "else nothing is tried here"
            await delivered.ack_sync(timeout=5)
            assert await broker.pending("LISTINGS", CATALOG_HEARS) == 0
    finally:
        server.remove()


async def test_a_service_works_with_its_own_login(server: ComponentServer, servers: Servers, issuer: Issuer) -> None:
    """From event to event: it hears that seats are held, and says when that is over."""
    login = server.login("expiration")
    environ = {"NATS_URL": server.address, "NATS_USER": login.user, "NATS_PASSWORD": login.password}
    async with connected(server, OPERATOR) as operator:
        service = await start_service(servers, issuer, operator, "expiration", environ)
        try:
            heard = await service.publish(order_held(listing_published(show_published()), expires_in_s=0))
            await eventually(lambda: service.heard(heard))

            async def said() -> bool:
                size = await operator.stream_size("EXPIRATION")
                return bool(size and size[0])

            await eventually(said)
        finally:
            await service.stop()
            await operator.forget_streams()


@pytest.mark.parametrize("service", SERVICES)
async def test_nobody_says_what_is_not_theirs_to_say(server: ComponentServer, service: str) -> None:
    async with client(server, service) as (bare, refused):
        for subject in registry():
            await bare.publish(subject, b"{}")
        assert set(await judged(bare, refused)) == registry().keys() - set(subjects_of(service))


@pytest.mark.parametrize("service", SERVICES)
async def test_nobody_hears_answers_to_others(server: ComponentServer, service: str) -> None:
    inboxes = {f"_INBOX_{user}.>" for user in USERS if user != service}
    nouns = {f"{subject.split('.')[0]}.>" for subject in registry()}
    async with client(server, service) as (bare, refused):
        for subject in sorted(inboxes | nouns):
            await bare.subscribe(subject)
        live = {"orders.>", "payments.>", "tickets.>", "listings.>"} if service == "web" else set()
        assert set(await judged(bare, refused)) == {subject.lower() for subject in inboxes | nouns - live}


@pytest.mark.parametrize("subject", REFUSED_REQUESTS)
async def test_catalog_is_refused_what_it_never_does(server: ComponentServer, subject: str) -> None:
    async with client(server, "catalog") as (bare, refused):
        await bare.publish(subject, b"{}", reply="_INBOX_catalog.answer")
        assert await judged(bare, refused) == [subject.lower()]


async def test_catalog_cannot_listen_past_its_consumers(server: ComponentServer) -> None:
    async with client(server, "catalog") as (bare, refused):
        for subject in REFUSED_SUBJECTS:
            await bare.subscribe(subject)
        assert await judged(bare, refused) == [subject.lower() for subject in REFUSED_SUBJECTS]


async def test_a_consumers_name_and_subject_belong_together(server: ComponentServer) -> None:
    """The request's subject is allowed; what it asks for is another one."""
    async with connected(server, "tickets") as broker:
        await broker.keep_stream("LISTINGS")
    wanted = {"durable_name": CATALOG_HEARS, "filter_subject": "listings.>", "ack_policy": "explicit"}
    request = json.dumps({"stream_name": "LISTINGS", "config": {"name": CATALOG_HEARS, **wanted}})
    async with client(server, "catalog") as (bare, _):
        subject = f"$JS.API.CONSUMER.CREATE.LISTINGS.{CATALOG_HEARS}.listings.changed.v1"
        answer = json.loads((await bare.request(subject, request.encode(), timeout=5)).data)
        assert answer["error"]["code"] == 400


@pytest.mark.parametrize("options", [{}, {"user": "orders", "password": "guess"}, {"user": "nobody", "password": "x"}])
async def test_strangers_are_not_let_in(server: ComponentServer, options: dict[str, str]) -> None:
    with pytest.raises(NatsError):
        await nats.connect(server.address, allow_reconnect=False, **options)
