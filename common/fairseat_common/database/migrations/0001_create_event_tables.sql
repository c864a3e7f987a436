-- The tables that every service has: what it says (outbox), what it has heard (inbox), what it could not digest.

grant usage on schema public to :runtime;

-- The record of every fact that this service has published. Rows are never changed but for being marked as sent.
create table outbox (
    event_id     uuid primary key,
    position     bigint generated always as identity,
    subject      text not null,
    aggregate_id uuid not null,
    version      integer not null check (version > 0),
    payload      jsonb not null,
    traceparent  text,
    occurred_at  timestamptz not null default now(),
    published_at timestamptz,
    unique (aggregate_id, version)
);
create index outbox_unpublished on outbox (position) where published_at is null;
create index outbox_published_at on outbox (published_at) where published_at is not null;
grant select, insert on outbox to :runtime;
grant update (published_at) on outbox to :runtime;

-- Sent rows older than the retention go; the runtime role can do no other delete.
create function outbox_prune(keep interval, rows_max integer) returns bigint
language sql security definer set search_path = public as $$
    with gone as (
        delete from outbox where event_id in (
            select event_id from outbox
            where published_at < now() - greatest(keep, interval '1 day')
            order by published_at limit rows_max)
        returning 1)
    select count(*) from gone
$$;
revoke execute on function outbox_prune(interval, integer) from public;
grant execute on function outbox_prune(interval, integer) to :runtime;

-- What each consumer has handled; the row commits together with the effect.
create table inbox (
    consumer    text not null,
    event_id    uuid not null,
    outcome     text not null check (outcome in ('handled', 'refused', 'parked')),
    received_at timestamptz not null default now(),
    primary key (consumer, event_id)
);
create index inbox_received_at on inbox (received_at);
grant select, insert on inbox to :runtime;
-- Replaying a dead letter takes its inbox row back.
grant delete on inbox to :runtime;

-- Failed deliveries so far; a row goes when the event is handled or parked.
create table delivery_attempts (
    consumer   text not null,
    event_id   uuid not null,
    attempts   integer not null,
    last_error text not null,
    failed_at  timestamptz not null default now(),
    primary key (consumer, event_id)
);
grant select, insert, update, delete on delivery_attempts to :runtime;

-- Events that a consumer could not digest, kept until somebody replays them.
create table dead_letters (
    consumer    text not null,
    event_id    uuid not null,
    subject     text not null,
    payload     text not null,
    headers     jsonb not null,
    attempts    integer not null,
    error       text not null,
    parked_at   timestamptz not null default now(),
    replayed_at timestamptz,
    primary key (consumer, event_id)
);
grant select, insert, update on dead_letters to :runtime;

-- First answers to requests that carried an Idempotency-Key.
create table idempotency_keys (
    account_id   uuid not null,
    operation    text not null,
    key          text not null check (length(key) between 1 and 255),
    request_hash bytea not null,
    status       smallint not null,
    body         text not null,
    headers      jsonb not null,
    created_at   timestamptz not null default now(),
    primary key (account_id, operation, key)
);
create index idempotency_keys_created_at on idempotency_keys (created_at);
grant select, insert, delete on idempotency_keys to :runtime;
