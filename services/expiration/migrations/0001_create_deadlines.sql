-- When each hold falls due. A deadline is open, fired or closed; it leaves the open state once.
create table deadlines (
    order_id  uuid primary key,
    due_at    timestamptz not null,
    state     text not null default 'open' check (state in ('open', 'fired', 'closed')),
    ended_at  timestamptz,
    check ((state = 'open') = (ended_at is null))
);
create index deadlines_due on deadlines (due_at) where state = 'open';
create index deadlines_ended on deadlines (ended_at) where state <> 'open';
grant select, insert, update on deadlines to :runtime;
