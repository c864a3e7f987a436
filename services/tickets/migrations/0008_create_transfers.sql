-- Who has which address and name, as auth has said it: receivers are found by their address, and see their sender's name.
create table users (
    id      uuid primary key,
    version integer not null check (version > 0),
    email   text not null,
    name    text not null
);
create index users_email on users (lower(email));

-- Tickets that one person gives to another, without money. Version 1 is the offer, version 2 what became of it.
create table transfers (
    id         uuid primary key,
    show_id    uuid not null references shows,
    from_id    uuid not null,
    to_email   text not null check (to_email = lower(to_email)),
    -- Who accepted.
    to_id      uuid,
    message    text not null default '',
    status     text not null default 'offered'
        check (status in ('offered', 'accepted', 'cancelled', 'declined', 'expired', 'void')),
    version    integer not null default 1,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    ended_at   timestamptz,
    check ((status = 'offered') = (ended_at is null)),
    check ((status = 'accepted') = (to_id is not null)),
    check (version = case status when 'offered' then 1 else 2 end)
);
create index transfers_sent on transfers (from_id, id);
create index transfers_received on transfers (to_email, id);
create index transfers_due on transfers (expires_at) where status = 'offered';
create index transfers_of_show on transfers (show_id) where status = 'offered';

create table transfer_tickets (
    transfer_id   uuid not null references transfers,
    ticket_id     uuid not null references tickets,
    new_ticket_id uuid references tickets deferrable initially deferred,
    -- Follows from the transfer's status, here for the index: a ticket is offered to one receiver at a time.
    open          boolean not null default true,
    primary key (transfer_id, ticket_id),
    check (not open or new_ticket_id is null)
);
create unique index transfer_tickets_one_open on transfer_tickets (ticket_id) where open;
create index transfer_tickets_ticket on transfer_tickets (ticket_id);

-- A ticket that was given away has a successor too.
alter table tickets drop constraint tickets_check1;
alter table tickets add constraint tickets_replaced_check check (status in ('void', 'transferred') or replaced_by is null);
create index tickets_replaced_by on tickets (replaced_by) where replaced_by is not null;

-- When a ticket's lasting code was first put on paper.
alter table tickets add column printed_at timestamptz;

-- How often a ticket's codes for a day without a network were handed out, in the hour that began at `since`.
create table code_sheets (
    ticket_id uuid primary key references tickets,
    since     timestamptz not null default now(),
    taken     integer not null default 1 check (taken > 0)
);

grant select, insert, update on users to :runtime;
grant select, insert on transfers, transfer_tickets to :runtime;
grant update (to_id, status, version, ended_at, expires_at) on transfers to :runtime;
grant update (new_ticket_id, open) on transfer_tickets to :runtime;
grant update (printed_at) on tickets to :runtime;
grant select, insert, update on code_sheets to :runtime;
