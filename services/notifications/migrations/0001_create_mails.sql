-- Copies of what others own, so that a mail can be written without asking anybody.
create table users (
    user_id uuid primary key,
    email   text not null,
    name    text not null,
    version integer not null check (version > 0)
);
create table shows (
    show_id    uuid primary key,
    title      text not null,
    venue_name text not null,
    city       text not null,
    timezone   text not null,
    starts_at  timestamptz not null,
    status     text not null,
    version    integer not null check (version > 0)
);
create table receipts (
    order_id uuid primary key,
    fact     jsonb not null
);
grant select, insert, update on users, shows, receipts to :runtime;

-- One mail per fact, kind and recipient, whatever is delivered twice. `fact` is what happened; the mail is written
-- from it and from the copies when it is sent, so it may be there before they are. A mail that is being sent is
-- queued with a due_at in the future: if its sender dies, it falls due again.
create table mails (
    id           uuid primary key,
    fact_id      uuid not null,
    kind         text not null check (kind in ('tickets', 'sold', 'hold-expired', 'payment-failed')),
    recipient_id uuid not null,
    show_id      uuid not null,
    fact         jsonb not null,
    status       text not null default 'queued' check (status in ('queued', 'sent', 'parked')),
    message_id   text unique,
    subject      text,
    attempts     integer not null default 0 check (attempts >= 0),
    due_at       timestamptz not null default now(),
    last_error   text,
    created_at   timestamptz not null default now(),
    ended_at     timestamptz,
    unique (fact_id, kind, recipient_id),
    check ((status = 'queued') = (ended_at is null))
);
create index mails_due on mails (due_at) where status = 'queued';
create index mails_parked on mails (ended_at) where status = 'parked';
create index mails_of_recipient on mails (recipient_id, id desc);
grant select, insert, update on mails to :runtime;
