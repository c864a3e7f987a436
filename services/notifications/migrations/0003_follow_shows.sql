-- Copies of what is on sale, so that an alert can be compared with it. `amount` is what a buyer pays for one place, in
-- minor units of the currency.
alter table shows add column currency text;
create table listings (
    listing_id uuid primary key,
    show_id    uuid not null,
    seller_id  uuid not null,
    section    text not null,
    seat_row   text not null,
    places     integer not null check (places >= 0),
    amount     bigint not null check (amount > 0),
    currency   text not null,
    split      text not null check (split in ('any', 'pairs', 'none')),
    withdrawn  boolean not null,
    version    integer not null check (version > 0)
);
create index listings_of_show on listings (show_id);
-- How many places of its listing an order takes, for as long as it is live: held or sold.
create table claims (
    order_id   uuid primary key,
    listing_id uuid not null,
    places     integer not null check (places > 0),
    live       boolean not null,
    version    integer not null check (version > 0)
);
create index claims_of_listing on claims (listing_id) include (places) where live;
grant select, insert, update on listings, claims to :runtime;

-- What can be bought now: a listing with the places that nobody holds or has bought.
create view offers as
    select l.listing_id, l.show_id, l.seller_id, l.section, l.seat_row, l.amount, l.currency, l.split, l.places - t.taken as free
    from listings l
    cross join lateral (
        select coalesce(sum(c.places), 0)::integer as taken from claims c where c.listing_id = l.listing_id and c.live
    ) t
    where not l.withdrawn and l.places > t.taken;
grant select on offers to :runtime;

-- Shows that somebody likes to hear of.
create table favourites (
    user_id    uuid not null,
    show_id    uuid not null,
    created_at timestamptz not null default now(),
    primary key (user_id, show_id)
);
create index favourites_of_show on favourites (show_id);
create index favourites_in_order on favourites (user_id, created_at desc, show_id desc);

-- What somebody waits for. An empty section means any. Wishing the same again changes the price that may be asked.
create table alerts (
    id         uuid primary key,
    user_id    uuid not null,
    show_id    uuid not null,
    section    text not null,
    quantity   integer not null check (quantity > 0),
    max_amount bigint not null check (max_amount > 0),
    currency   text not null,
    created_at timestamptz not null default now(),
    mailed_at  timestamptz,
    unique (user_id, show_id, section, quantity)
);
create index alerts_of_show on alerts (show_id, max_amount);
create index alerts_in_order on alerts (user_id, id desc);

-- A listing at a price that an alert has come across, once. It is told in the alert's next mail; what was on sale when the
-- alert was set has been seen, and is never told.
create table alert_matches (
    alert_id   uuid not null references alerts on delete cascade,
    listing_id uuid not null,
    amount     bigint not null,
    told       boolean not null,
    primary key (alert_id, listing_id, amount)
);
create index alert_matches_waiting on alert_matches (alert_id) where not told;
grant select, insert, update, delete on favourites, alerts, alert_matches to :runtime;
