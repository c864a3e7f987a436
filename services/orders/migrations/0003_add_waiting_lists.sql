-- Waiting for seats of a show that is sold out: one line per show, in the order of joining.

-- Whoever frees seats of a show, and whoever joins, meets here. last_number: the number that the newest entry got.
-- look_at: when to look next whether free seats fit somebody; null while nobody waits.
create table waiting_lines (
    show_id     uuid primary key,
    last_number integer not null check (last_number > 0),
    look_at     timestamptz
);
create index waiting_lines_due on waiting_lines (look_at) where look_at is not null;
grant select, insert, update on waiting_lines to :runtime;

-- hold_s and holds_max are what was in force when the person joined: an offer keeps to it.
create table waiting_entries (
    id         uuid primary key,
    user_id    uuid not null,
    show_id    uuid not null references waiting_lines,
    number     integer not null check (number > 0),
    quantity   integer not null check (quantity between 1 and 8),
    max_price  bigint check (max_price > 0),
    currency   text,
    sections   text[] not null,
    hold_s     integer not null check (hold_s > 0),
    holds_max  integer not null check (holds_max > 0),
    status     text not null default 'waiting'
               check (status in ('waiting', 'offered', 'bought', 'left', 'lapsed', 'ended')),
    order_id   uuid unique,
    created_at timestamptz not null default now(),
    check ((max_price is null) = (currency is null)),
    check ((status = 'waiting') <= (order_id is null)),
    check ((status in ('offered', 'bought', 'lapsed')) <= (order_id is not null)),
    unique (show_id, number)
);
-- Nobody stands twice in one line.
create unique index waiting_entries_once on waiting_entries (user_id, show_id) where status in ('waiting', 'offered');
create index waiting_entries_in_line on waiting_entries (show_id, number) where status = 'waiting';
create index waiting_entries_of_user on waiting_entries (user_id, id desc);
grant select, insert, update on waiting_entries to :runtime;

-- What happened in a line, for everybody to read: numbers and group sizes, no people. Never changed.
create table waiting_log (
    show_id           uuid not null,
    position          bigint generated always as identity,
    at                timestamptz not null default clock_timestamp(),
    what              text not null check (what in ('joined', 'offered', 'bought', 'left', 'lapsed', 'ended')),
    number            integer not null,
    quantity          integer not null,
    passed_over       integer[] not null default '{}',
    passed_over_count integer not null default 0 check (passed_over_count >= cardinality(passed_over)),
    primary key (show_id, position)
);
grant select, insert on waiting_log to :runtime;

-- Which entry was offered these seats; null: the buyer chose them. An entry gets one offer, and names its order.
alter table orders add column waiting_entry_id uuid unique references waiting_entries;

-- What can be held for a show: for those who wait, and for whoever asks for the best available.
create index listings_on_sale on listings (show_id) where status = 'active';
