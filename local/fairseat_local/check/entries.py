"""The entries that the ledger must have: what each fact moves, by the checker's own reckoning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from asyncpg import Record

from fairseat_local.check.picture import Picture

Entry = Mapping[tuple[str, str], int]
"""What an entry moves: minor units by account and currency, debits positive."""

BUYER_CLEARING = "buyer_clearing"
PROVIDER_CLEARING = "provider_clearing"
PLATFORM_REVENUE = "platform_revenue"
REFUNDS = "refunds"
DISPUTES = "disputes"
TAX_PAYABLE = "tax_payable:"
IN_TRANSIT = "payouts_in_transit"
LINES = "lines"
"""Stands for the accounts of one order's lines (escrow, seller, platform) where only their sum is certain."""


def expected(seen: Picture) -> dict[str, Entry]:
    """Every entry that must be in the ledger, by its cause."""
    entries: dict[str, Entry] = {}
    for part in (_sales, _charges, _refunds, _releases, _disputes, _penalties, _payouts):
        entries.update(part(seen))
    return entries


def folded(entry: Entry) -> Entry:
    """The entry with the accounts of lines added up to one."""
    sums: Counter[tuple[str, str]] = Counter()
    for (account, currency), amount in entry.items():
        is_line = account == PLATFORM_REVENUE or account.startswith(("escrow:", "seller_payable:", TAX_PAYABLE))
        sums[LINES if is_line else account, currency] += amount
    return {key: amount for key, amount in sums.items() if amount}


def _sales(seen: Picture) -> Iterator[tuple[str, Entry]]:
    for order in seen.bought:
        moved = _moved(order["total"], order["currency"], BUYER_CLEARING, f"escrow:{order['show_id']}")
        yield f"order-confirmed:{order['id']}", moved


def _charges(seen: Picture) -> Iterator[tuple[str, Entry]]:
    for attempt in seen.charged:
        moved = _moved(attempt["amount"], attempt["currency"], PROVIDER_CLEARING, BUYER_CLEARING)
        yield f"payment-captured:{attempt['id']}", moved


def _refunds(seen: Picture) -> Iterator[tuple[str, Entry]]:
    disputed = {row["order_id"] for row in seen.disputes.values()}
    for refund in seen.refunds_made.values():
        amount, currency = refund["amount"], refund["currency"]
        if refund["reason"] == "unwanted":
            due = _moved(amount, currency, BUYER_CLEARING, REFUNDS)
        elif refund["order_id"] in disputed:
            due = _moved(amount, currency, LINES, REFUNDS)
        else:
            due = _taken_back(seen, refund)
        yield f"refund-due:{refund['id']}", due
        if refund["status"] == "refunded":
            source = {"provider": PROVIDER_CLEARING, "void": BUYER_CLEARING}.get(refund["settled_by"], LINES)
            yield f"payment-refunded:{refund['id']}", _moved(amount, currency, REFUNDS, source)


def _taken_back(seen: Picture, refund: Record) -> Entry:
    """From the show's escrow, or from the seller and the platform if the line had been released to them."""
    sums: Counter[tuple[str, str]] = Counter()
    for line in seen.lines.get(refund["order_id"], []):
        if line["seat"] in refund["seats"]:
            sums.update(_line_parts(line, 1))
    sums[REFUNDS, refund["currency"]] -= refund["amount"]
    return {key: amount for key, amount in sums.items() if amount}


def _line_parts(line: Record, sign: int) -> dict[tuple[str, str], int]:
    """Where the money of a line is, or was when it was taken back."""
    currency = line["currency"]
    if line["released_at"] is None:
        return {(f"escrow:{line['show_id']}", currency): sign * (line["price"] + line["buyer_fee"])}
    tax = line["buyer_tax"] + line["seller_tax"]
    parts = {
        (f"seller_payable:{line['seller_id']}", currency): sign * net(line),
        (PLATFORM_REVENUE, currency): sign * (line["buyer_fee"] + line["seller_fee"] - tax),
    }
    return parts | ({(f"{TAX_PAYABLE}{line['tax_country']}", currency): sign * tax} if tax else {})


def _releases(seen: Picture) -> Iterator[tuple[str, Entry]]:
    for lines in seen.lines.values():
        for line in lines:
            if line["released_at"] is not None:
                cause = f"line-released:{line['order_id']}:{line['line']}"
                escrow = (f"escrow:{line['show_id']}", line["currency"])
                entry = {escrow: line["price"] + line["buyer_fee"], **_line_parts(line, -1)}
                yield cause, {key: amount for key, amount in entry.items() if amount}


def _disputes(seen: Picture) -> Iterator[tuple[str, Entry]]:
    for dispute in seen.disputes.values():
        amount, currency = dispute["amount"], dispute["currency"]
        yield f"dispute-opened:{dispute['id']}", _moved(amount, currency, DISPUTES, PROVIDER_CLEARING)
        if dispute["stage"] == "won":
            yield f"dispute-won:{dispute['id']}", _moved(amount, currency, PROVIDER_CLEARING, DISPUTES)
        if dispute["stage"] == "lost":
            yield f"dispute-lost:{dispute['id']}", _moved(amount, currency, LINES, DISPUTES)


def _penalties(seen: Picture) -> Iterator[tuple[str, Entry]]:
    for penalty in seen.penalties.values():
        seller, amount, currency = f"seller_payable:{penalty['seller_id']}", penalty["amount"], penalty["currency"]
        yield f"penalty:{penalty['id']}", _moved(amount, currency, seller, PLATFORM_REVENUE)


def _payouts(seen: Picture) -> Iterator[tuple[str, Entry]]:
    sellers = {str(payout_id): f"seller_payable:{row['seller_id']}" for payout_id, row in seen.payouts.items()}
    for payout in seen.payouts.values():
        seller, amount, currency = sellers[str(payout["id"])], payout["amount"], payout["currency"]
        yield f"payout-made:{payout['id']}", _moved(amount, currency, seller, IN_TRANSIT)
        if payout["status"] != "due":
            yield f"payout-sent:{payout['id']}", _moved(amount, currency, IN_TRANSIT, PROVIDER_CLEARING)
    for transfer in seen.books.transfers:
        for reversal, amount in transfer.reversals.items():
            if transfer.payout_id in sellers:
                seller = sellers[transfer.payout_id]
                yield f"payout-reversed:{reversal}", _moved(amount, transfer.currency, PROVIDER_CLEARING, seller)


def net(line: Record) -> int:
    """What the seller gets of a line."""
    return int(line["price"] - line["seller_fee"])


def _moved(amount: int, currency: str, debit: str, credit: str) -> Entry:
    return {(debit, currency): amount, (credit, currency): -amount}
