"""The ledger: each fact has its entry, each entry its fact; it adds up, and nobody can rewrite it."""

from __future__ import annotations

from collections import Counter, defaultdict

from fairseat_local.check.entries import (
    BUYER_CLEARING,
    IN_TRANSIT,
    LINES,
    REFUNDS,
    Entry,
    expected,
    folded,
)
from fairseat_local.check.findings import Check, Look
from fairseat_local.check.picture import Picture, picture
from fairseat_local.check.reading import Reading, Rows

LEDGER = """
select e.cause, l.account, l.currency, sum(l.amount)::bigint as amount
from ledger_entries e left join ledger_lines l on l.entry_id = e.id group by e.cause, l.account, l.currency
"""
SUMS = "select account, currency, sum(amount)::bigint as amount from ledger_lines group by account, currency"
BALANCES = "select account, currency, balance as amount from ledger_balances"
# A role may write by a right of its own, by one of PUBLIC, as owner or as superuser: the catalogue answers for all.
RIGHTS = """
select t.name as table, r.name as right
from unnest(array['ledger_entries', 'ledger_lines', 'ledger_balances']) as t (name)
cross join unnest(array['UPDATE', 'DELETE', 'TRUNCATE', 'INSERT', 'TRIGGER']) as r (name)
cross join (select to_regrole($1)::oid as role) as who
where (t.name = 'ledger_balances' or r.name <> 'INSERT')
    and (has_table_privilege(role, t.name, r.name)
        or case when r.name in ('UPDATE', 'INSERT') then has_any_column_privilege(role, t.name, r.name) end)
"""
CLEARING = (BUYER_CLEARING, REFUNDS, IN_TRANSIT)
"""The accounts that are zero when nothing is open."""
RUNTIME_ROLE = "fairseat_payments"

Accounts = dict[tuple[str, str], int]


async def facts_and_entries(reading: Reading) -> Look:
    """M3, the ledger's side: what happened has its entry with exactly its amounts, and no entry has another cause."""
    seen = await picture(reading)
    wanted, have = expected(seen), await _entries(reading)
    breaks = {}
    for cause in wanted.keys() - have.keys():
        breaks[f"missing {cause}"] = f"the ledger has no entry {cause}"
    for cause in have.keys() - wanted.keys():
        breaks[f"invented {cause}"] = f"the ledger has an entry {cause}, which nothing caused"
    for cause in wanted.keys() & have.keys():
        vague = any(account == LINES for account, _ in wanted[cause])
        if wanted[cause] != (folded(have[cause]) if vague else have[cause]):
            breaks[f"other {cause}"] = f"entry {cause} moves {_said(have[cause])}, and not {_said(wanted[cause])}"
    return Look(len(have), breaks)


async def entries_balance(reading: Reading) -> Look:
    """M4: every entry sums to zero in each of its currencies."""
    entries = await _entries(reading)
    breaks = {}
    for cause, entry in entries.items():
        sums: Counter[str] = Counter()
        for (_, currency), amount in entry.items():
            sums[currency] += amount
        if not entry or any(sums.values()):
            breaks[cause] = f"entry {cause} does not sum to zero: {_said(entry)}"
    return Look(len(entries), breaks)


async def nobody_rewrites(reading: Reading) -> Look:
    """M4: the role that payments works with has no right to change or to remove what is in the ledger."""
    rows = await reading.rows("payments", RIGHTS, RUNTIME_ROLE)
    breaks = {f"{row['table']} {row['right']}": f"{RUNTIME_ROLE} may {row['right']} {row['table']}" for row in rows}
    return Look(await reading.count("payments", "ledger_lines"), breaks)


async def balances_are_sums(reading: Reading) -> Look:
    """M4: the running balance of each account is the sum of its lines."""
    sums = _accounts(await reading.rows("payments", SUMS))
    running = _accounts(await reading.rows("payments", BALANCES))
    breaks = {
        f"{account} {currency}": (
            f"the lines of {account} sum to {sums.get((account, currency), 0)} {currency},"
            f" its running balance is {running.get((account, currency), 0)}"
        )
        for account, currency in sums.keys() | running.keys()
        if sums.get((account, currency), 0) != running.get((account, currency), 0)
    }
    return Look(len(sums), breaks)


async def clearing_is_explained(reading: Reading) -> Look:
    """M5: what stands on a clearing account is what is open: bought and not charged, due and not sent."""
    seen = await picture(reading)
    have = _accounts(await reading.rows("payments", SUMS))
    wanted = _open_items(seen)
    breaks = {}
    for account, currency in {key for key in have.keys() | wanted.keys() if key[0] in CLEARING}:
        stands, explained = have.get((account, currency), 0), wanted.get((account, currency), 0)
        if stands != explained:
            breaks[f"{account} {currency}"] = f"{account} stands at {stands} {currency}, open items explain {explained}"
    return Look(sum(account in CLEARING for account, _ in have), breaks)


def _open_items(seen: Picture) -> Accounts:
    sums: Accounts = defaultdict(int)
    for order in seen.bought:
        sums[BUYER_CLEARING, order["currency"]] += order["total"]
    for attempt in seen.charged:
        sums[BUYER_CLEARING, attempt["currency"]] -= attempt["amount"]
    for refund in seen.refunds_made.values():
        if refund["reason"] == "unwanted":
            sums[BUYER_CLEARING, refund["currency"]] += refund["amount"]
        if refund["settled_by"] == "void":
            sums[BUYER_CLEARING, refund["currency"]] -= refund["amount"]
        if refund["status"] == "due":
            sums[REFUNDS, refund["currency"]] -= refund["amount"]
    for payout in seen.payouts.values():
        if payout["status"] == "due":
            sums[IN_TRANSIT, payout["currency"]] -= payout["amount"]
    return sums


async def _entries(reading: Reading) -> dict[str, Entry]:
    entries: dict[str, dict[tuple[str, str], int]] = defaultdict(dict)
    for row in await reading.rows("payments", LEDGER):
        entry = entries[row["cause"]]
        if row["amount"]:
            entry[row["account"], row["currency"]] = row["amount"]
    return dict(entries)


def _accounts(rows: Rows) -> Accounts:
    return {(row["account"], row["currency"]): row["amount"] for row in rows}


def _said(entry: Entry) -> str:
    return ", ".join(f"{account} {amount:+} {currency}" for (account, currency), amount in sorted(entry.items()))


CHECKS = (
    Check("M3", "each fact has its entry in the ledger, each entry its fact", facts_and_entries),
    Check("M4", "every entry sums to zero per currency", entries_balance),
    Check("M4", "running balances are the sums of their lines", balances_are_sums),
    Check("M4", "payments cannot change or remove what is in the ledger", nobody_rewrites),
    Check("M5", "clearing accounts are zero but for what is open", clearing_is_explained),
)
