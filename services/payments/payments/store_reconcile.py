"""The SQL that compares what must agree inside payments: facts with entries, accounts with what they stand for."""

from __future__ import annotations

from datetime import datetime

from fairseat_common.database import Connection
from payments.domain_reconcile import Finding

# Each query answers kind, reference, detail. $1 is the moment from which facts and entries are looked at.

# Orders from before there was a ledger have no lines (quantity 0), and no entries.
_FACTS = """
    select 'order-confirmed:' || id as cause, amount, currency from orders
    where status in ('confirmed', 'refunded') and quantity > 0
        and id in (select order_id from attempts where created_at >= $1)
    union all select 'payment-captured:' || a.id, a.amount, a.currency
    from attempts a join orders o on o.id = a.order_id
    where a.status in ('captured', 'stray') and o.quantity > 0 and a.created_at >= $1
    union all select 'refund-due:' || id, amount, currency from refunds where created_at >= $1
    union all select 'payment-refunded:' || id, amount, currency from refunds
    where status = 'refunded' and created_at >= $1
    union all select 'dispute-opened:' || id, amount, currency from disputes where opened_at >= $1
    union all select 'dispute-' || stage || ':' || id, amount, currency from disputes
    where stage <> 'opened' and opened_at >= $1
    union all select 'line-released:' || order_id || ':' || line, price + buyer_fee, currency from sale_lines
    where released_at >= $1
    union all select 'payout-made:' || id, amount, currency from payouts where created_at >= $1
    union all select 'penalty:' || claim_id, amount, currency from penalties where created_at >= $1
    union all select 'payout-sent:' || id, amount, currency from payouts where status <> 'due' and created_at >= $1
"""

_ENTRIES_MISSING = f"""
    select case when e.id is null then 'entry-missing' else 'entry-amount' end as kind, f.cause as reference,
        f.amount || ' ' || f.currency || ' here, ' || coalesce(e.moved::text, 'nothing') || ' in the ledger' as detail
    from ({_FACTS}) f left join lateral (
        select e.id, (select sum(l.amount) from ledger_lines l
                      where l.entry_id = e.id and l.currency = f.currency and l.amount > 0) as moved
        from ledger_entries e where e.cause = f.cause) e on true
    where e.id is null or e.moved is distinct from f.amount
"""  # noqa: S608  # constants

# The other way round: an entry's cause names a row that says so. A reversal's name is the provider's own.
_ENTRIES_UNEXPLAINED = """
    select 'entry-unexplained' as kind, e.cause as reference, 'nothing here is its cause' as detail
    from ledger_entries e, split_part(e.cause, ':', 1) as fact, split_part(e.cause, ':', 2) as name
    where e.occurred_at >= $1 and fact <> 'payout-reversed' and not case fact
        when 'order-confirmed' then exists (select from orders where id = name::uuid
            and status in ('confirmed', 'refunded'))
        when 'payment-captured' then exists (select from attempts where id = name::uuid
            and status in ('captured', 'stray'))
        when 'refund-due' then exists (select from refunds where id = name::uuid)
        when 'payment-refunded' then exists (select from refunds where id = name::uuid and status = 'refunded')
        when 'dispute-opened' then exists (select from disputes where id = name::uuid)
        when 'dispute-won' then exists (select from disputes where id = name::uuid and stage = 'won')
        when 'dispute-lost' then exists (select from disputes where id = name::uuid and stage = 'lost')
        when 'line-released' then exists (select from sale_lines where order_id = name::uuid
            and line = split_part(e.cause, ':', 3)::int and released_at is not null)
        when 'penalty' then exists (select from penalties where claim_id = name::uuid)
        when 'payout-made' then exists (select from payouts where id = name::uuid)
        when 'payout-sent' then exists (select from payouts where id = name::uuid and status <> 'due')
        else false end
"""

_ENTRIES_UNBALANCED = """
    select 'entry-unbalanced' as kind, e.cause as reference, sum(l.amount) || ' ' || l.currency as detail
    from ledger_entries e join ledger_lines l on l.entry_id = e.id where e.occurred_at >= $1
    group by e.cause, l.currency having sum(l.amount) <> 0
"""

_BALANCES = """
    select 'balance-differs' as kind, account || ' ' || currency as reference,
        'running total ' || coalesce(b.balance, 0) || ', lines ' || coalesce(t.total, 0) as detail
    from ledger_balances b full join (select account, currency, sum(amount) as total from ledger_lines
        group by account, currency) t using (account, currency)
    where coalesce(b.balance, 0) <> coalesce(t.total, 0)
"""

# What each account must hold, by what it stands for.
_HELD = """
    select 'escrow:' || show_id as account, currency, -sum(price + buyer_fee) as amount from sale_lines
    where status = 'escrow' group by show_id, currency
    union all select 'seller_payable:' || seller_id, currency, -sum(amount) from payables
    where payout_id is null group by seller_id, currency
    union all select 'tax_payable:' || tax_country, currency, -sum(buyer_tax + seller_tax) from sale_lines
    where status = 'released' and tax_rate is not null group by tax_country, currency
    union all select 'payouts_in_transit', currency, -sum(amount) from payouts where status = 'due' group by currency
    union all select 'refunds', currency, -sum(amount) from refunds where status = 'due' group by currency
    union all select 'disputes', currency, sum(amount) from disputes where stage = 'opened' group by currency
    union all select 'provider_clearing', currency, sum(amount) from (
        select a.currency, a.amount from attempts a join orders o on o.id = a.order_id
            where a.status in ('captured', 'stray') and o.quantity > 0
        union all select currency, -amount from refunds where settled_by = 'provider'
        union all select currency, -amount from disputes where stage in ('opened', 'lost')
        union all select currency, reversed - amount from payouts where status <> 'due') moved group by currency
"""
_ACCOUNTS = f"""
    select 'account-unexplained' as kind, account || ' ' || currency as reference,
        'the ledger says ' || coalesce(b.balance, 0) || ', what it stands for ' || coalesce(h.amount, 0) as detail
    from (select * from ledger_balances where account not in ('buyer_clearing', 'platform_revenue')) b
        full join (select account, currency, sum(amount) as amount from ({_HELD}) held group by account, currency) h
        using (account, currency)
    where coalesce(b.balance, 0) <> coalesce(h.amount, 0)
"""  # noqa: S608  # constants

# Buyers owe nothing, and are owed nothing, but for moments.
_BUYER_CLEARING = """
    select 'clearing-open' as kind, order_id::text as reference,
        'buyer_clearing is left with ' || sum(amount) || ' ' || currency as detail
    from ledger_lines where account = 'buyer_clearing' group by order_id, currency having sum(amount) <> 0
"""

_ORDERS = """
    select 'confirmed-uncaptured' as kind, order_id::text as reference, 'confirmed, and not charged' as detail
    from sale_lines where captured_at is null and status = 'escrow' group by order_id
    union all select 'captured-unconfirmed', a.id::text, 'charged, and its order is ' || o.status
    from attempts a join orders o on o.id = a.order_id
    where a.status = 'captured' and o.status not in ('confirmed', 'refunded')
    union all select 'captured-unconfirmed', a.id::text, 'charged without an order, and no refund is due'
    from attempts a where a.status = 'stray' and not exists (select from refunds r where r.attempt_id = a.id)
    union all select 'refund-late', r.id::text, 'due since ' || r.created_at
    from refunds r where r.status = 'due'
        and not exists (select from disputes d where d.attempt_id = r.attempt_id and d.stage = 'opened')
    union all select 'payout-late', p.id::text, 'due since ' || p.created_at from payouts p
    where p.status = 'due' and not payouts_wait(p.seller_id)
    union all select 'payout-items', p.id::text, p.amount || ' ' || p.currency || ', its items ' || coalesce(i.total, 0)
    from payouts p left join lateral (select sum(amount) as total from payout_items where payout_id = p.id) i on true
    where p.created_at >= $1 and coalesce(i.total, 0) <> p.amount
"""

_WINDOWED = (_ENTRIES_MISSING, _ENTRIES_UNEXPLAINED, _ENTRIES_UNBALANCED, _ORDERS)
_WHOLE = (_BALANCES, _ACCOUNTS, _BUYER_CLEARING)


async def differences(tx: Connection, start: datetime) -> list[Finding]:
    """What does not agree inside payments; facts and entries since `start`, accounts as a whole.

    Ask in one snapshot, so that nothing half done by others is seen.
    """
    rows = [row for query in _WINDOWED for row in await tx.fetch(query, start)]
    rows += [row for query in _WHOLE for row in await tx.fetch(query)]
    return [Finding(row["kind"], row["reference"], row["detail"]) for row in rows]


async def money_by_state(tx: Connection) -> list[tuple[str, str, int]]:
    """How much money is where: state (escrow, payable, in_transit), currency, minor units."""
    rows = await tx.fetch(
        "select case split_part(account, ':', 1) when 'escrow' then 'escrow' when 'seller_payable' then 'payable'"
        " else 'in_transit' end as state, currency, -sum(balance)::bigint as amount from ledger_balances"
        " where account = 'payouts_in_transit' or account like 'escrow:%' or account like 'seller\\_payable:%'"
        " group by 1, 2"
    )
    return [(row["state"], row["currency"], row["amount"]) for row in rows]
