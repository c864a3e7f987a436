-- Who was shut out, by whom and why, and when that ended. Rows stay; the one that is not lifted is in force.
create table bans (
    id          uuid primary key,
    user_id     uuid not null references users (id),
    reason      text not null check (length(reason) between 1 and 500),
    banned_by   uuid not null,
    banned_at   timestamptz not null default now(),
    lifted_by   uuid,
    lifted_at   timestamptz,
    check ((lifted_by is null) = (lifted_at is null))
);
create unique index bans_in_force on bans (user_id) where lifted_at is null;
create index bans_of_user on bans (user_id, banned_at desc);
grant select, insert on bans to :runtime;
grant update (lifted_by, lifted_at) on bans to :runtime;
