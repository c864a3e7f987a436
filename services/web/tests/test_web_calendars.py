"""Calendar files: what is written reads back, whatever the text, and no line is too long."""

import re
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as some

from web.calendars import CalendarEvent, calendar_file, file_name, status_of

NOW = datetime(2027, 5, 1, 12, 0, tzinfo=UTC)
START = datetime(2027, 6, 12, 20, 0, tzinfo=timezone(timedelta(hours=2)))


def read(body: bytes) -> dict[str, str]:
    """The properties of the only event, unfolded and unescaped by the letter of RFC 5545."""
    text = re.sub("\r\n[ \t]", "", body.decode())
    inside = text.split("BEGIN:VEVENT\r\n")[1].split("END:VEVENT\r\n")[0]
    pairs = [line.partition(":") for line in inside.removesuffix("\r\n").split("\r\n")]
    plain = {"n": "\n", "N": "\n"}
    return {name: re.sub(r"\\(.)", lambda found: plain.get(found[1], found[1]), value) for name, _, value in pairs}


def test_a_show_is_told_in_full() -> None:
    event = CalendarEvent(
        uid="show-7@fairseat",
        summary="Velvet; Harbour, live",
        starts_at=START,
        sequence=3,
        location="Große Freiheit 36\nHamburg",
        geo=(53.5517, 9.9575),
        url="https://example.org/shows/7",
    )
    body = calendar_file([event], NOW, "My tickets")
    assert body.startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:")
    assert body.endswith(b"END:VEVENT\r\nEND:VCALENDAR\r\n")
    assert read(body) == {
        "UID": "show-7@fairseat",
        "DTSTAMP": "20270501T120000Z",
        "DTSTART": "20270612T180000Z",
        "DTEND": "20270612T210000Z",
        "SEQUENCE": "3",
        "STATUS": "CONFIRMED",
        "SUMMARY": "Velvet; Harbour, live",
        "LOCATION": "Große Freiheit 36\nHamburg",
        "GEO": "53.551700;9.957500",
        "URL": "https://example.org/shows/7",
        "TRANSP": "OPAQUE",
    }


@given(some.text(some.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=300))
def test_any_text_reads_back_and_no_line_is_too_long(text: str) -> None:
    body = calendar_file([CalendarEvent("u", text, START, description=text)], NOW)
    assert max(len(line) for line in body.split(b"\r\n")) <= 75
    assert read(body)["SUMMARY"] == read(body)["DESCRIPTION"] == text


@given(some.text(max_size=60))
def test_no_text_can_add_a_line_of_its_own(text: str) -> None:
    body = calendar_file([CalendarEvent("u", text, START, url=text)], NOW)
    assert body.count(b"BEGIN:VEVENT\r\n") == body.count(b"\r\nEND:VEVENT") == 1
    assert all(re.match(rb"[A-Z-]+:| ", line) for line in body.removesuffix(b"\r\n").split(b"\r\n"))


def test_a_status_of_ours_becomes_one_of_the_calendar() -> None:
    told = [status_of(name) for name in ("scheduled", "postponed", "cancelled", "new")]
    assert told == ["CONFIRMED", "TENTATIVE", "CANCELLED", "CONFIRMED"]


def test_a_file_name_is_plain() -> None:
    assert file_name("Zoë Ångström: Live!") == "zo-ngstr-m-live.ics"
    assert file_name("夜の電車") == "show.ics"
