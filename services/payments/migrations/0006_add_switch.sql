-- Where the switch of all sales stands, as orders says; the newest row counts, none: never stopped.
create table sales_switch (
    version    integer primary key check (version > 0),
    open       boolean not null,
    changed_at timestamptz not null,
    heard_at   timestamptz not null default now()
);
grant select, insert on sales_switch to :runtime;

-- The switch of payouts, as the history of its positions.
create table payouts_switch (
    version    integer primary key check (version > 0),
    open       boolean not null,
    reason     text not null check (length(reason) between 1 and 500),
    changed_by uuid not null,
    changed_at timestamptz not null default now()
);
grant select, insert on payouts_switch to :runtime;

-- The statements that begin a payment or a payout ask these: a stop is in force for all processes once it is committed.
create function sales_open() returns boolean language sql stable as $$
    select coalesce((select open from sales_switch order by version desc limit 1), true)
$$;
create function payouts_open() returns boolean language sql stable as $$
    select coalesce((select open from payouts_switch order by version desc limit 1), true)
$$;
