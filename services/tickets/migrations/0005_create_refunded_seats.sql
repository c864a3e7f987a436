-- The seats of an order whose money went back, by whichever event that was heard of first. They stay refunded: their
-- tickets are void, and nobody lists the places again.
create table refunded_seats (
    order_id  uuid not null references orders,
    seat      text not null,
    refund_id uuid not null,
    show_id   uuid not null,
    section   text not null,
    row       text not null,
    primary key (order_id, seat)
);
create index refunded_seats_place on refunded_seats (show_id, section, row, seat);
grant select, insert on refunded_seats to :runtime;
