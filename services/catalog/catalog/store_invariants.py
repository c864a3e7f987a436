"""What must hold in the database of catalog at any moment."""

from __future__ import annotations

from fairseat_common.invariants import Invariant

INVARIANTS = (
    Invariant(
        "venues-add-up",
        "A venue holds as many people as its chart has places.",
        """
        select v.id::text as reference, 'says ' || v.capacity || ', its chart has ' || c.places as detail
        from venues v join lateral (
            select coalesce(sum((s ->> 'capacity')::int), 0) as places
            from jsonb_array_elements(v.chart -> 'sections') s) c on true
        where c.places <> v.capacity
        """,
    ),
    Invariant(
        "offers-add-up",
        "Every show counts its listings, and names the cheapest, as the copies of the listings say.",
        """
        with left_over as (
            select l.show_id, l.unit_amount from listing_copies l join shows s on s.id = l.show_id
            where not l.withdrawn and l.currency = s.currency and l.seats > coalesce(
                (select sum(x.seats) from listing_sales x where x.listing_id = l.listing_id), 0)),
        summed as (select show_id, count(*) as listings, min(unit_amount) as lowest from left_over group by show_id)
        select o.show_id::text as reference, 'says ' || o.listings_count || ' from ' || coalesce(o.lowest_amount, 0)
            || ', listings are ' || coalesce(n.listings, 0) || ' from ' || coalesce(n.lowest, 0) as detail
        from show_offers o left join summed n on n.show_id = o.show_id
        where o.listings_count <> coalesce(n.listings, 0) or o.lowest_amount is distinct from n.lowest
        """,
    ),
    Invariant(
        "shows-can-be-sold",
        "Every show has a place for what is on sale for it.",
        """
        select s.id::text as reference, 'nothing counts what is on sale for it' as detail
        from shows s left join show_offers o on o.show_id = s.id where o.show_id is null
        """,
    ),
)
