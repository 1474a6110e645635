"""`gpx` of a [[course]] in event.toml: how the course lies on the ground, for its pictures alone."""

import math
from pathlib import Path
from xml.etree import ElementTree

from live.programme import Track
from live.toml_table import Table

MAX_BYTES = 4_000_000
MAX_POINTS = 300
"""More corners than a picture of a few hundred pixels shows."""
FITS = 0.25
"""A track whose length differs by more than this share from the course's is likely that of another."""
M_PER_DEGREE = 111_320


def read_track(table: Table, folder: Path, length_m: int, loop: bool) -> Track:
    """Return the track in metres from its first point, east and south; empty where none is given, or it is no use."""
    name = table.text("gpx", "")
    if not name:
        return ()
    path = (folder / name).resolve()
    cure = "Write the name of a GPX file in this folder, or take `gpx` out: the map is a ring then"
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        table.problem("gpx", f"there is no file {name!r} in the event folder", cure)
        return ()
    if path.stat().st_size > MAX_BYTES:
        table.problem("gpx", f"{name!r} has {path.stat().st_size:,} bytes", f"{MAX_BYTES:,} at most")
        return ()
    try:
        found = _points(path)
    except (ElementTree.ParseError, KeyError, ValueError, OSError):
        table.problem("gpx", f"{name!r} is no GPX file that can be read", cure)
        return ()
    if len(found) < 3:
        table.problem(
            "gpx", f"{name!r} has a track of {len(found)} points", "Record the whole course, from the line on"
        )
        return ()
    track = _in_metres(found)
    whole_m = sum(math.dist(*each) for each in zip(track, (*track[1:], track[0] if loop else track[-1]), strict=True))
    if not (1 - FITS) * length_m <= whole_m <= (1 + FITS) * length_m:
        text = f"the track of {name!r} is {whole_m:.0f} m long, the course {length_m} m"
        table.notice("gpx", text, "Take the track of one loop, begun at the line; distances are those of length_m")
    return track


def _points(path: Path) -> list[tuple[float, float]]:
    """Latitude and longitude of each point of the first track, or of the first route where there is none."""
    root = ElementTree.parse(path).getroot()
    track, route = root.find("{*}trk"), root.find("{*}rte")
    points = (
        track.findall(".//{*}trkpt") if track is not None else route.findall("{*}rtept") if route is not None else ()
    )
    found = [(float(each.attrib["lat"]), float(each.attrib["lon"])) for each in points]
    if any(not (math.isfinite(lat) and math.isfinite(lon) and abs(lat) < 90 and abs(lon) <= 180) for lat, lon in found):
        raise ValueError("a point that is nowhere on Earth")
    step = max(1, math.ceil(len(found) / MAX_POINTS))
    return found[::step]


def _in_metres(found: list[tuple[float, float]]) -> Track:
    lat0, lon0 = found[0]
    narrow = math.cos(math.radians(lat0))
    return tuple(
        (round((lon - lon0) * M_PER_DEGREE * narrow), round((lat0 - lat) * M_PER_DEGREE)) for lat, lon in found
    )
