-- Who did what that matters: rows are added in the transaction of the deed and never change.
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

create function audit_log_guard() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log is only added to';
end $$;
create trigger audit_log_guard before update or delete on audit_log execute function audit_log_guard();
