"""What must be true in a stepwise world, judged from the tables and from the provider's own journal."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from uuid import UUID

from fairseat_local.provider.effects import Effect
from fairseat_local.stepwise.world import World

Rows = list[dict[str, Any]]
CLEARING = ("buyer_clearing", "refunds", "payouts_in_transit", "disputes")


class Books:
    """Reads everything anew at each check; raises AssertionError with what is wrong."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def check(self) -> None:
        """What holds at every moment, whatever is still on its way."""
        orders = {row["id"]: row for row in await self._rows("orders", "select * from orders")}
        attempts = {str(row["id"]): row for row in await self._rows("payments", "select * from attempts")}
        await self._check_seats(orders)
        self._check_provider(orders, attempts, self._world.effects())
        await self._check_ledger()

    async def check_closed(self) -> None:
        """What holds when everything was delivered and worked off."""
        orders = await self._rows("orders", "select * from orders")
        taken = self._taken()
        lines = await self._rows("orders", "select * from refund_lines")
        refunded = Counter(row["order_id"] for row in lines)
        disputed = {row["order_id"] for row in await self._rows("payments", "select order_id from disputes")}
        for order in orders:
            assert order["status"] != "held", f"{order['id']} is held for ever"
            if order["id"] in disputed:
                continue
            each = order["total"] // order["quantity"]
            bought = order["status"] in ("confirmed", "refunded")
            kept = (order["quantity"] - refunded[order["id"]]) * each if bought else 0
            assert taken[order["id"]] == kept, f"M1: {taken[order['id']]} was kept of {order}, not {kept}"
        await self._check_tickets(orders, {(row["order_id"], row["seat"]) for row in lines})
        await self._check_settled()

    async def _check_seats(self, orders: dict[UUID, dict[str, Any]]) -> None:
        seats = await self._rows("orders", "select * from seats where order_id is not null")
        owned = Counter(row["order_id"] for row in seats)
        for order in orders.values():
            live = order["status"] in ("held", "confirmed", "refunded")
            assert owned[order["id"]] == (order["quantity"] if live else 0), f"S1: {order} owns {owned[order['id']]}"
        places = Counter((row["section"], row["row"], row["seat"]) for row in seats if row["current"])
        assert not [place for place, count in places.items() if count > 1], f"S1: sold twice: {places}"

    def _check_provider(
        self, orders: dict[UUID, dict[str, Any]], attempts: dict[str, dict[str, Any]], effects: list[Effect]
    ) -> None:
        captured: Counter[str] = Counter()
        reserved: dict[str, set[str]] = defaultdict(set)
        back: Counter[str] = Counter()
        for effect in effects:
            order_id = effect.metadata.get("order_id", "")
            if effect.kind == "authorized":
                reserved[order_id].add(effect.object_id)
                assert len(reserved[order_id]) == 1, f"two cards reserved for one order: {reserved[order_id]}"
            elif effect.kind == "canceled":
                reserved[order_id].discard(effect.object_id)
            elif effect.kind == "captured":
                captured[order_id] += 1
                if effect.object_id not in self._world.meddled:
                    self._check_capture(effect, orders, attempts)
            elif effect.kind == "refunded":
                back[str(effect.metadata.get("refund_id"))] += 1
        assert max(captured.values(), default=0) <= 1, f"M2: captured more than once: {captured}"
        assert max(back.values(), default=0) <= 1, f"M10: refunded more than once: {back}"

    def _check_capture(
        self, effect: Effect, orders: dict[UUID, dict[str, Any]], attempts: dict[str, dict[str, Any]]
    ) -> None:
        order = orders[UUID(effect.metadata["order_id"])]
        attempt = attempts[effect.metadata["attempt_id"]]
        assert order["payment_id"] == attempt["id"], f"S4: captured for an order that is not confirmed by it: {order}"
        assert order["status"] in ("confirmed", "refunded"), f"S4: captured for {order}"
        assert effect.amount == order["total"], f"M9: {effect.amount} was charged for {order}"

    async def _check_ledger(self) -> None:
        sums = await self._rows(
            "payments",
            "select entry_id, currency, sum(amount) as total from ledger_lines group by 1, 2 having sum(amount) <> 0",
        )
        assert not sums, f"M4: entries that are not balanced: {sums}"
        apart = await self._rows(
            "payments",
            "select account, currency, balance, total from ledger_balances full join"
            " (select account, currency, sum(amount) as total from ledger_lines group by 1, 2) l"
            " using (account, currency) where coalesce(balance, 0) <> coalesce(total, 0)",
        )
        assert not apart, f"M4: running totals that are not the sums: {apart}"
        await self._check_tax()

    async def _check_tax(self) -> None:
        """Each fee includes the tax of the rate at its sale, and the accounts owe that of what is released."""
        lines = await self._rows("payments", "select * from sale_lines")
        owed: Counter[str] = Counter()
        for line in lines:
            rate = Decimal(line["tax_rate"] or 0) / 10_000
            for fee, tax in (("buyer_fee", "buyer_tax"), ("seller_fee", "seller_tax")):
                net = (Decimal(line[fee]) / (1 + rate)).quantize(Decimal(1), ROUND_HALF_EVEN)
                assert line[tax] == line[fee] - int(net), f"TAX: {tax} of {line}"
            if line["status"] == "released" and line["tax_country"]:
                owed[f"tax_payable:{line['tax_country']}"] += line["buyer_tax"] + line["seller_tax"]
        rows = await self._rows(
            "payments", "select account, balance from ledger_balances where account like 'tax\\_payable:%'"
        )
        booked = {row["account"]: -row["balance"] for row in rows if row["balance"]}
        due = {account: amount for account, amount in owed.items() if amount}
        assert booked == due, f"TAX: {booked} is booked as owed, {due} is in what was released"

    async def _check_tickets(self, orders: Rows, refunded: set[tuple[UUID, str]]) -> None:
        tickets = await self._rows(
            "tickets", "select order_id, seat from tickets where status = 'valid' and order_id is not null"
        )
        valid = {(row["order_id"], row["seat"]) for row in tickets}
        wanted = {(order["id"], seat) for order in orders if order["status"] == "confirmed" for seat in order["seats"]}
        assert valid == wanted - refunded, f"S4: {valid} are valid, not {wanted - refunded}"

    async def _check_settled(self) -> None:
        balances = {
            row["account"]: row["balance"]
            for row in await self._rows("payments", "select account, balance from ledger_balances")
        }
        left = {account: balances[account] for account in CLEARING if balances.get(account)}
        assert not left, f"M5: clearing accounts do not return to zero: {left}"
        cash = sum(self._taken().values()) - self._paid_out()
        assert balances.get("provider_clearing", 0) == cash, f"M3: the ledger says {balances}, the provider {cash}"
        open_ = await self._rows(
            "payments", "select id, status from attempts where status in ('started', 'challenged', 'authorized')"
        )
        assert not open_, f"attempts without an end: {open_}"
        payables = await self._rows("payments", "select seller_id, amount from payables where payout_id is null")
        owed = sum(row["amount"] for row in payables)
        payable = -sum(balance for account, balance in balances.items() if account.startswith("seller_payable"))
        assert payable == owed, f"M6: {payable} is payable, {owed} is owed"
        again = await self._rows(
            "payments",
            "select order_id, line from payables where kind = 'sale' and payout_id is not null"
            " group by 1, 2 having count(*) > 1",
        )
        assert not again, f"M7: lines in two payouts: {again}"
        transfers = Counter(
            effect.metadata.get("payout_id") for effect in self._world.effects() if effect.kind == "transferred"
        )
        assert max(transfers.values(), default=0) <= 1, f"M7: transferred more than once: {transfers}"

    def _taken(self) -> Counter[UUID]:
        """Captured less refunded and disputed, by order, as the provider has it."""
        orders: dict[str, UUID] = {}
        taken: Counter[UUID] = Counter()
        signs = {"refunded": -1, "dispute_opened": -1, "dispute_won": 1}
        for effect in self._world.effects():
            if effect.kind == "captured":
                orders[effect.object_id] = UUID(effect.metadata["order_id"])
                taken[orders[effect.object_id]] += effect.amount or 0
            elif effect.kind in signs:
                taken[orders[effect.intent_id or ""]] += signs[effect.kind] * (effect.amount or 0)
        return taken

    def _paid_out(self) -> int:
        return sum(effect.amount or 0 for effect in self._world.effects() if effect.kind == "transferred")

    async def seen(self) -> Counter[str]:
        """How often each kind of end was reached."""
        found: Counter[str] = Counter({"lost message": self._world.network.lost})
        found.update(effect.kind for effect in self._world.effects())
        for name, service, query in (
            ("confirmed late", "orders", "select count(*) as n from orders where late"),
            (
                "payment refused",
                "orders",
                "select count(*) as n from outbox where subject like 'orders.payment_refused%'",
            ),
            ("released", "payments", "select count(*) as n from sale_lines where status = 'released'"),
            (
                "taxed",
                "payments",
                "select count(*) as n from sale_lines where buyer_tax > 0 and released_at is not null",
            ),
            (
                "tax taken back",
                "payments",
                "select count(released_at) as n from sale_lines where buyer_tax > 0 and status <> 'released'",
            ),
            ("dispute lost", "payments", "select count(*) as n from disputes where stage = 'lost'"),
            ("dispute won", "payments", "select count(*) as n from disputes where stage = 'won'"),
        ):
            found[name] += (await self._rows(service, query))[0]["n"]
        for row in await self._rows("payments", "select status, count(*) as n from attempts group by 1"):
            found[row["status"]] += row["n"]
        return found

    async def _rows(self, service: str, query: str) -> Rows:
        async with self._world.owners[service].connection() as connection:
            return [dict(row) for row in await connection.fetch(query)]
