-- Performers, venues with their seating charts, shows; what search needs; copies of listings for prices.
create extension if not exists pg_trgm;

create table venues (
    id           uuid primary key,
    organiser_id uuid not null,
    name         text not null check (name = btrim(name) and length(name) between 1 and 200),
    city         text not null check (city = btrim(city) and length(city) between 1 and 200),
    country      text not null check (country ~ '^[A-Z]{2}$'),
    timezone     text not null,
    lat          double precision not null check (lat between -90 and 90),
    lon          double precision not null check (lon between -180 and 180),
    capacity     integer not null check (capacity > 0),
    currency     text not null check (currency ~ '^[A-Z]{3}$'),
    chart        jsonb not null check (jsonb_typeof(chart -> 'sections') = 'array'),
    -- Name and city without accents and case: what a query is compared with, and what makes a house unique.
    name_key     text not null,
    city_key     text not null,
    version      integer not null check (version > 0),
    created_at   timestamptz not null default now(),
    unique (city_key, country, name_key)
);
create index venues_place on venues (lat, lon);
create index venues_words on venues using gin ((name_key || ' ' || city_key) gin_trgm_ops);
grant select, insert on venues to :runtime;

create table performers (
    id       uuid primary key,
    name     text not null unique check (name = btrim(name) and length(name) between 1 and 200),
    name_key text not null
);
create index performers_words on performers using gin (name_key gin_trgm_ops);
grant select, insert on performers to :runtime;

create table shows (
    id           uuid primary key,
    venue_id     uuid not null references venues,
    organiser_id uuid not null,
    title        text not null check (title = btrim(title) and length(title) between 1 and 200),
    category     text not null check (category in (
        'concert', 'festival', 'theatre', 'comedy', 'classical', 'family', 'sport', 'other')),
    starts_at    timestamptz not null,
    -- The day on the venue's own calendar.
    local_date   date not null check (local_date between (starts_at at time zone 'UTC')::date - 1
                                                     and (starts_at at time zone 'UTC')::date + 1),
    status       text not null check (status in ('scheduled', 'postponed', 'cancelled')),
    currency     text not null check (currency ~ '^[A-Z]{3}$'),
    image_url    text check (image_url like '/static/%'),
    document     tsvector not null,
    version      integer not null check (version > 0),
    created_at   timestamptz not null default now()
);
create index shows_by_date on shows (starts_at, id) where status <> 'cancelled';
create index shows_by_category on shows (category, starts_at, id) where status <> 'cancelled';
create index shows_by_venue on shows (venue_id, starts_at, id) where status <> 'cancelled';
create index shows_words on shows using gin (document);
grant select, insert on shows to :runtime;
grant update (title, category, starts_at, local_date, status, image_url, document, version) on shows to :runtime;

-- A version follows the one before, and a cancellation is final, whoever writes.
create function shows_guard() returns trigger language plpgsql as $$
begin
    if new.version <> old.version + 1 then
        raise exception 'show % goes from version % to %', old.id, old.version, new.version;
    end if;
    if old.status = 'cancelled' then
        raise exception 'show % is cancelled', old.id;
    end if;
    return new;
end $$;
create trigger shows_guard before update on shows for each row execute function shows_guard();

create table show_performers (
    show_id      uuid not null references shows,
    position     smallint not null check (position >= 0),
    performer_id uuid not null references performers,
    primary key (show_id, position),
    unique (show_id, performer_id)
);
create index show_performers_by_performer on show_performers (performer_id);
grant select, insert, delete on show_performers to :runtime;

-- Every word that some show was ever found by: where a misspelt word finds what it may have meant.
create table search_words (
    word text collate "C" primary key check (length(word) between 1 and 80)
);
create index search_words_alike on search_words using gin (word gin_trgm_ops);
grant select, insert on search_words to :runtime;

-- The words that look most like the asked one. Below the usual threshold of 0.3, because two letters that change
-- places near the beginning of a short word leave few of its trigrams. Without knowing the word, the planner would
-- rather read the whole table, which takes a hundred times as long.
create function words_alike(asked text, rows_max integer) returns setof text
language sql stable set pg_trgm.similarity_threshold = 0.2 set enable_seqscan = off as $$
    select word from search_words where word % asked order by similarity(word, asked) desc, word limit rows_max
$$;

-- Copies of listings and of what was sold from them, fed by events.
create table listing_copies (
    listing_id  uuid primary key,
    show_id     uuid not null,
    seats       integer not null check (seats >= 0),
    unit_amount bigint not null check (unit_amount >= 0),
    currency    text not null,
    withdrawn   boolean not null,
    version     integer not null check (version > 0)
);
create index listing_copies_by_show on listing_copies (show_id) where not withdrawn;
grant select, insert, update on listing_copies to :runtime;

create table listing_sales (
    order_id   uuid primary key,
    listing_id uuid not null,
    seats      integer not null check (seats > 0)
);
create index listing_sales_by_listing on listing_sales (listing_id);
grant select, insert on listing_sales to :runtime;

-- What is on sale for each show, summed up from the copies; the row is also the lock for doing so.
create table show_offers (
    show_id        uuid primary key references shows,
    listings_count integer not null default 0 check (listings_count >= 0),
    lowest_amount  bigint check (lowest_amount >= 0),
    check ((listings_count = 0) = (lowest_amount is null))
);
grant select, insert, update on show_offers to :runtime;
