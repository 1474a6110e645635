"""A course as a picture: its track where one was recorded, else a ring for a loop and a line for a road. Pure."""

import math
from itertools import pairwise
from typing import Final

from live.programme import Course

Point = tuple[float, float]
ROUND: Final = 1


def path(course: Course, half: Point, middle: Point = (0, 0)) -> str:
    """Return the course as the path of an SVG, `half` as wide and high to each side of its middle.

    A ring begins at the line on top and goes round clockwise, a road from left to right.
    """
    x, y = middle
    if course.track:
        first, *rest = _fitted(course, half, middle)
        return f"M{_pair(first)}L{' '.join(map(_pair, rest))}{'Z' if course.loop else ''}"
    if not course.loop:
        return f"M{_pair((x - half[0], y))}H{x + half[0]:g}"
    radius = min(half)
    top, bottom = _pair((x, y - radius)), _pair((x, y + radius))
    return f"M{top}A{radius:g} {radius:g} 0 0 1 {bottom}A{radius:g} {radius:g} 0 0 1 {top}"


def at(course: Course, part: float, half: Point, middle: Point = (0, 0)) -> tuple[Point, Point]:
    """Return where a part of the course's length ends, and which way is out of the loop, as a step of length 1."""
    x, y = middle
    if course.track:
        return _along(_fitted(course, half, middle), part, course.loop, middle)
    if not course.loop:
        return (x - half[0] + 2 * half[0] * part, y), (0, 1)
    out = math.sin(2 * math.pi * part), -math.cos(2 * math.pi * part)
    return (x + min(half) * out[0], y + min(half) * out[1]), out


def _fitted(course: Course, half: Point, middle: Point) -> list[Point]:
    """Return the track as large as fits, in its own proportions."""
    xs, ys = zip(*course.track, strict=True)
    width, height = max(xs) - min(xs), max(ys) - min(ys)
    scale = min(2 * half[0] / max(width, 1), 2 * half[1] / max(height, 1))
    x0, y0 = (max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2
    return [(middle[0] + (x - x0) * scale, middle[1] + (y - y0) * scale) for x, y in course.track]


def _along(points: list[Point], part: float, loop: bool, middle: Point) -> tuple[Point, Point]:
    ends = [*points, points[0]] if loop else points
    left = part * sum(math.dist(*each) for each in pairwise(ends))
    for one, other in pairwise(ends):
        length = math.dist(one, other)
        if length and left <= length:
            break
        left -= length
    share = min(1.0, left / length) if length else 0.0
    found = one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share
    across = (other[1] - one[1]) / (length or 1), (one[0] - other[0]) / (length or 1)
    outward = across[0] * (found[0] - middle[0]) + across[1] * (found[1] - middle[1])
    return found, across if outward >= 0 else (-across[0], -across[1])


def _pair(point: Point) -> str:
    return f"{round(point[0], ROUND):g} {round(point[1], ROUND):g}"
