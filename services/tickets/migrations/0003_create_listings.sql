-- What is on sale. `seats` and the three counts follow from listing_seats and change with them in one transaction,
-- so that browsing reads this table alone.
create table listings (
    id           uuid primary key,
    show_id      uuid not null references shows,
    seller_id    uuid not null,
    section      text not null,
    row          text not null,
    -- Rows between this one and the front of its section.
    row_position integer not null check (row_position >= 0),
    seats        text[] not null default '{}',
    available    integer not null default 0,
    held         integer not null default 0,
    sold         integer not null default 0,
    unit_price   bigint not null check (unit_price > 0),
    unit_fee     bigint not null check (unit_fee >= 0),
    all_in       bigint not null generated always as (unit_price + unit_fee) stored,
    -- Less is better: each row further back counts like one per cent of the price.
    value_score  bigint not null generated always as ((unit_price + unit_fee) * (100 + row_position)) stored,
    currency     text not null,
    split        text not null check (split in ('any', 'pairs', 'none')),
    notes        text not null default '',
    status       text not null default 'active' check (status in ('active', 'withdrawn')),
    version      integer not null default 1,
    created_at   timestamptz not null default now(),
    changed_at   timestamptz not null default now(),
    check (available >= 0 and held >= 0 and sold >= 0),
    check (available + held + sold = cardinality(seats)),
    check (status = 'active' or available = 0)
);
create index listings_by_price on listings (show_id, all_in, id) where status = 'active' and available > 0;
create index listings_by_value on listings (show_id, value_score, id) where status = 'active' and available > 0;
create index listings_by_section on listings (show_id, section, all_in, id) where status = 'active' and available > 0;
create index listings_seller on listings (seller_id, id);

-- One row per seat, in the order of sale. `offered` is the seller's will, `state` what came of it:
-- sold or held by an order, else free while offered, else withdrawn.
create table listing_seats (
    listing_id uuid not null references listings,
    seat       text not null,
    position   integer not null,
    show_id    uuid not null,
    section    text not null,
    row        text not null,
    ticket_id  uuid not null references tickets,
    offered    boolean not null default true,
    state      text not null default 'free' check (state in ('free', 'held', 'sold', 'withdrawn')),
    order_id   uuid,
    primary key (listing_id, seat),
    check ((state in ('held', 'sold')) = (order_id is not null)),
    check (state <> 'free' or offered)
);

-- A place is on sale once. A sold place is its buyer's, whose valid ticket keeps others from listing it.
create unique index listing_seats_one_per_place on listing_seats (show_id, section, row, seat)
    where state in ('free', 'held');

grant select, insert on listings, listing_seats to :runtime;
grant update (seats, available, held, sold, unit_price, unit_fee, split, notes, status, version, changed_at)
    on listings to :runtime;
grant update (offered, state, order_id) on listing_seats to :runtime;
