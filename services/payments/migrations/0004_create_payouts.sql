-- What sellers are owed, how it reaches them, and what does not add up.

create table seller_accounts (
    seller_id    uuid primary key,
    account_id   text unique check (length(account_id) between 1 and 255),
    status       text not null default 'pending' check (status in ('pending', 'active')),
    version      integer not null default 1 check (version > 0),
    keys_used    integer not null default 0,
    tries        integer not null default 0,
    leased_until timestamptz not null default clock_timestamp(),
    created_at   timestamptz not null default clock_timestamp(),
    constraint seller_accounts_active check (status <> 'active' or account_id is not null)
);
create index seller_accounts_pending on seller_accounts (leased_until) where status = 'pending';
grant select, insert on seller_accounts to :runtime;
grant update (account_id, status, version, keys_used, tries, leased_until) on seller_accounts to :runtime;

-- version counts published facts, so a payout that was only made has 0.
create table payouts (
    id           uuid primary key,
    seller_id    uuid not null references seller_accounts (seller_id),
    account_id   text not null,
    amount       bigint not null check (amount > 0),
    currency     text not null check (currency ~ '^[A-Z]{3}$'),
    status       text not null default 'due' check (status in ('due', 'sent', 'reversed')),
    transfer_id  text constraint payouts_transfer unique,
    reversed     bigint not null default 0 check (reversed between 0 and amount),
    version      integer not null default 0 check (version >= 0),
    keys_used    integer not null default 0,
    tries        integer not null default 0,
    leased_until timestamptz not null default clock_timestamp(),
    created_at   timestamptz not null default clock_timestamp(),
    sent_at      timestamptz,
    constraint payouts_sent check ((status = 'due') = (transfer_id is null) and (status = 'due') = (sent_at is null)),
    constraint payouts_reversed check ((status = 'reversed') = (reversed = amount))
);
-- The guard against paying a seller twice: the next payout is made when the one before has left.
create unique index payouts_due on payouts (seller_id, currency) where status = 'due';
create index payouts_unsent on payouts (leased_until) where status = 'due';
create index payouts_of_seller on payouts (seller_id, id);
grant select, insert on payouts to :runtime;
grant update (status, transfer_id, reversed, version, keys_used, tries, leased_until, sent_at) on payouts to :runtime;

-- What a seller is owed (positive), and what is taken off the next payout (negative).
create table payables (
    id         uuid primary key,
    seller_id  uuid not null,
    currency   text not null check (currency ~ '^[A-Z]{3}$'),
    amount     bigint not null check (amount <> 0),
    kind       text not null check (kind in ('sale', 'refund', 'chargeback', 'reversal')),
    cause      text not null constraint payables_cause unique,
    order_id   uuid,
    line       smallint,
    payout_id  uuid references payouts (id),
    created_at timestamptz not null default clock_timestamp(),
    constraint payables_sign check ((kind in ('sale', 'reversal')) = (amount > 0)),
    constraint payables_line check ((kind = 'reversal') = (order_id is null) and (order_id is null) = (line is null)),
    foreign key (order_id, line) references sale_lines (order_id, line)
);
-- A line is owed once, and taken back once.
create unique index payables_sold on payables (order_id, line) where kind = 'sale';
create unique index payables_taken_back on payables (order_id, line) where kind in ('refund', 'chargeback');
create index payables_open on payables (seller_id, currency) where payout_id is null;
create index payables_of_payout on payables (payout_id) where payout_id is not null;
grant select, insert on payables to :runtime;
grant update (payout_id) on payables to :runtime;

-- What each payout was made of; stays when a reversal opens its payables again.
create table payout_items (
    payout_id  uuid not null references payouts (id),
    payable_id uuid not null references payables (id),
    amount     bigint not null check (amount <> 0),
    primary key (payout_id, payable_id)
);
grant select, insert on payout_items to :runtime;

-- What reconciliation could not explain; open while resolved_at is null.
create table breaks (
    id          uuid primary key,
    kind        text not null check (length(kind) between 1 and 60),
    reference   text not null check (length(reference) between 1 and 300),
    detail      text not null,
    found_at    timestamptz not null default clock_timestamp(),
    resolved_at timestamptz
);
create unique index breaks_open on breaks (kind, reference) where resolved_at is null;
grant select, insert on breaks to :runtime;
grant update (detail, resolved_at) on breaks to :runtime;

-- What did not fit at the last look but may just be in flight: a break only if it is seen again after a while.
create table break_suspects (
    kind      text not null,
    reference text not null,
    seen_at   timestamptz not null default clock_timestamp(),
    primary key (kind, reference)
);
grant select, insert, delete on break_suspects to :runtime;

-- One process at a time does what is done for the whole service, and not before it is due.
create table turns (
    name   text primary key,
    due_at timestamptz not null default clock_timestamp(),
    holder uuid
);
grant select, insert, update on turns to :runtime;
