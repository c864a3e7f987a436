-- Sellable seats, who holds them, and orders. The show is the unit of contention: nothing here spans two shows.

-- Copies of what catalog and tickets own; each row has the version of the last event applied.
create table shows (
    show_id   uuid primary key,
    title     text not null,
    starts_at timestamptz not null,
    status    text not null check (status in ('scheduled', 'postponed', 'cancelled')),
    version   integer not null
);
grant select, insert, update on shows to :runtime;

create table listings (
    listing_id  uuid primary key,
    show_id     uuid not null,
    seller_id   uuid not null,
    section     text not null,
    "row"       text not null,
    unit_price  bigint not null check (unit_price > 0),
    unit_fee    bigint not null check (unit_fee >= 0),
    currency    text not null,
    split       text not null check (split in ('any', 'pairs', 'none')),
    seats_total integer not null,
    status      text not null check (status in ('active', 'withdrawn')),
    version     integer not null
);
grant select, insert, update on listings to :runtime;

-- One row per seat of a listing (general admission: per place). One owner column: two owners are impossible.
-- A physical place may have been listed before: `current` names the one row by which it can be sold. So a place that
-- is withdrawn and listed anew while this service hears of it late, or backwards, still has one owner.
create table seats (
    show_id    uuid not null,
    listing_id uuid not null,
    position   integer not null,
    section    text not null,
    "row"      text not null,
    seat       text not null,
    current    boolean not null,
    order_id   uuid,
    primary key (show_id, listing_id, position)
);
create unique index seats_current on seats (show_id, section, "row", seat) where current;
-- Claims take the first free seats of a listing, however many were sold before them.
create index seats_free on seats (show_id, listing_id, position) where order_id is null and current;
alter table seats set (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
grant select, insert, update on seats to :runtime;

-- What was agreed is written at the hold and never changes; status, version and the reasons do.
create table orders (
    id              uuid primary key,
    buyer_id        uuid not null,
    seller_id       uuid not null check (seller_id <> buyer_id),
    listing_id      uuid not null,
    show_id         uuid not null,
    section         text not null,
    "row"           text not null,
    seats           text[] not null,
    positions       integer[] not null,
    quantity        integer not null check (quantity > 0 and quantity = cardinality(seats)
                                            and quantity = cardinality(positions)),
    unit_price      bigint not null,
    fees            bigint not null,
    total           bigint not null check (total = quantity * unit_price + fees),
    currency        text not null,
    status          text not null check (status in ('held', 'confirmed', 'cancelled', 'refunded')),
    cancel_reason   text check (cancel_reason in ('buyer', 'expired', 'payment_failed', 'show_cancelled')),
    hold_slot       smallint not null,
    idempotency_key text not null,
    expires_at      timestamptz not null,
    created_at      timestamptz not null default now(),
    version         integer not null default 1,
    check ((status = 'cancelled') <= (cancel_reason is not null)),
    unique (buyer_id, idempotency_key)
);
-- At most HOLDS_MAX holds per buyer and show: each live hold takes one of that many slots.
create unique index orders_hold_slot on orders (buyer_id, show_id, hold_slot) where status = 'held';
create index orders_held on orders (expires_at) where status = 'held';
create index orders_of_buyer on orders (buyer_id, id desc);
create index orders_of_show on orders (show_id) where status in ('held', 'confirmed');
grant select, insert, update on orders to :runtime;
