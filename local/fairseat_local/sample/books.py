"""The money of the sample: what payments has in its tables and its ledger."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fairseat_common.database import Connection
from fairseat_common.ids import new_id
from fairseat_local.sample.market import (
    FEE,
    FEE_TAX,
    KEPT,
    LINE,
    NET,
    PRICE,
    SELLER_FEE,
    SELLER_FEE_TAX,
    TAX,
    TAX_RATE,
    Sample,
    Trade,
    insert,
)

TRANSFER = "tr_1"
TAX_PAYABLE = "tax_payable:DE"


class Books:
    """Writes in one transaction of payments' database."""

    def __init__(self, tx: Connection, sample: Sample) -> None:
        self._tx = tx
        self._sample = sample
        self._escrow = f"escrow:{sample.show.show_id}"
        self._payable = f"seller_payable:{sample.seller_id}"

    async def entry(self, cause: str, accounts: dict[str, int]) -> None:
        """An entry of the ledger: minor units by account, debits positive."""
        entry_id = new_id()
        await insert(self._tx, "ledger_entries", id=entry_id, cause=cause)
        for line, (account, amount) in enumerate(accounts.items(), start=1):
            await insert(
                self._tx, "ledger_lines", entry_id=entry_id, line=line, account=account, currency="EUR", amount=amount
            )  # fmt: skip

    async def charge(self, trade: Trade, status: str = "captured") -> None:
        """The order's copy, and its attempt, which was charged."""
        order = trade.order
        await insert(
            self._tx, "orders", id=trade.id, buyer_id=order.buyer_id, version=2, status=trade.status,
            amount=trade.total, currency="EUR", expires_at=order.expires_at,
        )  # fmt: skip
        await insert(
            self._tx, "attempts", id=trade.attempt_id, order_id=trade.id, buyer_id=order.buyer_id,
            idempotency_key=trade.intent, request_hash=b"", payment_method="pm", amount=trade.total, currency="EUR",
            status=status, version=2, outcome="authorized", intent_id=trade.intent, leased_until=order.expires_at,
        )  # fmt: skip
        await self.entry(
            f"payment-captured:{trade.attempt_id}", {"provider_clearing": trade.total, "buyer_clearing": -trade.total}
        )
        self._sample.provider.charge(trade.intent, trade.id, trade.attempt_id, trade.total)

    async def sell(self, trade: Trade) -> None:
        """The lines of a confirmed order."""
        for line, seat in enumerate(trade.order.seats, start=1):
            await insert(
                self._tx, "sale_lines", order_id=trade.id, line=line, seat=seat, seller_id=self._sample.seller_id,
                show_id=self._sample.show.show_id, price=PRICE, buyer_fee=FEE, seller_fee=SELLER_FEE, currency="EUR",
                tax_country="DE", tax_rate=TAX_RATE, buyer_tax=FEE_TAX, seller_tax=SELLER_FEE_TAX,
            )  # fmt: skip
        await self._tx.execute("update sale_lines set captured_at = now() where order_id = $1", trade.id)
        await self.entry(f"order-confirmed:{trade.id}", {"buyer_clearing": trade.total, self._escrow: -trade.total})

    async def release(self, trade: Trade) -> None:
        """Its lines are the seller's."""
        await self._tx.execute("update sale_lines set status = 'released', released_at = now() where order_id = $1",
                               trade.id)  # fmt: skip
        for line in range(1, trade.order.quantity + 1):
            cause = f"line-released:{trade.id}:{line}"
            shares = {self._payable: -NET, "platform_revenue": -KEPT, TAX_PAYABLE: -TAX}
            await self.entry(cause, {self._escrow: LINE, **shares})
            await self._owe(NET, "sale", cause, trade.id, line)

    async def pay_out(self) -> UUID:
        """Everything that the seller is owed, by one transfer."""
        payout_id, amount = new_id(), await self._tx.fetchval("select sum(amount)::bigint from payables")
        await insert(self._tx, "seller_accounts", seller_id=self._sample.seller_id, account_id="acct_1")
        await insert(
            self._tx, "payouts", id=payout_id, seller_id=self._sample.seller_id, account_id="acct_1", amount=amount,
            currency="EUR",
        )  # fmt: skip
        await self._tx.execute("update payouts set status = 'sent', transfer_id = $1, sent_at = now()", TRANSFER)
        await self._tx.execute("insert into payout_items select $1, id, amount from payables", payout_id)
        await self._tx.execute("update payables set payout_id = $1", payout_id)
        await self.entry(f"payout-made:{payout_id}", {self._payable: amount, "payouts_in_transit": -amount})
        await self.entry(f"payout-sent:{payout_id}", {"payouts_in_transit": amount, "provider_clearing": -amount})
        self._sample.provider.transfer(TRANSFER, payout_id, amount)
        return payout_id

    async def refund(self, trade: Trade, seats: Sequence[str], reason: str, taken_from: dict[str, int]) -> None:
        """Money that went back, taken from these accounts."""
        amount, provider_id = sum(taken_from.values()), f"re_{trade.intent}"
        await insert(
            self._tx, "refunds", id=trade.refund_id, order_id=trade.id, attempt_id=trade.attempt_id, reason=reason,
            seats=list(seats), amount=amount, currency="EUR", status="refunded", provider_id=provider_id,
            settled_by="provider",
        )  # fmt: skip
        await self._tx.execute(
            "update sale_lines set status = 'refunded', refund_id = $2 where order_id = $1 and seat = any($3)",
            trade.id, trade.refund_id, list(seats),
        )  # fmt: skip
        await self.entry(f"refund-due:{trade.refund_id}", {**taken_from, "refunds": -amount})
        await self.entry(f"payment-refunded:{trade.refund_id}", {"refunds": amount, "provider_clearing": -amount})
        self._sample.provider.give_back(provider_id, trade.intent, trade.refund_id, amount)

    async def refund_released(self, trade: Trade, seat: str) -> None:
        """A seat that the seller has been paid for: it is taken off the next payout."""
        shares = {self._payable: NET, "platform_revenue": KEPT, TAX_PAYABLE: TAX}
        await self.refund(trade, [seat], "goodwill", shares)
        line = trade.order.seats.index(seat) + 1
        await self._owe(-NET, "refund", f"refund-due:{trade.refund_id}:{line}", trade.id, line)

    async def refund_escrow(self, trade: Trade) -> None:
        """A whole order before its show."""
        await self.refund(trade, trade.order.seats, "show_cancelled", {self._escrow: trade.total})

    async def refund_unwanted(self, trade: Trade) -> None:
        """A charge that was refused."""
        await self.refund(trade, [], "unwanted", {"buyer_clearing": trade.total})

    async def lose_dispute(self, trade: Trade) -> None:
        """The buyer's bank took the money for good."""
        dispute_id, provider_id = new_id(), f"dp_{trade.intent}"
        await insert(
            self._tx, "disputes", id=dispute_id, attempt_id=trade.attempt_id, order_id=trade.id,
            provider_id=provider_id, amount=trade.total, currency="EUR", stage="opened", version=1,
        )  # fmt: skip
        await self._tx.execute("update disputes set stage = 'lost', closed_at = now()")
        await self._tx.execute("update sale_lines set status = 'charged_back' where order_id = $1", trade.id)
        await self.entry(f"dispute-opened:{dispute_id}", {"disputes": trade.total, "provider_clearing": -trade.total})
        await self.entry(f"dispute-lost:{dispute_id}", {self._escrow: trade.total, "disputes": -trade.total})
        self._sample.provider.dispute(provider_id, trade.intent, trade.total)

    async def penalise(self, claim_id: UUID, amount: int) -> None:
        """What a claim takes off the seller's next payout."""
        await self.entry(f"penalty:{claim_id}", {self._payable: amount, "platform_revenue": -amount})
        await self._owe(-amount, "penalty", f"penalty:{claim_id}")

    async def _owe(
        self, amount: int, kind: str, cause: str, order_id: UUID | None = None, line: int | None = None
    ) -> None:
        await insert(
            self._tx, "payables", id=new_id(), seller_id=self._sample.seller_id, currency="EUR", amount=amount,
            kind=kind, cause=cause, order_id=order_id, line=line,
        )  # fmt: skip
