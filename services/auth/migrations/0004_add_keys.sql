-- Keys with which programs act for an account. Only a hash is kept; `hint` is the part of a key that its owner may see
-- again, to tell one from another.
create table api_keys (
    id         uuid primary key,
    user_id    uuid not null references users (id),
    name       text not null check (length(name) between 1 and 200),
    hint       text not null check (length(hint) <= 20),
    key_hash   bytea not null unique check (length(key_hash) = 32),
    scopes     text[] not null check (cardinality(scopes) between 1 and 100),
    per_minute integer not null check (per_minute > 0),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at    timestamptz,
    ended_at   timestamptz
);
create index api_keys_of_user on api_keys (user_id, id desc) where ended_at is null;
grant select, insert, delete on api_keys to :runtime;
grant update (used_at, ended_at) on api_keys to :runtime;
