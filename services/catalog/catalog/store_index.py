"""The SQL of indexes: everything of a kind that has a page of its own, in long runs, for those who list pages."""

from __future__ import annotations

from catalog.domain_index import Kind
from fairseat_common.database import Connection

_AHEAD = "o.status <> 'cancelled' and o.starts_at > now()"
# What each kind is called in addresses, in an order of its own; text, so that all kinds go on in the same way.
_NAMED: dict[Kind, str] = {
    "shows": f"select o.show_id::text as ref from show_offers o where {_AHEAD}",  # noqa: S608
    "performers": "select p.id::text as ref from performers p where exists (select from show_performers sp"  # noqa: S608
    f" join show_offers o on o.show_id = sp.show_id where sp.performer_id = p.id and {_AHEAD})",
    "venues": "select id::text as ref from venues",
    "cities": "select distinct replace(city_key, ' ', '-') || '-' || lower(country) as ref from venues",
}


async def refs_page(tx: Connection, kind: Kind, after: str, rows_max: int) -> list[str]:
    """What comes after `after` in the order of a kind's names."""
    rows = await tx.fetch(
        f'select ref from ({_NAMED[kind]}) as named where ref collate "C" > $1::text'  # noqa: S608
        ' order by ref collate "C" limit $2',
        after,
        rows_max,
    )
    return [row["ref"] for row in rows]


async def refs_starts(tx: Connection, kind: Kind, run: int) -> list[str]:
    """Where runs of so many begin: each but the first after the last name of the run before."""
    rows = await tx.fetch(
        f'select ref from (select ref, row_number() over (order by ref collate "C") as place,'  # noqa: S608
        f" count(*) over () as total from ({_NAMED[kind]}) as named) as numbered"
        " where place % $1 = 0 and place < total order by place",
        run,
    )
    return [row["ref"] for row in rows]
