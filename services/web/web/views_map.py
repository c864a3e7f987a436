"""The map of a venue, drawn from its chart: every section becomes a zone, whatever the chart looks like. Pure.

Four kinds of house are known by the names of their sections: stands around a pitch (North 1, West 12), rings around a
floor (101.., 201..), tiers behind each other (Stalls Left, Circle), and a room. Whatever is none of these stands in
tidy rows before the stage, in the chart's order.
"""

import re
from collections.abc import Sequence
from math import ceil, sqrt
from typing import NamedTuple

from fairseat_common.languages import mark
from web.models import Section
from web.views_map_shapes import Box, Facing, Point, Sector, Shape, bounds_of, path_of

MARGIN = 14.0
GAP = 7.0
BANDS_MAX = 7
BAND_PARTS_MAX = 10
FLOOR_SECTIONS_MAX = 24
RING_PARTS_MAX = 32
FAN_DEGREES = 52.0
RING_DEGREES = 148.0
STANDS = ("north", "east", "south", "west")
_STAND = re.compile(r"(north|east|south|west)\b", re.IGNORECASE)
_RING = re.compile(r"\w{0,8}?\s*(\d)\d\d[a-z]?", re.IGNORECASE)
_PART = re.compile(r"(.+?)[\s,/-]+(left|centre|center|middle|right|\w{1,3})", re.IGNORECASE)
_SIDES = {"left": 0, "centre": 1, "center": 1, "middle": 1, "right": 2}


class Zone(NamedTuple):
    """A section on the map."""

    section: Section
    shape: Shape

    @property
    def path(self) -> str:
        """Its outline as an SVG path."""
        return path_of(self.shape.outline())

    @property
    def middle(self) -> Point:
        """Where its label stands."""
        return self.shape.at(0.5, 0.5)

    @property
    def short(self) -> str:
        """The end of its name, for a zone that is too small for all of it."""
        return self.section.name.rsplit(" ", 1)[-1]


class Plan(NamedTuple):
    """A whole map: zones in the chart's order, what is looked at (`stage` or `pitch`), and the view box."""

    zones: tuple[Zone, ...]
    centre: Box
    centre_name: str
    view: Box


def plan_of(sections: Sequence[Section]) -> Plan | None:
    """The map of a chart; None for a chart without sections."""
    if not sections:
        return None
    layout = _stadium(sections) or _arena(sections) or _fan(sections) or _rows(sections)
    shapes, centre, name = layout
    points = [point for shape in [*shapes.values(), centre] for point in shape.outline()]
    box = bounds_of(points)
    view = Box(box.left - MARGIN, box.top - MARGIN, box.width + 2 * MARGIN, box.height + 2 * MARGIN)
    zones = tuple(Zone(section, shapes[index]) for index, section in enumerate(sections))
    return Plan(zones, centre, name, view)


_Layout = tuple[dict[int, Shape], Box, str]


def _stadium(sections: Sequence[Section]) -> _Layout | None:
    """Four stands around a pitch; sections without a stand are on it."""
    stands: dict[str, list[int]] = {name: [] for name in STANDS}
    inside: list[int] = []
    for index, section in enumerate(sections):
        found = _STAND.match(section.name)
        (stands[found[1].lower()] if found else inside).append(index)
    if sum(1 for blocks in stands.values() if blocks) < 3 or len(inside) > FLOOR_SECTIONS_MAX:
        return None
    pitch = Box(-290, -180, 580, 360)
    shapes: dict[int, Shape] = dict(_grid(inside, Box(-250, -140, 500, 280)))
    depth, gap = 78.0, 16.0
    for name, blocks in stands.items():
        level = name in {"north", "south"}
        tiers = _chunks(blocks, 12 if level else 9)
        facing: Facing = {"north": "down", "south": "up", "west": "right", "east": "left"}[name]  # type: ignore[assignment]
        for number, tier in enumerate(tiers):
            away = gap + number * (depth + GAP)
            if level:
                top = pitch.top - away - depth if name == "north" else pitch.top + pitch.height + away
                strip = Box(pitch.left, top, pitch.width, depth, facing)
            else:
                left = pitch.left - away - depth if name == "west" else pitch.left + pitch.width + away
                strip = Box(left, pitch.top, depth, pitch.height, facing)
            shapes |= _strip(tier, strip)
    return shapes, pitch, mark("Stage") if inside else mark("Pitch")


def _strip(indexes: Sequence[int], strip: Box) -> dict[int, Shape]:
    """Blocks beside each other along a stand."""
    count = len(indexes)
    shapes: dict[int, Shape] = {}
    for place, index in enumerate(indexes):
        if strip.facing in {"up", "down"}:
            width = (strip.width - GAP * (count - 1)) / count
            shapes[index] = strip._replace(left=strip.left + place * (width + GAP), width=width)
        else:
            height = (strip.height - GAP * (count - 1)) / count
            shapes[index] = strip._replace(top=strip.top + place * (height + GAP), height=height)
    return shapes


def _arena(sections: Sequence[Section]) -> _Layout | None:
    """Rings by the hundred of their numbers, around a floor with everything else."""
    rings: dict[str, list[int]] = {}
    floor: list[int] = []
    for index, section in enumerate(sections):
        found = _RING.fullmatch(section.name)
        if found and section.kind == "seated":
            rings.setdefault(found[1], []).append(index)
        else:
            floor.append(index)
    if sum(map(len, rings.values())) < 6 or len(floor) > FLOOR_SECTIONS_MAX:
        return None
    bands = [band for _, ring in sorted(rings.items()) for band in _chunks(ring, RING_PARTS_MAX)]
    if len(bands) > BANDS_MAX:
        return None
    near, wide = 205.0, 1.22
    depth = max(58.0, min(112.0, 260 / len(bands)))
    shapes: dict[int, Shape] = dict(_grid(floor, Box(-172, -112, 344, 240)))
    for number, band in enumerate(bands):
        start = near + number * (depth + GAP)
        ring_shape = Sector(0, 0, start, start + depth, -RING_DEGREES, RING_DEGREES, wide)
        shapes |= _arc(band, [1.0] * len(band), ring_shape)
    return shapes, Box(-104, -186, 208, 50), mark("Stage")


def _fan(sections: Sequence[Section]) -> _Layout | None:
    """Tiers behind each other, each divided into its parts from left to right."""
    tiers: dict[str, list[int]] = {}
    for index, section in enumerate(sections):
        found = _PART.fullmatch(section.name)
        tiers.setdefault(found[1].casefold() if found else f"\0{section.name}", []).append(index)
    bands = [band for tier in tiers.values() for band in _chunks(_left_to_right(tier, sections), BAND_PARTS_MAX)]
    if len(bands) > BANDS_MAX or len(sections) == 1:
        return None
    near, shapes = 170.0, dict[int, Shape]()
    depth = min(190.0, (610 - near) / len(bands) - GAP)
    for number, band in enumerate(bands):
        start = near + number * (depth + GAP)
        weights = [sqrt(max(1, sections[index].capacity or 1)) for index in band]
        shapes |= _arc(band, weights, Sector(0, 0, start, start + depth, -FAN_DEGREES, FAN_DEGREES))
    return shapes, Box(-120, 16, 240, 52), mark("Stage")


def _left_to_right(tier: Sequence[int], sections: Sequence[Section]) -> list[int]:
    """Parts with a side stand on it; others in the chart's order."""

    def side(index: int) -> int:
        found = _PART.fullmatch(sections[index].name)
        return _SIDES.get(found[2].lower(), 1) if found else 1

    return sorted(tier, key=side)


def _arc(indexes: Sequence[int], weights: Sequence[float], ring: Sector) -> dict[int, Shape]:
    """Parts beside each other along a ring, each with its share, at least half of an even one."""
    even = sum(weights) / len(weights)
    shares = [max(weight, even / 2) for weight in weights]
    middle = ring.wide * (ring.near + ring.far) / 2
    gap = min(GAP / middle * 57.3, (ring.end - ring.start) / len(indexes) / 4)
    free = ring.end - ring.start - gap * (len(indexes) - 1)
    shapes: dict[int, Shape] = {}
    start = ring.start
    for index, share in zip(indexes, shares, strict=True):
        end = start + free * share / sum(shares)
        shapes[index] = ring._replace(start=start, end=end)
        start = end + gap
    return shapes


def _rows(sections: Sequence[Section]) -> _Layout:
    """Tidy rows of boxes, in the chart's order."""
    columns = max(1, ceil(sqrt(len(sections) * 1.4)))
    lines = ceil(len(sections) / columns)
    height = min(330.0, max(46.0, 620 / lines))
    hall = Box(-480, 96, 960, lines * (height + GAP) - GAP)
    return dict(_grid(range(len(sections)), hall, columns)), Box(-150, 0, 300, 56), mark("Stage")


def _grid(indexes: Sequence[int], box: Box, columns: int = 0) -> dict[int, Box]:
    """Equal boxes in rows; those of a last row that is not full stand in its middle."""
    if not indexes:
        return {}
    columns = columns or ceil(sqrt(len(indexes) * box.width / box.height / 1.4) - 0.1)
    lines = _chunks(indexes, columns)
    width = (box.width - GAP * (columns - 1)) / columns
    height = (box.height - GAP * (len(lines) - 1)) / len(lines)
    shapes: dict[int, Box] = {}
    for number, line in enumerate(lines):
        start = box.left + (box.width - len(line) * (width + GAP) + GAP) / 2
        for place, index in enumerate(line):
            shapes[index] = Box(start + place * (width + GAP), box.top + number * (height + GAP), width, height)
    return shapes


def _chunks(indexes: Sequence[int], size: int) -> list[Sequence[int]]:
    """The indexes in runs of about the same length, none longer than `size`."""
    count = ceil(len(indexes) / size)
    if count == 0:
        return []
    each, rest = divmod(len(indexes), count)
    runs, start = [], 0
    for number in range(count):
        end = start + each + (number < rest)
        runs.append(indexes[start:end])
        start = end
    return runs
