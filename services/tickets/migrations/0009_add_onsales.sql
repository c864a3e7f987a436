-- Organisers sell their houses for the first time, and say under which rules tickets are sold on and given away.

-- The rules of each show, as catalog tells them, by their version. Rows never change: a listing names the version that
-- it was made under, and the newest one holds for what is listed from then on.
create table resale_rules (
    show_id            uuid not null,
    version            integer not null check (version > 0),
    resale             boolean not null,
    transferable       boolean not null,
    -- The most that may be asked for a seat, before the buyer's fee: per cent of its first price, or an amount.
    cap_percent        integer check (cap_percent > 0),
    cap_amount         bigint check (cap_amount > 0),
    cap_currency       text,
    buyer_fee_percent  integer check (buyer_fee_percent between 0 and 100),
    seller_fee_percent integer check (seller_fee_percent between 0 and 100),
    resale_until       timestamptz,
    primary key (show_id, version),
    check (cap_percent is null or cap_amount is null),
    check ((cap_amount is null) = (cap_currency is null))
);
grant select, insert on resale_rules to :runtime;

-- Fees that a show's own rules make of the marketplace's are numbered with them, and are never "the newest" for others.
alter table fee_rules add column of_shows boolean not null default false;
create unique index fee_rules_of_shows on fee_rules (buyer_percent, seller_percent) where of_shows;

-- The sale of a house by its organiser; `opens_at` is what its listings say.
create table onsales (
    show_id      uuid primary key references shows,
    organiser_id uuid not null,
    opened_by    uuid not null,
    opens_at     timestamptz not null,
    version      integer not null default 1,
    created_at   timestamptz not null default now()
);
create table onsale_zones (
    show_id    uuid not null references onsales,
    position   integer not null check (position >= 0),
    name       text not null,
    unit_price bigint not null check (unit_price > 0),
    currency   text not null,
    primary key (show_id, position),
    unique (show_id, name)
);
grant select, insert on onsales, onsale_zones to :runtime;
grant update (opens_at, version) on onsales to :runtime;

alter table listings
    add column "primary"   boolean not null default false,
    -- The price zone of a first sale.
    add column zone        text,
    add column opens_at    timestamptz,
    -- The version of the show's rules that a resale was listed under; null: there were none.
    add column resale_rule integer check (resale_rule > 0),
    add constraint listings_first_sales check ("primary" or (zone is null and opens_at is null)),
    add constraint listings_resales check (not "primary" or resale_rule is null);
grant update (opens_at, resale_rule) on listings to :runtime;
create index listings_first on listings (show_id, zone) where "primary";
create index listings_under_rules on listings (show_id, resale_rule)
    where resale_rule is not null and status = 'active';

-- face: what the place was first sold for, which caps in per cent count from; it stays with all its later tickets.
-- house: the organiser's own, for a place that nobody has bought yet.
alter table tickets
    add column face  bigint check (face > 0),
    add column house boolean not null default false,
    add constraint tickets_house check (not house or order_id is null);
update tickets t set face = s.unit_price from sold_prices s where s.order_id = t.order_id;
