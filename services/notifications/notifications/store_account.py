"""The SQL of letters about accounts, and of people who are forgotten."""

from __future__ import annotations

from fairseat_common.contracts import UserErased, UserLetterDue, encode
from fairseat_common.database import Connection
from fairseat_common.ids import new_id
from notifications.domain import Kind


async def letter_add(tx: Connection, kind: Kind, event: UserLetterDue) -> None:
    """Queue a letter, unless it is there already."""
    await tx.execute(
        "insert into mails (id, fact_id, kind, address, fact) values ($1, $2, $3, lower($4), $5::text::jsonb)"
        " on conflict (fact_id, kind, address) where address is not null do nothing",
        new_id(),
        event.letter_id,
        kind,
        event.email,
        encode(event).decode(),
    )


async def user_forget(tx: Connection, event: UserErased) -> None:
    """Leave a row that says nothing, and nothing else: what comes later finds nobody to write to.

    Only the letter that says so goes out still. Mails to others that name the address name the pseudonym then.
    """
    address = await tx.fetchval("select lower(email) from users where user_id = $1 for update", event.user_id)
    await tx.execute(
        "insert into users (user_id, email, name, version) values ($1, '', '', $2)"
        " on conflict (user_id) do update set email = '', name = '', locale = null, timezone = null,"
        " version = greatest(users.version, excluded.version)",
        event.user_id,
        event.version,
    )
    await tx.execute("delete from favourites where user_id = $1", event.user_id)
    await tx.execute("delete from alerts where user_id = $1", event.user_id)
    await tx.execute("delete from mails where recipient_id = $1", event.user_id)
    if not address:
        return
    await tx.execute("delete from muted where address = $1", address)
    await tx.execute(
        "delete from mails where address = $1 and not (kind = 'account-erased' and status = 'queued')", address
    )
    await tx.execute(
        "update mails set fact = jsonb_set(fact, '{to_email}', to_jsonb($2::text))"
        " where lower(fact ->> 'to_email') = $1",
        address,
        event.pseudonym,
    )
