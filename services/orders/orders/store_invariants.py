"""What must hold in the database of orders at any moment."""

from __future__ import annotations

from fairseat_common.invariants import Invariant

INVARIANTS = (
    Invariant(
        "seats-add-up",
        "In every listing held + sold + free + withdrawn seats are all that it ever had.",
        """
        select l.listing_id::text as reference, 'had ' || l.seats_total || ', but ' || n.held || ' held + ' || n.sold
            || ' sold + ' || n.free || ' free + ' || n.gone || ' withdrawn' as detail
        from listings l cross join lateral (
            select count(*) filter (where o.status = 'held') as held,
                count(*) filter (where o.status in ('confirmed', 'refunded')) as sold,
                count(*) filter (where s.order_id is null and s.current) as free,
                count(*) filter (where s.order_id is null and not s.current) as gone
            from seats s left join orders o on o.id = s.order_id
            where s.show_id = l.show_id and s.listing_id = l.listing_id) n
        where n.held + n.sold + n.free + n.gone <> l.seats_total
        """,
    ),
    Invariant(
        "orders-own-their-seats",
        "Every held or bought seat belongs to the one order that claims it.",
        """
        select o.id::text as reference, o.status || ' order claims ' || o.quantity || ' seats and owns '
            || count(s.order_id) as detail
        from orders o left join seats s on s.show_id = o.show_id and s.listing_id = o.listing_id
            and s.position = any (o.positions) and s.order_id = o.id
        where o.status in ('held', 'confirmed', 'refunded') group by o.id having count(s.order_id) <> o.quantity
        """,
    ),
    Invariant(
        "ended-orders-own-nothing",
        "No seat belongs to an order that has ended without being paid.",
        """
        select s.listing_id::text as reference, 'seat ' || s.seat || ' belongs to order ' || s.order_id as detail
        from seats s left join orders o on o.id = s.order_id
        where s.order_id is not null and (o.id is null or o.status = 'cancelled')
        """,
    ),
    Invariant(
        "holds-end",
        "No hold is older than its deadline and five seconds.",
        """
        select id::text as reference, extract(epoch from now() - expires_at)::int || ' s past its deadline' as detail
        from orders where status = 'held' and expires_at < now() - interval '5 seconds'
        """,
    ),
    Invariant(
        "refunds-add-up",
        "An order counts as refunded exactly the lines that were, each for its price and fee.",
        """
        select o.id::text as reference, 'says ' || o.lines_refunded || ' lines, refunds have ' || r.lines
            || ' for ' || r.amount || ' of ' || o.total as detail
        from orders o join lateral (
            select coalesce(sum(cardinality(f.seats)), 0) as lines, coalesce(sum(f.amount), 0) as amount
            from refunds f where f.order_id = o.id) r on true
        where (o.lines_refunded > 0 or exists (select from refunds f where f.order_id = o.id))
            and (o.lines_refunded <> r.lines or r.amount * o.quantity <> o.total * r.lines)
        """,
    ),
    Invariant(
        "offers-are-holds",
        "Whoever was offered seats by the waiting list holds them, and nobody else counts as offered.",
        """
        select e.id::text as reference, 'entry is ' || e.status || ', its order ' || coalesce(o.status, 'missing')
            as detail
        from waiting_entries e left join orders o on o.id = e.order_id
        where (e.status = 'offered' and o.status is distinct from 'held')
            or (o.status = 'held' and e.status <> 'offered')
        """,
    ),
    Invariant(
        "the-banned-hold-nothing-new",
        "Nobody who is banned has held seats since.",
        """
        select o.id::text as reference, 'held ' || to_char(o.created_at, 'HH24:MI:SS') || ', banned '
            || to_char(b.changed_at, 'HH24:MI:SS') as detail
        from banned_users b join orders o on o.buyer_id = b.user_id
        where b.banned and o.created_at > b.changed_at + interval '15 seconds'
        """,
    ),
    Invariant(
        "rooms-keep-their-pace",
        "No waiting room has let in more people than the paces that its log tells allowed, from the opening on.",
        """
        select q.show_id::text as reference, 'let in ' || n.admitted || ', allowed were ' || p.allowed as detail
        from queues q
        cross join lateral (select count(*) as admitted from queue_entries e
            where e.show_id = q.show_id and e.admitted_at is not null) n
        cross join lateral (
            select coalesce(sum(floor(extract(epoch from t.until - t.since) * t.per_minute / 60) + 2), 0) as allowed
            from (select l.per_minute, case l.what when 'opened' then q.opened_at else l.at end as since,
                    coalesce(lead(l.at) over (order by l.position), now()) as until
                from queue_log l where l.show_id = q.show_id and l.per_minute is not null and l.at >= q.opened_at) t) p
        where n.admitted > p.allowed
        """,
    ),
    Invariant(
        "rooms-count-right",
        "Every waiting room counts those who wait and who were let in as they are, and a show knows of its room.",
        """
        select q.show_id::text as reference, 'counts ' || q.waiting || ' waiting, ' || q.admitted || ' in, '
            || q.admitted_total || ' in all; there are ' || n.waiting || ', ' || n.admitted || ', ' || n.total as detail
        from queues q join shows s using (show_id) cross join lateral (
            select count(*) filter (where e.state = 'waiting') as waiting,
                count(*) filter (where e.state = 'waiting' and e.place is not null) as placed,
                count(*) filter (where e.state = 'admitted') as admitted,
                count(*) filter (where e.admitted_at is not null) as total
            from queue_entries e where e.show_id = q.show_id) n
        where (q.waiting, q.admitted, q.admitted_total) <> (n.waiting, n.admitted, n.total)
            or n.placed <> (select coalesce(sum(b.waiting), 0) from queue_blocks b where b.show_id = q.show_id)
            or s.queued <> (q.ended_at is null)
        """,
    ),
    Invariant(
        "rooms-have-one-order",
        "Once a waiting room has opened, its places are the numbers from 1 on, each once, let in one after the other.",
        """
        select q.show_id::text as reference, 'numbers up to ' || q.last_number || ', places ' || n.placed || ' up to '
            || coalesce(n.last, 0) || ', ' || n.passed || ' wait before place ' || q.head as detail
        from queues q cross join lateral (
            select count(distinct e.place) as placed, max(e.place) as last,
                count(*) filter (where e.state = 'waiting' and e.place <= q.head) as passed
            from queue_entries e where e.show_id = q.show_id) n
        where q.opened_at is not null
            and (n.placed <> q.last_number or coalesce(n.last, 0) <> q.last_number or n.passed > 0)
        """,
    ),
)
