"""The SQL of holds: one statement judges a batch of requests, claims seats, makes the orders and says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from fairseat_common.database import Connection, Record
from orders.domain import Claim
from orders.domain_limits import Limits

# Reads top to bottom: what is asked; at what price (a quote keeps its price, unless the listing has become cheaper; it
# may also know more of the listing than this service has heard); what the rules say; which hold slot each buyer has
# free, and whether the tickets are not too many (orders.number says why that can be known); the free seats of each
# listing, locked; who comes to sit where, in order of arrival; then the three writes. A request either gets all its
# seats or changes nothing. Rows are locked in the order of the seats, and hold slots are taken in the order of the
# buyers, so neither two batches nor a batch and the waiting list can deadlock.
_CLAIM = """
with asked as materialized (
    select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::uuid[], $9::text[],
            $10::int[], $11::bigint[], $12::bigint[], $13::bigint[], $14::int[], $15::bigint[])
        with ordinality as a (order_id, buyer_id, listing_id, quantity, idempotency_key, event_id, traceparent,
            quote_version, quote_price, quote_fee, quote_seller_fee, quote_rule, quote_expires, turn)
), judged as materialized (
    select a.order_id, a.buyer_id, a.listing_id, a.quantity, a.idempotency_key, a.turn,
        l.show_id, l.seller_id, l.section, l.row, l.currency, l."primary", l.resale_rule,
        case when q.kept then a.quote_price else l.unit_price end as unit_price,
        case when q.kept then a.quote_fee else l.unit_fee end as unit_fee,
        case when q.kept then a.quote_seller_fee else l.unit_seller_fee end as unit_seller_fee,
        case when q.kept then a.quote_rule else l.fee_rule end as fee_rule,
        case
            when exists (select from orders o where o.buyer_id = a.buyer_id
                         and o.idempotency_key = a.idempotency_key) then 'repeated'
            when (select not sales_open()) then 'stopped'
            when exists (select from banned_users b where b.user_id = a.buyer_id and b.banned) then 'banned'
            when l.listing_id is null or s.show_id is null then 'unknown'
            when s.status <> 'scheduled' or s.starts_at <= now() then 'show-over'
            when l.seller_id = a.buyer_id then 'own-listing'
            when l.status <> 'active' then 'gone'
            when l.opens_at > now() then 'not-open-yet'
            when s.queued and not exists (select from queue_entries e where e.show_id = l.show_id
                and e.user_id = a.buyer_id and e.state = 'admitted' and e.admitted_until > now()) then 'queue'
            when l.split = 'pairs' and a.quantity % 2 = 1 then 'split'
            when l.split = 'none' and a.quantity <> l.seats_total then 'split'
            when q.kept and a.quote_expires < extract(epoch from now()) then 'price'
        end as refusal
    from asked a
    left join listings l on l.listing_id = a.listing_id
    left join shows s on s.show_id = l.show_id
    cross join lateral (select a.quote_price is not null and (a.quote_version > l.version
        or a.quote_price + a.quote_fee < l.unit_price + l.unit_fee) as kept) q
), turned as (
    select j.*, row_number() over mine as buyer_turn, sum(j.quantity) over mine as buyer_upto
    from judged j where j.refusal is null window mine as (partition by j.buyer_id, j.show_id order by j.turn)
), slotted as materialized (
    select t.*, n.number_last, n.tickets, n.tickets + t.buyer_upto > $16::int as too_many,
        case when n.tickets + t.buyer_upto <= $16::int then f.hold_slot end as hold_slot
    from turned t cross join lateral (
        select coalesce(max(o.number), 0) as number_last, coalesce(
            sum(o.quantity - o.lines_refunded) filter (where o.status in ('held', 'confirmed')), 0) as tickets
        from orders o where o.buyer_id = t.buyer_id and o.show_id = t.show_id) n
    left join lateral (
        select slot as hold_slot from generate_series(1, $7::int) as slot
        where not exists (select from orders o where o.buyer_id = t.buyer_id and o.show_id = t.show_id
                          and o.hold_slot = slot and o.status = 'held')
        order by slot offset t.buyer_turn - 1 limit 1) f on true
), needed as materialized (
    select show_id, listing_id, sum(quantity) as quantity
    from slotted where hold_slot is not null group by show_id, listing_id order by listing_id
), free as materialized (
    select n.show_id, n.listing_id, f.position, f.seat,
        row_number() over (partition by n.listing_id order by f.position) as rank
    from needed n cross join lateral (
        select s.position, s.seat from seats s
        where s.show_id = n.show_id and s.listing_id = n.listing_id and s.order_id is null and s.current
        order by s.position limit n.quantity for update {wait}) f
), counted as (
    select listing_id, count(*) as free from free group by listing_id
), ranged as (
    select t.*, sum(t.quantity) over (partition by t.listing_id order by t.turn) as upto
    from slotted t where t.hold_slot is not null
), won as materialized (
    select r.* from ranged r join counted c on c.listing_id = r.listing_id where r.upto <= c.free
), seated as materialized (
    select w.order_id, w.show_id, w.listing_id, f.position, f.seat
    from won w join free f on f.listing_id = w.listing_id and f.rank > w.upto - w.quantity and f.rank <= w.upto
), claimed as (
    update seats s set order_id = p.order_id from seated p
    where s.show_id = p.show_id and s.listing_id = p.listing_id and s.position = p.position and s.order_id is null
    returning s.order_id, s.position, s.seat
), packed as (
    select order_id, array_agg(seat order by position) as seats, array_agg(position order by position) as positions
    from claimed group by order_id
), made as (
    insert into orders (id, buyer_id, seller_id, listing_id, show_id, section, row, seats, positions, quantity,
        unit_price, fees, total, seller_fees, fee_rule, currency, "primary", resale_rule, status, hold_slot,
        idempotency_key, expires_at, number, tickets_max)
    select w.order_id, w.buyer_id, w.seller_id, w.listing_id, w.show_id, w.section, w.row, p.seats, p.positions,
        w.quantity, w.unit_price, w.quantity * w.unit_fee, w.quantity * (w.unit_price + w.unit_fee),
        w.quantity * w.unit_seller_fee, w.fee_rule, w.currency, w."primary", w.resale_rule,
        'held', w.hold_slot, w.idempotency_key, now() + $8::interval,
        w.number_last + row_number() over (partition by w.buyer_id, w.show_id order by w.turn), $16::int
    from won w join packed p using (order_id)
    order by w.buyer_id, w.show_id, w.hold_slot
    returning *
), said as (
    insert into outbox (event_id, subject, aggregate_id, version, traceparent, payload)
    select a.event_id, 'orders.held.v1', m.id, 1, a.traceparent, jsonb_build_object(
        'order_id', m.id, 'buyer_id', m.buyer_id, 'seller_id', m.seller_id, 'listing_id', m.listing_id,
        'show_id', m.show_id, 'section', m.section, 'row', m.row, 'seats', m.seats, 'quantity', m.quantity,
        'unit_price', jsonb_build_object('amount', m.unit_price, 'currency', m.currency),
        'fees', jsonb_build_object('amount', m.fees, 'currency', m.currency),
        'total', jsonb_build_object('amount', m.total, 'currency', m.currency),
        'seller_fees', jsonb_build_object('amount', m.seller_fees, 'currency', m.currency), 'fee_rule', m.fee_rule,
        'primary', m."primary", 'resale_rule', m.resale_rule,
        'expires_at', m.expires_at, 'version', 1, 'occurred_at', m.created_at)
    from made m join asked a on a.order_id = m.id
)
select j.turn,
    coalesce(j.refusal, case
        when m.id is not null then 'held'
        when t.hold_slot is null then case when t.buyer_turn > 1 then 'again'
            when t.too_many then 'tickets' else 'limit' end
        else 'short' end) as outcome,
    coalesce(c.free, 0) - coalesce(
        (select sum(w.quantity) from won w where w.listing_id = j.listing_id), 0) as left_over,
    j.quantity as quantity_asked, l.unit_price + l.unit_fee as price_now,
    l.currency as currency_now, l.opens_at, t.tickets::int as tickets_now, $16::int as tickets_max,
    m.id, m.status, m.buyer_id, m.seller_id, m.listing_id, m.show_id, m.section, m.row, m.seats, m.positions,
    m.quantity, m.unit_price, m.fees, m.total, m.currency, m.expires_at, m.created_at, m.version, m.cancel_reason,
    m.seller_fees, m.fee_rule, m."primary", m.resale_rule, m.payment_id, m.late, m.confirmed_at, m.lines_refunded
from judged j
left join listings l on l.listing_id = j.listing_id
left join slotted t on t.turn = j.turn
left join made m on m.id = j.order_id
left join counted c on c.listing_id = j.listing_id
order by j.turn
"""
CLAIM_AT_ONCE = _CLAIM.format(wait="skip locked")
CLAIM_WAITING = _CLAIM.format(wait="")


async def seats_claim(connection: Connection, claims: Sequence[Claim], limits: Limits, waiting: bool) -> list[Record]:
    """Judge and claim a batch in one transaction: a row for each claim, in order.

    ``outcome`` is held (the order's columns are set), repeated, stopped (all sales are), banned (the buyer is),
    unknown, show-over, own-listing, gone, split, limit, not-open-yet (the sale begins at ``opens_at``),
    queue (the show has a waiting room, and the buyer is not let in),
    tickets (there would be more than one may have; ``tickets_now`` is how many there are),
    price (the quote is over and was cheaper; ``price_now`` is what a seat costs all-in),
    again (ask once more: an earlier request of the same buyer stood before it), or short: fewer seats than asked,
    with ``left_over`` that nobody in this batch got. With `waiting`, seats that another transaction is just deciding
    about are waited for instead of being passed over. Raises asyncpg.UniqueViolationError when another process made
    an order with the same key, slot or number at the same moment; nothing is written then.
    """
    return await connection.fetch(
        CLAIM_WAITING if waiting else CLAIM_AT_ONCE,
        [claim.order_id for claim in claims],
        [claim.buyer_id for claim in claims],
        [claim.listing_id for claim in claims],
        [claim.quantity for claim in claims],
        [claim.idempotency_key for claim in claims],
        [claim.event_id for claim in claims],
        limits.holds_max,
        timedelta(seconds=limits.hold_s),
        [claim.traceparent for claim in claims],
        *_quoted(claims),
        limits.tickets_max,
    )


def _quoted(claims: Sequence[Claim]) -> Iterator[list[int | None]]:
    """The columns of the quotes; null where a claim has none."""
    quotes = [claim.quote for claim in claims]
    yield [quote.listing_version if quote else None for quote in quotes]
    yield [quote.unit_price.amount if quote else None for quote in quotes]
    yield [quote.unit_fee.amount if quote else None for quote in quotes]
    yield [quote.unit_seller_fee.amount if quote else None for quote in quotes]
    yield [quote.fee_rule if quote else None for quote in quotes]
    yield [quote.expires_at if quote else None for quote in quotes]
