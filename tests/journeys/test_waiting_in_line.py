"""Fans wait in the room of an on-sale: the order is the published seed's, and who was let in holds seats."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from fairseat_common.ids import new_id
from fairseat_common.testing.browser import DESKTOP, PHONE, accessibility_faults, page_for
from fairseat_common.testing.trading import Trader, created
from fairseat_common.testing.waiting import eventually
from fairseat_local.testing import ORGANISER, WholeSystem

pytestmark = pytest.mark.timeout(300)


async def page_of(client: httpx.AsyncClient, browser: Browser, system: WholeSystem, **how: Any) -> Page:
    """A browser in which they are signed in."""
    page = await page_for(browser, system.url, **how)
    cookies = [{"name": c.name, "value": c.value or "", "url": system.url} for c in client.cookies.jar]
    await page.context.add_cookies(cookies)  # type: ignore[arg-type]
    return page


async def no_faults(page: Page) -> None:
    """axe finds nothing, on a phone and on a desk, and nothing sticks out."""
    for size in (PHONE, DESKTOP):
        await page.set_viewport_size(size)
        assert await accessibility_faults(page) == [], page.url
        assert await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


async def on_sale_tomorrow(system: WholeSystem, boss: httpx.AsyncClient) -> dict[str, Any]:
    """A show whose whole house goes on sale tomorrow."""
    seats = [str(number) for number in range(1, 9)]
    house = await created(boss, "/api/venues", {
        "name": f"Lantern Hall {new_id().hex[-8:]}", "city": "Berlin", "country": "DE", "timezone": "Europe/Berlin",
        "lat": 52.5, "lon": 13.4, "capacity": 8, "currency": "EUR",
        "chart": {"sections": [
            {"name": "Stalls", "kind": "seated", "rows": [{"name": "A", "seats": seats}], "capacity": 8}
        ]},
    })  # fmt: skip
    starts_at = (datetime.now(UTC) + timedelta(days=40)).replace(second=0, microsecond=0).isoformat()
    body = {"title": "Lantern Night", "category": "concert", "venue_id": house["id"], "starts_at": starts_at}
    show = await created(boss, "/api/shows", body)
    await system.hears(boss, show)
    zone = {"name": "House", "unit_price": {"amount": 5000, "currency": "EUR"}, "sections": ["Stalls"]}
    opens_at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    await created(boss, "/api/onsales", {"show_id": show["id"], "zones": [zone], "opens_at": opens_at})
    return show


async def fan(system: WholeSystem, name: str) -> Trader:
    person = Trader(system.client())
    await person.sign_up(name)
    return person


async def room_set(office: Page, show: dict[str, Any]) -> None:
    """The organiser sets a room that can be joined two days before the sale, and lets in one a minute."""
    await office.goto(f"/organise/shows/{show['id']}/on-sale")
    pace = office.get_by_label("People let in per minute")
    await pace.fill("many")
    await office.get_by_role("button", name="Set up the waiting room").click()
    await expect(office.get_by_label("People let in per minute")).to_have_value("many")
    await expect(office.get_by_label("People let in per minute")).to_have_attribute("aria-invalid", "true")
    await no_faults(office)
    await pace.fill("1")
    await office.get_by_label("Doors open, minutes before the sale").fill("2880")
    await office.get_by_role("button", name="Set up the waiting room").click()
    await expect(office.get_by_role("status").first).to_contain_text("The waiting room is set.")
    await no_faults(office)


async def test_fans_wait_in_an_order_that_everybody_can_check(one_process: WholeSystem, browser: Browser) -> None:
    boss = one_process.client()
    assert (await boss.post("/api/users/signin", json=ORGANISER)).status_code == 200
    show = await on_sale_tomorrow(one_process, boss)
    here, room = f"/shows/{show['id']}/queue", f"/api/queues/{show['id']}"
    office = await page_of(boss, browser, one_process)
    await room_set(office, show)

    # Three fans join: with scripts on a phone, without scripts by the keyboard alone, and by a program.
    people = [await fan(one_process, name) for name in ("Ana", "Ben", "Cleo")]
    ana = await page_of(people[0].client, browser, one_process, phone=True, color_scheme="dark")
    ben = await page_of(people[1].client, browser, one_process, scripts=False)
    await ana.goto(f"/shows/{show['id']}")
    await ana.get_by_role("link", name="To the waiting room").click()
    await no_faults(ana)
    await ana.get_by_role("button", name="Join the waiting room").click()
    await ben.goto(here)
    await ben.get_by_role("button", name="Join the waiting room").focus()
    await ben.keyboard.press("Enter")
    for page in (ana, ben):
        await expect(page.get_by_role("heading", name="You are in the waiting room.")).to_be_visible()
    await no_faults(ana)
    assert (await people[2].client.post(f"{room}/entries")).json()["number"] == 3

    await office.goto(f"/organise/shows/{show['id']}/on-sale")
    await office.get_by_role("button", name="Open the sale now").click()
    await expect(office.get_by_role("heading", name="The sale is open")).to_be_visible()
    made, opened = await eventually(lambda: log_of(boss, room, "made", "opened"), 30)
    seed = opened["seed"]
    assert (opened["number"], hashlib.sha256(seed.encode()).hexdigest()) == (3, made["commitment"])
    order = sorted((1, 2, 3), key=lambda number: hashlib.sha256(f"{seed}:3:{number}".encode()).hexdigest())
    await eventually(lambda: is_in(people[order[0] - 1], room), 30)
    # However long what follows takes, nobody else is let in meanwhile.
    body = {"per_minute": 1, "doors_at": (await boss.get(room)).json()["doors_at"], "paused": True}
    assert (await boss.put(room, json=body)).json()["paused"]
    # An open page follows by itself; it asks at once when it comes back in sight.
    await ana.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await expect(ana.get_by_role("heading", name="You are in the waiting room.")).to_have_count(0, timeout=30_000)
    assert [(await entry_of(people[number - 1], room))["position"] for number in order[1:]] == [1, 2]
    await ana.goto(f"{here}/log")
    await expect(ana.get_by_text(seed, exact=True)).to_be_visible()
    await expect(ana.get_by_text("was let in")).to_have_count(1)
    await no_faults(ana)
    await only_who_is_in_holds(one_process, browser, show, [people[number - 1] for number in order])

    # A faster pace lets the next in.
    await office.goto(f"/organise/shows/{show['id']}/queue")
    await office.get_by_label("People let in per minute").fill("600")
    await office.get_by_label("Let nobody in for the moment").uncheck()
    await office.get_by_role("button", name="Save the waiting room").click()
    await expect(office.get_by_role("status").first).to_contain_text("The waiting room is set.")
    for person in people:
        await eventually(lambda person=person: is_in(person, room), 30)  # type: ignore[misc]
    await ana.goto(here)
    await expect(ana.get_by_role("heading", name="It is your turn.")).to_be_visible()
    await expect(ana.get_by_role("timer", name="Time left")).to_contain_text(":")
    await no_faults(ana)
    await ana.get_by_role("link", name="Choose your seats").click()
    await ana.get_by_role("button", name="Hold seats in Stalls, row A").click()
    await expect(ana.get_by_role("heading", name="Checkout")).to_be_visible()
    # Nobody waits any more: whoever comes now goes straight through.
    late = await page_of((await fan(one_process, "Dora")).client, browser, one_process, scripts=False)
    await late.goto(here)
    await late.get_by_role("button", name="Go straight in").click()
    await expect(late.get_by_role("heading", name="It is your turn.")).to_be_visible()
    await office.get_by_text("End the waiting room").click()
    await office.get_by_role("button", name="End it: let everybody hold seats").click()
    await expect(office.get_by_text("It is over: everybody can hold seats.")).to_be_visible()


async def only_who_is_in_holds(system: WholeSystem, browser: Browser, show: dict[str, Any], line: list[Trader]) -> None:
    """The first in line holds seats; the last is told by the API and on the page what to do, and keeps the place."""
    first, last = line[0], line[-1]
    best = {"show_id": show["id"], "quantity": 1}
    assert (await created(first.client, "/api/orders", best))["status"] == "held"
    refused = await last.client.post("/api/orders", json=best, headers={"Idempotency-Key": str(new_id())})
    assert (refused.status_code, refused.json()["type"]) == (409, "queue-first")
    page = await page_of(last.client, browser, system)
    await page.goto(f"/shows/{show['id']}")
    await expect(page.get_by_text("You are in the waiting room of this show.")).to_be_visible()
    await page.get_by_role("button", name="Hold seats in Stalls, row A").click()
    await expect(page.get_by_role("alert")).to_contain_text("You need a turn to hold seats.")
    await expect(page.get_by_role("heading", name="Your place in line.")).to_be_visible()
    await no_faults(page)


async def log_of(client: httpx.AsyncClient, room: str, *kinds: str) -> list[dict[str, Any]] | None:
    """The lines of these kinds, once there is one of each."""
    lines = (await client.get(f"{room}/log")).json()["items"]
    found = [line for line in lines if line["what"] in kinds]
    return found if len(found) == len(kinds) else None


async def entry_of(person: Trader, room: str) -> dict[str, Any]:
    """Somebody's place."""
    return (await person.client.get(f"{room}/entries/mine")).json()  # type: ignore[no-any-return]


async def is_in(person: Trader, room: str) -> bool:
    """Whether somebody was let in."""
    return (await entry_of(person, room))["state"] == "admitted"  # type: ignore[no-any-return]
