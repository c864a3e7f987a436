-- A hundred thousand shows over two years in the venues that are there and 400 more, by twenty thousand performers.
-- Everything follows from the number of the show: the same catalogue each time. Run by the owner of catalog's database.
create temporary table told as
select array['amber', 'ashen', 'autumn', 'brave', 'broken', 'cobalt', 'copper', 'crimson', 'crooked', 'distant',
             'dusty', 'electric', 'emerald', 'empty', 'endless', 'fallen', 'feral', 'flaming', 'frozen', 'gentle',
             'gilded', 'hollow', 'indigo', 'ivory', 'jagged', 'lonely', 'lucid', 'marble', 'mellow', 'midnight',
             'neon', 'northern', 'painted', 'pale', 'quiet', 'restless', 'royal', 'rusty', 'scarlet', 'silent',
             'silver', 'solar', 'southern', 'stolen', 'tender', 'thirsty', 'turquoise', 'velour', 'violet', 'wild'] as a,
       array['acrobats', 'anchors', 'arrows', 'bandits', 'beacons', 'bridges', 'candles', 'canyons', 'caravan', 'cinema',
             'comets', 'compass', 'dancers', 'desert', 'dragons', 'echoes', 'engines', 'falcons', 'foxes', 'garden',
             'ghosts', 'giants', 'harvest', 'horizon', 'island', 'jackals', 'kingdom', 'lanterns', 'lions', 'machine',
             'mirrors', 'monsoon', 'oceans', 'orchids', 'outlaws', 'parade', 'pilots', 'planets', 'pirates', 'ravens',
             'rivers', 'rockets', 'saints', 'shadows', 'sparrows', 'thieves', 'tigers', 'voyage', 'wolves', 'zeppelin'] as b,
       array['acoustic', 'anniversary', 'anthology', 'chronicles', 'encore', 'experience', 'finale', 'gala', 'jubilee',
             'live', 'matinee', 'premiere', 'revival', 'reunion', 'serenade', 'sessions', 'showcase', 'tour', 'tribute',
             'unplugged'] as c,
       array['hall', 'theatre', 'arena', 'club', 'ballroom', 'pavilion', 'palace', 'warehouse'] as h,
       array['concert', 'concert', 'concert', 'theatre', 'comedy', 'classical', 'family', 'sport', 'other'] as k;

-- Houses in the cities that are there, in turn.
insert into venues (id, organiser_id, name, city, country, timezone, lat, lon, capacity, currency, chart, name_key,
    city_key, version)
select md5('venue ' || n)::uuid, md5('organiser')::uuid, initcap(house), v.city, v.country, v.timezone,
    v.lat + (n % 20) * 0.001, v.lon + (n % 30) * 0.001, 1000, v.currency, '{"sections": []}', house, v.city_key, 1
from told, generate_series(1, 400) n
cross join lateral (select a[1 + n % 50] || ' ' || h[1 + n / 50 % 8] as house) named
join (select v.*, row_number() over (order by city_key, name_key) as place, count(*) over () as places from venues v) v
    on v.place = 1 + n % v.places;

create temporary table houses as
select id as venue_id, timezone, currency, name_key, city_key,
    row_number() over (order by city_key, name_key, id) as place, count(*) over () as places
from venues;
create index on houses (place);

create temporary table bands as
select n as number, md5('performer ' || n)::uuid as performer_id,
    a[1 + n % 50] || ' ' || b[1 + n / 50 % 50] || ' ' || (n / 2500 + 1) as band
from told, generate_series(1, 20000) n;
create index on bands (number);
insert into performers (id, name, name_key) select performer_id, initcap(band), band from bands;

create temporary table planned as
select md5('show ' || n)::uuid as id, h.*, performer_id, band, band || ' ' || c[1 + n / 977 % 20] as title,
    k[1 + n % 9] as category, case when n % 5 > 0 then 100 * (12 + n * 31 % 240) end as lowest,
    (date_trunc('day', now()) + interval '1 day' * (1 + n * 7 % 730) + interval '18 hours'
        + interval '30 minutes' * (n % 6)) at time zone 'UTC' at time zone timezone as starts_at
from told, generate_series(1, 100000) n
join houses h on h.place = 1 + (n * 7919) % (select max(places) from houses)
join bands on number = 1 + n % 20000;

-- Made anew afterwards, which is quicker than to keep them up to date meanwhile.
drop index shows_words;
alter table shows drop constraint shows_venue_id_fkey;
alter table show_performers drop constraint show_performers_show_id_fkey,
    drop constraint show_performers_performer_id_fkey;
alter table show_offers drop constraint show_offers_show_id_fkey;
alter table show_offers disable trigger show_offers_fill;
insert into shows (id, venue_id, organiser_id, title, category, starts_at, local_date, status, currency, document,
    version)
select id, venue_id, md5('organiser')::uuid, initcap(title), category, starts_at,
    (starts_at at time zone timezone)::date, 'scheduled', currency,
    setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', name_key), 'B')
    || setweight(to_tsvector('simple', city_key), 'C') || setweight(to_tsvector('simple', category), 'D'), 1
from planned;
insert into show_performers (show_id, position, performer_id) select id, 0, performer_id from planned;
insert into show_offers (show_id, venue_id, category, currency, starts_at, local_date, status, listings_count,
    lowest_amount)
select id, venue_id, category, currency, starts_at, (starts_at at time zone timezone)::date, 'scheduled',
    case when lowest is null then 0 else 10 end, lowest
from planned;
insert into search_words select distinct unnest(tsvector_to_array(document)) from shows on conflict do nothing;
create index shows_words on shows using gin (document);
alter table shows add constraint shows_venue_id_fkey foreign key (venue_id) references venues;
alter table show_performers add constraint show_performers_show_id_fkey foreign key (show_id) references shows,
    add constraint show_performers_performer_id_fkey foreign key (performer_id) references performers;
alter table show_offers add constraint show_offers_show_id_fkey foreign key (show_id) references shows;
alter table show_offers enable trigger show_offers_fill;
