"""Payouts: sellers are owed what they sold, from when the show took place, and paid once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from fairseat_local.check.entries import net
from fairseat_local.check.findings import Check, Look
from fairseat_local.check.picture import Picture, grouped, picture
from fairseat_local.check.reading import Reading

NEWS_MAX = timedelta(minutes=1)
"""For how long a service may go by what it has heard of a show before."""

SELLERS_OWED = """
select account, currency, -sum(amount)::bigint as amount from ledger_lines where account like 'seller\\_payable:%'
group by account, currency
"""
SHOWS_SAID = """
select aggregate_id as id, occurred_at, payload ->> 'starts_at' as starts_at, payload ->> 'status' as status
from outbox where subject in ('shows.published.v1', 'shows.changed.v1') order by aggregate_id, version
"""
SHOWS = "select id, created_at, starts_at, status from shows"

Owed = Counter[tuple[UUID, str]]


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of a show, and when."""

    at: datetime
    starts_at: datetime
    status: str


async def owed_is_what_was_sold(reading: Reading) -> Look:
    """M6: a seller is owed the released lines net of fees, less what went back, penalties and what was paid out."""
    seen = await picture(reading)
    wanted = _owed(seen)
    ledger: Owed = Counter()
    for row in await reading.rows("payments", SELLERS_OWED):
        ledger[UUID(row["account"].partition(":")[2]), row["currency"]] = row["amount"]
    waiting: Owed = Counter()
    for payable in seen.payables.values():
        if payable["payout_id"] is None:
            waiting[payable["seller_id"], payable["currency"]] += payable["amount"]
    breaks = {}
    for seller, currency in wanted.keys() | ledger.keys() | waiting.keys():
        sums = [one[seller, currency] for one in (wanted, ledger, waiting)]
        if len(set(sums)) > 1:
            breaks[f"{seller} {currency}"] = (
                f"seller {seller} is owed {sums[0]} {currency} by what was sold and paid out,"
                f" {sums[1]} by the ledger, {sums[2]} by what waits for a payout"
            )
    return Look(len(wanted), breaks)


def _owed(seen: Picture) -> Owed:
    owed: Owed = Counter()
    for lines in seen.lines.values():
        for line in lines:
            if line["status"] == "released":
                owed[line["seller_id"], line["currency"]] += net(line)
    for taken in (*seen.payouts.values(), *seen.penalties.values()):
        owed[taken["seller_id"], taken["currency"]] -= taken["amount"]
    sellers = {str(payout_id): payout["seller_id"] for payout_id, payout in seen.payouts.items()}
    for transfer in seen.books.transfers:
        if seller := sellers.get(transfer.payout_id):
            owed[seller, transfer.currency] += sum(transfer.reversals.values())
    return owed


async def nothing_is_released_early(reading: Reading) -> Look:
    """M6: a line is released when its show has taken place, and the delay is over, by what was said of it then."""
    seen = await picture(reading)
    said: dict[UUID, list[Said]] = defaultdict(list)
    for row in await reading.rows("catalog", SHOWS_SAID):
        said[row["id"]].append(Said(row["occurred_at"], datetime.fromisoformat(row["starts_at"]), row["status"]))
    for row in await reading.rows("catalog", SHOWS):
        if row["id"] not in said:  # nothing has been said for so long that the outbox has dropped it
            said[row["id"]].append(Said(row["created_at"], row["starts_at"], row["status"]))
    delay = timedelta(seconds=reading.system.payout_delay_s)
    released = [line for lines in seen.lines.values() for line in lines if line["released_at"] is not None]
    breaks = {}
    for line in released:
        at = line["released_at"]
        known = _in_force(said.get(line["show_id"], []), at)
        if known and not any(one.status == "scheduled" and at >= one.starts_at + delay for one in known):
            breaks[f"{line['order_id']} {line['line']}"] = (
                f"line {line['line']} of order {line['order_id']} was released at {at:%Y-%m-%d %H:%M:%S},"
                f" its show was {known[-1].status} for {known[-1].starts_at:%Y-%m-%d %H:%M:%S},"
                f" and {reading.system.payout_delay_s} s have to pass"
            )
    return Look(len(released), breaks)


def _in_force(said: Sequence[Said], at: datetime) -> list[Said]:
    """What could be known of a show at that moment: what had been said last, and what was replaced just then."""
    before = [one for one in said if one.at <= at]
    replaced_at = [later.at for later in before[1:]] + [at]
    return [one for one, until in zip(before, replaced_at, strict=False) if until > at - NEWS_MAX]


async def paid_out_once(reading: Reading) -> Look:
    """M7: a payout has one transfer of its amount and its own lines; a line is paid out by one payout that stands."""
    seen = await picture(reading)
    breaks: dict[str, str] = {}
    transfers = grouped(seen.books.transfers, lambda transfer: transfer.payout_id)
    items = grouped(seen.payout_items, lambda item: item["payout_id"])
    for payout_id, payout in seen.payouts.items():
        name, mine = f"payout {payout_id}", transfers.get(str(payout_id), [])
        if len(mine) != 1 and (mine or payout["status"] != "due"):
            breaks[f"transfers {payout_id}"] = f"{name} has {len(mine)} transfers at the provider"
        elif mine and payout["reversed"] != sum(mine[0].reversals.values()):
            breaks[f"reversed {payout_id}"] = (
                f"{payout['reversed']} of {name} came back, {sum(mine[0].reversals.values())} by the provider's books"
            )
        parts = sum(item["amount"] for item in items.get(payout_id, []))
        if parts != payout["amount"]:
            breaks[f"parts {payout_id}"] = f"{name} is {payout['amount']}, its parts are {parts}"
    breaks |= _paid_twice(seen)
    return Look(len(seen.payouts), breaks)


def _paid_twice(seen: Picture) -> dict[str, str]:
    breaks: dict[str, str] = {}
    for payable_id, items in grouped(seen.payout_items, lambda item: item["payable_id"]).items():
        payable = seen.payables[payable_id]
        standing = [item for item in items if seen.payouts[item["payout_id"]]["status"] != "reversed"]
        if len(standing) > 1:
            breaks[f"twice {payable_id}"] = f"{payable['cause']} is in {len(standing)} payouts"
        for item in items:
            payout = seen.payouts[item["payout_id"]]
            mine = (payable["seller_id"], payable["currency"], payable["amount"])
            if mine != (payout["seller_id"], payout["currency"], item["amount"]):
                breaks[f"foreign {payable_id}"] = f"{payable['cause']} of {mine} is not what {payout['id']} pays"
    sold = [payable for payable in seen.payables.values() if payable["kind"] == "sale"]
    for (order_id, line), payables in grouped(sold, lambda row: (row["order_id"], row["line"])).items():
        if len(payables) > 1:
            breaks[f"line {order_id} {line}"] = f"line {line} of order {order_id} is owed {len(payables)} times"
    return breaks


CHECKS = (
    Check("M6", "sellers are owed what they sold, less fees, refunds and payouts", owed_is_what_was_sold),
    Check("M6", "nothing is released before its show took place and the delay is over", nothing_is_released_early),
    Check("M7", "one transfer per payout, one payout per line", paid_out_once),
)
