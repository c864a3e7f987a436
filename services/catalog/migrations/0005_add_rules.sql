-- How tickets of a show may be sold on and given away, by their organiser. Rows never change: sales name the version
-- that they were made under.
create table resale_rules (
    show_id            uuid not null references shows,
    version            integer not null check (version > 0),
    -- What the events of a show's rules are about, the same for all versions.
    rules_id           uuid not null,
    resale             boolean not null,
    transferable       boolean not null,
    cap_percent        integer check (cap_percent between 1 and 1000),
    cap_amount         bigint check (cap_amount > 0),
    cap_currency       text,
    buyer_fee_percent  integer check (buyer_fee_percent between 0 and 50),
    seller_fee_percent integer check (seller_fee_percent between 0 and 50),
    resale_until       timestamptz,
    set_by             uuid not null,
    set_at             timestamptz not null default now(),
    primary key (show_id, version),
    unique (rules_id, version),
    check (cap_percent is null or cap_amount is null),
    check ((cap_amount is null) = (cap_currency is null))
);
grant select, insert on resale_rules to :runtime;
