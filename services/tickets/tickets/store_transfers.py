"""The SQL of transfers, and of the people whom they name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from fairseat_common.contracts import TransferEnd
from fairseat_common.database import Connection, Record
from tickets.domain_transfers import Box, NewTransfer, Place, TicketInTransfer, TicketListed, Transfer

# An offer whose time is over has ended, even before anybody has written so.
_SELECT = (
    "select t.id, t.show_id, t.from_id, coalesce(f.name, '') as from_name, t.to_email, t.to_id,"
    " coalesce(r.name, '') as to_name, t.message, t.created_at, t.expires_at, t.ended_at,"
    " case when t.status = 'offered' and t.expires_at <= now() then 'expired' else t.status end as status,"
    " p.ticket_ids, p.sections, p.rows, p.seats, p.new_ticket_ids"
    " from transfers t left join users f on f.id = t.from_id left join users r on r.id = t.to_id"
    " cross join lateral (select array_agg(k.id order by n) as ticket_ids, array_agg(k.section order by n) as sections,"
    " array_agg(k.row order by n) as rows, array_agg(k.seat order by n) as seats,"
    " array_agg(x.new_ticket_id order by n) as new_ticket_ids"
    " from transfer_tickets x join tickets k on k.id = x.ticket_id"
    " cross join lateral (select concat_ws('/', k.section, k.row, lpad(k.seat, 50)) as n) as o"
    " where x.transfer_id = t.id) as p"
)


async def user_known(tx: Connection, user_id: UUID) -> bool | None:
    """True if the user has been heard of, else None."""
    found = await tx.fetchval("select true from users where id = $1", user_id)
    return found is not None or None


async def address_own(tx: Connection, user_id: UUID, email: str) -> bool:
    """Whether an address is the user's own, in whatever case."""
    return bool(await tx.fetchval("select lower(email) = lower($2) from users where id = $1", user_id, email))


async def address_verified(tx: Connection, user_id: UUID) -> bool | None:
    """True if the user's address was shown to be theirs, else None."""
    found = await tx.fetchval("select lower(email) = lower(verified_email) from users where id = $1", user_id)
    return True if found else None


async def sender_lock(tx: Connection, sender_id: UUID) -> tuple[int, int]:
    """Offer as this sender's only request; answers how many offers are open, and how many the last day has seen."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"transfers/{sender_id}")
    row = await tx.fetchrow(
        "select count(*) filter (where status = 'offered') as open,"
        " count(*) filter (where created_at > now() - interval '1 day') as today from transfers"
        " where from_id = $1 and (status = 'offered' or created_at > now() - interval '1 day')",
        sender_id,
    )
    assert row is not None, "an aggregate has a row"
    return row["open"], row["today"]


async def rows_lock(tx: Connection, show_id: UUID, rows: Sequence[tuple[str, str]]) -> None:
    """`store_listings.row_lock` for several rows (section, row) at once, in one order for everybody."""
    await tx.execute(
        "select pg_advisory_xact_lock(key) from (select distinct hashtextextended(name, 0) as key"
        " from unnest($1::text[]) as name order by key) as sorted",
        [f"{show_id}/{section}/{row}" for section, row in rows],
    )


async def check_not_offered(tx: Connection, ticket_ids: Sequence[UUID]) -> None:
    """Raise TicketInTransfer where a ticket is offered to somebody. The caller has locked or shared the rows."""
    rows = await tx.fetch(
        "select k.seat from transfer_tickets x join tickets k on k.id = x.ticket_id"
        " where x.ticket_id = any($1::uuid[]) and x.open",
        list(ticket_ids),
    )
    if rows:
        raise TicketInTransfer(seats=[row["seat"] for row in rows])


async def check_not_listed(tx: Connection, ticket_ids: Sequence[UUID]) -> None:
    """Raise TicketListed where a ticket is on sale, free or held. The caller has locked the rows."""
    rows = await tx.fetch(
        "select seat from listing_seats where ticket_id = any($1::uuid[]) and state in ('free', 'held')",
        list(ticket_ids),
    )
    if rows:
        raise TicketListed(seats=[row["seat"] for row in rows])


async def transfer_add(
    tx: Connection, transfer_id: UUID, show_id: UUID, sender_id: UUID, wanted: NewTransfer, open_for: timedelta
) -> int:
    """Write an offer, open until the show begins at the latest; answers how many of its tickets are in.

    A missing one is in another open transfer.
    """
    await tx.execute(
        "insert into transfers (id, show_id, from_id, to_email, message, expires_at)"
        " select $1, $2, $3, lower($4), $5, least(now() + $6, case when status = 'scheduled' then starts_at end)"
        " from shows where id = $2",
        transfer_id,
        show_id,
        sender_id,
        wanted.email,
        wanted.message,
        open_for,
    )
    answer = await tx.execute(
        "insert into transfer_tickets (transfer_id, ticket_id) select $1, unnest($2::uuid[]) on conflict do nothing",
        transfer_id,
        sorted(wanted.ticket_ids),
    )
    return int(answer.split()[-1])


async def transfer_get(tx: Connection, transfer_id: UUID) -> Transfer | None:
    """A transfer as it is."""
    row = await tx.fetchrow(f"{_SELECT} where t.id = $1", transfer_id)
    return None if row is None else _transfer(row)


async def transfers_get(tx: Connection, transfer_ids: Sequence[UUID]) -> list[Transfer]:
    """These transfers, oldest first."""
    rows = await tx.fetch(f"{_SELECT} where t.id = any($1::uuid[]) order by t.id", list(transfer_ids))
    return [_transfer(row) for row in rows]


async def transfer_accept(tx: Connection, transfer_id: UUID, to_id: UUID) -> bool:
    """Give an open offer to the account that has its address; False if its time is over or it has ended."""
    answer = await tx.execute(
        "update transfers set status = 'accepted', to_id = $2, version = 2, ended_at = now()"
        " where id = $1 and status = 'offered' and expires_at > now()"
        " and to_email = (select lower(email) from users where id = $2)",
        transfer_id,
        to_id,
    )
    return answer.endswith(" 1")


async def successors_set(tx: Connection, transfer_id: UUID, ticket_ids: Sequence[UUID], new: Sequence[UUID]) -> None:
    """Close a transfer's places, each with its receiver's ticket."""
    await tx.execute(
        "update transfer_tickets x set open = false, new_ticket_id = n.new_id"
        " from unnest($2::uuid[], $3::uuid[]) as n (id, new_id) where x.transfer_id = $1 and x.ticket_id = n.id",
        transfer_id,
        list(ticket_ids),
        list(new),
    )


async def transfer_end(tx: Connection, transfer_id: UUID, outcome: TransferEnd) -> bool:
    """End an open offer whose time is not over; False if it has ended."""
    ended = await tx.fetch(
        "update transfers set status = $2, version = 2, ended_at = now()"
        " where id = $1 and status = 'offered' and expires_at > now() returning id",
        transfer_id,
        outcome,
    )
    return bool(await _close(tx, ended))


async def transfers_of_tickets_end(tx: Connection, ticket_ids: Sequence[UUID]) -> list[Transfer]:
    """End the open offers of tickets that have lost their validity; answers them."""
    rows = await tx.fetch(
        "update transfers set status = 'void', version = 2, ended_at = now() where status = 'offered' and id in"
        " (select transfer_id from transfer_tickets where ticket_id = any($1::uuid[]) and open) returning id",
        list(ticket_ids),
    )
    return await _close(tx, rows)


async def transfers_due_end(tx: Connection, limit: int) -> list[Transfer]:
    """End offers whose time is over: expired, or void where the show was cancelled."""
    rows = await tx.fetch(
        "with due as (select t.id, s.status = 'cancelled' as cancelled"
        " from transfers t join shows s on s.id = t.show_id"
        " where t.status = 'offered' and t.expires_at <= now() order by t.expires_at limit $1"
        " for update of t skip locked)"
        " update transfers t set status = case when due.cancelled then 'void' else 'expired' end, version = 2,"
        " ended_at = now() from due where t.id = due.id returning t.id",
        limit,
    )
    return await _close(tx, rows)


async def transfers_of_show_shorten(tx: Connection, show_id: UUID) -> None:
    """Let no offer outlive the beginning of its show, nor its cancellation."""
    await tx.execute(
        "update transfers t set expires_at = least(t.expires_at, case s.status when 'cancelled' then now()"
        " when 'scheduled' then s.starts_at end) from shows s where s.id = $1 and t.show_id = $1"
        " and t.status = 'offered' and s.status <> 'postponed'",
        show_id,
    )


async def transfers_of(
    tx: Connection, reader_id: UUID, box: Box, waiting: bool, before: UUID | None, limit: int
) -> list[Transfer]:
    """What somebody has sent, or what has been sent to their address, newest first; `waiting` for an answer or all."""
    mine = "t.from_id = $1" if box == "sent" else "t.to_email = (select lower(email) from users where id = $1)"
    rows = await tx.fetch(
        f"{_SELECT} where {mine} and ($2::uuid is null or t.id < $2)"
        " and (not $3::boolean or (t.status = 'offered' and t.expires_at > now())) order by t.id desc limit $4",
        reader_id,
        before,
        waiting,
        limit,
    )
    return [_transfer(row) for row in rows]


async def reader_is_receiver(tx: Connection, reader_id: UUID, to_email: str) -> bool:
    """Whether the account has the address."""
    return bool(await tx.fetchval("select lower(email) = $2 from users where id = $1", reader_id, to_email))


async def heirs(tx: Connection, ticket_ids: Sequence[UUID]) -> list[Record]:
    """Who has these tickets now that they were given away: id, heir_id, for those whose heir's ticket is valid."""
    return await tx.fetch(
        "with recursive chain as ("
        " select id, replaced_by, status, id as root from tickets where id = any($1::uuid[]) and status = 'transferred'"
        " union all select t.id, t.replaced_by, t.status, c.root from tickets t join chain c on t.id = c.replaced_by"
        " where c.status = 'transferred')"
        " select root as id, id as heir_id from chain where status = 'valid'",
        list(ticket_ids),
    )


async def _close(tx: Connection, ended: Sequence[Record]) -> list[Transfer]:
    """Close the places of transfers that have just ended without a change of hands; answers the transfers."""
    if not ended:
        return []
    ids = [row["id"] for row in ended]
    await tx.execute("update transfer_tickets set open = false where transfer_id = any($1::uuid[])", ids)
    return await transfers_get(tx, ids)


def _transfer(row: Record) -> Transfer:
    values: dict[str, Any] = dict(row)
    names = ("ticket_ids", "sections", "rows", "seats", "new_ticket_ids")
    columns = zip(*(values.pop(name) for name in names), strict=True)
    places = tuple(
        Place(ticket_id=ticket_id, section=section, row=line, seat=seat, new_ticket_id=new)
        for ticket_id, section, line, seat, new in columns
    )
    return Transfer(**values, places=places)
