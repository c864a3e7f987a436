-- Tax that the marketplace's own fees include, what a moved show waits for, and sellers whose payouts wait.

-- In hundredths of a per cent; the newest row of a country counts, and 0 ends its tax. Kept, so that every rate that
-- was ever in force can be shown.
create table tax_rates (
    country text not null check (country ~ '^[A-Z]{2}$'),
    rate    integer not null check (rate between 0 and 10000),
    since   timestamptz not null default clock_timestamp(),
    primary key (country, since)
);
grant select, insert on tax_rates to :runtime;

-- Of a show that was heard of before, both are unknown until its next news; its seats are sold untaxed until then.
alter table shows add column country text, add column moved_from timestamptz;

-- What both fees of a line include, fixed at the sale: the runtime role may not update it.
alter table sale_lines
    add column tax_country text check (tax_country ~ '^[A-Z]{2}$'),
    add column tax_rate    integer check (tax_rate between 1 and 10000),
    add column buyer_tax   bigint not null default 0,
    add column seller_tax  bigint not null default 0,
    add constraint sale_lines_tax check (
        (tax_country is null) = (tax_rate is null) and (tax_rate is not null or (buyer_tax = 0 and seller_tax = 0))),
    add constraint sale_lines_tax_included check (
        buyer_tax between 0 and buyer_fee and seller_tax between 0 and seller_fee);
create index sale_lines_taxed on sale_lines (released_at) where tax_rate is not null and released_at is not null;

-- What is owed to a tax office is an account of its country.
alter table ledger_lines
    drop constraint ledger_lines_account_check,
    add constraint ledger_lines_account_check check (account ~ '^[a-z_]+(:([0-9a-f-]{36}|[A-Z]{2}))?$');

-- Whose payouts wait. A copy of what auth decides; newer versions win.
create table banned_users (
    user_id    uuid primary key,
    banned     boolean not null,
    version    integer not null check (version > 0),
    changed_at timestamptz not null default now()
);
grant select, insert, update on banned_users to :runtime;

-- The statements that make, lease and send a payout ask this, as they ask the switch.
create function payouts_wait(seller uuid) returns boolean language sql stable as $$
    select coalesce((select banned from banned_users where user_id = seller), false)
$$;
