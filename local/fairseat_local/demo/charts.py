"""Seating charts from a small description: how many places, and what kind of house.

A chart is what the API speaks: `{"sections": [{"name", "kind", "rows", "capacity"}]}`. The capacities of its
sections add up to the venue's exactly, because the last row of a section takes what is left over.
"""

from __future__ import annotations

from typing import Any

SEAT_NAMES = tuple(str(number) for number in range(1, 100))
ROW_SEATS_MIN = 4  # a shorter last row joins the row before it
STADIUM_BLOCK_SEATS = 700
ARENA_LOWER_SEATS = 420
ARENA_UPPER_SEATS = 520
THEATRE_UNDIVIDED_MAX = 500

Section = dict[str, Any]
Chart = dict[str, list[Section]]


def arena(capacity: int, floor: str) -> Chart:
    """A floor before the stage (`standing` or `seated`), a lower ring 101.. and an upper ring 201.."""
    if floor == "standing":
        floor_places = capacity // 5
        front = [standing("Floor", floor_places)]
    else:
        floor_places = capacity // 8
        names = [f"Floor {letter}" for letter in "ABCDEF"]
        front = [seated(n, places, width=18) for n, places in _shares(names, floor_places)]
    lower = (capacity - floor_places) * 9 // 20
    upper = capacity - floor_places - lower
    lower_names = [str(101 + index) for index in range(max(8, lower // ARENA_LOWER_SEATS))]
    upper_names = [str(201 + index) for index in range(max(8, upper // ARENA_UPPER_SEATS))]
    ring = [seated(n, places, width=16) for n, places in _shares(lower_names, lower)]
    balcony = [seated(n, places, width=20, rows_by_number=True) for n, places in _shares(upper_names, upper)]
    return {"sections": front + ring + balcony}


def theatre(capacity: int, tiers: list[str]) -> Chart:
    """Three levels from the stage upwards; a large level is divided into left, centre and right."""
    stalls = capacity * 11 // 20
    circle = capacity * 27 // 100
    levels = zip(tiers, (stalls, circle, capacity - stalls - circle), strict=True)
    return {"sections": [section for name, places in levels for section in _level(name, places)]}


def stadium(capacity: int) -> Chart:
    """Four stands in numbered blocks."""
    sections: list[Section] = []
    for stand, places in _shares(["North", "East", "South", "West"], capacity):
        blocks = [f"{stand} {index + 1}" for index in range(max(2, round(places / STADIUM_BLOCK_SEATS)))]
        sections += [seated(name, seats, width=24, rows_by_number=True) for name, seats in _shares(blocks, places)]
    return {"sections": sections}


def club(capacity: int) -> Chart:
    """One room, everybody stands."""
    return {"sections": [standing("Standing", capacity)]}


def standing(name: str, capacity: int) -> Section:
    """A section without rows."""
    return {"name": name, "kind": "standing", "rows": [], "capacity": capacity}


def seated(name: str, capacity: int, width: int, *, rows_by_number: bool = False) -> Section:
    """Rows that grow by a seat every third row, as they do around a stage, until all places have a seat."""
    widths: list[int] = []
    left = capacity
    while left > 0:
        widths.append(min(width + len(widths) // 3, left))
        left -= widths[-1]
    if len(widths) > 1 and widths[-1] < ROW_SEATS_MIN:
        short = widths.pop()
        widths[-1] += short
    rows = [
        {"name": str(index + 1) if rows_by_number else row_letters(index), "seats": list(SEAT_NAMES[:seats])}
        for index, seats in enumerate(widths)
    ]
    return {"name": name, "kind": "seated", "rows": rows, "capacity": capacity}


def row_letters(index: int) -> str:
    """A, B, ... Z, AA, AB, ..."""
    letters = ""
    index += 1
    while index > 0:
        index, place = divmod(index - 1, 26)
        letters = chr(ord("A") + place) + letters
    return letters


def _level(name: str, places: int) -> list[Section]:
    if places <= THEATRE_UNDIVIDED_MAX:
        return [seated(name, places, width=22)]
    side = places * 3 // 10
    parts = (("Left", side), ("Centre", places - 2 * side), ("Right", side))
    return [seated(f"{name} {part}", seats, width=14) for part, seats in parts]


def _shares(names: list[str], places: int) -> list[tuple[str, int]]:
    """The places spread evenly; the first names take one more each where the division leaves a rest."""
    each, rest = divmod(places, len(names))
    return [(name, each + (index < rest)) for index, name in enumerate(names)]
