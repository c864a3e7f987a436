-- Admission tickets: who may take which place at a show. A ticket never moves: its successor is another row.
create table tickets (
    id          uuid primary key,
    show_id     uuid not null references shows,
    section     text not null,
    row         text not null,
    seat        text not null,
    holder_id   uuid not null,
    status      text not null default 'valid' check (status in ('valid', 'transferred', 'void', 'used')),
    -- The order that paid for it; null for a ticket that its seller brought in by listing the seat.
    order_id    uuid,
    -- What its codes carry: random, so that no code can be guessed from an id.
    serial      uuid not null unique,
    replaced_by uuid references tickets deferrable initially deferred,
    version     integer not null default 1,
    issued_at   timestamptz not null default now(),
    ended_at    timestamptz,
    check ((status = 'valid') = (ended_at is null)),
    check (status = 'void' or replaced_by is null)
);

-- S3: nobody else is let in at a place that has a valid ticket, or one that was used.
create unique index tickets_one_per_place on tickets (show_id, section, row, seat) where status in ('valid', 'used');
create index tickets_holder on tickets (holder_id);
create index tickets_order on tickets (order_id) where order_id is not null;

grant select, insert on tickets to :runtime;
grant update (status, replaced_by, version, ended_at) on tickets to :runtime;
