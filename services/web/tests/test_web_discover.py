"""What pages about finding shows tell people and machines."""

import json
from datetime import UTC, date, datetime

import pytest

from fairseat_common.contracts import Money
from web import views_discover as finding
from web.locales import DEFAULT
from web.models import Show, VenueSummary
from web.models_discover import Part, PriceBand, Suggestion, Understood
from web.views_share import picture_tag, share_picture

SHOW = Show(
    "7", "Night </script><b>Swim & Co", "concert", VenueSummary("v", "Hall", "Berlin", "DE", "Europe/Berlin"),
    datetime(2027, 6, 1, 18, tzinfo=UTC), performers=["Ada Lund"], lowest_price=Money(4550, "EUR"), listings_count=3,
)  # fmt: skip


def test_linked_data_cannot_end_its_script() -> None:
    text = str(finding.event_ld(SHOW, "https://example.org"))
    assert not set("<>&") & set(text)
    told = json.loads(text)
    assert told["name"] == SHOW.title
    assert told["startDate"] == "2027-06-01T20:00:00+02:00"
    assert told["offers"]["lowPrice"] == "45.50"
    assert told["performer"] == [{"@type": "PerformingGroup", "name": "Ada Lund"}]


def test_each_chip_takes_one_wish_back() -> None:
    wishes = finding.blank(q="jazz this weekend", city="Berlin", category="concert", sort="price", currency="EUR")
    part = Part("when", "this weekend", "jazz", first=date(2027, 6, 4), last=date(2027, 6, 6))
    chips = finding.chips(wishes, Understood([part]), DEFAULT)
    assert [chip.label for chip in chips] == [
        "This weekend: Fri 4 Jun to Sun 6 Jun", "In Berlin", "Concerts", "Sold in EUR",
    ]  # fmt: skip
    assert chips[0].href == "/shows?q=jazz&city=Berlin&category=concert&currency=EUR&sort=price"
    assert "city=" not in chips[1].href
    assert "sort=" not in chips[3].href, "prices in different currencies do not compare"


@pytest.mark.parametrize(
    ("band", "text"),
    [
        (PriceBand("EUR", 0, 1999, 1), "Under €20"),
        (PriceBand("EUR", 2000, 4999, 1), "€20 to €50"),
        (PriceBand("JPY", 20000, None, 1), "¥20,000 and more"),
    ],
)
def test_a_price_band_reads_well(band: PriceBand, text: str) -> None:
    from web.views_wishes import band_text

    assert band_text(band, DEFAULT) == text


def test_a_suggestion_leads_where_it_says() -> None:
    leads = [
        finding.suggestion_href(Suggestion(kind, "x-1", "A & B", shows_count=count))
        for kind, count in (("performer", 2), ("venue", 1), ("city", 1), ("show", 1), ("show", 4))
    ]
    assert leads == ["/performers/x-1", "/venues/x-1", "/cities/x-1", "/shows/x-1", "/shows?q=A+%26+B"]


@pytest.mark.parametrize("title", ["Velvet Harbour", "夜の電車", "ليلة القطارات", "x" * 500, "🎺"])
def test_any_title_makes_a_picture(title: str) -> None:
    show = Show("7", title, "other", SHOW.venue, SHOW.starts_at)
    assert share_picture(show, "fr")[:4] == b"\x89PNG"
    assert picture_tag(show, "en") != picture_tag(SHOW, "en")
    assert picture_tag(show, "en") != picture_tag(show, "de")
