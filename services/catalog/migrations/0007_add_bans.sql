-- Who may announce and change nothing any more. A copy of what auth decides; newer versions win.
create table banned_users (
    user_id    uuid primary key,
    banned     boolean not null,
    version    integer not null check (version > 0),
    changed_at timestamptz not null default now()
);
grant select, insert, update on banned_users to :runtime;
