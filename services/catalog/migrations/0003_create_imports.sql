-- Shows and venues that came from another system: the names by which it knows them, and what it last said of a show.
create table imported_shows (
    source      text not null check (source ~ '^[a-z0-9][a-z0-9._-]{0,39}$'),
    external_id text not null check (length(external_id) between 1 and 500),
    show_id     uuid not null unique references shows,
    -- Title, category, performers, start and status, as the source had them: what its next word is compared with.
    facts       jsonb not null check (jsonb_typeof(facts) = 'object'),
    -- Of the record as it came: one that comes again is not looked at any further.
    digest      bytea not null check (length(digest) = 32),
    primary key (source, external_id)
);
grant select, insert on imported_shows to :runtime;
grant update (facts, digest) on imported_shows to :runtime;

create table imported_venues (
    source      text not null check (source ~ '^[a-z0-9][a-z0-9._-]{0,39}$'),
    external_id text not null check (length(external_id) between 1 and 500),
    venue_id    uuid not null references venues,
    primary key (source, external_id)
);
grant select, insert on imported_venues to :runtime;
