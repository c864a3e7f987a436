"""Comparing listings: addresses and filters, the colours of the map, states of a show, and who hears of changes."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairseat_common.bus import Broker
from fairseat_common.bus.broker import Outgoing
from fairseat_common.contracts import Money
from fairseat_common.contracts.refusals import LimitReached, Unavailable
from fairseat_common.ids import new_id
from web import live, views_offers
from web.live import CHANGED, PER_READER_MAX, Live, quiet_s
from web.locales import reader_locale
from web.models import Show, VenueSummary
from web.models_offers import Offer, Sale, SectionSummary
from web.views_offers import Wishes, price_range, price_steps, state_of, step_of, wishes_read

NOW = datetime(2026, 11, 22, 18, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=50)
WISHES = st.builds(
    Wishes,
    quantity=st.none() | st.integers(1, views_offers.QUANTITY_MAX),
    low=st.sampled_from(["", "10", "12,50"]),
    high=st.sampled_from(["", "99.90"]),
    sections=st.lists(TEXT, max_size=5, unique=True).map(tuple),
    aisle=st.booleans(),
    deal=st.sampled_from(["", *views_offers.DEALS]),
    sort=st.sampled_from(list(views_offers.SORTS)),
)


def show_of(status: str = "scheduled", days: int = 3, listings: int = 0) -> Show:
    venue = VenueSummary("v", "Hall", "Berlin")
    return Show("s", "Night", "concert", venue, NOW + timedelta(days=days), status, listings_count=listings)


def summary(section: str, price: int | None = None, sold: int = 0) -> SectionSummary:
    lowest = None if price is None else Money(price, "EUR")
    return SectionSummary(section, int(price is not None), 2 * int(price is not None), lowest, None, sold)


@given(WISHES)
def test_an_address_says_exactly_what_was_wished(wishes: Wishes) -> None:
    parts = urlsplit(views_offers.address("s", wishes))
    assert wishes_read(parse_qsl(parts.query)) == wishes


@given(st.lists(st.tuples(st.sampled_from(["quantity", "min", "section", "aisle", "deal", "sort", "x"]), st.text())))
def test_any_address_is_understood_as_far_as_it_goes(pairs: list[tuple[str, str]]) -> None:
    wishes = wishes_read(pairs)
    assert wishes.sort in views_offers.SORTS
    assert wishes.quantity is None or 1 <= wishes.quantity <= views_offers.QUANTITY_MAX
    assert len(wishes.sections) <= views_offers.SECTIONS_MAX
    price_range(wishes, "EUR")


def test_prices_that_are_none_are_told_beside_their_field() -> None:
    assert price_range(Wishes(low="10", high="20,50"), "EUR") == ({"min_price": "1000", "max_price": "2050"}, {})
    query, mistakes = price_range(Wishes(low="cheap"), "EUR")
    assert (query, list(mistakes)) == ({}, ["min"])
    assert list(price_range(Wishes(low="20", high="10"), "EUR")[1]) == ["max"]
    assert price_range(Wishes(high="1200"), "JPY")[0] == {"max_price": "1200"}


def test_a_section_is_chosen_and_left_out_again() -> None:
    wishes = Wishes(sections=("A",))
    assert views_offers.toggled(wishes, "B") == ("A", "B")
    assert views_offers.toggled(wishes, "A") == ()


@given(st.lists(st.integers(1, 50), max_size=60))
def test_every_price_has_one_colour_and_the_legend_tells_its_range(prices: list[int]) -> None:
    steps = price_steps([summary(str(n), price * 100) for n, price in enumerate(prices)] + [summary("none")])
    assert bool(prices) <= len(steps) <= min(views_offers.STEPS_MAX, len(set(prices)))
    for price in prices:
        step = steps[step_of(Money(price * 100, "EUR"), steps) - 1]
        assert step.low.amount <= price * 100 <= step.high.amount
    for one, next_one in pairwise(steps):
        assert one.high.amount < next_one.low.amount
    assert step_of(None, steps) == 0


@pytest.mark.parametrize(
    ("show", "sections", "wishes", "state"),
    [
        (show_of("cancelled"), [summary("A", 100)], Wishes(), "cancelled"),
        (show_of(days=-1), [summary("A", 100)], Wishes(), "over"),
        (show_of("postponed", days=-1), [summary("A", 100)], Wishes(), "open"),
        (show_of(), [summary("A", 100)], Wishes(sections=("B",)), "nofit"),
        (show_of(listings=2), [summary("A")], Wishes(quantity=2), "nofit"),
        (show_of(listings=2), [summary("A")], Wishes(), "soldout"),
        (show_of(), [summary("A", sold=1)], Wishes(), "soldout"),
        (show_of(), [summary("A")], Wishes(), "none"),
    ],
)
def test_a_show_has_one_state(show: Show, sections: list[SectionSummary], wishes: Wishes, state: str) -> None:
    assert state_of(show, sections, wishes, NOW) == state


def test_short_words_for_prices_counts_and_times() -> None:
    english, german = reader_locale("en-GB"), reader_locale("de-DE")
    assert views_offers.short_price(Money(4500, "EUR"), english) == "€45"
    assert views_offers.short_price(Money(114_400, "EUR"), german) == "1.144\u00a0€"
    assert views_offers.short_price(Money(4510, "EUR"), english) == "€45.10"
    assert views_offers.short_price(Money(4500, "JPY"), english) == "¥4,500"
    assert [views_offers.count_text(n, "seat") for n in (0, 1, 1204)] == ["0 seats", "1 seat", "1,204 seats"]
    ago = [views_offers.ago_text(NOW - timedelta(seconds=s), NOW) for s in (-5, 59, 60, 7200, 3 * 86_400)]
    assert ago == ["just now", "just now", "1 minute ago", "2 hours ago", "3 days ago"]


def test_sales_are_drawn_from_the_oldest_to_the_newest() -> None:
    sales = [Sale("A", 1, Money(price, "EUR"), NOW) for price in (1000, 4000)]
    assert [bar.height for bar in views_offers.sale_bars(sales)] == [32.0, 8.0]
    assert views_offers.sale_bars([]) == []


def test_a_row_is_shown_anew_when_something_that_it_says_has_changed() -> None:
    offer = Offer("l", "s", "Stalls", Money(1, "EUR"), Money(1, "EUR"), 2, version=3, deal="great")
    other = Offer("l", "s", "Stalls", Money(1, "EUR"), Money(1, "EUR"), 1, version=3, deal="great")
    assert views_offers.print_of(offer) == views_offers.print_of(offer)
    assert views_offers.print_of(offer) != views_offers.print_of(other)


async def say(broker: Broker, subject: str, **facts: str) -> None:
    event_id = new_id()
    message = Outgoing(event_id, subject, {"Nats-Msg-Id": str(event_id)}, json.dumps(facts).encode())
    assert await broker.publish([message]) == [event_id]


async def test_a_change_of_a_show_reaches_its_pages_and_is_not_repeated_at_once(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "SETTLE_S", 0.0)
    pages = Live(broker, 10)
    show_id = str(new_id())
    async with pages.listening():
        mine = pages.stream_show("somebody", show_id)
        assert (await anext(mine)).startswith(b"retry:")
        for subject in ("listings.published.v1", "orders.held.v1", "tickets.issued.v1"):
            heard = asyncio.ensure_future(anext(mine))
            await say(broker, subject, show_id=str(new_id()))
            await say(broker, subject, show_id=show_id)
            assert await asyncio.wait_for(heard, 20) == CHANGED
            monkeypatch.setattr(live, "QUIET_S", 0.0)
        await mine.aclose()
    pages.check_show("somebody")


def test_more_readers_are_told_more_seldom() -> None:
    assert [quiet_s(readers) for readers in (1, 50, 200, 100_000)] == [2.0, 2.0, 8.0, live.QUIET_S_MAX]


def test_pages_of_shows_have_limits_and_leave_room_for_orders() -> None:
    pages = Live(Broker("nats://127.0.0.1:1", "unused"), 40)
    watched = [pages.watch("home", "show") for _ in range(PER_READER_MAX)]
    for page in watched:
        page.__enter__()
    with pytest.raises(LimitReached):
        pages.check_show("home")
    others = [pages.watch(f"r{number}", "show") for number in range(40 * live.SHOWS_PERCENT // 100 - PER_READER_MAX)]
    for page in others:
        page.__enter__()
    with pytest.raises(Unavailable):
        pages.check_show("somebody else")
    pages.check("a buyer")
    for page in [*watched, *others]:
        page.__exit__(None, None, None)
    pages.check_show("home")
