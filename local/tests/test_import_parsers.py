"""Files of other systems: good records come out as the marketplace takes them, bad ones by their line."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairseat_local.importing import reading
from fairseat_local.importing.places import country_of, location_of, venue_zone
from fairseat_local.importing.reading import Format, findings, format_of, read_file
from fairseat_local.importing.records import Bad, FileError, Found, Record, RecordError, quoted

DATA = Path(__file__).parent / "data_import"
FILES: dict[str, Format] = {"discovery.json": "discovery", "page.html": "jsonld", "calendar.ics": "ics"}
READ_MAX_S = 20


def read(text: str | bytes, kind: Format | None = None, zone: str | None = None) -> list[Found | Bad]:
    data = text.encode() if isinstance(text, str) else text
    return list(findings(data, kind or format_of(data), zone))


def record(text: str | bytes, kind: Format | None = None) -> Record:
    """The only record of a file."""
    (found,) = read(text, kind)
    assert isinstance(found, Found), found
    return found.record


def problem(text: str | bytes, kind: Format | None = None) -> str:
    """What is wrong with the only record of a file."""
    (found,) = read(text, kind)
    assert isinstance(found, Bad), found
    return found.problem


def good_lines(name: str) -> dict[int, Record]:
    return {found.line: found.record for found in read((DATA / name).read_bytes()) if isinstance(found, Found)}


def bad_lines(name: str) -> dict[int, str]:
    return {found.line: found.problem for found in read((DATA / name).read_bytes()) if isinstance(found, Bad)}


# Samples


@pytest.mark.parametrize("name", FILES)
def test_a_format_is_recognised(name: str) -> None:
    assert format_of(read_file(DATA / name)) == FILES[name]


def test_discovery() -> None:
    good = good_lines("discovery.json")
    assert list(good) == [4, 35, 61]
    assert good[4] == {
        "external_id": "LT-001",
        "title": "Late Trains — Übermorgen Tour",
        "category": "concert",
        "performers": ["Late Trains", "Zoë & the Øresund"],
        "starts_at": "2027-06-12T18:00:00+00:00",
        "status": "scheduled",
        "venue": {
            "external_id": "V-1",
            "name": "Kupferhalle",
            "city": "Leipzig",
            "country": "DE",
            "timezone": "Europe/Berlin",
            "lat": 51.3402,
            "lon": 12.3747,
        },
        "currency": "EUR",
    }
    assert (good[35]["local_start"], good[35]["timezone"]) == ("2027-07-01T19:30:00", "Asia/Tokyo")
    assert (good[35]["title"], good[35]["category"], good[35]["venue"]["city"]) == ("夜の喜劇 🎭", "comedy", "東京")
    assert (good[61]["status"], good[61]["category"]) == ("postponed", "classical")
    assert bad_lines("discovery.json") == {
        29: "the start has no time",
        43: "the date is to be announced",
        48: "is no JSON: expecting ',' delimiter on line 50",
        52: "has no venue",
        56: "is the same show as on line 4, which counts",
        67: "is no event",
        68: "the status “mystery” is none that is known",
    }


def test_a_page_with_json_ld() -> None:
    good = good_lines("page.html")
    assert list(good) == [15, 32, 48]
    assert good[15] == {
        "external_id": "https://theatre.example/plays/1",
        "title": "Sturm & Drang",
        "category": "theatre",
        "performers": ["Ensemble Nord", "Ada Quill"],
        "local_start": "2027-09-03T19:30:00",
        "status": "scheduled",
        "venue": {
            "name": "Haus Nord",
            "city": "Hamburg",
            "country": "DE",
            "timezone": "Europe/Berlin",
            "lat": 53.55,
            "lon": 9.99,
            "capacity": 640,
        },
        "currency": "EUR",
    }
    assert (good[32]["title"], good[32]["status"]) == ("ليلة ضحك", "cancelled")
    assert (good[48]["external_id"], good[48]["category"], good[48]["venue"]["city"]) == ("F-5", "festival", "Hamburg")
    assert bad_lines("page.html") == {
        25: "the start has no time",
        45: "takes place online",
        47: "is no JSON: expecting value on line 47",
        50: "the country “Atlantis” is none that is known; a code such as DE is safest",
        55: "the file ends in the middle of it",
    }


def test_a_calendar() -> None:
    good = good_lines("calendar.ics")
    assert list(good) == [13, 33, 47, 72, 78]
    assert good[13] == {
        "external_id": "gig-1@club.example",
        "title": "Late Trains, live 🚂 with a name that is folded in the middle of a character",
        "category": "concert",
        "performers": [],
        "local_start": "2027-06-12T20:30:00",
        "timezone": "Europe/Berlin",
        "status": "scheduled",
        "venue": {
            "name": "Kupferhalle",
            "city": "Leipzig",
            "country": "DE",
            "timezone": "Europe/Berlin",
            "lat": 51.34,
            "lon": 12.37,
        },
    }
    assert (good[33]["starts_at"], good[33]["venue"]["lat"]) == ("2027-06-14T19:00:00+00:00", 51.503)
    assert (good[47]["timezone"], good[47]["status"], good[47]["venue"]["country"]) == (
        "Europe/London",
        "cancelled",
        "GB",
    )
    assert bad_lines("calendar.ics") == {
        27: "the start has no time: it is a whole day",
        41: "the time zone “W. Europe Standard Time” is none of the IANA database, such as Europe/Berlin",
        54: "the location “The Blue Room” is not “name, city, country”",
        60: "repeats itself; write an entry for each day",
        67: "has no id",
        84: "has a line that is not NAME:VALUE (line 87)",
    }


# Discovery


def event(**changes: Any) -> dict[str, Any]:
    house = {"name": "Halle", "city": {"name": "Leipzig"}, "country": {"countryCode": "DE"}}
    made = {"id": "e1", "name": "Late Trains", "dates": {"start": {"dateTime": "2027-06-12T18:00:00Z"}}}
    return made | {"_embedded": {"venues": [house]}} | changes


def test_events_come_as_an_answer_a_list_one_object_or_lines() -> None:
    two = [event(), event(id="e2")]
    shapes = {
        "answer": json.dumps({"_embedded": {"events": two}, "page": {"number": 0}}),
        "list": json.dumps(two, indent=1),
        "lines": "\n".join(json.dumps(each) for each in two) + "\n",
        "lines of answers": "\n\n".join(json.dumps({"_embedded": {"events": [each]}}) for each in two),
    }
    for shape, text in shapes.items():
        found = read(text)
        assert [each.record["external_id"] for each in found if isinstance(each, Found)] == ["e1", "e2"], shape
    assert [each.line for each in read(shapes["lines of answers"])] == [1, 3]
    assert record(json.dumps(event(), indent=2))["external_id"] == "e1"
    assert read('{"page": {"totalElements": 0}}') == []


def test_a_broken_line_spoils_no_other() -> None:
    lines = [json.dumps(event(id=f"e{number}")) for number in range(4)]
    lines[1] = lines[1][:-9]
    found = read("\n".join(lines))
    assert [(each.line, type(each)) for each in found] == [(1, Found), (2, Bad), (3, Found), (4, Found)]


def test_a_bracket_too_many_is_told() -> None:
    text = f'[{json.dumps(event())}\n, {{"id": 1}}}}\n, {json.dumps(event(id="e2"))}]'
    found = read(text)
    assert isinstance(found[0], Found)
    assert any(isinstance(each, Bad) for each in found)


@pytest.mark.parametrize(
    ("classification", "category"),
    [
        ({"segment": {"name": "Music"}, "genre": {"name": "Rock"}}, "concert"),
        ({"segment": {"name": "Music"}, "genre": {"name": "Classical"}}, "classical"),
        ({"segment": {"name": "Music"}, "subType": {"name": "Festival"}}, "festival"),
        ({"segment": {"name": "Sports"}, "genre": {"name": "Football"}, "family": True}, "sport"),
        ({"segment": {"name": "Arts & Theatre"}, "genre": {"name": "Theatre"}}, "theatre"),
        ({"segment": {"name": "Arts & Theatre"}, "genre": {"name": "Children's Theatre"}}, "family"),
        ({"segment": {"name": "Arts & Theatre"}, "genre": {"name": "Opera"}}, "classical"),
        ({"segment": {"name": "Film"}}, "other"),
        ({"segment": {"name": "Undefined"}, "family": True}, "family"),
        ({"segment": "Music"}, "other"),
        ({}, "other"),
    ],
)
def test_classifications_are_our_categories(classification: dict[str, Any], category: str) -> None:
    assert record(json.dumps(event(classifications=[classification])))["category"] == category
    behind = [{"segment": {"name": "Sports"}}, classification | {"primary": True}]
    assert record(json.dumps(event(classifications=behind)))["category"] == category


BAD_EVENTS: list[tuple[dict[str, Any], str]] = [
    ({"id": None}, "has no id"),
    ({"id": ["a"]}, "the id is no text"),
    ({"name": " "}, "the title is empty"),
    ({"name": "x" * 500}, "the title has 500 characters; 200 are allowed"),
    ({"name": 7}, "the title is no text"),
    ({"type": "attraction"}, "is of type “attraction”, no event"),
    ({"test": True}, "is marked as a test"),
    ({"dates": None}, "has no start"),
    ({"dates": {"start": {"localDate": "2027-06-12"}}}, "the start has no time"),
    ({"dates": {"start": {"localDate": "2027-06-12", "localTime": "20:00", "timeTBA": True}}}, "the start has no time"),
    ({"dates": {"start": {"localDate": "2027-02-30", "localTime": "20:00"}}}, "is not on any calendar"),
    ({"dates": {"start": {"dateTime": "soon"}}}, "is no date and time"),
    ({"_embedded": {}}, "has no venue"),
    ({"_embedded": {"venues": [{"name": "Halle"}]}}, "has no city"),
    ({"_embedded": {"venues": [{"name": "Halle", "city": {"name": "Ulm"}}]}}, "has no country"),
    ({"_embedded": event()["_embedded"] | {"attractions": [{"name": "x" * 201}]}}, "the performer has 201 characters"),
]


@pytest.mark.parametrize(("changes", "expected"), BAD_EVENTS, ids=range(len(BAD_EVENTS)))
def test_a_bad_event_says_why(changes: dict[str, Any], expected: str) -> None:
    assert expected in problem(json.dumps(event(**changes)))


def test_half_a_character_is_refused() -> None:
    assert problem('{"id": "e1", "dates": {}, "name": "broken \\ud83d"}') == "the title has half of a character"


def test_of_many_performers_the_first_thirty_are_taken() -> None:
    many = [{"name": f"Act {number % 40}"} for number in range(60)]
    made = record(json.dumps(event(_embedded=event()["_embedded"] | {"attractions": many})))
    assert made["performers"] == [f"Act {number}" for number in range(30)]


# JSON-LD


def node(**changes: Any) -> dict[str, Any]:
    place = {"@type": "Place", "name": "Halle", "address": {"addressLocality": "Leipzig", "addressCountry": "DE"}}
    made = {"@type": "MusicEvent", "name": "Late Trains", "startDate": "2027-06-12T20:00:00+02:00", "location": place}
    return made | {"@id": "https://halle.example/1"} | changes


@pytest.mark.parametrize(
    ("kind", "category"),
    [
        ("MusicEvent", "concert"),
        ("Festival", "festival"),
        ("TheaterEvent", "theatre"),
        ("ComedyEvent", "comedy"),
        ("SportsEvent", "sport"),
        ("ChildrensEvent", "family"),
        ("ExhibitionEvent", "other"),
        ("Event", "other"),
        (["Event", "schema:ComedyEvent"], "comedy"),
        ("https://schema.org/SportsEvent", "sport"),
    ],
)
def test_kinds_of_events_are_our_categories(kind: Any, category: str) -> None:
    assert record(json.dumps(node(**{"@type": kind})))["category"] == category


def test_events_are_found_wherever_pages_put_them() -> None:
    item = {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "position": 1, "item": node()}]}
    for shape in (
        node(),
        [node()],
        {"@context": "https://schema.org", "@graph": [{"@type": "WebSite"}, node()]},
        item,
        {"@type": "WebPage", "mainEntity": node()},
        [[item]],
    ):
        assert record(json.dumps(shape), "jsonld")["external_id"] == "https://halle.example/1"
        page = f'<html>\n<script type="application/ld+json">\n{json.dumps(shape)}\n</script>'
        assert read(page)[0].line == 3


def test_what_names_a_show() -> None:
    def named(**changes: Any) -> str:
        made: str = record(json.dumps(node(**changes)), "jsonld")["external_id"]
        return made

    assert named(url="https://halle.example/x") == "https://halle.example/1"
    assert named(**{"@id": "#1"}, identifier="I-1", url="https://halle.example/x") == "I-1"
    assert named(**{"@id": None}, identifier={"@type": "PropertyValue", "value": 17}) == "17"
    assert named(**{"@id": "#1"}, url="https://halle.example/x") == "https://halle.example/x"
    by_nature = named(**{"@id": None})
    assert by_nature.startswith("sha256:")
    assert named(**{"@id": None}, startDate="2027-06-12T21:00:00+02:00", name="LATE  trains") == by_nature
    assert named(**{"@id": None}, startDate="2027-06-13T20:00:00+02:00") != by_nature


BAD_NODES: list[tuple[dict[str, Any], str]] = [
    ({"name": None}, "has no title"),
    ({"startDate": None}, "has no start"),
    ({"startDate": "2027-06-12"}, "the start has no time"),
    ({"startDate": 20270612}, "the start is no text"),
    ({"startDate": "2027-06-12T25:00"}, "is not on any calendar"),
    ({"location": None}, "has no location"),
    ({"location": {"@id": "#nowhere"}}, "has no location"),
    ({"location": {"@type": "Place", "name": "Halle"}}, "has no country"),
    ({"location": {"@type": "Place", "address": "Ulm, DE"}}, "has no venue's name"),
    ({"eventStatus": "EventMovedOnline"}, "takes place online"),
    ({"eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode"}, "takes place online"),
    ({"eventStatus": "EventDoubtful"}, "is none that is known"),
    ({"performer": {"name": {"@value": 3}}}, "the performer is no text"),
    ({"@id": "https://halle.example/" + "x" * 500}, "the id has 522 characters"),
]


@pytest.mark.parametrize(("changes", "expected"), BAD_NODES, ids=range(len(BAD_NODES)))
def test_a_bad_node_says_why(changes: dict[str, Any], expected: str) -> None:
    assert expected in problem(json.dumps(node(**changes)), "jsonld")


# iCalendar


def calendar(*lines: str, head: str = "") -> str:
    entry = {"UID": "UID:u1", "DTSTART": "DTSTART:20270612T180000Z", "SUMMARY": "SUMMARY:Late Trains"}
    entry["LOCATION"] = "LOCATION:Halle\\, Leipzig\\, DE"
    for line in lines:
        entry[line.partition(":")[0].partition(";")[0]] = line
    inside = "\r\n".join(["BEGIN:VEVENT", *entry.values(), "END:VEVENT"])
    return f"BEGIN:VCALENDAR\r\n{head}{inside}\r\nEND:VCALENDAR\r\n"


@pytest.mark.parametrize(
    ("categories", "category"),
    [
        ("Music", "concert"),
        ("Bar,STAND-UP", "comedy"),
        ("Live Music,Theatre", "concert"),
        ("Théâtre\\, Musical", "theatre"),
        ("Fußball", "other"),
        ("", "other"),
    ],
)
def test_categories_of_calendars(categories: str, category: str) -> None:
    assert record(calendar(f"CATEGORIES:{categories}"))["category"] == category


def test_small_letters_and_bare_line_feeds_are_read() -> None:
    text = calendar().replace("\r\n", "\n").replace("SUMMARY", "summary").replace("BEGIN:VEVENT", "begin:vevent")
    assert record("﻿" + text)["title"] == "Late Trains"


def test_two_calendars_in_one_file_keep_their_zones() -> None:
    floating = "DTSTART:20270612T180000"
    one = calendar(floating, head="X-WR-TIMEZONE:Europe/Paris\r\n")
    two = calendar(floating, "UID:u2", head="METHOD:CANCEL\r\n")
    first, second = (found.record for found in read(one + two) if isinstance(found, Found))
    assert (first["timezone"], first["status"]) == ("Europe/Paris", "scheduled")
    assert ("timezone" in second, second["status"]) == (False, "cancelled")


def test_a_changed_day_of_a_series_is_a_show_of_its_own() -> None:
    assert record(calendar("RECURRENCE-ID:20270611T180000Z"))["external_id"] == "u1/20270611T180000Z"


BAD_ENTRIES = [
    (("SUMMARY:",), "the summary is empty"),
    (("SUMMARY:" + "x" * 500,), "the summary has 500 characters; 200 are allowed"),
    (("DTSTART:20270612",), "it is a whole day"),
    (("DTSTART:2027-06-12T18:00:00Z",), "is no date and time such as 20270501T200000"),
    (("DTSTART:20270612T186000Z",), "is not on any calendar"),
    (("DTSTART;TZID=../etc/passwd:20270612T180000",), "is none of the IANA database"),
    (("STATUS:TENTATIVE",), "is tentative"),
    (("STATUS:MAYBE",), "is none that is known"),
    (("LOCATION:Halle\\, 04109\\, DE",), "names no city"),
    (("LOCATION: ",), "has no location"),
    (("RDATE:20270613T180000Z",), "repeats itself"),
]


@pytest.mark.parametrize(("lines", "expected"), BAD_ENTRIES, ids=range(len(BAD_ENTRIES)))
def test_a_bad_entry_says_why(lines: tuple[str, ...], expected: str) -> None:
    assert expected in problem(calendar(*lines))


def test_a_calendar_that_was_cut_off_is_told() -> None:
    whole = calendar()
    assert problem(whole[: whole.index("END:VEVENT")]) == "never ends"
    kinds = [type(found) for found in read(whole.replace("END:VCALENDAR\r\n", ""))]
    assert kinds == [Found, Bad]
    alarm = whole.replace("END:VEVENT", "BEGIN:VALARM\r\nACTION:DISPLAY\r\nEND:VEVENT")
    assert record(alarm)["title"] == "Late Trains"


def test_what_is_there_twice_is_told() -> None:
    assert problem(calendar("X:\r\nSUMMARY:Again")) == "has SUMMARY twice"


# Files


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"Dear Sir or Madam", "is neither JSON nor HTML nor a calendar"),
        (b'{"name": "x"}', None),
        (b'{"error": "x"}', "is no Discovery answer"),
        (b'{"name": "\xff"}', "is not UTF-8 (line 1)"),
        (b"<html><body>Shows!</body></html>", "has no script of type application/ld+json"),
        (b'<script type="application/ld+json">{"@type": "WebSite"}</script>', "has no schema.org Event"),
        (b"BEGIN:VCALENDARS\r\n", "is no calendar"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(data: bytes, expected: str | None) -> None:
    if expected is None:
        assert isinstance(read(data)[0], Bad)
        return
    with pytest.raises(FileError) as refused:
        read(data)
    assert expected in str(refused.value)


def test_files_and_their_records_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileError, match="no such file"):
        read_file(tmp_path / "nowhere.json")
    with pytest.raises(FileError, match="is a directory"):
        read_file(tmp_path)
    monkeypatch.setattr(reading, "FILE_BYTES_MAX", 1024)
    (tmp_path / "large.json").write_bytes(b" " * 1025)
    with pytest.raises(FileError, match="cut it into smaller ones"):
        read_file(tmp_path / "large.json")
    monkeypatch.setattr(reading, "RECORDS_MAX", 3)
    found = read(json.dumps([event(id=f"e{number}") for number in range(9)]))
    assert [type(each) for each in found] == [Found, Found, Found, Bad]
    assert problem(json.dumps(event(name="x" * 600_000))).startswith("has more than")
    assert isinstance(read("[" * 100_000)[0], Bad)


def test_large_files_are_read_in_reasonable_time() -> None:
    began = time.monotonic()
    many = [event(id=f"e{number}", info='a \\ " { text } ' * 20) for number in range(1000)]
    assert len(read(json.dumps({"_embedded": {"events": many}}))) == 1000
    for hostile in ("<!--" * 100_000, "<script " * 100_000, '{"a":' * 50_000, '"\\' * 100_000):
        for kind in FILES.values():
            with_errors(hostile.encode(), kind)
    assert time.monotonic() - began < READ_MAX_S


# Places


@pytest.mark.parametrize(
    ("text", "name", "city", "country"),
    [
        ("Kupfersaal, Leipzig, DE", "Kupfersaal", "Leipzig", "DE"),
        ("Kupfersaal, Kupfergasse 2, 04109 Leipzig, Deutschland", "Kupfersaal", "Leipzig", "DE"),
        ("The Room, 1 Some Street, London SE1 0AA, United Kingdom", "The Room", "London", "GB"),
        ("Moody Hall, 1 Red River, Austin, TX 78712, USA", "Moody Hall", "Austin", "US"),
        ("Hall, New York, NY, U.S.A.", "Hall", "New York", "US"),
        ("青い劇場, 東京, 日本", "青い劇場", "東京", "JP"),
    ],
)
def test_locations_are_taken_apart(text: str, name: str, city: str, country: str) -> None:
    found = location_of(text)
    assert (found.name, found.city, found.country) == (name, city, country)


def test_countries_and_their_time() -> None:
    assert [country_of(name) for name in ("de", "Österreich", "u.k.", "Germany", "SOUTH AFRICA")] == [
        "DE",
        "AT",
        "GB",
        "DE",
        "ZA",
    ]
    with pytest.raises(RecordError):
        country_of("Atlantis")
    assert venue_zone("DE") == "Europe/Berlin"
    assert venue_zone("US") is None
    assert venue_zone("US", "Europe/Berlin", "America/Chicago") == "America/Chicago"
    assert venue_zone("US", "Europe/Berlin") is None


def test_what_is_quoted_cannot_command_a_terminal() -> None:
    assert quoted("a\x1b[31mb\n" + "x" * 100) == "“a�[31mb�" + "x" * 52 + "…”"


# Anything


def with_errors(data: bytes, kind: Format) -> list[Found | Bad]:
    """What is in a file; nothing but a FileError may be raised."""
    try:
        return list(findings(data, kind, None))
    except FileError:
        return []


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**32), name=st.sampled_from(sorted(FILES)), cuts=st.integers(1, 12))
def test_a_mutated_file_raises_nothing_of_its_own(seed: int, name: str, cuts: int) -> None:
    chance = random.Random(seed)
    data = bytearray((DATA / name).read_bytes())
    scraps = [
        b'"',
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b"\n",
        b"\\",
        b"\xff",
        b"\x00",
        b":",
        b"9" * 5000,
        b"null",
        b"\\ud800",
    ]
    for _ in range(cuts):
        at = chance.randrange(len(data) + 1)
        length = chance.choice((0, 1, 1, 3, 40))
        data[at : at + length] = chance.choice((*scraps, bytes(data[at : at + 200]), b""))
    for kind in FILES.values():
        for found in with_errors(bytes(data), kind):
            assert found.line >= 1
            json.dumps(found.record if isinstance(found, Found) else found.problem).encode()
