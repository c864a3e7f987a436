"""The provider's books and ours: each object that moved money has its row, each row its object."""

from __future__ import annotations

from collections.abc import Iterator

from fairseat_local.check.findings import Check, Look
from fairseat_local.check.picture import Picture, picture
from fairseat_local.check.reading import Reading

OPEN_BREAKS = "select id, kind, reference, detail, found_at from breaks where resolved_at is null order by found_at"

Moved = tuple[int, str]
"""An amount in minor units, and its currency."""


async def provider_and_records(reading: Reading) -> Look:
    """M3, the provider's side: payments, refunds, disputes and transfers match our rows in both directions."""
    seen = await picture(reading)
    have = dict(_objects(seen))
    wanted = {name: (what, (amount, currency)) for name, what, amount, currency in _records(seen)}
    breaks = {}
    for name in wanted.keys() - have.keys():
        breaks[f"missing {name}"] = f"{wanted[name][0]} is {name}, which the provider has not"
    for name in have.keys() - wanted.keys():
        breaks[f"unknown {name}"] = f"the provider moved money by {name}, of which we have no record"
    for name in wanted.keys() & have.keys():
        what, moved = wanted[name]
        if have[name] != moved:
            breaks[f"other {name}"] = f"{what} is about {moved}, {name} at the provider about {have[name]}"
    return Look(len(wanted.keys() | have.keys()), breaks)


def _objects(seen: Picture) -> Iterator[tuple[str, Moved]]:
    books = seen.books
    for intent in books.intents:
        if intent.received:
            yield intent.id, (intent.received, intent.currency)
    for back in books.refunds:
        yield back.id, (back.amount, back.currency)
    for dispute in books.disputes:
        yield dispute.id, (dispute.amount, dispute.currency)
    for transfer in books.transfers:
        yield transfer.id, (transfer.amount, transfer.currency)


def _records(seen: Picture) -> Iterator[tuple[str, str, int, str]]:
    for attempt in seen.charged:
        yield attempt["intent_id"], f"attempt {attempt['id']}", attempt["amount"], attempt["currency"]
    for refund in seen.refunds_made.values():
        if refund["provider_id"]:
            yield refund["provider_id"], f"refund {refund['id']}", refund["amount"], refund["currency"]
    for dispute in seen.disputes.values():
        yield dispute["provider_id"], f"dispute {dispute['id']}", dispute["amount"], dispute["currency"]
    for payout in seen.payouts.values():
        if payout["transfer_id"]:
            yield payout["transfer_id"], f"payout {payout['id']}", payout["amount"], payout["currency"]


async def nothing_is_unexplained(reading: Reading) -> Look:
    """M3: what the reconciliation of payments could not explain, and nobody has resolved."""
    breaks = {
        str(
            row["id"]
        ): f"open since {row['found_at']:%Y-%m-%d %H:%M}: {row['kind']} {row['reference']}: {row['detail']}"
        for row in await reading.rows("payments", OPEN_BREAKS)
    }
    return Look(await reading.count("payments", "breaks"), breaks)


CHECKS = (
    Check("M3", "the provider's objects and our records match one to one", provider_and_records),
    Check("M3", "reconciliation has no open break", nothing_is_unexplained),
)
