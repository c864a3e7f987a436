"""Reports of a show: what was sold and refunded, what became of the places, who came; and for whom they are."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from fairseat_common.contracts import (
    ChartRow,
    ChartSection,
    Event,
    ListingPublished,
    Money,
    OrderRefundDue,
    ShowPublished,
    TeamChanged,
    TeamMember,
    VenuePublished,
)
from fairseat_common.ids import new_id
from fairseat_common.testing.builders import listing_published, now, order_confirmed, order_held, show_published
from fairseat_common.testing.plugin import StartService
from fairseat_common.testing.running import RunningService
from fairseat_common.testing.waiting import eventually
from tickets.domain_reports import csv_text

ORGANISER, HELPER, SELLER = UUID(int=1), UUID(int=2), UUID(int=3)
ROLES = ("user", "organiser")
DAY_ONE, DAY_TWO = datetime(2026, 5, 1, 22, 30, tzinfo=UTC), datetime(2026, 5, 2, 9, tzinfo=UTC)
"""Half past ten at night in UTC is the next day in Berlin."""


async def hear(tickets: RunningService, *events: Event) -> None:
    for event in events:
        event_id = await tickets.publish(event)
        await eventually(lambda event_id=event_id: tickets.heard(event_id))  # type: ignore[misc]


async def announce(tickets: RunningService) -> ShowPublished:
    show = show_published(organiser_id=ORGANISER)
    rows = (ChartRow("A", tuple(str(n) for n in range(1, 11))),)
    sections = (ChartSection("Stalls", "seated", rows, 10), ChartSection("Pit", "standing", (), 5))
    venue = VenuePublished(
        venue_id=show.venue_id, name="T", city="Berlin", country="DE", timezone="Europe/Berlin", capacity=15,
        sections=sections, version=1, occurred_at=now(),
    )  # fmt: skip
    team = TeamChanged(organiser_id=ORGANISER, members=(TeamMember(HELPER, ("report",)),), version=2, occurred_at=now())
    await hear(tickets, venue, show, team)
    return show


async def sell(tickets: RunningService, show: ShowPublished) -> list[UUID]:
    """Ten seats listed; three sold on one day and two on the next, of which one is refunded; one more is held."""
    body = {"show_id": str(show.show_id), "section": "Stalls", "row": "A", "seats": [str(n) for n in range(1, 9)]}
    price = {"unit_price": {"amount": 5000, "currency": "EUR"}, "split": "any"}
    made = (await tickets.client(SELLER).post("/api/listings", json=body | price)).json()
    common: dict[str, Any] = {
        "listing_id": UUID(made["id"]), "show_id": show.show_id, "seller_id": SELLER, "section": "Stalls", "row": "A",
        "unit_price": Money(5000, "EUR"),
    }  # fmt: skip
    orders = []
    for seats, when, primary in ((("1", "2", "3"), DAY_ONE, False), (("4", "5"), DAY_TWO, True)):
        count = len(seats)
        amounts = {
            "quantity": count,
            "fees": Money(500 * count, "EUR"),
            "seller_fees": Money(250 * count, "EUR"),
            "total": Money(5500 * count, "EUR"),
        }
        more = common | amounts | {"seats": seats, "primary": primary}
        held = order_held(_listing(show), **more)
        await hear(tickets, held, order_confirmed(held, occurred_at=when))
        orders.append(held)
    fields = {name: getattr(orders[1], name) for name in orders[1].__struct_fields__}
    due = OrderRefundDue(
        **fields | {"version": 3, "refund_id": new_id(), "refund_reason": "goodwill", "refund_seats": ("5",),
                    "refund_amount": Money(5500, "EUR")},
    )  # fmt: skip
    still = common | {"seats": ("6",), "quantity": 1, "fees": Money(500, "EUR"), "total": Money(5500, "EUR")}
    await hear(tickets, due, order_held(_listing(show), **still))
    return [order.order_id for order in orders]


def _listing(show: ShowPublished) -> ListingPublished:
    return listing_published(show)


async def test_what_was_sold_is_added_up(start: StartService) -> None:
    tickets = await start("tickets")
    show = await announce(tickets)
    await sell(tickets, show)
    path = f"/api/reports/{show.show_id}/sales"
    report = (await tickets.client(HELPER).get(path)).json()

    def figures(found: dict[str, Any]) -> tuple[int, int, int, int, int]:
        money = (found["face"], found["buyer_fees"], found["seller_fees"])
        assert {each["currency"] for each in money} == {"EUR"}
        return (found["sold"], found["refunded"], *(each["amount"] for each in money))

    assert figures(report["totals"]) == (4, 1, 20000, 2000, 1000)
    assert [(each["kind"], *figures(each)) for each in report["kinds"]] == [
        ("primary", 1, 1, 5000, 500, 250),
        ("resale", 3, 0, 15000, 1500, 750),
    ]
    assert [(each["day"], each["primary"], each["resale"], each["face"]["amount"]) for each in report["days"]] == [
        ("2026-05-02", 1, 3, 20000)
    ]
    stalls, pit = report["sections"]
    places = ("capacity", "for_sale", "held", "with_buyers", "not_offered")
    assert [stalls[name] for name in places] == [10, 2, 1, 4, 3]
    assert [pit[name] for name in places] == [5, 0, 0, 0, 5]
    assert (stalls["primary"], stalls["resale"], figures(stalls)) == (1, 3, (4, 1, 20000, 2000, 1000))
    assert (report["currency"], report["timezone"], report["zones"]) == ("EUR", "Europe/Berlin", [])
    answer = await tickets.client(HELPER).get(f"{path}.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert lines[0] == ["day", "section", "kind", "sold", "refunded", "face", "buyer_fees", "seller_fees", "currency"]
    assert lines[1:] == [
        ["2026-05-02", "Stalls", "resale", "3", "0", "150.00", "15.00", "7.50", "EUR"],
        ["2026-05-02", "Stalls", "primary", "1", "1", "50.00", "5.00", "2.50", "EUR"],
    ]


async def test_who_came_is_counted_by_gate_and_time(start: StartService) -> None:
    tickets = await start("tickets")
    show = await announce(tickets)
    await sell(tickets, show)
    async with tickets.database.connection() as connection:
        ids = await connection.fetch("select id from tickets where order_id is not null and status = 'valid'")
        evening = datetime(2026, 5, 9, 18, tzinfo=UTC)
        scans = [
            (ids[0]["id"], "North", "admitted", evening),
            (ids[1]["id"], "North", "admitted", evening + timedelta(minutes=14)),
            (ids[2]["id"], "South", "admitted", evening + timedelta(minutes=16)),
            (ids[0]["id"], "South", "already-used", evening + timedelta(minutes=17)),
            (None, "South", "forged", evening + timedelta(minutes=18)),
        ]
        await connection.executemany(
            "insert into scans (id, show_id, ticket_id, gate, result, scanned_by, let_in, scanned_at)"
            " values ($1, $2, $3, $4, $5, $6, $5 = 'admitted', $7)",
            [(new_id(), show.show_id, ticket, gate, result, HELPER, at) for ticket, gate, result, at in scans],
        )
    path = f"/api/reports/{show.show_id}/attendance"
    report = (await tickets.client(ORGANISER, ROLES).get(path)).json()
    assert (report["expected"], report["admitted"]) == (4, 3)
    assert report["gates"] == [
        {"gate": "North", "admitted": 2, "refused": 0},
        {"gate": "South", "admitted": 1, "refused": 2},
    ]
    assert [(quarter["since"], quarter["admitted"]) for quarter in report["quarters"]] == [
        ("2026-05-09T18:00:00Z", 2),
        ("2026-05-09T18:15:00Z", 1),
    ]
    assert report["refusals"] == [{"result": "already-used", "count": 1}, {"result": "forged", "count": 1}]
    text = (await tickets.client(ORGANISER, ROLES).get(f"{path}.csv")).content.decode("utf-8-sig")
    assert text.splitlines() == [
        "since,gate,admitted",
        "2026-05-09T18:00:00+00:00,North,2",
        "2026-05-09T18:15:00+00:00,South,1",
    ]


async def test_reports_are_for_the_organiser_the_team_and_operators(start: StartService) -> None:
    tickets = await start("tickets")
    show = await announce(tickets)
    readers: list[tuple[Any, int]] = [
        (tickets.client(ORGANISER, ROLES), 200),
        (tickets.client(HELPER), 200),
        (tickets.client(UUID(int=8), ("user", "operator")), 200),
        (tickets.client(UUID(int=9), ROLES), 403),
        (tickets.client(SELLER), 403),
        (tickets.client(), 401),
    ]
    for kind in ("sales", "sales.csv", "attendance", "attendance.csv"):
        for reader, status in readers:
            assert (await reader.get(f"/api/reports/{show.show_id}/{kind}")).status_code == status, (kind, status)
        missing = await readers[0][0].get(f"/api/reports/{new_id()}/{kind}")
        assert missing.status_code == 404
    empty = (await readers[0][0].get(f"/api/reports/{show.show_id}/sales")).json()
    assert (empty["totals"]["sold"], empty["days"], len(empty["sections"])) == (0, [], 2)


def test_no_cell_of_a_file_is_a_formula() -> None:
    text = csv_text(("section",), [("=1+1",), ("-A",), ("A,B",)]).decode("utf-8-sig")
    assert text == "section\r\n'=1+1\r\n'-A\r\n\"A,B\"\r\n"
