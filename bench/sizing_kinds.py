"""The kinds of requests whose cost is measured."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

from bench.sizing_scene import Scene
from fairseat_common.testing.trading import PASSWORD

SEATS_HELD = 2
WORDS = ("velvet+harbour", "comedy+in+London", "next+weekend+in+Berlin", "concert", "uber+arena")
PURCHASE = "hold and payment, API, until all is done"

Jobs = Iterator[Callable[[], Awaitable[object]]]
Kind = Callable[[int], Jobs]
"""Makes so many requests."""


def kinds_of(at: Scene) -> dict[str, Kind]:
    """The kinds by name, in the order in which they are measured: later ones use what earlier ones have made."""
    show, room = at.show["id"], at.room["id"]
    return {
        "home page": _page(at, "/"),
        "search page": _pages(at, [f"/shows?q={words}" for words in WORDS]),
        "show page": _page(at, f"/shows/{show}"),
        "show page, signed in": _page(at, f"/shows/{show}", signed_in=True),
        "search, API": _pages(at, [f"/api/shows?q={words}" for words in WORDS]),
        "listings of a show, API": _page(at, f"/api/listings?show_id={show}"),
        "sign in, API": lambda count: (_signing_in(at, turn) for turn in range(min(count, len(at.emails)))),
        "hold of two seats, API": lambda count: (_holding(at, turn) for turn in range(count)),
        "checkout page": lambda count: (_of_order(at, "GET", "/checkout", *order) for order in at.orders[:count]),
        "hold given up, API": lambda count: (
            _of_order(at, "DELETE", "/api/orders", *order) for order in at.taken(count)
        ),
        "waiting room, look at one's place": _page(at, f"/shows/{room}/queue/part", signed_in=True),
        PURCHASE: lambda count: (_buying(at, turn) for turn in range(count)),
        "tickets page": _page(at, "/tickets", signed_in=True),
    }


def _pages(at: Scene, paths: list[str], signed_in: bool = False) -> Kind:
    def one(turn: int) -> Callable[[], Awaitable[object]]:
        cookie = at.cookies[turn % len(at.cookies)] if signed_in else ""
        return lambda: at.ask("GET", paths[turn % len(paths)], cookie)

    return lambda count: (one(turn) for turn in range(count))


def _page(at: Scene, path: str, signed_in: bool = False) -> Kind:
    return _pages(at, [path], signed_in)


def _of_order(at: Scene, method: str, path: str, cookie: str, order: str) -> Callable[[], Awaitable[object]]:
    return lambda: at.ask(method, f"{path}/{order}", cookie)


def _signing_in(at: Scene, turn: int) -> Callable[[], Awaitable[object]]:
    body = {"email": at.emails[turn], "password": PASSWORD}
    return lambda: at.ask("POST", "/api/users/signin", body=body)


def _holding(at: Scene, turn: int) -> Callable[[], Awaitable[object]]:
    async def keep() -> None:
        at.orders.append(await hold(at, turn, SEATS_HELD))

    return keep


def _buying(at: Scene, turn: int) -> Callable[[], Awaitable[object]]:
    async def buy() -> None:
        cookie, order = await hold(at, turn, 1)
        paying = {"order_id": order, "payment_method": "pm_card_visa"}
        # On a busy machine payments may hear of the order later than it waits for that.
        while (await at.ask("POST", "/api/payments", cookie, paying, ok=(201, 404)))["status"] == 404:
            at.repeated += 1

    return buy


async def hold(at: Scene, turn: int, quantity: int) -> tuple[str, str]:
    """Have the next person hold places of the next listing: their cookies, and the order's id."""
    cookie, listing = at.cookies[turn % len(at.cookies)], at.listings[turn % len(at.listings)]
    made = await at.ask("POST", "/api/orders", cookie, {"listing_id": listing["id"], "quantity": quantity})
    return cookie, str(made["id"])
