-- What happened at the doors of a show, one row for each code that was held up there. Rows never change: an admission
-- that turns out to have been wrong is told of by a second row.
create table scans (
    -- Made by the device: who sends a scan again finds the first.
    id          uuid primary key,
    show_id     uuid not null references shows,
    -- Null where the code is none of ours.
    ticket_id   uuid references tickets,
    gate        text not null check (length(gate) between 1 and 40),
    -- not-listed: a device without a network turned a ticket away that it did not know, and that was good.
    result      text not null check (result in ('admitted', 'already-used', 'void', 'wrong-show', 'forged',
        'code-stale', 'not-yet', 'unproven', 'on-sale', 'not-listed')),
    -- Why a ticket was void: what had become of it by then.
    why         text not null default '',
    scanned_by  uuid not null,
    -- Judged by a device without a network, and told of later. `let_in` is what that device decided.
    offline     boolean not null default false,
    let_in      boolean not null,
    scanned_at  timestamptz not null,
    recorded_at timestamptz not null default now(),
    check (result <> 'admitted' or (let_in and ticket_id is not null)),
    check (offline or let_in = (result = 'admitted'))
);
-- A ticket lets one person in, whatever happens at how many doors.
create unique index scans_admitted_once on scans (ticket_id) where result = 'admitted';
create index scans_ticket on scans (ticket_id, scanned_at) where ticket_id is not null;
create index scans_of_show on scans (show_id, gate, result, scanned_at);
create index scans_wrong on scans (show_id, scanned_at desc) where let_in and result <> 'admitted';

-- Devices without a network know tickets by this, which tells nothing of the codes that they carry.
create index tickets_by_reference on tickets (substring(sha256(uuid_send(serial)) from 1 for 16));

-- The guarantee: a ticket that failed at the door though it should have been good, for the line of the order that paid
-- for it. `cause_id`: the sale went before the one of that claim, by whoever was not at fault, and is undone with it.
create table claims (
    id             uuid primary key,
    cause_id       uuid references claims,
    show_id        uuid not null references shows,
    ticket_id      uuid not null references tickets,
    order_id       uuid not null,
    buyer_id       uuid not null,
    holder_id      uuid not null,
    seller_id      uuid not null,
    section        text not null,
    row            text not null,
    seat           text not null,
    reason         text not null check (reason in ('refused', 'seat-taken', 'code-dead', 'sold-twice')),
    note           text not null default '' check (length(note) <= 1000),
    opened_by      uuid,
    opened_at      timestamptz not null default now(),
    outcome        text check (outcome in ('refund', 'replacement', 'rejected')),
    penalty_amount bigint check (penalty_amount > 0),
    currency       text not null,
    replacement_ticket_id uuid references tickets,
    -- Null where the facts decided.
    decided_by     uuid,
    decided_at     timestamptz,
    verdict        text not null default '' check (length(verdict) <= 1000),
    version        integer not null default 1,
    check ((outcome is null) = (decided_at is null)),
    check (version = case when outcome is null then 1 else 2 end),
    check (penalty_amount is null or outcome in ('refund', 'replacement')),
    check ((replacement_ticket_id is not null) = (outcome is not distinct from 'replacement'))
);
-- A line is made good once.
create unique index claims_one_per_line on claims (order_id, seat) where outcome is distinct from 'rejected';
create unique index claims_replacement on claims (replacement_ticket_id) where replacement_ticket_id is not null;
create index claims_ticket on claims (ticket_id);
create index claims_buyer on claims (buyer_id, id);
create index claims_holder on claims (holder_id, id);
create index claims_seller on claims (seller_id, id);
create index claims_show on claims (show_id, id);
create index claims_open on claims (id) where outcome is null;
create index claims_cause on claims (cause_id) where cause_id is not null;

grant select, insert on scans, claims to :runtime;
grant update (outcome, penalty_amount, replacement_ticket_id, decided_by, decided_at, verdict, version) on claims
    to :runtime;
