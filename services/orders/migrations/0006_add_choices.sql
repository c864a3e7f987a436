-- A show that was postponed or moved: whoever bought before may have the money back until a date.

-- move counts the times that a show moved, the last time to move_start as move_status; moved_at is when this service
-- heard of it: whoever held seats before that had agreed to the day before.
alter table shows
    add column moved_from   timestamptz,
    add column refund_until timestamptz,
    add column move         integer not null default 0 check (move >= 0),
    add column move_start   timestamptz,
    add column move_status  text,
    add column moved_at     timestamptz,
    add constraint shows_moved check ((moved_from is null) = (refund_until is null)
                                      and (refund_until is null or moved_at is not null));

-- What a buyer chose, once for each move: who keeps the tickets may still choose the money, never the other way round.
create table choices (
    order_id  uuid not null references orders,
    move      integer not null check (move > 0),
    choice    text not null check (choice in ('keep', 'refund')),
    chosen_at timestamptz not null default clock_timestamp(),
    primary key (order_id, move)
);
grant select, insert on choices to :runtime;
grant update (choice, chosen_at) on choices to :runtime;

-- Gifts after a purchase are told from gifts before it.
alter table given_seats add column given_at timestamptz not null default clock_timestamp();

alter table refunds
    drop constraint refunds_reason_check,
    add constraint refunds_reason_check check (reason in ('show_cancelled', 'gate', 'goodwill', 'show_moved'));
