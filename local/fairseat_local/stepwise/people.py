"""What people do in a stepwise world: sell, hold, pay, change their minds, and what time does to them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from fairseat_common.contracts import Money
from fairseat_common.contracts.refusals import Refusal
from fairseat_common.ids import new_id
from fairseat_common.web import request_hash
from fairseat_local.stepwise.provider import BASE
from fairseat_local.stepwise.world import World
from orders import actions as orders_actions
from orders import actions_refunds as orders_refunds
from orders import store_claims
from orders.domain import Claim
from orders.domain_limits import Limits
from payments import actions as payments_actions
from payments import actions_accounts
from payments.actions_switch import Hearing
from payments.domain import Wanted
from tickets import actions_listings
from tickets.actions_fees import FeeRules
from tickets.domain import NewListing, Price

LIMITS = Limits(hold_s=600, holds_max=6, tickets_max=50)
BUYER_PERCENT = 10
SELLER_PERCENT = 5


class AlwaysThere:
    """A broker that answers, as a stepwise world's does."""

    async def answers(self) -> bool:
        """Yes."""
        return True


class People:
    """Acts by the services' own actions; a refusal is an answer like any other."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def list_seats(self, show_id: UUID, seller_id: UUID, row: str, seats: Sequence[str], price: Money) -> UUID:
        """A listing in tickets; orders hears of it by a delivery."""
        wanted = NewListing(
            show_id=show_id,
            section="Stalls",
            row=row,
            seats=tuple(seats),
            unit_price=Price(price.amount, price.currency),
        )
        rule = await FeeRules(BUYER_PERCENT, SELLER_PERCENT).rule(self._world.tickets.database)
        async with self._world.tickets.database.transaction() as tx:
            view = await actions_listings.list_seats(tx, seller_id, wanted, rule)
        await self._world.collect()
        return view.id

    async def hold(self, buyer_id: UUID, listing_id: UUID, quantity: int) -> UUID | None:
        """An order that holds seats, or None when they are gone."""
        claim = Claim(
            order_id=new_id(),
            event_id=new_id(),
            buyer_id=buyer_id,
            listing_id=listing_id,
            quantity=quantity,
            idempotency_key=str(new_id()),
        )
        async with self._world.orders.database.connection() as connection:
            [row] = await store_claims.seats_claim(connection, [claim], LIMITS, waiting=True)
        await self._world.collect()
        return claim.order_id if row["outcome"] == "held" else None

    async def pay(self, buyer_id: UUID, order_id: UUID, method: str, key: str) -> str:
        """Ask for a payment; what the buyer is told: the status, or the problem's type."""
        wanted = Wanted(order_id=order_id, payment_method=method, return_url=f"{BASE}/return")
        hashed = request_hash(f"{order_id} {method}".encode())
        try:
            attempt, _ = await payments_actions.pay(
                self._world.payments.database,
                self._world.provider,
                Hearing(AlwaysThere()),
                buyer_id,
                wanted,
                key,
                hashed,
            )
            return attempt.status
        except Refusal as refusal:
            return refusal.slug
        finally:
            await self._world.collect()

    async def expire(self, order_id: UUID) -> None:
        """The deadline of a hold passes, and orders notices."""
        for service in (self._world.orders, self._world.payments):
            async with self._world.owners[service.name].connection() as connection:
                await connection.execute(
                    "update orders set expires_at = now() - interval '5 seconds' where id = $1", order_id
                )
        await orders_actions.expire_overdue(self._world.orders.database)
        await self._world.collect()

    async def give_up(self, buyer_id: UUID, order_id: UUID) -> None:
        """The buyer does not want the seats any more."""
        with suppress(Refusal):
            async with self._world.orders.database.transaction() as tx:
                await orders_actions.give_up(tx, order_id, buyer_id)
        await self._world.collect()

    async def takes_place(self, show_id: UUID) -> None:
        """Time passes: the show has begun, and its settlement delay is over."""
        for service in self._world.services:
            column = "id" if service is self._world.tickets else "show_id"
            async with self._world.owners[service.name].connection() as connection:
                await connection.execute(
                    f"update shows set starts_at = now() - interval '1 day' where {column} = $1",  # noqa: S608
                    show_id,
                )

    async def refund(self, order_id: UUID, seats: Sequence[str] | None) -> None:
        """An operator gives lines back, if they can be."""
        with suppress(Refusal):
            async with self._world.orders.database.transaction() as tx:
                await orders_refunds.refund_lines(tx, order_id, seats, "goodwill")
        await self._world.collect()

    async def onboard(self, seller_id: UUID) -> None:
        """A seller can be paid: the provider knows who they are."""
        account, _ = await actions_accounts.onboard(
            self._world.payments.database, self._world.provider, seller_id, f"{BASE}/return", BASE
        )
        await self._world.control(f"accounts/{account.account_id}", onboarded=True)
