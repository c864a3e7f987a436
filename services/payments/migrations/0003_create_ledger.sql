-- The double-entry ledger, and the lines of every sale.

-- `transaction` is the one that wrote the entry: its lines come in the same one, or never.
create table ledger_entries (
    id          uuid primary key,
    cause       text not null constraint ledger_entries_cause unique check (length(cause) between 1 and 200),
    occurred_at timestamptz not null default clock_timestamp(),
    transaction xid8 not null default pg_current_xact_id()
);
create index ledger_entries_occurred_at on ledger_entries (occurred_at);

-- A debit is positive, a credit negative, in minor units.
create table ledger_lines (
    entry_id uuid not null references ledger_entries (id),
    line     smallint not null check (line > 0),
    account  text not null check (account ~ '^[a-z_]+(:[0-9a-f-]{36})?$'),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    amount   bigint not null check (amount <> 0),
    order_id uuid,
    primary key (entry_id, line)
);
create index ledger_lines_of_account on ledger_lines (account, currency, entry_id);
create index ledger_lines_of_order on ledger_lines (order_id, entry_id) where order_id is not null;

-- The running total of each account; only the trigger below writes it.
create table ledger_balances (
    account  text not null,
    currency text not null,
    balance  bigint not null,
    primary key (account, currency)
);

create function ledger_line_check() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if not exists (select from ledger_entries e where e.id = new.entry_id and e.transaction = pg_current_xact_id()) then
        raise exception 'ledger entry % is closed', new.entry_id using errcode = 'check_violation';
    end if;
    return new;
end
$$;
create trigger ledger_line_check before insert on ledger_lines
    for each row execute function ledger_line_check();

-- Runs while the transaction commits. Whatever accounts it touched, and in which order, two postings cannot wait for
-- each other: one transaction at a time changes balances, and it takes no other lock any more.
create function ledger_line_post() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    perform pg_advisory_xact_lock(7231003);
    if (select sum(l.amount) from ledger_lines l where l.entry_id = new.entry_id and l.currency = new.currency) <> 0 then
        raise exception 'ledger entry % does not sum to zero in %', new.entry_id, new.currency
            using errcode = 'check_violation', constraint = 'ledger_lines_sum';
    end if;
    insert into ledger_balances as b (account, currency, balance) values (new.account, new.currency, new.amount)
        on conflict (account, currency) do update set balance = b.balance + excluded.balance;
    return null;
end
$$;
create constraint trigger ledger_line_post after insert on ledger_lines deferrable initially deferred
    for each row execute function ledger_line_post();

create function ledger_entry_check() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if (select count(*) from ledger_lines l where l.entry_id = new.id) < 2 then
        raise exception 'ledger entry % has no two sides', new.id using errcode = 'check_violation';
    end if;
    return null;
end
$$;
create constraint trigger ledger_entry_check after insert on ledger_entries deferrable initially deferred
    for each row execute function ledger_entry_check();

-- Written once, for ever: the service can add entries, and do nothing else to them.
grant select on ledger_entries, ledger_lines, ledger_balances to :runtime;
grant insert (id, cause) on ledger_entries to :runtime;
grant insert (entry_id, line, account, currency, amount, order_id) on ledger_lines to :runtime;

-- The seats of confirmed orders, each with its part of price and fees. captured_at comes with the charge; what was
-- never charged is never released.
create table sale_lines (
    order_id    uuid not null references orders (id),
    line        smallint not null check (line > 0),
    seat        text not null,
    seller_id   uuid not null,
    show_id     uuid not null,
    price       bigint not null check (price >= 0),
    buyer_fee   bigint not null check (buyer_fee >= 0),
    seller_fee  bigint not null check (seller_fee between 0 and price),
    currency    text not null check (currency ~ '^[A-Z]{3}$'),
    status      text not null default 'escrow' check (status in ('escrow', 'released', 'refunded', 'charged_back')),
    dispute_id  uuid,
    refund_id   uuid,
    sold_at     timestamptz not null default clock_timestamp(),
    captured_at timestamptz,
    released_at timestamptz,
    primary key (order_id, line),
    constraint sale_lines_seat unique (order_id, seat),
    constraint sale_lines_released check (released_at is null or captured_at is not null),
    constraint sale_lines_released_at check (status <> 'released' or released_at is not null),
    constraint sale_lines_refund check ((status = 'refunded') = (refund_id is not null))
);
create index sale_lines_in_escrow on sale_lines (show_id) where status = 'escrow';
create index sale_lines_uncaptured on sale_lines (sold_at) where captured_at is null;
create index sale_lines_of_seller on sale_lines (seller_id, order_id);
grant select, insert on sale_lines to :runtime;
grant update (status, dispute_id, refund_id, captured_at, released_at) on sale_lines to :runtime;
