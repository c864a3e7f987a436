-- Accounts that were opened from an address, for as long as that is counted.
create table signups (
    id      bigint generated always as identity primary key,
    address text not null,
    made_at timestamptz not null default clock_timestamp()
);
create index signups_of_address on signups (address, made_at desc);
create index signups_made_at on signups (made_at);
grant select, insert, delete on signups to :runtime;
