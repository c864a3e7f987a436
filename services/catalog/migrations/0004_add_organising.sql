-- Shows that move, with the choice that their holders have then; venues that change; who works for an organiser.

alter table shows
    -- The start that tickets were bought for, and until when whoever holds one may choose a refund.
    add column moved_from   timestamptz,
    add column refund_until timestamptz,
    add constraint shows_moved check ((moved_from is null) = (refund_until is null));
grant update (moved_from, refund_until) on shows to :runtime;
-- An organiser's own shows, the latest first.
create index shows_by_organiser on shows (organiser_id, starts_at desc, id desc);

grant update (name, city, country, timezone, lat, lon, capacity, currency, chart, name_key, city_key, version)
    on venues to :runtime;
create index venues_by_organiser on venues (organiser_id, name_key, id);

create function venues_guard() returns trigger language plpgsql as $$
begin
    if new.version <> old.version + 1 then
        raise exception 'venue % goes from version % to %', old.id, old.version, new.version;
    end if;
    return new;
end $$;
create trigger venues_guard before update on venues for each row execute function venues_guard();

-- Whom an organiser can take into the team: a copy of who has an account, fed by events.
create table people (
    id      uuid primary key,
    version integer not null check (version > 0),
    email   text not null,
    name    text not null,
    roles   text[] not null,
    -- The address that was last shown to be theirs.
    verified_email text
);
create index people_by_email on people (lower(email));
grant select, insert, update, delete on people to :runtime;
-- Whose account was deleted stays unknown, even if an older event comes late.
create table people_erased (
    id uuid primary key
);
grant select, insert on people_erased to :runtime;

create table teams (
    organiser_id uuid primary key,
    version      integer not null check (version > 0)
);
grant select, insert, update on teams to :runtime;

create table team_members (
    organiser_id uuid not null references teams,
    user_id      uuid not null check (user_id <> organiser_id),
    duties       text[] not null check (
        duties <@ array['manage', 'report', 'scan'] and cardinality(duties) between 1 and 3),
    since        timestamptz not null default now(),
    primary key (organiser_id, user_id)
);
create index team_members_by_user on team_members (user_id);
grant select, insert, update, delete on team_members to :runtime;
