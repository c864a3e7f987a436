-- Copies of orders, and every attempt to pay one.

create table orders (
    id         uuid primary key,
    buyer_id   uuid not null,
    version    integer not null check (version > 0),
    status     text not null check (status in ('held', 'confirmed', 'cancelled')),
    amount     bigint not null check (amount > 0),
    currency   text not null check (currency ~ '^[A-Z]{3}$'),
    expires_at timestamptz not null
);
grant select, insert, update on orders to :runtime;

-- version counts published facts, so an attempt that was only started has 0.
-- outcome is what the buyer was told, or would have been, and never changes: a repeated request gets it again.
create table attempts (
    id              uuid primary key,
    order_id        uuid not null references orders (id),
    buyer_id        uuid not null,
    idempotency_key text not null check (length(idempotency_key) between 1 and 255),
    request_hash    bytea not null,
    payment_method  text not null,
    amount          bigint not null check (amount > 0),
    currency        text not null check (currency ~ '^[A-Z]{3}$'),
    status          text not null check (status in ('started', 'authorized', 'captured', 'voided', 'failed')),
    version         integer not null default 0 check (version >= 0),
    outcome         text check (outcome in ('authorized', 'late', 'declined', 'rejected', 'abandoned')),
    reason          text,
    intent_id       text unique,
    tries           integer not null default 0,
    leased_until    timestamptz not null,
    created_at      timestamptz not null default now(),
    constraint attempts_key unique (buyer_id, idempotency_key),
    constraint attempts_outcome check ((status = 'started') = (outcome is null)),
    constraint attempts_intent check (status in ('started', 'failed') or intent_id is not null)
);

-- The guard against paying twice: one attempt of an order can be alive, whatever the requests do.
create unique index attempts_live on attempts (order_id) where status in ('started', 'authorized', 'captured');

create index attempts_unsettled on attempts (leased_until) where status in ('started', 'authorized');
create index attempts_of_buyer on attempts (buyer_id, id);
create index attempts_of_order on attempts (order_id);

grant select, insert on attempts to :runtime;
grant update (status, version, outcome, reason, intent_id, tries, leased_until) on attempts to :runtime;

-- The provider's events that were acted upon; it sends some of them more than once.
create table provider_events (
    id          text primary key check (length(id) between 1 and 255),
    type        text not null,
    received_at timestamptz not null default now()
);
create index provider_events_received_at on provider_events (received_at);
grant select, insert, delete on provider_events to :runtime;
