-- Events of the provider that could not be looked at: set aside, so that the others go on, and looked at again.

create table provider_events_parked (
    id         text primary key check (length(id) between 1 and 255),
    type       text not null,
    object_id  text not null,
    intent_id  text,
    tries      integer not null default 1,
    last_error text not null,
    due_at     timestamptz not null default clock_timestamp() + interval '5 seconds',
    parked_at  timestamptz not null default now()
);
create index provider_events_parked_due_at on provider_events_parked (due_at);
grant select, insert, update, delete on provider_events_parked to :runtime;
