-- What shows are narrowed down, counted and ordered by, in one narrow row for each; and names found while typing.

-- The row that already follows prices repeats what its show is filtered by: counting a hundred thousand shows then
-- reads a tenth of what the shows themselves would be, and every order has an index.
alter table show_offers
    add column venue_id   uuid,
    add column category   text,
    add column currency   text,
    add column starts_at  timestamptz,
    add column local_date date,
    add column status     text;
update show_offers o set venue_id = s.venue_id, category = s.category, currency = s.currency,
    starts_at = s.starts_at, local_date = s.local_date, status = s.status
    from shows s where s.id = o.show_id;
alter table show_offers
    alter column venue_id set not null,
    alter column category set not null,
    alter column currency set not null,
    alter column starts_at set not null,
    alter column local_date set not null,
    alter column status set not null;

-- What is repeated follows its show by itself, whoever writes.
create function show_offers_fill() returns trigger language plpgsql as $$
begin
    select venue_id, category, currency, starts_at, local_date, status
        into new.venue_id, new.category, new.currency, new.starts_at, new.local_date, new.status
        from shows where id = new.show_id;
    return new;
end $$;
create trigger show_offers_fill before insert on show_offers for each row execute function show_offers_fill();

create function show_offers_follow() returns trigger language plpgsql as $$
begin
    update show_offers set category = new.category, starts_at = new.starts_at, local_date = new.local_date,
        status = new.status where show_id = new.id;
    return null;
end $$;
create trigger show_offers_follow after update on shows for each row
    when ((old.category, old.starts_at, old.local_date, old.status)
          is distinct from (new.category, new.starts_at, new.local_date, new.status))
    execute function show_offers_follow();

create index show_offers_by_date on show_offers (starts_at, show_id) where status <> 'cancelled';
create index show_offers_by_category on show_offers (category, starts_at, show_id) where status <> 'cancelled';
create index show_offers_by_venue on show_offers (venue_id, starts_at, show_id) where status <> 'cancelled';
-- A show without a price comes after every price (2^62).
create index show_offers_by_price
    on show_offers (currency, coalesce(lowest_amount, 4611686018427387904), starts_at, show_id)
    where status <> 'cancelled';
drop index shows_by_date, shows_by_category, shows_by_venue;

-- Names by the beginnings of their words, while somebody types.
create index performers_begin on performers using gin ((' ' || name_key) gin_trgm_ops);
create index performers_by_name on performers (name_key, id);
create index venues_begin on venues using gin ((' ' || name_key) gin_trgm_ops);
create index venues_by_city on venues (city_key, country);
