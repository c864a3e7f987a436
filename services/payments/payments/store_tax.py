"""The SQL of tax: the rates that are in force, and what was taxed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from fairseat_common.database import Connection, Record
from payments.domain_tax import RefundTax, TaxLine, TaxOwed, TaxRate, TaxReceipt

_IN_FORCE = "select distinct on (country) country, rate from tax_rates order by country, since desc"
_LOCK = 7231010

# What was released in a month, beside what was taken back in it of lines that had been released before.
_OWED = """
select month, country, rate, currency, sum(net)::bigint as net, sum(tax)::bigint as tax,
    sum(reversed_net)::bigint as reversed_net, sum(reversed_tax)::bigint as reversed_tax
from (
    select date_trunc('month', released_at at time zone 'UTC')::date as month, tax_country as country,
        tax_rate as rate, currency, buyer_fee + seller_fee - buyer_tax - seller_tax as net,
        buyer_tax + seller_tax as tax, 0 as reversed_net, 0 as reversed_tax
    from sale_lines where tax_rate is not null and released_at is not null
    union all
    select date_trunc('month', coalesce(r.created_at, d.closed_at) at time zone 'UTC')::date, s.tax_country,
        s.tax_rate, s.currency, 0, 0, s.buyer_fee + s.seller_fee - s.buyer_tax - s.seller_tax,
        s.buyer_tax + s.seller_tax
    from sale_lines s left join refunds r on r.id = s.refund_id and s.status = 'refunded'
        left join disputes d on d.id = s.dispute_id and s.status = 'charged_back'
    where s.tax_rate is not null and s.released_at is not null and s.status in ('refunded', 'charged_back')
) moved
group by month, country, rate, currency
"""


async def rates_lock(tx: Connection) -> list[TaxRate]:
    """The rates that are in force; nobody else changes them until the transaction ends."""
    await tx.execute("select pg_advisory_xact_lock($1)", _LOCK)
    return [TaxRate(row["country"], row["rate"]) for row in await tx.fetch(_IN_FORCE)]


async def rates_insert(tx: Connection, rates: Sequence[TaxRate]) -> None:
    """Put rates in force from now on."""
    await tx.execute(
        "insert into tax_rates (country, rate) select * from unnest($1::text[], $2::integer[])",
        [rate.country for rate in rates],
        [rate.rate for rate in rates],
    )


async def rate_of_show(tx: Connection, show_id: UUID) -> tuple[bool, TaxRate | None]:
    """Whether the show is known (or nothing is taxed anywhere), and the rate in force for it, if there is one."""
    row = await tx.fetchrow(
        f"with rates as ({_IN_FORCE}) select s.show_id is not null"  # noqa: S608  # a constant
        " or not exists (select from rates where rate > 0) as known, r.country, r.rate"
        " from (select $1::uuid as id) asked left join shows s on s.show_id = asked.id"
        " left join rates r on r.country = s.country and r.rate > 0",
        show_id,
    )
    assert row is not None, "it answers one row whatever it is asked"
    rate = TaxRate(row["country"], row["rate"]) if row["country"] is not None else None
    return bool(row["known"]), rate


async def receipt_of(tx: Connection, order_id: UUID) -> TaxReceipt:
    """The tax in the buyer's fee of an order's seats, and of those that go back, by refund."""
    rows = await tx.fetch(
        "select s.refund_id, s.tax_country as country, s.tax_rate as rate, s.currency,"
        " sum(s.buyer_fee - s.buyer_tax)::bigint as net, sum(s.buyer_tax)::bigint as tax"
        " from sale_lines s where s.order_id = $1 and s.tax_rate is not null"
        " group by 1, 2, 3, 4 order by 1 nulls first",
        order_id,
    )
    whole: dict[tuple[str, int, str], list[Record]] = defaultdict(list)
    back: dict[UUID, list[TaxLine]] = defaultdict(list)
    for row in rows:
        whole[row["country"], row["rate"], row["currency"]].append(row)
        if row["refund_id"] is not None:
            back[row["refund_id"]].append(_line([row]))
    return TaxReceipt(
        order_id=order_id,
        taxes=tuple(_line(rows) for _, rows in sorted(whole.items())),
        refunds=tuple(RefundTax(refund_id=id_, taxes=tuple(lines)) for id_, lines in back.items()),
    )


def _line(rows: Sequence[Record]) -> TaxLine:
    """Rows of one rate added up."""
    first = rows[0]
    return TaxLine(
        country=first["country"],
        rate=first["rate"],
        currency=first["currency"],
        net=sum(row["net"] for row in rows),
        tax=sum(row["tax"] for row in rows),
    )


async def owed_page(tx: Connection, before: tuple[date, str, str, int] | None, rows_max: int) -> list[TaxOwed]:
    """Months with what is owed by country, currency and rate, newest first."""
    month, country, currency, rate = before or (None, None, None, None)
    rows = await tx.fetch(
        f"select * from ({_OWED}) owed where $1::date is null"  # noqa: S608  # a constant
        " or (month, country, currency, rate) < ($1, $2::text, $3::text, $4::integer)"
        " order by month desc, country desc, currency desc, rate desc limit $5",
        month,
        country,
        currency,
        rate,
        rows_max,
    )
    return [TaxOwed(**dict(row)) for row in rows]
