"""The tables of the journal's file, as numbered steps: a file from an earlier version is brought up to date."""

from __future__ import annotations

import sqlite3

FIRST = """
create table if not exists objects (
    seq integer primary key autoincrement,
    id text not null unique,
    kind text not null,
    created integer not null,
    parent text,
    body blob not null
);
create index if not exists objects_of_kind on objects (kind, seq);
create index if not exists objects_of_parent on objects (parent) where parent is not null;
create table if not exists metadata (
    name text not null,
    value text not null,
    object_seq integer not null references objects (seq) on delete cascade,
    primary key (name, value, object_seq)
) without rowid;
create index if not exists metadata_of_object on metadata (object_seq);
create table if not exists answers (
    key text primary key,
    fingerprint blob not null,
    status integer not null,
    body blob not null,
    created real not null
);
create table if not exists deliveries (
    event_id text not null references objects (id) on delete cascade,
    endpoint_id text not null references objects (id) on delete cascade,
    state text not null check (state in ('due', 'delivered', 'given_up')),
    due_at real not null,
    tries integer not null default 0,
    last_result text,
    primary key (event_id, endpoint_id)
) without rowid;
"""

# What tests read from outside, and misbehaviour on request: copies of deliveries, and deliveries that never happen.
SECOND = """
create table copies (
    event_id text not null references objects (id) on delete cascade,
    endpoint_id text not null references objects (id) on delete cascade,
    copy integer not null,
    state text not null check (state in ('due', 'delivered', 'given_up', 'lost')),
    due_at real not null,
    tries integer not null default 0,
    last_result text,
    primary key (event_id, endpoint_id, copy)
) without rowid;
insert into copies select event_id, endpoint_id, 0, state, due_at, tries, last_result from deliveries;
drop table deliveries;
alter table copies rename to deliveries;
create index deliveries_due on deliveries (due_at) where state = 'due';
create table effects (
    seq integer primary key autoincrement,
    at real not null,
    kind text not null,
    object_id text not null,
    intent_id text,
    amount integer,
    currency text,
    idempotency_key text,
    metadata text not null
);
create table faults (
    only_row integer primary key check (only_row = 1),
    wanted blob not null,
    calls integer not null default 0,
    deliveries integer not null default 0
);
create table faults_done (kind text primary key, times integer not null) without rowid;
"""
STEPS = (FIRST, SECOND)


def bring_up_to_date(db: sqlite3.Connection) -> None:
    """Apply the steps that the file has not seen yet, each whole or not at all."""
    (seen,) = db.execute("pragma user_version").fetchone()
    for number, step in enumerate(STEPS[seen:], seen + 1):
        db.executescript(f"begin immediate; {step} pragma user_version = {number}; commit;")
