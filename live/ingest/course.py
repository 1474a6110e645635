"""Distances into least times: what nobody can beat between two points of a course."""

from live.programme import Race


def least_ms(race: Race, point: str) -> int:
    """Return the least time from the start of a lap to `point`, the line being the lap's end (race.md, 8)."""
    return race.min_lap_ms * race.course.at_m[point] // race.course.length_m


def least_between_ms(race: Race, point: str, next_point: str) -> int:
    """Return the least time from `point` over the line to `next_point` on the lap after."""
    at_m = race.course.at_m
    return race.min_lap_ms * (race.course.length_m - at_m[point] + at_m[next_point]) // race.course.length_m
