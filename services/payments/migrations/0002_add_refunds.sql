-- Everything that makes money go back: verdicts of orders, challenges of banks, refunds, disputes.

-- The whole order, line by line. A row from before is filled by the order's next event; until then quantity is 0.
alter table orders
    drop constraint orders_status_check,
    add constraint orders_status check (status in ('held', 'confirmed', 'cancelled', 'refunded')),
    add column cancel_reason text check (cancel_reason in ('buyer', 'expired', 'payment_failed', 'show_cancelled')),
    add column show_id uuid not null default '00000000-0000-0000-0000-000000000000',
    add column seller_id uuid not null default '00000000-0000-0000-0000-000000000000',
    add column section text,
    add column row text,
    add column seats text[] not null default '{}',
    add column quantity integer not null default 0 check (quantity >= 0),
    add column unit_price bigint not null default 0 check (unit_price >= 0),
    add column fees bigint not null default 0 check (fees >= 0),
    add column seller_fees bigint not null default 0 check (seller_fees between 0 and quantity * unit_price),
    add column fee_rule integer,
    add constraint orders_total check (quantity = 0 or amount = quantity * unit_price + fees);

-- refused_at: orders does not want this payment. keys_used: idempotency keys that the provider answered with a stored
-- error. refunds: the sum of all refunds of this attempt, kept by a trigger; the check is what makes giving back more
-- than was taken impossible.
alter table attempts
    drop constraint attempts_status_check,
    drop constraint attempts_outcome_check,
    add constraint attempts_status check (
        status in ('started', 'challenged', 'authorized', 'captured', 'voided', 'failed', 'stray')),
    add constraint attempts_outcomes check (
        outcome in ('authorized', 'challenged', 'late', 'declined', 'rejected', 'abandoned')),
    add column return_url text,
    add column action_url text,
    add column refused_at timestamptz,
    add column keys_used integer not null default 0,
    add column refunds bigint not null default 0,
    add constraint attempts_refunds check (refunds between 0 and amount);
grant update (action_url, refused_at, keys_used) on attempts to :runtime;

drop index attempts_live;
create unique index attempts_live on attempts (order_id)
    where status in ('started', 'challenged', 'authorized', 'captured');
drop index attempts_unsettled;
create index attempts_unsettled on attempts (leased_until) where status in ('started', 'challenged', 'authorized');

-- One row per refund that orders decided, and one per charge that nobody wanted. sent_at: the provider may know it.
create table refunds (
    id           uuid primary key,
    order_id     uuid not null references orders (id),
    attempt_id   uuid not null references attempts (id),
    reason       text not null check (reason in ('show_cancelled', 'gate', 'goodwill', 'unwanted')),
    seats        text[] not null,
    amount       bigint not null check (amount > 0),
    currency     text not null check (currency ~ '^[A-Z]{3}$'),
    status       text not null default 'due' check (status in ('due', 'refunded')),
    provider_id  text unique,
    settled_by   text check (settled_by in ('provider', 'void', 'dispute')),
    version      integer not null default 1 check (version > 0),
    keys_used    integer not null default 0,
    tries        integer not null default 0,
    sent_at      timestamptz,
    leased_until timestamptz not null default now(),
    created_at   timestamptz not null default now(),
    settled_at   timestamptz,
    constraint refunds_settled check ((status = 'refunded') = (settled_by is not null)),
    constraint refunds_provider check ((settled_by is not distinct from 'provider') = (provider_id is not null))
);
create unique index refunds_unwanted on refunds (attempt_id) where reason = 'unwanted';
create index refunds_unsettled on refunds (leased_until) where status = 'due';
create index refunds_of_order on refunds (order_id);
create index refunds_of_attempt on refunds (attempt_id);
grant select, insert on refunds to :runtime;
grant update (status, provider_id, settled_by, version, keys_used, tries, sent_at, leased_until, settled_at)
    on refunds to :runtime;

-- The runtime role cannot write attempts.refunds, so no code can forget to count, or count less.
create function attempt_refunds_count() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    update attempts set refunds = refunds + new.amount
    where id = new.attempt_id and order_id = new.order_id and currency = new.currency;
    if not found then
        raise foreign_key_violation using message = 'a refund names another order or currency than its attempt';
    end if;
    return null;
end $$;
revoke execute on function attempt_refunds_count() from public;
create trigger refunds_counted after insert on refunds for each row execute function attempt_refunds_count();

create table disputes (
    id          uuid primary key,
    attempt_id  uuid not null references attempts (id),
    order_id    uuid not null references orders (id),
    provider_id text not null unique,
    amount      bigint not null check (amount > 0),
    currency    text not null check (currency ~ '^[A-Z]{3}$'),
    stage       text not null check (stage in ('opened', 'won', 'lost')),
    version     integer not null check (version > 0),
    opened_at   timestamptz not null default now(),
    closed_at   timestamptz,
    constraint disputes_closed check ((stage = 'opened') = (closed_at is null))
);
create index disputes_of_attempt on disputes (attempt_id);
create index disputes_of_order on disputes (order_id);
grant select, insert on disputes to :runtime;
grant update (stage, version, closed_at) on disputes to :runtime;

-- Copies of shows: when they take place decides when a seller is paid.
create table shows (
    show_id   uuid primary key,
    title     text not null,
    starts_at timestamptz not null,
    status    text not null check (status in ('scheduled', 'postponed', 'cancelled')),
    version   integer not null check (version > 0)
);
grant select, insert, update on shows to :runtime;

-- How far the provider's own lists have been read, by its own order and not by anybody's clock: the id after which to
-- read on. Whoever holds the lease reads.
create table provider_watermarks (
    name         text primary key,
    after_id     text,
    leased_until timestamptz not null
);
grant select, insert, update on provider_watermarks to :runtime;
