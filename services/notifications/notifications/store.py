"""The SQL of mails: what is to be sent, and what became of it."""

# ruff: noqa: S608 -- statements are put together from this module's own words only; values are bound.

from __future__ import annotations

from uuid import UUID

import msgspec

from fairseat_common.contracts import Event, OrderConfirmed, OrderPaymentRefused, encode
from fairseat_common.database import Connection, Record
from fairseat_common.ids import new_id
from notifications.domain import SUBJECTS, Kind, NotificationView, Person, Show

# What was agreed in an order, if it has been heard of; each by its key, however few or many there are.
_AGREED = (
    "coalesce((select c.fact from receipts c where c.order_id = {0}),"
    " (select r.fact from refused_orders r where r.order_id = {0}))"
)


COUNTED_MAX = 100_000
"""More than so many are not counted: it is late enough by then."""


class Due(msgspec.Struct, frozen=True):
    """A mail to send now, with everything that it is written from; `fact` and `order` are events as JSON.

    `order` says what was agreed in the order that the fact is about, where the fact does not say so itself. `other` is
    the name of the other person that the mail is about, or empty; `muted` holds the topics that its recipient does not
    want to hear of.
    """

    id: UUID
    fact_id: UUID
    kind: Kind
    attempts: int
    message_id: str
    created_at_s: float
    fact: str
    order: str | None
    person: Person
    show: Show | None
    other: str
    muted: tuple[str, ...]
    locale: str | None
    """The recipient's language, as far as it is known."""
    timezone: str | None = None
    """Where the recipient lives, if they have said so."""
    traceparent: str | None = None
    """The trace of the event that caused the mail, if it is recorded."""


async def receipt_add(tx: Connection, event: OrderConfirmed) -> None:
    """Keep what was agreed; it never changes."""
    await tx.execute(
        "insert into receipts (order_id, fact) values ($1, $2::text::jsonb) on conflict (order_id) do nothing",
        event.order_id,
        encode(event).decode(),
    )


async def order_add(tx: Connection, event: OrderPaymentRefused) -> None:
    """Keep what was agreed in an order that was perhaps never confirmed."""
    await tx.execute(
        "insert into refused_orders (order_id, fact) values ($1, $2::text::jsonb) on conflict (order_id) do nothing",
        event.order_id,
        encode(event).decode(),
    )


async def mail_add(
    tx: Connection, kind: Kind, recipient_id: UUID, show_id: UUID | None, event: Event, fact_id: UUID | None = None
) -> None:
    """Queue the mail about a fact, unless it is there already; `fact_id` where it is not the aggregate's id."""
    await tx.execute(
        "insert into mails (id, fact_id, kind, recipient_id, show_id, fact)"
        " values ($1, $2, $3, $4, $5, $6::text::jsonb)"
        " on conflict (fact_id, kind, recipient_id) do nothing",
        new_id(),
        fact_id or event.aggregate_id,
        kind,
        recipient_id,
        show_id,
        encode(event).decode(),
    )


async def mail_add_about(
    tx: Connection, kind: Kind, recipient_id: UUID, other_id: UUID | None, show_id: UUID, event: Event
) -> None:
    """Queue the mail about what `other_id` did, whose name it says, unless it is there already."""
    await tx.execute(
        "insert into mails (id, fact_id, kind, recipient_id, other_id, show_id, fact)"
        " values ($1, $2, $3, $4, $5, $6, $7::text::jsonb) on conflict (fact_id, kind, recipient_id) do nothing",
        new_id(),
        event.aggregate_id,
        kind,
        recipient_id,
        other_id,
        show_id,
        encode(event).decode(),
    )


async def mail_add_to_address(
    tx: Connection, kind: Kind, address: str, other_id: UUID, show_id: UUID, event: Event
) -> None:
    """Queue the mail to an address (in lower case), whether or not anybody has signed up with it."""
    await tx.execute(
        "insert into mails (id, fact_id, kind, address, other_id, show_id, fact)"
        " values ($1, $2, $3, $4, $5, $6, $7::text::jsonb)"
        " on conflict (fact_id, kind, address) where address is not null do nothing",
        new_id(),
        event.aggregate_id,
        kind,
        address,
        other_id,
        show_id,
        encode(event).decode(),
    )


async def fact_add(tx: Connection, kind: Kind, fact_id: UUID, order_id: UUID, event: Event) -> None:
    """Keep a fact for which a mail is to be queued once its order is known, unless it is kept already."""
    await tx.execute(
        "insert into waiting_facts (mail_id, fact_id, kind, order_id, fact) values ($1, $2, $3, $4, $5::text::jsonb)"
        " on conflict (fact_id, kind) do nothing",
        new_id(),
        fact_id,
        kind,
        order_id,
        encode(event).decode(),
    )


async def facts_release(connection: Connection) -> None:
    """Queue the mails about facts whose orders are known by now; one statement, so that none is lost or doubled."""
    await connection.execute(
        f"with known as (delete from waiting_facts w where {_AGREED.format('w.order_id')} is not null returning w.*)"
        " insert into mails (id, fact_id, kind, recipient_id, show_id, order_id, fact)"
        " select mail_id, fact_id, kind, (agreed ->> case kind when 'charge-returned' then 'buyer_id'"
        "  else 'seller_id' end)::uuid, (agreed ->> 'show_id')::uuid, order_id, fact"
        f" from (select k.*, {_AGREED.format('k.order_id')} as agreed from known k) as facts"
        " on conflict (fact_id, kind, recipient_id) do nothing"
    )


async def mails_claim(connection: Connection, host: str, lease_s: float, rows_max: int) -> list[Due]:
    """Take what is due for `lease_s` seconds: no two senders get the same mail.

    Its Message-ID is made of what it is about, so that all copies have the same, and stays once it was used. A mail
    whose people, show or receipt have not been heard of yet stays where it is.
    """
    rows = await connection.fetch(
        "with due as (select m.id, m.recipient_id, m.show_id, m.address, m.other_id from mails m"
        "  where m.status = 'queued' and m.due_at <= now()"
        "  and (m.recipient_id is null or exists (select 1 from users u where u.user_id = m.recipient_id))"
        "  and (m.other_id is null or exists (select 1 from users u where u.user_id = m.other_id))"
        "  and (m.show_id is null or exists (select 1 from shows s where s.show_id = m.show_id))"
        "  and (m.kind <> 'tickets' or exists (select 1 from receipts r where r.order_id = m.fact_id))"
        "  order by m.due_at limit $3 for update of m skip locked)"
        " update mails m set attempts = m.attempts + 1, due_at = now() + make_interval(secs => $2),"
        "  message_id = coalesce(m.message_id, format('<%s.%s@%s>', m.kind, m.fact_id, $1::text))"
        " from due left join users u on u.user_id = due.recipient_id left join users o on o.user_id = due.other_id"
        "  left join shows s on s.show_id = due.show_id"
        " where m.id = due.id"
        " returning m.id, m.fact_id, m.kind, m.attempts, m.message_id, m.fact::text as fact,"
        "  extract(epoch from m.created_at)::float8 as created_at_s, m.traceparent,"
        f"  {_AGREED.format('coalesce(m.order_id, m.fact_id)')}::text as order_fact,"
        "  coalesce(u.email, m.address) as email, coalesce(u.name, (select a.name from users a"
        "   where lower(a.email) = m.address limit 1), '') as name, coalesce(o.name, '') as other,"
        "  coalesce(m.fact ->> 'locale', u.locale, (select a.locale from users a"
        "   where lower(a.email) = m.address limit 1)) as locale, u.timezone as own_timezone,"
        "  array(select p.topic from muted p where p.address = lower(coalesce(u.email, m.address))) as muted,"
        "  s.show_id, s.title, s.venue_name, s.city, s.timezone, s.starts_at, s.status",
        host,
        lease_s,
        rows_max,
    )
    return [_due(row) for row in rows]


async def mail_sent(connection: Connection, due: Due, subject: str) -> None:
    """Note that a server has accepted the mail, even if the attempt took so long that another one began.

    The last letter to somebody who was erased leaves nothing.
    """
    if due.kind == "account-erased":
        await connection.execute("delete from mails where id = $1", due.id)
        return
    await connection.execute(
        "update mails set status = 'sent', ended_at = now(), subject = $2, last_error = null"
        " where id = $1 and status <> 'sent'",
        due.id,
        subject,
    )


async def mail_postpone(connection: Connection, due: Due, subject: str, wait_s: float, error: str) -> None:
    """Try the mail again later."""
    await connection.execute(
        "update mails set due_at = now() + make_interval(secs => $3), subject = $4, last_error = $5"
        " where id = $1 and attempts = $2 and status = 'queued'",
        due.id,
        due.attempts,
        wait_s,
        subject,
        error,
    )


async def mail_park(connection: Connection, due: Due, subject: str | None, error: str) -> None:
    """Give the mail up; it stays visible until somebody queues it again."""
    await connection.execute(
        "update mails set status = 'parked', ended_at = now(), subject = coalesce($3, subject), last_error = $4"
        " where id = $1 and attempts = $2 and status = 'queued'",
        due.id,
        due.attempts,
        subject,
        error,
    )


async def mail_skip(connection: Connection, due: Due) -> None:
    """Leave a mail unsent that its recipient does not want."""
    await connection.execute(
        "update mails set status = 'skipped', ended_at = now(), last_error = null"
        " where id = $1 and attempts = $2 and status = 'queued'",
        due.id,
        due.attempts,
    )


async def mail_list(
    connection: Connection, recipient_id: UUID, before: UUID | None, rows_max: int
) -> list[NotificationView]:
    """The mails to a user or to the user's address, newest first, after the mail `before`."""
    rows = await connection.fetch(
        "select id, kind, subject, status, created_at from mails where (recipient_id = $1"
        "  or address = (select lower(email) from users where user_id = $1)) and ($2::uuid is null or id < $2)"
        " order by id desc limit $3",
        recipient_id,
        before,
        rows_max,
    )
    return [
        NotificationView(r["id"], r["kind"], r["subject"] or SUBJECTS[r["kind"]], r["status"], r["created_at"])
        for r in rows
    ]


class MailBacklog(msgspec.Struct, frozen=True):
    """How many mails are queued and how many parked (COUNTED_MAX each), and for how long the oldest has been due."""

    queued: int
    parked: int
    oldest_s: float


async def mail_backlog(connection: Connection) -> MailBacklog:
    """What is to be sent, and what was given up."""
    row = await connection.fetchrow(
        "select (select count(*) from (select from mails where status = 'queued' limit $1) q) as queued,"
        " (select count(*) from (select from mails where status = 'parked' limit $1) p) as parked,"
        " greatest((select extract(epoch from now() - min(due_at))::float8 from mails where status = 'queued'), 0)"
        "  as oldest_s",
        COUNTED_MAX,
    )
    assert row is not None
    return MailBacklog(row["queued"], row["parked"], row["oldest_s"])


def _due(row: Record) -> Due:
    return Due(
        id=row["id"],
        fact_id=row["fact_id"],
        kind=row["kind"],
        attempts=row["attempts"],
        message_id=row["message_id"],
        created_at_s=row["created_at_s"],
        fact=row["fact"],
        order=row["order_fact"],
        person=Person(row["email"], row["name"]),
        show=None if row["show_id"] is None else _show(row),
        other=row["other"],
        muted=tuple(row["muted"]),
        locale=row["locale"],
        timezone=row["own_timezone"],
        traceparent=row["traceparent"],
    )


def _show(row: Record) -> Show:
    return Show(row["show_id"], *(row[name] for name in Show.__struct_fields__ if name != "id"))
