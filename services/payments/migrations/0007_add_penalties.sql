-- What sellers pay whose tickets failed at the door, one for each claim of the guarantee that was decided against them.
create table penalties (
    claim_id   uuid primary key,
    seller_id  uuid not null,
    order_id   uuid not null,
    show_id    uuid not null,
    section    text not null,
    row        text not null,
    seat       text not null,
    amount     bigint not null check (amount > 0),
    currency   text not null check (currency ~ '^[A-Z]{3}$'),
    decided_at timestamptz not null,
    created_at timestamptz not null default clock_timestamp()
);
create index penalties_of_seller on penalties (seller_id, claim_id);
create index penalties_of_order on penalties (order_id);
grant select, insert on penalties to :runtime;

-- A penalty is taken off the next payout, or off the one after that: it belongs to no line, since its sale may be undone.
alter table payables drop constraint payables_kind_check, drop constraint payables_line;
alter table payables
    add constraint payables_kind_check check (kind in ('sale', 'refund', 'chargeback', 'reversal', 'penalty')),
    add constraint payables_line check (
        (kind in ('reversal', 'penalty')) = (order_id is null) and (order_id is null) = (line is null));
