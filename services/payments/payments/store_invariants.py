"""What must hold in the database of payments at any moment."""

from __future__ import annotations

from fairseat_common.invariants import Invariant

INVARIANTS = (
    Invariant(
        "debits-are-credits",
        "Every entry of the ledger sums to zero in each of its currencies.",
        """
        select e.cause as reference, 'sums to ' || coalesce(sum(l.amount), 0) || ' ' || coalesce(l.currency, '')
            as detail
        from ledger_entries e left join ledger_lines l on l.entry_id = e.id
        group by e.id, l.currency having coalesce(sum(l.amount), 1) <> 0
        """,
    ),
    Invariant(
        "balances-are-sums",
        "The running total of every account is the sum of its lines.",
        """
        select account as reference, 'runs at ' || running || ', lines sum to ' || summed || ' ' || currency as detail
        from (select coalesce(b.account, s.account) as account, coalesce(b.currency, s.currency) as currency,
                coalesce(b.balance, 0) as running, coalesce(s.total, 0) as summed
            from ledger_balances b full join (
                select account, currency, sum(amount) as total from ledger_lines group by account, currency) s
                on s.account = b.account and s.currency = b.currency) c
        where running <> summed
        """,
    ),
    Invariant(
        "clearing-returns-to-zero",
        "What an order has on a clearing account is gone ten minutes after its last entry, unless something is open.",
        """
        select order_id::text as reference, account || ' stands at ' || total || ' ' || currency as detail
        from (select l.order_id, l.account, l.currency, sum(l.amount) as total, max(e.occurred_at) as last_at
            from ledger_lines l join ledger_entries e on e.id = l.entry_id
            where l.account in ('buyer_clearing', 'refunds') group by l.order_id, l.account, l.currency) c
        where total <> 0 and last_at < now() - interval '10 minutes'
            and not exists (select from refunds r where r.order_id = c.order_id and r.status = 'due')
            and not exists (select from attempts a where a.order_id = c.order_id and a.status = 'authorized')
        """,
    ),
    Invariant(
        "transit-is-payouts",
        "The account of payouts in transit stands at exactly the payouts that are due.",
        """
        select currency as reference, 'transit stands at ' || transit || ', payouts due are ' || due as detail
        from (select currency, sum(amount) filter (where kind = 'line') as transit,
                sum(amount) filter (where kind = 'due') as due
            from (select currency, amount, 'line' as kind from ledger_lines where account = 'payouts_in_transit'
                union all select currency, amount, 'due' from payouts where status = 'due') b group by currency) s
        where coalesce(transit, 0) + coalesce(due, 0) <> 0
        """,
    ),
    Invariant(
        "charged-once",
        "No order has been charged twice, nor for another amount than its total.",
        """
        select o.id::text as reference, count(*) || ' charges of ' || sum(a.amount) || ', total ' || o.amount as detail
        from orders o join attempts a on a.order_id = o.id and a.status = 'captured'
        group by o.id having count(*) > 1 or sum(a.amount) <> o.amount
        """,
    ),
    Invariant(
        "nobody-pays-for-nothing",
        "Whoever was charged has the order or the money: ten minutes after a charge, nothing else is left.",
        """
        select a.order_id::text as reference, a.status || ' although the order is ' || o.status as detail
        from attempts a join orders o on o.id = a.order_id
        where a.created_at < now() - interval '10 minutes' and a.refunds < a.amount
            and ((a.status = 'captured' and o.status in ('held', 'cancelled'))
                or (a.status = 'stray' and not exists (select from refunds r where r.attempt_id = a.id)))
        """,
    ),
    Invariant(
        "payouts-are-their-items",
        "Every payout is the sum of what it was made of.",
        """
        select p.id::text as reference, 'pays ' || p.amount || ', items sum to ' || coalesce(sum(i.amount), 0) as detail
        from payouts p left join payout_items i on i.payout_id = p.id
        group by p.id having coalesce(sum(i.amount), 0) <> p.amount
        """,
    ),
    Invariant(
        "tax-is-in-released-fees",
        "Each country is owed exactly the tax in the fees of the seats that are released and not taken back.",
        """
        select country || ' ' || currency as reference, 'the ledger owes ' || owed || ', the seats ' || due as detail
        from (select country, currency, coalesce(sum(owed), 0) as owed, coalesce(sum(due), 0) as due
            from (select split_part(account, ':', 2) as country, currency, -amount as owed, 0 as due
                from ledger_lines where account like 'tax\\_payable:%'
                union all select tax_country, currency, 0, buyer_tax + seller_tax from sale_lines
                where status = 'released' and tax_rate is not null) b group by country, currency) s
        where owed <> due
        """,
    ),
    Invariant(
        "nothing-unexplained",
        "The provider, payments and the ledger agree about every amount.",
        """
        select reference, kind || ': ' || detail as detail from breaks where resolved_at is null order by found_at
        """,
    ),
)
