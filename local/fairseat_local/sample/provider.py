"""The provider's side of the sample: lists and a journal, told as its API tells them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from fairseat_common.web.asgi import Receive, Scope, Send
from fairseat_common.web.edge import answer

Json = dict[str, Any]


@dataclass
class Lists:
    """What the provider has, by the names of its lists. An ASGI application."""

    payment_intents: list[Json] = field(default_factory=list)
    refunds: list[Json] = field(default_factory=list)
    transfers: list[Json] = field(default_factory=list)
    disputes: list[Json] = field(default_factory=list)
    reversals: list[Json] = field(default_factory=list)
    """What came back of the first transfer."""
    journal: list[Json] = field(default_factory=list)
    journal_kept: bool = True

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer the calls that the checker makes, in pages of one, so that paging is tried."""
        if scope["type"] != "http":
            return
        name = scope["path"].rpartition("/")[2]
        found: list[Json] = getattr(self, name)
        if name == "journal":
            if not self.journal_kept:
                await answer(send, 404, b"{}", "application/json")
                return
            await answer(send, 200, json.dumps(found).encode(), "application/json")
            return
        after = parse_qs(scope["query_string"].decode()).get("starting_after", [""])[0]
        start = next((place + 1 for place, one in enumerate(found) if one["id"] == after), 0)
        page = {"data": found[start : start + 1], "has_more": start + 1 < len(found)}
        await answer(send, 200, json.dumps(page).encode(), "application/json")

    def charge(self, name: str, order_id: UUID, attempt_id: UUID, amount: int) -> None:
        """A payment that was captured."""
        metadata = {"order_id": str(order_id), "attempt_id": str(attempt_id)}
        self._add(self.payment_intents, name, amount, metadata, status="succeeded", amount_received=amount)
        self._effect("captured", name, name, amount, metadata)

    def give_back(self, name: str, intent: str, refund_id: UUID, amount: int) -> None:
        """A refund of a payment."""
        metadata = {"refund_id": str(refund_id)}
        self._add(self.refunds, name, amount, metadata, payment_intent=intent)
        self._effect("refunded", name, intent, amount, metadata)

    def transfer(self, name: str, payout_id: UUID, amount: int) -> None:
        """A payout's transfer."""
        metadata = {"payout_id": str(payout_id)}
        self._add(self.transfers, name, amount, metadata, amount_reversed=0)
        self._effect("transferred", name, None, amount, metadata)

    def reverse(self, name: str, amount: int) -> None:
        """Some of the first transfer comes back."""
        self.transfers[0]["amount_reversed"] += amount
        self._add(self.reversals, name, amount, {}, transfer=self.transfers[0]["id"])
        self._effect("transfer_reversed", name, None, amount, {})

    def dispute(self, name: str, intent: str, amount: int) -> None:
        """A dispute that was lost."""
        self._add(self.disputes, name, amount, {}, payment_intent=intent, status="lost")

    def clear(self) -> None:
        """Forget everything."""
        for each in (self.payment_intents, self.refunds, self.transfers, self.reversals, self.disputes, self.journal):
            each.clear()

    def _add(self, to: list[Json], name: str, amount: int, metadata: Json, **more: Any) -> None:
        to.append({"id": name, "amount": amount, "currency": "eur", "metadata": metadata, **more})

    def _effect(self, kind: str, name: str, intent: str | None, amount: int, metadata: Json) -> None:
        effect = {"seq": len(self.journal) + 1, "kind": kind, "object_id": name, "intent_id": intent, "amount": amount}
        self.journal.append(effect | {"currency": "eur", "idempotency_key": name, "metadata": metadata})
