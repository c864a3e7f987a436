"""Whatever a chart looks like, its map has every section once, apart from the others, and within the picture."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fairseat_local.demo import charts
from web.models import Row, Section
from web.views_map import Plan, plan_of
from web.views_map_shapes import Box, Point, Sector, seat_places

LOOSE = 0.01
HOUSES = {
    "arena": charts.arena(12_000, "standing"),
    "seated arena": charts.arena(18_000, "seated"),
    "theatre": charts.theatre(1_900, ["Stalls", "Circle", "Gallery"]),
    "small theatre": charts.theatre(400, ["Parkett", "1. Rang", "2. Rang"]),
    "stadium": charts.stadium(74_000),
    "small stadium": charts.stadium(9_000),
    "club": charts.club(300),
}


def sections_of(chart: charts.Chart) -> list[Section]:
    return [
        Section(s["name"], s["kind"], [Row(r["name"], r["seats"]) for r in s["rows"]], s["capacity"])
        for s in chart["sections"]
    ]


def turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    return turn(a, b, c) * turn(a, b, d) < -LOOSE and turn(c, d, a) * turn(c, d, b) < -LOOSE


def inside(point: Point, outline: list[Point]) -> bool:
    found = False
    for (ax, ay), (bx, by) in zip(outline, outline[1:] + outline[:1], strict=True):
        if (ay > point[1]) != (by > point[1]) and point[0] < (bx - ax) * (point[1] - ay) / (by - ay) + ax:
            found = not found
    return found


def box_of(outline: list[Point]) -> tuple[float, float, float, float]:
    xs, ys = [x for x, _ in outline], [y for _, y in outline]
    return min(xs), min(ys), max(xs), max(ys)


def overlap(first: list[Point], second: list[Point]) -> bool:
    """Whether two outlines cross, or one lies in the other."""
    a, b = box_of(first), box_of(second)
    if a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]:
        return False
    edges = [list(zip(line, line[1:] + line[:1], strict=True)) for line in (first, second)]
    if any(cross(*one, *other) for one in edges[0] for other in edges[1]):
        return True
    return any(inside(point, second) for point in [middle(first), *first]) or any(
        inside(point, first) for point in [middle(second), *second]
    )


def middle(outline: list[Point]) -> Point:
    """A point inside: between the front's middle and the back's."""
    half = len(outline) // 2
    front, back = outline[half // 2], outline[half + half // 2]
    return (front[0] + back[0]) / 2, (front[1] + back[1]) / 2


def check(plan: Plan, sections: list[Section]) -> None:
    assert [zone.section for zone in plan.zones] == sections
    outlines = [zone.shape.outline() for zone in plan.zones]
    if plan.centre_name != "Pitch" and not any(isinstance(zone.shape, Box) for zone in plan.zones):
        outlines.append(plan.centre.outline())
    left, top, width, height = plan.view[:4]
    for outline in outlines:
        box = box_of(outline)
        assert left < box[0] < box[2] < left + width
        assert top < box[1] < box[3] < top + height
        assert min(box[2] - box[0], box[3] - box[1]) > 8
    assert [pair for pair in combinations(range(len(outlines)), 2) if overlap(*(outlines[n] for n in pair))] == []


@pytest.mark.parametrize("house", HOUSES)
def test_the_known_houses_are_drawn_without_overlap(house: str) -> None:
    sections = sections_of(HOUSES[house])
    plan = plan_of(sections)
    assert plan is not None
    check(plan, sections)
    kinds = {type(zone.shape) for zone in plan.zones}
    assert kinds == {
        "arena": {Box, Sector}, "seated arena": {Box, Sector}, "theatre": {Sector}, "small theatre": {Sector},
        "stadium": {Box}, "small stadium": {Box}, "club": {Box},
    }[house]  # fmt: skip


def test_left_is_left_and_behind_is_behind_for_who_looks_at_the_stage() -> None:
    names = ("Stalls Right", "Stalls Left", "Stalls Centre", "Circle")
    plan = plan_of([Section(name, capacity=100) for name in names])
    assert plan is not None
    at = {zone.section.name: zone.middle for zone in plan.zones}
    assert at["Stalls Left"][0] < at["Stalls Centre"][0] < at["Stalls Right"][0]
    assert at["Circle"][1] > at["Stalls Centre"][1] > plan.centre.top
    assert plan_of([]) is None


NAMES = st.one_of(
    st.sampled_from(["North", "South", "East", "West", "Floor", "VIP", "Balcony Left", "Balcony Right", "Zürich 1"]),
    st.from_regex(r"(North|East|South|West) [1-9][0-9]?", fullmatch=True),
    st.from_regex(r"[1-9][0-9]{2}", fullmatch=True),
    st.from_regex(r"(Stalls|Circle|Block) (Left|Centre|Right|[A-Z])", fullmatch=True),
    st.text(min_size=1, max_size=60),
)
SECTION = st.tuples(NAMES, st.sampled_from(["seated", "standing"]), st.integers(1, 5000))


@settings(max_examples=150, deadline=None)
@example([(f"{n}", "seated", 10) for n in range(101, 301)])
@example([(f"North {n}", "seated", 10) for n in range(197)] + [(s, "seated", 1) for s in ("East", "South", "West")])
@example([(f"Block {n}", "seated", 10) for n in range(200)])
@example([("x" * n, "standing", 1) for n in range(1, 61)])
@given(st.lists(SECTION, min_size=1, max_size=60, unique_by=lambda section: section[0]))
def test_no_chart_makes_zones_that_overlap_or_leave_the_picture(drawn: list[tuple[str, str, int]]) -> None:
    sections = [Section(name, kind, capacity=capacity) for name, kind, capacity in drawn]
    plan = plan_of(sections)
    assert plan is not None
    check(plan, sections)


def test_the_check_would_notice() -> None:
    one, other = Box(0, 0, 100, 100), Box(90, 90, 100, 100)
    assert overlap(one.outline(), other.outline())
    assert overlap(one.outline(), Box(20, 20, 10, 10).outline())
    assert not overlap(one.outline(), Box(100, 0, 50, 50).outline())
    assert overlap(Sector(0, 0, 100, 200, -20, 20).outline(), Sector(0, 0, 190, 300, 12, 40).outline())


@given(st.lists(st.integers(1, 60), min_size=1, max_size=60), st.sampled_from([
    Box(0, 0, 300, 90), Box(0, 0, 40, 200, "left"), Box(5, 5, 50, 60, "down"), Sector(0, 0, 200, 300, -20, 10, 1.2),
]))  # fmt: skip
def test_seats_stand_apart_within_their_section(rows: list[int], shape: Box | Sector) -> None:
    radius, places = seat_places(shape, rows)
    assert [len(row) for row in places] == rows
    box = box_of(shape.outline())
    for row in places:
        assert all(box[0] <= x <= box[2] and box[1] <= y <= box[3] + 20 for x, y in row)
        for (ax, ay), (bx, by) in pairwise(row):
            assert (ax - bx) ** 2 + (ay - by) ** 2 > radius**2
