-- What people say about themselves, and whether the address is theirs. A new address waits in pending_email until a
-- letter to it was answered. Who was erased keeps a row without anything that tells who it was.
alter table users
    add column locale        text check (locale ~ '^[a-z]{2}$'),
    add column timezone      text check (length(timezone) <= 64),
    add column currency      text check (currency ~ '^[A-Z]{3}$'),
    add column verified_at   timestamptz,
    add column pending_email text collate pg_c_utf8 check (length(pending_email) between 3 and 254),
    add column erased_at     timestamptz;
grant update (name, email, roles, locale, timezone, currency, verified_at, pending_email, erased_at, version)
    on users to :runtime;

alter table sessions
    drop constraint sessions_end_reason_check,
    add constraint sessions_end_reason_check check (end_reason in (
        'signed-out', 'ended', 'replaced', 'token-reused', 'password-changed', 'password-reset', 'erased', 'banned'
    ));
-- Whether a browser has been seen before, in sessions that have ended too.
create index sessions_of_user_all on sessions (user_id);

-- Links in letters, as hashes: each works once, for a short time, and for the address that it was sent to.
create table letter_tokens (
    token_hash bytea primary key check (length(token_hash) = 32),
    user_id    uuid not null references users (id) on delete cascade,
    purpose    text not null check (purpose in ('verify', 'reset')),
    email      text not null,
    expires_at timestamptz not null,
    created_at timestamptz not null default now()
);
create index letter_tokens_of_user on letter_tokens (user_id, purpose);
create index letter_tokens_expires_at on letter_tokens (expires_at);
grant select, insert, delete on letter_tokens to :runtime;

-- Passwords that somebody wants to reset. Every request is one row, whether or not there is an account, and is looked
-- into afterwards, so that neither the answer nor its time tells. What was typed is forgotten then.
create table reset_requests (
    id          bigint generated always as identity primary key,
    account_key bytea not null check (length(account_key) = 32),
    address     text not null check (length(address) <= 64),
    email       text check (length(email) <= 254),
    locale      text check (locale ~ '^[a-z]{2}$'),
    asked_at    timestamptz not null default now()
);
create index reset_requests_due on reset_requests (id) where email is not null;
create index reset_requests_of_account on reset_requests (account_key, asked_at desc);
create index reset_requests_of_address on reset_requests (address, asked_at desc);
create index reset_requests_asked_at on reset_requests (asked_at);
grant select, insert, delete on reset_requests to :runtime;
grant update (email) on reset_requests to :runtime;

-- Public keys that stand in for a password. An authenticator that counts must count upwards.
create table passkeys (
    id            uuid primary key,
    credential_id bytea not null unique check (length(credential_id) between 1 and 1023),
    user_id       uuid not null references users (id) on delete cascade,
    public_key    bytea not null check (length(public_key) <= 2000),
    sign_count    bigint not null check (sign_count >= 0),
    name          text not null check (length(name) between 1 and 80),
    transports    text[] not null default '{}',
    backed_up     boolean not null,
    created_at    timestamptz not null default now(),
    used_at       timestamptz
);
create index passkeys_of_user on passkeys (user_id, id desc);
grant select, insert, delete on passkeys to :runtime;
grant update (sign_count, backed_up, used_at) on passkeys to :runtime;

-- What an authenticator is asked to sign, taken once. `holder` is whoever asked: a session, or the hash of a cookie.
create table passkey_challenges (
    holder     bytea not null check (length(holder) between 16 and 32),
    purpose    text not null check (purpose in ('register', 'signin')),
    challenge  bytea not null check (length(challenge) >= 16),
    address    text not null check (length(address) <= 64),
    expires_at timestamptz not null,
    created_at timestamptz not null default now(),
    primary key (holder, purpose)
);
create index passkey_challenges_expires_at on passkey_challenges (expires_at);
create index passkey_challenges_of_address on passkey_challenges (address, created_at desc);
grant select, insert, update, delete on passkey_challenges to :runtime;

-- What keeps an account from being erased: shows that are to come, and what people have bought, sold or been given for
-- them. Copies; newer versions win.
create table shows (
    id           uuid primary key,
    organiser_id uuid,
    starts_at    timestamptz not null,
    status       text not null,
    version      integer not null check (version > 0)
);
create index shows_of_organiser on shows (organiser_id, starts_at desc) where organiser_id is not null;
create table ties (
    subject_id uuid not null,
    user_id    uuid not null,
    show_id    uuid not null,
    live       boolean not null,
    version    integer not null check (version > 0),
    primary key (user_id, subject_id)
);
grant select, insert, update on shows to :runtime;
grant select, insert, update, delete on ties to :runtime;
