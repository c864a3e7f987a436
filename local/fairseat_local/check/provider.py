"""Reads the payment provider's own books: its lists of objects, and its journal of effects where it keeps one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import aiohttp

PAGE = 100
ANSWER_MAX_S = 30.0
TRIES_MAX = 12
"""A stand-in that was asked to misbehave does so to everybody."""
TRY_AGAIN_S = 0.1
NOT_FOUND = 404
SERVER_ERROR = 500

Item = TypeVar("Item")
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Intent:
    """A payment; amounts in minor units, the currency in capitals, our ids as its metadata has them ("" for none)."""

    id: str
    order_id: str
    attempt_id: str
    status: str
    received: int
    currency: str


@dataclass(frozen=True, slots=True)
class Returned:
    """Money of a captured payment that went back to the card."""

    id: str
    intent_id: str
    refund_id: str
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """Money that went to a seller's account; `reversals` are the amounts that came back, by the provider's id."""

    id: str
    payout_id: str
    amount: int
    currency: str
    reversals: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Disputed:
    """Money that the buyer's bank took back, for now or for good."""

    id: str
    intent_id: str
    amount: int
    currency: str
    status: str


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect of the provider's journal, whatever request had it."""

    seq: int
    kind: str
    object_id: str
    intent_id: str
    amount: int
    currency: str
    key: str
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Books:
    """Everything that the provider says. `effects` is None where it keeps no journal that can be read."""

    intents: tuple[Intent, ...] = ()
    refunds: tuple[Returned, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    disputes: tuple[Disputed, ...] = ()
    effects: tuple[Effect, ...] | None = None
    by_id: Mapping[str, Intent] = field(default_factory=dict)


class Provider:
    """The provider at `url`; without one its books are empty. Raises aiohttp.ClientError or TimeoutError."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url.rstrip("/")

    async def books(self) -> Books:
        """All pages of all lists, and the journal."""
        if not self._url:
            return Books()
        intents = await self._all("payment_intents", _intent)
        return Books(
            intents=intents,
            refunds=await self._all("refunds", _returned),
            transfers=tuple([await self._transfer(one) for one in await self._all("transfers", dict)]),
            disputes=await self._all("disputes", _disputed),
            effects=await self._journal(),
            by_id={intent.id: intent for intent in intents},
        )

    async def _all(self, name: str, read: Callable[[Json], Item]) -> tuple[Item, ...]:
        found: list[Item] = []
        params = {"limit": str(PAGE)}
        while True:
            page = await self._get(f"/v1/{name}", params)
            found += [read(one) for one in page["data"]]
            if not page["has_more"]:
                return tuple(found)
            params["starting_after"] = page["data"][-1]["id"]

    async def _transfer(self, one: Json) -> Transfer:
        came_back = await self._all(f"transfers/{one['id']}/reversals", dict) if one["amount_reversed"] else ()
        return Transfer(
            id=one["id"],
            payout_id=one["metadata"].get("payout_id", ""),
            amount=one["amount"],
            currency=one["currency"].upper(),
            reversals={back["id"]: back["amount"] for back in came_back},
        )

    async def _journal(self) -> tuple[Effect, ...] | None:
        try:
            return tuple(_effect(one) for one in await self._get("/control/journal", {}))
        except aiohttp.ClientResponseError as error:
            if error.status == NOT_FOUND:  # Stripe itself
                return None
            raise

    async def _get(self, path: str, params: Mapping[str, str]) -> Any:
        """The answer to a question, asked again while there is no clear one."""
        for left in reversed(range(TRIES_MAX)):
            try:
                async with self._http.get(f"{self._url}{path}", params=params) as answer:
                    answer.raise_for_status()
                    return await answer.json()
            except aiohttp.ClientConnectorError:
                raise
            except aiohttp.ClientResponseError as error:
                if not left or error.status < SERVER_ERROR:
                    raise
            except aiohttp.ClientError:
                if not left:
                    raise
            await asyncio.sleep(TRY_AGAIN_S)
        raise AssertionError("the last try answers or raises")


def _intent(one: Json) -> Intent:
    return Intent(
        id=one["id"],
        order_id=one["metadata"].get("order_id", ""),
        attempt_id=one["metadata"].get("attempt_id", ""),
        status=one["status"],
        received=one["amount_received"],
        currency=one["currency"].upper(),
    )


def _returned(one: Json) -> Returned:
    return Returned(
        id=one["id"],
        intent_id=one["payment_intent"],
        refund_id=one["metadata"].get("refund_id", ""),
        amount=one["amount"],
        currency=one["currency"].upper(),
    )


def _disputed(one: Json) -> Disputed:
    return Disputed(
        id=one["id"],
        intent_id=one["payment_intent"],
        amount=one["amount"],
        currency=one["currency"].upper(),
        status=one["status"],
    )


def _effect(one: Json) -> Effect:
    return Effect(
        seq=one["seq"],
        kind=one["kind"],
        object_id=one["object_id"],
        intent_id=one.get("intent_id") or "",
        amount=one["amount"] or 0,
        currency=(one["currency"] or "").upper(),
        key=one.get("idempotency_key") or "",
        metadata=one.get("metadata") or {},
    )
