-- Who has tickets of a show, so that they hear when it moves. Only ever grown: buyers with the seats that were refunded,
-- and whoever was given tickets by somebody.
create table purchases (
    order_id uuid primary key,
    show_id  uuid not null,
    buyer_id uuid not null,
    quantity integer not null check (quantity > 0),
    refunded integer not null default 0 check (refunded >= 0)
);
create index purchases_of_show on purchases (show_id) where refunded < quantity;
create table receivers (
    transfer_id uuid primary key,
    show_id     uuid not null,
    user_id     uuid not null
);
create index receivers_of_show on receivers (show_id);
grant select, insert, update on purchases to :runtime;
grant select, insert on receivers to :runtime;

-- What was bought before is known by its receipt, not what of it was refunded since.
insert into purchases (order_id, show_id, buyer_id, quantity)
    select order_id, (fact ->> 'show_id')::uuid, (fact ->> 'buyer_id')::uuid, (fact ->> 'quantity')::integer
    from receipts;

alter table mails drop constraint mails_kind_check;
alter table mails add constraint mails_kind_check check (kind ~ '^[a-z]+(-[a-z]+)*$' and length(kind) <= 40);
