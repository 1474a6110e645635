"""A board and its teams as text that a person can check line by line, from the JSON of the contract."""

from collections.abc import Iterable
from typing import Any


def time_text(duration_ms: int | None) -> str:
    """Return ``41:01.200``, or a dash for no time."""
    if duration_ms is None:
        return "-"
    minutes, rest_ms = divmod(duration_ms, 60_000)
    return f"{minutes}:{rest_ms // 1_000:02}.{rest_ms % 1_000:03}"


def board_text(board: dict[str, Any]) -> str:
    """Return the board: its state, then one line a team in the order of the list."""
    lines = [f"{board['race']}: {board['state']}, {board['laps_total']} laps, {board['count']} teams"]
    for row in board["standings"]:
        place = "-" if row["place"] is None else f"{row['place']}."
        gap = "-" if row["gap_ms"] is None else f"+{time_text(row['gap_ms'])}"
        laps = " ".join(time_text(lap_ms) for lap_ms in row["lap_times_ms"]) or "-"
        cells = (
            f"{place:<3}{row['bib']:<3}{row['status']:<12}{row['laps']} {row['point'] or '-':<5}",
            f"{time_text(row['time_ms']):>10} {gap:>11}  laps {laps}",
            _remarks(row),
        )
        lines.append("  ".join(cell for cell in cells if cell))
    return "\n".join(lines) + "\n"


def team_text(team: dict[str, Any]) -> str:
    """Return a team's laps: time, place and who was not seen; then every passage with its verdict."""
    lines = [f"team {team['bib']}: {team['status']}, place {team['place']}"]
    for lap in team["laps"]:
        points = ", ".join(f"{s['point']} {s['runner']} {time_text(s['elapsed_ms'])}" for s in lap["splits"])
        cells = (
            f"  lap {lap['lap']}  {time_text(lap['lap_ms'])}  at {time_text(lap['elapsed_ms'])}  {lap['place']}.",
            _remarks(lap),
            points,
        )
        lines.append("  ".join(cell for cell in cells if cell))
    for crossing in team["crossings"]:
        device = "-" if crossing["device"] is None else f"{crossing['device']} {crossing['seq']}"
        meant = "-" if crossing["lap"] is None else f"lap {crossing['lap']}"
        lines.append(f"  {device:<12}{crossing['runner'] or '-'}  {meant}  {crossing['verdict']}")
    return "\n".join(lines) + "\n"


def document(sections: Iterable[tuple[str, str]]) -> str:
    """Return titled sections as one text."""
    return "\n".join(f"== {title}\n{body}" for title, body in sections)


def titles(text: str) -> list[str]:
    """Return the titles of a document's sections."""
    return [line.removeprefix("== ") for line in text.splitlines() if line.startswith("== ")]


def _remarks(of: dict[str, Any]) -> str:
    """What an official must see beside a time: estimated, provisional, who is missing."""
    quality = "" if of["quality"] == "measured" else of["quality"]
    provisional = f"provisional, {' '.join(of['missing'])} unseen" if of["provisional"] else ""
    return ", ".join(filter(None, (quality, provisional)))
