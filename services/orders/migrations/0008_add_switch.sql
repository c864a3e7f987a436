-- The switch of all sales, as the history of its positions: the newest row counts; none: never stopped.
create table sales_switch (
    version    integer primary key check (version > 0),
    open       boolean not null,
    reason     text not null check (length(reason) between 1 and 500),
    changed_by uuid not null,
    changed_at timestamptz not null default now()
);
grant select, insert on sales_switch to :runtime;

-- Every statement that claims seats asks this, so a stop is in force for all processes the moment it is committed.
create function sales_open() returns boolean language sql stable as $$
    select coalesce((select open from sales_switch order by version desc limit 1), true)
$$;

-- Who may hold nothing any more. A copy of what auth decides; newer versions win.
create table banned_users (
    user_id    uuid primary key,
    banned     boolean not null,
    version    integer not null check (version > 0),
    changed_at timestamptz not null default now()
);
grant select, insert, update on banned_users to :runtime;
