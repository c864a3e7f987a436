-- Mails about money. A payout is about no show; a fact of payments names its order, from which the rest follows.
alter table mails
    alter column show_id drop not null,
    add column order_id uuid,
    drop constraint mails_kind_check,
    add constraint mails_kind_check check (kind in (
        'tickets', 'sold', 'hold-expired', 'payment-failed', 'hold-show-cancelled', 'payment-refused', 'refunded',
        'sale-refunded', 'charge-returned', 'dispute-opened', 'dispute-won', 'dispute-lost', 'payout-sent',
        'payout-reversed'
    )),
    add constraint mails_about check (show_id is not null or kind in ('payout-sent', 'payout-reversed'));

-- What was agreed in orders that wanted no payment. It never changes; that of confirmed ones is in receipts.
create table refused_orders (
    order_id uuid primary key,
    fact     jsonb not null
);

-- Facts about orders that have not been heard of yet. They become mails as soon as their orders are known.
create table waiting_facts (
    mail_id  uuid primary key,
    fact_id  uuid not null,
    kind     text not null,
    order_id uuid not null,
    fact     jsonb not null,
    unique (fact_id, kind)
);
grant select, insert on refused_orders to :runtime;
grant select, insert, delete on waiting_facts to :runtime;
