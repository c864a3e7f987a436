"""Shows that moved: a seat whose holder does not come goes back by all its sales, so that nobody has earned by it."""

from __future__ import annotations

from fairseat_local.check.findings import Check, Look
from fairseat_local.check.reading import Reading

# An earlier sale of a place that went back, by which nothing went back.
STANDING = """
select o.id, e.id as earlier_id, l.seat from refunds r join refund_lines l on l.refund_id = r.id
join orders o on o.id = l.order_id join orders e on e.show_id = o.show_id and e.section = o.section and e.row = o.row
    and l.seat = any(e.seats) and e.created_at < o.created_at and e.status in ('confirmed', 'refunded')
where r.reason = 'show_moved'
    and not exists (select from refund_lines x where x.order_id = e.id and x.seat = l.seat)
"""
UNPAID = """
select c.order_id from choices c where c.choice = 'refund' and not exists (
    select from refunds r where r.order_id = c.order_id and r.reason = 'show_moved')
"""


async def all_sales_go_back(reading: Reading) -> Look:
    """M1: by every sale of such a seat, and for everybody who chose the money."""
    breaks = {
        f"{row['earlier_id']} {row['seat']}": f"seat {row['seat']} went back by order {row['id']}, since its show"
        f" moved, and order {row['earlier_id']}, which sold it before, stands"
        for row in await reading.rows("orders", STANDING)
    }
    for row in await reading.rows("orders", UNPAID):
        breaks[f"chosen {row['order_id']}"] = f"the buyer of order {row['order_id']} chose the money, and gets none"
    return Look(await reading.count("orders", "refund_lines"), breaks)


CHECKS = (Check("M1", "a seat that goes back since its show moved goes back by all its sales", all_sales_go_back),)
