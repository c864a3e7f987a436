-- Accounts. The database decides whether an e-mail is taken, without regard to case in any script: the builtin
-- collation folds case the same way on every machine.
create table users (
    id            uuid primary key,
    email         text collate pg_c_utf8 not null check (length(email) between 3 and 254),
    name          text not null check (length(name) <= 200),
    password_hash text not null,
    roles         text[] not null check (roles <@ array['user', 'organiser', 'operator'] and 'user' = any (roles)),
    version       integer not null default 1 check (version > 0),
    created_at    timestamptz not null default now()
);
create unique index users_email on users (lower(email));
grant select, insert on users to :runtime;
grant update (password_hash) on users to :runtime;

-- What a browser stays signed in by, until it ends or expires.
create table sessions (
    id         uuid primary key,
    user_id    uuid not null references users (id),
    user_agent text not null check (length(user_agent) <= 200),
    created_at timestamptz not null default now(),
    used_at    timestamptz not null default now(),
    expires_at timestamptz not null,
    ended_at   timestamptz,
    end_reason text check (end_reason in ('signed-out', 'ended', 'replaced', 'token-reused')),
    check ((ended_at is null) = (end_reason is null))
);
create index sessions_of_user on sessions (user_id, id desc) where ended_at is null;
create index sessions_expires_at on sessions (expires_at);
grant select, insert, update, delete on sessions to :runtime;

-- The tokens that a session has had, as hashes. One is current; a replaced one that comes back later was stolen.
create table session_tokens (
    token_hash  bytea primary key check (length(token_hash) = 32),
    session_id  uuid not null references sessions (id) on delete cascade,
    created_at  timestamptz not null default now(),
    replaced_at timestamptz
);
create unique index session_tokens_current on session_tokens (session_id) where replaced_at is null;
create index session_tokens_of_session on session_tokens (session_id);
grant select, insert, update, delete on session_tokens to :runtime;

-- Failed sign-ins of the last minutes. What was typed as an e-mail may be a password, so only its hash is kept.
create table signin_failures (
    id          bigint generated always as identity primary key,
    account_key bytea not null check (length(account_key) = 32),
    address     text not null check (length(address) <= 64),
    failed_at   timestamptz not null default now()
);
create index signin_failures_of_account on signin_failures (account_key, address, failed_at desc);
create index signin_failures_of_address on signin_failures (address, failed_at desc);
create index signin_failures_failed_at on signin_failures (failed_at);
grant select, insert, delete on signin_failures to :runtime;
