-- Addresses of other people's programs, which hear of what concerns their owner. The secret that signs is sealed: it must
-- be at hand, and a copy of the database alone must not be enough to sign with.
create table webhooks (
    id            uuid primary key,
    owner_id      uuid not null,
    url           text not null check (length(url) <= 2000),
    subjects      text[] not null check (cardinality(subjects) between 1 and 100),
    secret        text not null,
    active        boolean not null default true,
    off_reason    text check (off_reason in ('owner', 'failing', 'gone', 'account')),
    failing_since timestamptz,
    missed        integer not null default 0 check (missed >= 0),
    created_at    timestamptz not null default now(),
    check (active = (off_reason is null))
);
create index webhooks_of_owner on webhooks (owner_id, id desc);
create index webhooks_hearing on webhooks using gin (subjects) where active;
grant select, insert, update, delete on webhooks to :runtime;

-- What is to be delivered, once per webhook and fact, and what became of it: queue and log in one. `body` is what is signed,
-- the same to the byte at every attempt. A delivery that is under way is leased; if its sender dies, it falls due again.
create table webhook_deliveries (
    id           uuid primary key,
    webhook_id   uuid not null references webhooks on delete cascade,
    event_id     uuid not null,
    subject      text not null,
    body         text not null,
    status       text not null default 'queued' check (status in ('queued', 'delivered', 'failed')),
    attempts     integer not null default 0 check (attempts >= 0),
    answer       integer,
    error        text,
    due_at       timestamptz not null default now(),
    give_up_at   timestamptz not null,
    leased_until timestamptz,
    created_at   timestamptz not null default now(),
    ended_at     timestamptz,
    unique (webhook_id, event_id),
    check ((status = 'queued') = (ended_at is null))
);
create index webhook_deliveries_due on webhook_deliveries (webhook_id, due_at, id) where status = 'queued';
create index webhook_deliveries_leased on webhook_deliveries (webhook_id, leased_until) where leased_until is not null;
create index webhook_deliveries_in_order on webhook_deliveries (webhook_id, id desc);
create index webhook_deliveries_ended on webhook_deliveries (ended_at);
grant select, insert, update, delete on webhook_deliveries to :runtime;

create table webhook_attempts (
    delivery_id uuid not null references webhook_deliveries on delete cascade,
    number      integer not null check (number > 0),
    made_at     timestamptz not null default now(),
    answer      integer,
    error       text,
    took_ms     integer not null check (took_ms >= 0),
    primary key (delivery_id, number)
);
grant select, insert, delete on webhook_attempts to :runtime;
