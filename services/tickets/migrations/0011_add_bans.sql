-- Who may sell nothing any more. A copy of what auth decides; newer versions win.
create table banned_users (
    user_id    uuid primary key,
    banned     boolean not null,
    version    integer not null check (version > 0),
    changed_at timestamptz not null default now()
);
grant select, insert, update on banned_users to :runtime;

-- What of a seller's is on sale or being paid for: what a ban has to end.
create index listings_live_of_seller on listings (seller_id, id)
    where status = 'active' and (available > 0 or held > 0);
