"""orders, tickets and payments side by side, without a bus: whoever holds the world decides what happens next."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from fairseat_common.contracts import Event, encode
from fairseat_common.contracts.refusals import Refusal
from fairseat_common.database import Database
from fairseat_common.ids import new_id
from fairseat_common.testing.running import Servers, empty, prepared_database
from fairseat_local.provider.app import Provider as StandIn
from fairseat_local.provider.effects import Effect, EffectQuery
from fairseat_local.provider.endpoints import endpoint_from_command_line
from fairseat_local.provider.journal import Journal
from fairseat_local.provider.objects import Dispute as ProviderDispute
from fairseat_local.provider.objects import Event as ProviderEvent
from fairseat_local.provider.objects import PaymentIntent
from fairseat_local.provider.webhooks import signature
from fairseat_local.stepwise.provider import BASE, LossyClient
from fairseat_local.stepwise.service import Delivery, Said, Service
from orders import actions_refunds as orders_refunds
from orders.consumers import consumers as orders_consumers
from payments import (
    actions_accounts,
    actions_feed,
    actions_ledger,
    actions_payouts,
    actions_refunds,
    actions_settle,
    actions_tax,
    actions_webhook,
)
from payments.consumers import consumers as payments_consumers
from payments.domain_tax import rates_of
from payments.store_provider import Provider
from tickets.consumers import consumers as tickets_consumers

ROUNDS_MAX = 60
IDLE_ROUNDS = 3
POOL_MAX = 4
SECRET = "whsec_stepwise"  # noqa: S105 - signs nothing outside this process
SETTLED = (Refusal,)


@dataclass
class World:
    """Three services and the payment stand-in; `waiting` are deliveries to make, `made` those that may come again."""

    orders: Service
    tickets: Service
    payments: Service
    owners: dict[str, Database]
    network: LossyClient
    journal: Journal
    provider: Provider
    waiting: list[Delivery] = field(default_factory=list)
    made: list[Delivery] = field(default_factory=list)
    meddled: set[str] = field(default_factory=set)
    """Intents that somebody captured at the provider, past us."""

    @classmethod
    async def open(cls, servers: Servers, services: Path) -> World:
        """Connect to real databases, made with the migrations below `services`."""
        databases, owners = {}, {}
        for name in ("orders", "tickets", "payments"):
            created = await prepared_database(servers, name, services / name / "migrations")
            databases[name] = Database(created.url, application="stepwise", size_max=POOL_MAX)
            owners[name] = Database(created.owner_url, application="stepwise-owner", size_max=POOL_MAX)
            await databases[name].open()
            await owners[name].open()
        network = LossyClient()
        return cls(
            orders=Service("orders", databases["orders"], orders_consumers),
            tickets=Service("tickets", databases["tickets"], tickets_consumers),
            payments=Service("payments", databases["payments"], payments_consumers),
            owners=owners,
            network=network,
            journal=Journal(Path(":memory:")),
            provider=Provider("sk_test_stepwise", BASE, network),
        )

    async def close(self) -> None:
        """Let go of everything."""
        for service in self.services:
            await service.database.close()
            await self.owners[service.name].close()
        await self.network.close_async()
        self.journal.close()

    @property
    def services(self) -> tuple[Service, ...]:
        """All of them."""
        return self.orders, self.tickets, self.payments

    async def begin(self) -> None:
        """Empty databases, a stand-in that has done nothing, and nothing on its way."""
        self.journal.close()
        self.journal = Journal(Path(":memory:"))
        endpoint_from_command_line(self.journal, f"{BASE}/webhook", SECRET, int(time.time()))
        await self.network.reach(StandIn(self.journal))
        for service in self.services:
            await empty(self.owners[service.name])
            service.forget()
        self.waiting.clear()
        self.made.clear()
        self.meddled.clear()
        self.network.keep()

    async def tax(self, *parts: str) -> None:
        """Put rates in force from now on, as the setting says them: DE:19."""
        async with self.payments.database.transaction() as tx:
            await actions_tax.rates_set(tx, rates_of(parts))

    async def announce(self, *events: Event) -> None:
        """Facts of services that are not here, heard by everybody at once."""
        for event in events:
            said = Said(new_id(), event, encode(event))
            for delivery in [one for service in self.services for one in service.deliveries_of(said)]:
                assert await delivery.make(), f"{delivery.consumer.durable} does not take {event}"

    async def collect(self) -> None:
        """Put what the services have said on its way."""
        for service in self.services:
            for said in await service.said():
                self.waiting += [one for other in self.services for one in other.deliveries_of(said)]

    async def deliver(self, index: int) -> None:
        """Make one of the waiting deliveries; it comes again later if the service wants it so."""
        delivery = self.waiting.pop(index % len(self.waiting))
        (self.made if await delivery.make() else self.waiting).append(delivery)
        await self.collect()

    async def deliver_all(self) -> None:
        """Make every delivery that is waiting, in order, and what follows from them."""
        for _ in range(ROUNDS_MAX):
            for _ in range(len(self.waiting)):
                await self.deliver(0)
            if not self.waiting:
                return
        raise AssertionError(f"nobody takes {[one.consumer.durable for one in self.waiting]}")

    async def deliver_to(self, service: Service, aggregate_id: UUID) -> None:
        """Make the deliveries that wait for one service about one thing."""
        for delivery in list(self.waiting):
            if delivery.service is service and delivery.said.event.aggregate_id == aggregate_id:
                await self.deliver(self.waiting.index(delivery))

    async def deliver_again(self, index: int) -> None:
        """Repeat a delivery that was made before."""
        assert await self.made[index % len(self.made)].make()
        await self.collect()

    async def work(self, delay: timedelta) -> None:
        """One turn of every worker, whatever they had leased or put off."""
        payments = self.payments.database
        await self._leases_end()
        turns: list[Callable[[], Awaitable[Any]]] = [
            lambda: orders_refunds.refund_cancelled_shows(self.orders.database),
            lambda: actions_settle.settle_due(payments, self.provider),
            lambda: actions_refunds.refunds_due(payments, self.provider),
            lambda: actions_ledger.release_due(payments, delay),
            lambda: actions_payouts.payouts_due(payments, self.provider),
            lambda: actions_accounts.accounts_look(payments, self.provider),
        ]
        for turn in turns:
            await turn()
        await self.collect()

    async def read_the_feed(self) -> None:
        """Read what the provider lists as its events."""
        await self._leases_end()
        await actions_feed.feed_turn(self.payments.database, self.provider)
        await self.collect()

    async def control(self, what: str, **how: Any) -> None:
        """Something happens at the provider, out of our sight; what cannot happen any more does not."""
        await self.network.control(f"/control/{what}", how)

    def intents(self, *statuses: str) -> list[str]:
        """The ids of the provider's payment intents that stand like this."""
        return [intent.id for intent in self.journal.all_of(PaymentIntent) if intent.status in statuses]

    def disputes(self) -> list[str]:
        """The ids of the provider's disputes, open or not."""
        return [dispute.id for dispute in self.journal.all_of(ProviderDispute)]

    async def webhook(self, index: int) -> None:
        """Deliver one of the provider's events, perhaps again, perhaps long after."""
        events = self.provider_events()
        payload = events[index % len(events)]
        header = signature(payload, SECRET, int(time.time()))
        with suppress(*SETTLED):
            await actions_webhook.hear(self.payments.database, self.provider, payload, header, [SECRET])
        await self.collect()

    def provider_events(self) -> list[bytes]:
        """What the provider would send, oldest first."""
        return [msgspec.json.encode(event) for event in self.journal.all_of(ProviderEvent)]

    def effects(self) -> list[Effect]:
        """What the provider did, in order."""
        return self.journal.effects.select(EffectQuery())

    async def quiet(self, delay: timedelta) -> None:
        """Nothing is lost any more: deliver and work until nothing changes."""
        self.network.keep()
        idle = 0
        for _ in range(ROUNDS_MAX):
            before = (len(self.made), len(self.effects()))
            for _ in range(len(self.waiting)):
                await self.deliver(0)
            await self.work(delay)
            await self.read_the_feed()
            # What one worker has found out may be work for another in the next round.
            idle = 0 if self.waiting or before != (len(self.made), len(self.effects())) else idle + 1
            if idle == IDLE_ROUNDS:
                return
        raise AssertionError(f"it does not come to rest: {[one.consumer.durable for one in self.waiting]}")

    async def _leases_end(self) -> None:
        async with self.owners["payments"].connection() as connection:
            tables = await connection.fetch(
                "select quote_ident(table_name) as name from information_schema.columns"
                " where table_schema = 'public' and column_name = 'leased_until'"
            )
            for table in tables:
                await connection.execute(f"update {table['name']} set leased_until = now()")  # noqa: S608
