-- What other services decided, as far as this one has heard. A row changes only to a newer version.

create table venues (
    id      uuid primary key,
    version integer not null,
    name    text not null
);

create table venue_sections (
    venue_id uuid not null references venues,
    name     text not null,
    kind     text not null check (kind in ('seated', 'standing')),
    capacity integer not null,
    primary key (venue_id, name)
);

-- A row's seats in the order in which they stand; `position` counts rows from the front of their section, from 0.
create table venue_rows (
    venue_id uuid not null,
    section  text not null,
    name     text not null,
    position integer not null,
    seats    text[] not null,
    primary key (venue_id, section, name),
    foreign key (venue_id, section) references venue_sections
);

create table shows (
    id        uuid primary key,
    version   integer not null,
    venue_id  uuid not null,
    starts_at timestamptz not null,
    status    text not null check (status in ('scheduled', 'postponed', 'cancelled')),
    currency  text not null
);

-- What is known of each order. The seats of a listing follow from the orders that are not cancelled.
create table orders (
    id         uuid primary key,
    version    integer not null,
    status     text not null check (status in ('held', 'confirmed', 'cancelled')),
    listing_id uuid not null,
    buyer_id   uuid not null,
    seats      text[] not null
);
create index orders_live on orders (listing_id) where status <> 'cancelled';

grant select, insert, update on venues, shows, orders to :runtime;
grant select, insert, update, delete on venue_sections, venue_rows to :runtime;
