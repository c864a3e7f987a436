-- Rules of resale that stand for all shows of a place or an organiser. As a show's, rows never change.
create table standing_rules (
    kind      text not null check (kind in ('venue', 'organiser')),
    source_id uuid not null,
    version   integer not null check (version > 0),
    rules     jsonb not null,
    set_by    uuid not null,
    set_at    timestamptz not null default now(),
    primary key (kind, source_id, version)
);
grant select, insert on standing_rules to :runtime;

-- Whose shows have still to take new standing rules over, in the order of their ids: those up to `after` have.
create table standing_spreads (
    kind      text not null,
    source_id uuid not null,
    after     uuid,
    set_by    uuid not null,
    primary key (kind, source_id)
);
grant select, insert, update, delete on standing_spreads to :runtime;

alter table resale_rules
    -- What was set for this show alone; null: nothing, its organiser's rules for all shows are asked for.
    add column own     jsonb,
    -- Of each rule that somebody set, whose it is: {"cap_percent": "venue"}.
    add column sources jsonb not null default '{}';
update resale_rules set
    own = jsonb_strip_nulls(jsonb_build_object(
        'resale', resale, 'transferable', transferable, 'cap_percent', cap_percent,
        'cap_amount', case when cap_amount is not null
            then jsonb_build_object('amount', cap_amount, 'currency', cap_currency) end,
        'buyer_fee_percent', buyer_fee_percent, 'seller_fee_percent', seller_fee_percent,
        'resale_until', resale_until)),
    sources = jsonb_strip_nulls(jsonb_build_object(
        'resale', case when not resale then 'show' end, 'transferable', case when not transferable then 'show' end,
        'cap_percent', case when cap_percent is not null then 'show' end,
        'cap_amount', case when cap_amount is not null then 'show' end,
        'buyer_fee_percent', case when buyer_fee_percent is not null then 'show' end,
        'seller_fee_percent', case when seller_fee_percent is not null then 'show' end,
        'resale_until', case when resale_until is not null then 'show' end));
-- A place's cap and a show's own may be of either kind; then the lower one binds.
alter table resale_rules drop constraint resale_rules_check;
