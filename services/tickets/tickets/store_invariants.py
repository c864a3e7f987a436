"""What must hold in the database of tickets at any moment."""

from __future__ import annotations

from fairseat_common.invariants import Invariant

INVARIANTS = (
    Invariant(
        "one-valid-ticket-per-seat",
        "Every place has at most one ticket that opens the door, or did.",
        """
        select show_id::text as reference, section || ' ' || row || ' ' || seat || ' has ' || count(*) || ' tickets'
            as detail
        from tickets where status in ('valid', 'used') group by show_id, section, row, seat having count(*) > 1
        """,
    ),
    Invariant(
        "listings-add-up",
        "Every listing counts its seats as they are: on sale, held and sold.",
        """
        select l.id::text as reference, 'says ' || l.available || ' + ' || l.held || ' + ' || l.sold || ', seats are '
            || n.available || ' + ' || n.held || ' + ' || n.sold as detail
        from listings l join lateral (
            select count(*) filter (where s.state = 'free') as available,
                count(*) filter (where s.state = 'held') as held, count(*) filter (where s.state = 'sold') as sold
            from listing_seats s where s.listing_id = l.id) n on true
        where (l.available, l.held, l.sold) <> (n.available, n.held, n.sold)
        """,
    ),
    Invariant(
        "what-is-on-sale-is-the-sellers",
        "Whoever sells a seat holds its valid ticket.",
        """
        select l.id::text as reference, 'seat ' || s.seat || ': ticket is ' || t.status
            || case when t.holder_id = l.seller_id then '' else ', of somebody else' end as detail
        from listing_seats s join listings l on l.id = s.listing_id join tickets t on t.id = s.ticket_id
        where s.state = 'free' and (t.status <> 'valid' or t.holder_id <> l.seller_id)
        """,
    ),
    Invariant(
        "withdrawn-is-withdrawn",
        "Nothing is on sale from a listing that was withdrawn.",
        """
        select l.id::text as reference, count(*) || ' seats on sale' as detail
        from listings l join listing_seats s on s.listing_id = l.id
        where l.status = 'withdrawn' and s.state = 'free' group by l.id
        """,
    ),
    Invariant(
        "ended-tickets-have-heirs",
        "A ticket that was given away names the one that took its place, for the same seat.",
        """
        select t.id::text as reference, 'was transferred, and its successor is '
            || case when n.id is null then 'missing' else 'at another place' end as detail
        from tickets t left join tickets n on n.id = t.replaced_by
        where t.status = 'transferred' and (n.id is null
            or (n.show_id, n.section, n.row, n.seat) <> (t.show_id, t.section, t.row, t.seat))
        """,
    ),
    Invariant(
        "the-banned-sell-nothing",
        "Ten seconds after a ban nothing of that seller is on sale.",
        """
        select b.user_id::text as reference, count(*) || ' listings on sale' as detail
        from banned_users b join listings l on l.seller_id = b.user_id and l.status = 'active' and l.available > 0
        where b.banned and b.changed_at < now() - interval '10 seconds' group by b.user_id
        """,
    ),
)
