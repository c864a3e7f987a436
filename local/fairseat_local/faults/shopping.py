"""Many people shopping at once, each in one of the ways in which people shop; every way is a kind of its own."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import urlsplit

from fairseat_local.faults.market import Json, Market, Person

Way: TypeAlias = Callable[[Person, Json], Awaitable[int]]

LISTING_PLACES = 100
LISTING_PURCHASES = 90
SHOWS = 4
PAYMENTS_MAX = 3

GOOD, DECLINED, CHALLENGED = "pm_card_visa", "pm_card_chargeDeclined", "pm_card_threeDSecure2Required"


@dataclass
class Shopping:
    """`purchases` of them, by `buyers_max` people at a time; the same seed gives the same mixture."""

    market: Market
    purchases: int
    buyers_max: int = 32
    seed: int = 1
    ended: Counter[tuple[str, int]] = field(default_factory=Counter)
    """How purchases ended for the buyer: the way, and the last answer's status (0: nothing was asked)."""

    async def run(self) -> None:
        """Return when everybody has gone home; some orders are still held then, and some payments under way."""
        listings = await self._listings()
        mixture = self._mixture()
        queue = iter(range(self.purchases))

        async def shop() -> None:
            buyer = await self.market.person()
            for number in queue:
                name, way = mixture[number]
                order = await buyer.hold_places(listings[number // LISTING_PURCHASES])
                self.ended[name, await way(buyer, order)] += 1

        await asyncio.gather(*(shop() for _ in range(self.buyers_max)))

    async def _listings(self) -> list[Json]:
        seller = await self.market.person()
        shows = [await self.market.show() for _ in range(SHOWS)]
        needed = -(-self.purchases // LISTING_PURCHASES)
        return [await self.market.places(seller, shows[n % SHOWS], LISTING_PLACES) for n in range(needed)]

    @property
    def ways(self) -> Mapping[str, tuple[int, Way]]:
        """Each with its share of a hundred purchases."""
        return {
            "pays": (60, self._pays),
            "pays with the second card": (10, self._pays_with_the_second_card),
            "is declined": (5, self._is_declined),
            "proves who they are": (8, self._proves_who_they_are),
            "fails to prove who they are": (3, self._fails_to_prove_who_they_are),
            "never proves who they are": (2, self._never_proves_who_they_are),
            "gives up": (4, self._gives_up),
            "gives up while paying": (4, self._gives_up_while_paying),
            "leaves": (4, self._leaves),
        }

    def _mixture(self) -> Sequence[tuple[str, Way]]:
        shares = {name: share for name, (share, _) in self.ways.items()}
        chance = random.Random(self.seed)  # noqa: S311 -- foreseeable on purpose
        names = [*shares, *chance.choices(list(shares), list(shares.values()), k=self.purchases - len(shares))]
        return [(name, self.ways[name][1]) for name in names]

    async def _pays(self, buyer: Person, order: Json) -> int:
        for _ in range(PAYMENTS_MAX):
            answer = await buyer.pay_once(order, GOOD)
            if answer.status_code == 201 or (await buyer.read(f"/api/orders/{order['id']}"))["status"] != "held":
                break
        return answer.status_code

    async def _pays_with_the_second_card(self, buyer: Person, order: Json) -> int:
        await buyer.pay_once(order, DECLINED)
        return await self._pays(buyer, order)

    async def _is_declined(self, buyer: Person, order: Json) -> int:
        return (await buyer.pay_once(order, DECLINED)).status_code

    async def _proves_who_they_are(self, buyer: Person, order: Json) -> int:
        return await self._challenge(buyer, order, "passed")

    async def _fails_to_prove_who_they_are(self, buyer: Person, order: Json) -> int:
        return await self._challenge(buyer, order, "failed")

    async def _never_proves_who_they_are(self, buyer: Person, order: Json) -> int:
        return await self._challenge(buyer, order, "")

    async def _challenge(self, buyer: Person, order: Json, outcome: str) -> int:
        page = f"{self.market.system.url}/orders/{order['id']}"
        answer = await buyer.pay_once(order, CHALLENGED, return_url=page)
        if answer.status_code == 201 and answer.json()["status"] == "requires_action" and outcome:
            intent = urlsplit(answer.json()["action_url"]).path.rpartition("/")[2]
            await self.market.settle_challenge(intent, outcome)
        return answer.status_code

    async def _gives_up(self, buyer: Person, order: Json) -> int:
        return (await buyer.ask("DELETE", f"/api/orders/{order['id']}")).status_code

    async def _gives_up_while_paying(self, buyer: Person, order: Json) -> int:
        paid, _ = await asyncio.gather(buyer.pay_once(order, GOOD), self._gives_up(buyer, order))
        return paid.status_code

    async def _leaves(self, _buyer: Person, _order: Json) -> int:
        return 0
