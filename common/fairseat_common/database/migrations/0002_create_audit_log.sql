-- Who did what that matters, written in the transaction of the deed. The runtime role can add and read, nothing else.
create table audit_log (
    id         uuid primary key,
    position   bigint generated always as identity unique,
    -- Null: nobody was signed in, or the service acted by itself.
    actor_id   uuid,
    action     text not null check (action ~ '^[a-z]+(-[a-z]+)*$' and length(action) <= 60),
    subject    text not null default '' check (length(subject) <= 200),
    details    jsonb not null default '{}' check (length(details::text) <= 4000),
    address    text not null default '' check (length(address) <= 64),
    happened_at timestamptz not null default now()
);
create index audit_log_of_actor on audit_log (actor_id, position desc);
create index audit_log_of_subject on audit_log (subject, position desc) where subject <> '';
grant select, insert on audit_log to :runtime;
