-- What the platform keeps, which payment bought an order, and money that goes back line by line.

alter table listings
    add column unit_seller_fee bigint not null default 0 check (unit_seller_fee >= 0),
    add column fee_rule integer;

-- payment_id: the one payment that confirmed the order. late: its hold had ended, and the same seats were still free.
alter table orders
    add column seller_fees    bigint not null default 0 check (seller_fees >= 0),
    add column fee_rule       integer,
    add column payment_id     uuid unique,
    add column late           boolean not null default false,
    add column confirmed_at   timestamptz,
    add column lines_refunded integer not null default 0,
    add constraint orders_lines_refunded check (lines_refunded between 0 and quantity),
    add constraint orders_refunded_entirely check (status <> 'refunded' or lines_refunded = quantity);

-- Confirmed orders that a cancelled show still owes for are found by their show.
create index orders_to_refund on orders (show_id, id) where status = 'confirmed' and lines_refunded < quantity;
create index shows_cancelled on shows (show_id) where status = 'cancelled';

-- A refund is decided here; payments sends the money and says so.
create table refunds (
    id          uuid primary key,
    order_id    uuid not null references orders,
    reason      text not null check (reason in ('show_cancelled', 'gate', 'goodwill')),
    seats       text[] not null check (cardinality(seats) > 0),
    amount      bigint not null check (amount > 0),
    currency    text not null,
    status      text not null default 'due' check (status in ('due', 'refunded')),
    created_at  timestamptz not null default now(),
    refunded_at timestamptz,
    check ((status = 'refunded') = (refunded_at is not null))
);
create index refunds_of_order on refunds (order_id);

-- Every line of an order is refunded once.
create table refund_lines (
    order_id  uuid not null references orders,
    seat      text not null,
    refund_id uuid not null references refunds,
    primary key (order_id, seat)
);

grant select, insert on refunds, refund_lines to :runtime;
grant update (status, refunded_at) on refunds to :runtime;
