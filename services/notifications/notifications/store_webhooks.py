"""The SQL of webhooks: who hears what, what is to be delivered, and what became of it."""

# ruff: noqa: S608 -- statements are put together from this module's own words only; values are bound.

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fairseat_common.database import Connection, Record
from fairseat_common.ids import new_id
from notifications.domain_webhooks import (
    BACKLOG_MAX,
    GIVE_UP_S,
    SECRET_OVERLAP_S,
    AttemptView,
    DeliveryStatus,
    DeliveryView,
    DeliveryWhole,
    OffReason,
    Told,
    WebhookView,
)

_WEBHOOK = (
    "w.id, w.url, w.subjects, w.active, w.off_reason, w.failing_since, w.missed, w.created_at,"
    " case when w.secret_before_until > now() then w.secret_before_until end as old_secret_until,"
    " (select count(*) from webhook_deliveries d where d.webhook_id = w.id and d.status = 'queued')::integer as waiting"
)
_DELIVERY = "id, event_id, subject, status, attempts, answer, error, due_at, created_at, ended_at"


async def owner_lock(tx: Connection, owner_id: UUID) -> None:
    """Let nobody else add a webhook for this account until the transaction ends, so that the limit holds."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"webhooks {owner_id}")


async def webhooks_count(tx: Connection, owner_id: UUID) -> int:
    """How many webhooks an account has."""
    count: int = await tx.fetchval("select count(*) from webhooks where owner_id = $1", owner_id)
    return count


async def webhook_add(
    tx: Connection, webhook_id: UUID, owner_id: UUID, url: str, subjects: Sequence[str], sealed: str
) -> None:
    """Keep a new webhook."""
    await tx.execute(
        "insert into webhooks (id, owner_id, url, subjects, secret) values ($1, $2, $3, $4, $5)",
        webhook_id,
        owner_id,
        url,
        list(subjects),
        sealed,
    )


async def webhook_view(tx: Connection, owner_id: UUID, webhook_id: UUID) -> WebhookView | None:
    """One's own webhook."""
    row = await tx.fetchrow(
        f"select {_WEBHOOK} from webhooks w where w.id = $1 and w.owner_id = $2", webhook_id, owner_id
    )
    return None if row is None else _webhook(row)


async def webhook_list(tx: Connection, owner_id: UUID, before: UUID | None, rows_max: int) -> list[WebhookView]:
    """One's own webhooks, newest first, after the webhook `before`."""
    rows = await tx.fetch(
        f"select {_WEBHOOK} from webhooks w where w.owner_id = $1 and ($2::uuid is null or w.id < $2)"
        " order by w.id desc limit $3",
        owner_id,
        before,
        rows_max,
    )
    return [_webhook(row) for row in rows]


async def webhook_switch(tx: Connection, owner_id: UUID, webhook_id: UUID, off_reason: OffReason | None) -> bool:
    """Switch a webhook off for a reason, or on for None; False if the account has no such webhook."""
    status = await tx.execute(
        "update webhooks set active = $3::text is null, off_reason = $3, failing_since = null"
        " where id = $1 and owner_id = $2",
        webhook_id,
        owner_id,
        off_reason,
    )
    return status.endswith(" 1")


async def secret_replace(tx: Connection, owner_id: UUID, webhook_id: UUID, sealed: str) -> bool:
    """Let a webhook have another secret; the present one signs too for a day, and one before that no more.

    False if the account has no such webhook.
    """
    status = await tx.execute(
        "update webhooks set secret = $3, secret_before = secret,"
        " secret_before_until = now() + make_interval(secs => $4) where id = $1 and owner_id = $2",
        webhook_id,
        owner_id,
        sealed,
        float(SECRET_OVERLAP_S),
    )
    return status.endswith(" 1")


async def webhook_remove(tx: Connection, owner_id: UUID, webhook_id: UUID) -> bool:
    """Forget a webhook and its log; False if the account has no such webhook."""
    status = await tx.execute("delete from webhooks where id = $1 and owner_id = $2", webhook_id, owner_id)
    return status.endswith(" 1")


async def webhooks_remove(tx: Connection, owner_id: UUID) -> None:
    """Forget all webhooks of an account."""
    await tx.execute("delete from webhooks where owner_id = $1", owner_id)


async def webhooks_stop(tx: Connection, owner_id: UUID) -> None:
    """Switch all webhooks of an account off, until the account may be used again."""
    await tx.execute(
        "update webhooks set active = false, off_reason = 'account' where owner_id = $1 and active", owner_id
    )


async def webhooks_resume(tx: Connection, owner_id: UUID) -> None:
    """Switch on what was switched off with the account."""
    await tx.execute(
        "update webhooks set active = true, off_reason = null where owner_id = $1 and off_reason = 'account'", owner_id
    )


async def deliveries_add(tx: Connection, event_id: UUID, subject: str, told: Sequence[Told]) -> None:
    """Queue a fact for every webhook whose owner is told of it, once each; one that has too many waiting misses it."""
    hearing = await tx.fetch(
        "select w.id, t.body, (select count(*) from (select 1 from webhook_deliveries q"
        "  where q.webhook_id = w.id and q.status = 'queued' limit $4) as waiting) < $4 as fits"
        " from unnest($2::uuid[], $3::text[]) as t (owner_id, body)"
        " join webhooks w on t.owner_id is null or w.owner_id = t.owner_id"
        " where w.active and w.subjects @> array[$1::text]",
        subject,
        [each.owner_id for each in told],
        [each.body for each in told],
        BACKLOG_MAX,
    )
    if not hearing:
        return
    fitting = [row for row in hearing if row["fits"]]
    await tx.execute(
        "insert into webhook_deliveries (id, webhook_id, event_id, subject, body, give_up_at)"
        " select n.id, n.webhook_id, $4, $5, n.body, now() + make_interval(secs => $6)"
        " from unnest($1::uuid[], $2::uuid[], $3::text[]) as n (id, webhook_id, body)"
        " on conflict (webhook_id, event_id) do nothing",
        [new_id() for _ in fitting],
        [row["id"] for row in fitting],
        [row["body"] for row in fitting],
        event_id,
        subject,
        GIVE_UP_S,
    )
    late = [row["id"] for row in hearing if not row["fits"]]
    if late:
        await tx.execute("update webhooks set missed = missed + 1 where id = any($1::uuid[])", late)


async def delivery_add(tx: Connection, webhook_id: UUID, event_id: UUID, subject: str, body: str) -> DeliveryView:
    """Queue one delivery for one webhook."""
    row = await tx.fetchrow(
        "insert into webhook_deliveries (id, webhook_id, event_id, subject, body, give_up_at)"
        f" values ($1, $2, $3, $4, $5, now() + make_interval(secs => $6)) returning {_DELIVERY}",
        new_id(),
        webhook_id,
        event_id,
        subject,
        body,
        GIVE_UP_S,
    )
    assert row is not None
    return DeliveryView(**dict(row))


async def delivery_list(
    tx: Connection, webhook_id: UUID, status: DeliveryStatus | None, before: UUID | None, rows_max: int
) -> list[DeliveryView]:
    """The log of a webhook, newest first, after the delivery `before`."""
    rows = await tx.fetch(
        f"select {_DELIVERY} from webhook_deliveries where webhook_id = $1 and ($2::text is null or status = $2)"
        " and ($3::uuid is null or id < $3) order by id desc limit $4",
        webhook_id,
        status,
        before,
        rows_max,
    )
    return [DeliveryView(**dict(row)) for row in rows]


async def delivery_whole(tx: Connection, webhook_id: UUID, delivery_id: UUID) -> DeliveryWhole | None:
    """A delivery of a webhook with its body and every try."""
    row = await tx.fetchrow(
        f"select {_DELIVERY}, body from webhook_deliveries where webhook_id = $1 and id = $2", webhook_id, delivery_id
    )
    if row is None:
        return None
    tries = await tx.fetch(
        "select number, made_at, answer, error, took_ms from webhook_attempts where delivery_id = $1 order by number",
        delivery_id,
    )
    return DeliveryWhole(tries=[AttemptView(**dict(each)) for each in tries], **dict(row))


async def delivery_again(tx: Connection, webhook_id: UUID, delivery_id: UUID) -> DeliveryView | None:
    """Have a delivery made again, at once and with a day of further tries; one that waits is made due."""
    row = await tx.fetchrow(
        "update webhook_deliveries set status = 'queued', ended_at = null, due_at = now(),"
        " give_up_at = now() + make_interval(secs => $3)"
        f" where webhook_id = $1 and id = $2 returning {_DELIVERY}",
        webhook_id,
        delivery_id,
        GIVE_UP_S,
    )
    return None if row is None else DeliveryView(**dict(row))


def _webhook(row: Record) -> WebhookView:
    columns = {name: value for name, value in row.items() if name != "subjects"}
    return WebhookView(subjects=tuple(row["subjects"]), **columns)
