-- Waiting rooms of shows: who stands where before and during an on-sale, who may hold seats, and a log for everybody.

-- Who organises a show and who works for that organiser, as catalog tells it. organiser_id is null where the show was
-- announced before this was told: then only an operator can set a room.
-- queued: only who was admitted may hold seats. It stands here since the statement that claims seats reads this row
-- anyway, so a show without a room pays nothing.
alter table shows
    add column organiser_id uuid,
    add column queued       boolean not null default false;

create table teams (
    organiser_id uuid primary key,
    version      integer not null
);
create table team_members (
    organiser_id uuid not null references teams,
    user_id      uuid not null,
    duties       text[] not null,
    primary key (organiser_id, user_id)
);
grant select, insert, update on teams to :runtime;
grant select, insert, delete on team_members to :runtime;

-- Whoever joins, leaves, is admitted or runs out of time locks the room's row first: what it counts is exact.
-- doors_at: when people can join; null: half an hour before the sale opens. seed: published when the room opens, its
-- hash at once. paced_to: up to when the pace has been used. drawn: how many numbers were put into an order by the seed.
-- head: the last place that was admitted. look_at: when there is something to do next.
create table queues (
    show_id        uuid primary key references shows,
    doors_at       timestamptz,
    per_minute     integer not null check (per_minute between 1 and 6000),
    window_s       integer not null check (window_s between 10 and 7200),
    paused         boolean not null default false,
    seed           text not null check (length(seed) = 64),
    commitment     text not null check (length(commitment) = 64),
    created_at     timestamptz not null default now(),
    opened_at      timestamptz,
    ended_at       timestamptz,
    forgotten_at   timestamptz,
    paced_to       timestamptz,
    look_at        timestamptz,
    last_number    integer not null default 0 check (last_number >= 0),
    drawn          integer not null default 0 check (drawn between 0 and last_number),
    head           integer not null default 0 check (head between 0 and last_number),
    waiting        integer not null default 0 check (waiting >= 0),
    admitted       integer not null default 0 check (admitted >= 0),
    admitted_total integer not null default 0 check (admitted_total between admitted and last_number),
    check ((opened_at is null) = (paced_to is null))
);
create index queues_due on queues (look_at) where look_at is not null;
create index queues_unopened on queues (show_id) where opened_at is null and ended_at is null;
create index queues_kept on queues (show_id) where forgotten_at is null;
grant select, insert, update on queues to :runtime;

-- number: in order of joining. place: in the line; of those who joined before the opening by the seed, of the others
-- their number; null before the opening. user_id is forgotten some time after the show.
create table queue_entries (
    show_id        uuid not null references queues,
    number         integer not null check (number > 0),
    user_id        uuid,
    place          integer check (place > 0),
    state          text not null default 'waiting' check (state in ('waiting', 'admitted', 'over', 'left', 'ended')),
    joined_at      timestamptz not null default now(),
    admitted_at    timestamptz,
    admitted_until timestamptz,
    primary key (show_id, number),
    constraint queue_entries_place unique (show_id, place),
    check ((admitted_at is null) = (admitted_until is null)),
    check ((state in ('admitted', 'over')) <= (admitted_at is not null)),
    check ((state in ('waiting', 'admitted')) <= (user_id is not null))
);
-- Nobody stands twice in one line; the statement that claims seats looks here.
create unique index queue_entries_once on queue_entries (show_id, user_id) where state in ('waiting', 'admitted');
create index queue_entries_of_user on queue_entries (user_id, show_id, number);
create index queue_entries_in_line on queue_entries (show_id, place) where state = 'waiting';
create index queue_entries_ending on queue_entries (show_id, admitted_until) where state = 'admitted';
create index queue_entries_pace on queue_entries (show_id, admitted_at) where admitted_at is not null;
grant select, insert, update on queue_entries to :runtime;

-- How many wait in each thousand places: how many are ahead of somebody is a sum of a few of these.
create table queue_blocks (
    show_id uuid not null references queues,
    block   integer not null,
    waiting integer not null check (waiting >= 0),
    primary key (show_id, block)
);
grant select, insert, update on queue_blocks to :runtime;

-- What happened in a room, for everybody to read and check: numbers, no people. Never changed.
create table queue_log (
    show_id    uuid not null,
    position   bigint generated always as identity,
    at         timestamptz not null default clock_timestamp(),
    what       text not null check (what in ('made', 'joined', 'opened', 'admitted', 'over', 'left', 'changed', 'paused',
                                             'resumed', 'ended')),
    number     integer,
    per_minute integer,
    window_s   integer,
    commitment text,
    seed       text,
    primary key (show_id, position)
);
create index queue_log_paces on queue_log (show_id, position) where per_minute is not null;
grant select, insert on queue_log to :runtime;
