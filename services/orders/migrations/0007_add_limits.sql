-- How many tickets one account may have of a show.

-- number counts the orders of a buyer for a show, without gaps in the order in which they were made. It is unique, so of
-- two that are made at the same moment, neither of which sees the other, one fails and looks again: whoever adds up the
-- buyer's tickets before making an order has seen them all. tickets_max is the limit that was in force then.
alter table orders
    add column number      integer check (number > 0),
    add column tickets_max integer check (tickets_max > 0);
update orders o set number = n.number
    from (select id, row_number() over (partition by buyer_id, show_id order by id) as number from orders) n
    where n.id = o.id;
create unique index orders_number on orders (buyer_id, show_id, number);

-- A hold has neither of these: the two indexes need not be written for it.
create unique index orders_payment on orders (payment_id) where payment_id is not null;
create unique index orders_waiting_entry on orders (waiting_entry_id) where waiting_entry_id is not null;
alter table orders
    drop constraint orders_payment_id_key,
    drop constraint orders_waiting_entry_id_key;

-- The limit that was in force when somebody joined a line: an offer keeps to it.
alter table waiting_entries add column tickets_max integer check (tickets_max > 0);
