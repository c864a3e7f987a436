-- When a seller will have the tickets that are on sale: at once, or by a promised day, counted in UTC. A promise is
-- kept when the original codes come (coded_at); one whose day has passed without them is withdrawn.
alter table listings
    add column in_hand_on date,
    add column coded_at timestamptz,
    add column delivery text not null generated always as
        (case when in_hand_on is not null and coded_at is null then 'promised' else 'instant' end) stored,
    -- Until when one process, which may have died meanwhile, looks after a promise that has passed.
    add column lapse_leased_until timestamptz not null default '-infinity';
create index listings_promised on listings (in_hand_on)
    where in_hand_on is not null and coded_at is null and status = 'active';
grant update (coded_at, lapse_leased_until) on listings to :runtime;

-- The codes that the tickets had when they were bought elsewhere. Only whoever holds the ticket of a place may read its
-- code: they are in no event, no log and no answer to anybody else.
create table original_codes (
    show_id       uuid not null references shows,
    section       text not null,
    row           text not null,
    seat          text not null,
    code          text not null check (length(code) between 4 and 100),
    -- The listing that brought it.
    listing_id    uuid not null references listings,
    registered_at timestamptz not null default now(),
    primary key (show_id, section, row, seat),
    -- One ticket cannot be brought for two places.
    constraint original_codes_once unique (show_id, code)
);
grant select, insert, delete on original_codes to :runtime;
