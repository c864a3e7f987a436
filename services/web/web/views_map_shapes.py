"""The shapes of a seat map: parts of rings and boxes, and where their seats are. Pure.

Coordinates are those of an SVG: x to the right, y downwards. A place in a shape is named by `along` (from 0 at one end
of a row to 1 at the other, from left to right for who looks at the stage) and `back` (from 0 at the front row to 1 at
the last).
"""

from itertools import pairwise
from math import ceil, cos, hypot, radians, sin
from typing import Literal, NamedTuple

Point = tuple[float, float]
Facing = Literal["up", "down", "left", "right"]
ARC_STEP_DEGREES = 5.0


class Box(NamedTuple):
    """A rectangle whose front looks to where the stage is."""

    left: float
    top: float
    width: float
    height: float
    facing: Facing = "up"

    def at(self, along: float, back: float) -> Point:
        """A place in the box."""
        if self.facing == "up":
            return self.left + along * self.width, self.top + back * self.height
        if self.facing == "down":
            return self.left + along * self.width, self.top + (1 - back) * self.height
        if self.facing == "left":
            return self.left + back * self.width, self.top + along * self.height
        return self.left + (1 - back) * self.width, self.top + along * self.height

    def outline(self) -> list[Point]:
        """The corners, around the box."""
        return [self.at(0, 0), self.at(1, 0), self.at(1, 1), self.at(0, 1)]

    def room(self) -> Point:
        """Width and height that a label has in its middle."""
        return self.width, self.height

    def size(self) -> Point:
        """Length of a row, and distance from the first row to the last."""
        sideways = self.facing in {"left", "right"}
        return (self.height, self.width) if sideways else (self.width, self.height)


class Sector(NamedTuple):
    """A part of a ring around (x, y), with radii from `near` to `far` and angles from `start` to `end` in degrees.

    0 is straight down, away from the stage; positive angles are to the right. `wide` stretches the ring sideways.
    """

    x: float
    y: float
    near: float
    far: float
    start: float
    end: float
    wide: float = 1.0

    def at(self, along: float, back: float) -> Point:
        """A place in the sector."""
        angle = radians(self.start + (self.end - self.start) * along)
        radius = self.near + (self.far - self.near) * back
        return self.x + self.wide * radius * sin(angle), self.y + radius * cos(angle)

    def outline(self) -> list[Point]:
        """Points around the sector; its arcs are made of short lines."""
        steps = max(1, ceil((self.end - self.start) / ARC_STEP_DEGREES))
        places = [step / steps for step in range(steps + 1)]
        return [self.at(along, 0) for along in places] + [self.at(along, 1) for along in reversed(places)]

    def room(self) -> Point:
        """Width and height that a level label has in its middle."""
        left, right = self.at(0, 0.5), self.at(1, 0.5)
        front, rear = self.at(0.5, 0), self.at(0.5, 1)
        row, depth = hypot(right[0] - left[0], right[1] - left[1]), hypot(rear[0] - front[0], rear[1] - front[1])
        # A sector at the side stands upright: a label has the ring's breadth there, and the row's length in height.
        middle = abs(sin(radians((self.start + self.end) / 2)))
        return row + (depth - row) * middle, depth + (row - depth) * middle

    def size(self) -> Point:
        """Length of a row in the middle, and distance from the first row to the last."""
        steps = [self.at(step / 8, 0.5) for step in range(9)]
        row = sum(hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(steps))
        return row, self.far - self.near


Shape = Box | Sector


def path_of(points: list[Point]) -> str:
    """A closed SVG path through the points."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"


def bounds_of(points: list[Point]) -> Box:
    """The smallest box around some points."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def inset(amount: float, length: float) -> float:
    """The part of a length that a margin of `amount` takes, never more than a quarter."""
    return min(0.25, amount / max(length, 0.001))


def seat_places(shape: Shape, rows: list[int]) -> tuple[float, list[list[Point]]]:
    """Where the seats of a section are drawn: a radius, and the places of each row's seats, front row first.

    Seats of all rows have the same distance; a shorter row stands in the middle, as it does in a house.
    """
    longest = max(rows, default=0)
    length, depth = shape.size()
    if not longest:
        return 0.0, []
    margin, back_margin = inset(6, length), inset(6, depth)
    pitch = (1 - 2 * margin) / longest
    spacing = (1 - 2 * back_margin) / len(rows)
    radius = min(pitch * length, spacing * depth) * 0.36
    places = []
    for number, seats in enumerate(rows):
        start = 0.5 - pitch * (seats - 1) / 2
        back = back_margin + spacing * (number + 0.5)
        places.append([shape.at(start + pitch * seat, back) for seat in range(seats)])
    return radius, places
