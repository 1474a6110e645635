"""Standing -> what a row shows: place, times, gaps, laps, and the sentence a screen reader speaks. Pure.

live.js makes the same texts when a passing reaches the phone; `tests/contracts/format.json` holds both to one answer.
Times are whole seconds rounded up, a gap is the difference of the two times as shown, and two places within one shown
second get tenths on both (T34, T80). A time *as shown* is counted here in tenths of a second.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from live.boards import Standing, gap
from live.messages.boards import Forecast, Row
from live.programme import Race
from live.times import HOUR_MS, MINUTE_MS, SECOND_MS, ceil_seconds, format_time, within_one_second, without_seconds
from live.web.words import Words, ordinal

OPEN = ("running", "not_started")
"""Who is in one of these can still reach a point."""


# --- formats ----------------------------------------------------------------------------------------------------


def as_shown(duration_ms: int, tenths: bool = False) -> int:
    """Return a time as shown, in tenths of a second: rounded up to whole seconds, or with `tenths` to a tenth."""
    return -(-duration_ms // 100) if tenths else ceil_seconds(duration_ms) * 10


def gap_text(units: int, tenths: bool = False) -> str:
    """Return a gap of so many tenths of a second: ``+0:17``, ``+1:02:03``, with `tenths` ``+0:16.3``."""
    return "+" + format_time(units * 100, tenths=tenths)


def clock_text(duration_ms: int) -> str:
    """Return the race clock: ``0:25:49``; before the gun the time until then, ``−0:03:00``. Whole seconds gone by."""
    seconds = abs(duration_ms // SECOND_MS)
    text = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return "−" + text if duration_ms < 0 else text


def spoken(words: Words, units: int, tenths: bool = False) -> str:
    """Return a time in words: ``25 minutes 49``, ``17 seconds``, ``1 hour 2 minutes 3``."""
    if units < 0:
        return "−" + spoken(words, -units, tenths)
    hours, rest_ms = divmod(units * 100, HOUR_MS)
    minutes, rest_ms = divmod(rest_ms, MINUTE_MS)
    seconds = f"{rest_ms // SECOND_MS}.{rest_ms % SECOND_MS // 100}" if tenths else str(rest_ms // SECOND_MS)
    if not hours and not minutes:
        whole = rest_ms // SECOND_MS
        return words.count("seconds", whole).replace(str(whole), seconds, 1)
    parts = [words.count("hours", hours)] if hours else []
    parts += [words.count("minutes", minutes)] if minutes else []
    return " ".join([*parts, seconds] if seconds != "0" else parts)


def place_text(words: Words, place: int) -> str:
    """Return a place in words: ``1st``, ``22e``."""
    return words.say(f"nth.{ordinal(words.language, place)}", n=place)


def point_text(words: Words, point: str, line: str) -> str:
    """Return a timing point as people read its id: ``km2`` is ``km 2``."""
    return words.say("line") if point == line else re.sub(r"(?<=[^\W\d_])(?=\d)", " ", point).replace("-", " ")


def within_text(error_ms: int) -> str:
    """Return how sure a forecast is: ``± 40 s``, from two minutes on ``± 3 min``; rounded up."""
    seconds = ceil_seconds(error_ms)
    return f"± {seconds} s" if seconds < 120 else f"± {-(-seconds // 60)} min"


def expected_text(forecast: Forecast, line: str, words: Words, of_day: Callable[[int], str], late: int = 0) -> str:
    """Return where a team is expected next: ``km 2 at about 16:47 (± 40 s)``; so many minutes late, since when."""
    if late:
        return words.say("overdue", n=late)
    point = point_text(words, forecast.point or line, line)
    return words.say(
        "expected", point=point, t=without_seconds(of_day(forecast.at_ms)), within=within_text(forecast.error_ms)
    )


# --- what follows from the others -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    """A standing among the others: whether it needs tenths, its gaps in tenths of a second, how many are through.

    `lapped` counts whole laps behind the first; `ahead` is to the last who has a better place, so that who shares a
    place shares the gaps (T67). `gap` is None where it is older than that of a row above, and smaller. `through` is
    None where no more rivals are to come.
    """

    standing: Standing
    tenths: bool = False
    gap: tuple[int, bool] | None = None
    ahead: tuple[int, bool] | None = None
    lapped: int = 0
    through: int | None = None


def among(standings: Sequence[Standing], line: str, more: bool = False, close_below: bool = False) -> list[Shown]:
    """Return the standings of a list with what follows from their neighbours.

    `line` is the point where laps end; `more` says that others follow below the list, `close_below` that its last
    row is `close` to the next of those.
    """
    placed = [each for each in standings if each.place is not None]
    open_at = max((i for i, each in enumerate(standings) if each.row.status in OPEN), default=-1)
    through = _through(placed, len(standings) if more else open_at, more)
    tenths = _tenths(placed, close_below)
    shown: list[Shown] = []
    better = widest = 0
    for i, each in enumerate(placed):
        if i and placed[i - 1].place != each.place:
            better = i
        first, ahead = placed[0].row, placed[max(0, better - 1)].row
        behind = difference(first, each.row, line, tenths[0], tenths[i]) if better else None
        if behind is not None and behind[0] < widest:
            behind = None  # that of a point which those above have left behind: it would contradict the order
        widest = max(widest, behind[0] if behind else 0)
        shown.append(
            Shown(
                each,
                tenths[i],
                behind,
                difference(ahead, each.row, line, tenths[better - 1], tenths[i]) if better else None,
                gap(first, each.row)[1],
                through[i],
            )
        )
    return shown + [Shown(each) for each in standings if each.place is None]


def difference(ahead: Row, row: Row, line: str, ahead_tenths: bool, row_tenths: bool) -> tuple[int, bool] | None:
    """Return how far a row is behind another, as shown, and whether with tenths; None where they cannot be compared.

    At the same point the two times count; at the end of a lap, the time at which the other ended that lap. Nothing is
    said at a point inside the loop that the other has left behind: when he was there the row cannot know, and the gap
    of the lap before would contradict the order.
    """
    if level(ahead, row):
        assert ahead.time_ms is not None and row.time_ms is not None
        return as_shown(row.time_ms, row_tenths) - as_shown(ahead.time_ms, ahead_tenths), ahead_tenths or row_tenths
    if row.point != line or row.laps == 0 or len(ahead.lap_times_ms) < row.laps:
        return None
    units = as_shown(sum(row.lap_times_ms)) - as_shown(sum(ahead.lap_times_ms[: row.laps]))
    return (units, False) if units >= 0 else None


def level(one: Row, other: Row) -> bool:
    """Whether both were last measured at the same point of the same lap."""
    both = one.time_ms is not None and other.time_ms is not None
    return both and (one.laps, one.point) == (other.laps, other.point)


def _tenths(placed: Sequence[Standing], close_below: bool) -> list[bool]:
    """Return who needs tenths among those who were last measured at the same point of the same lap."""
    timed = [each for each in placed if each.row.time_ms is not None]
    ranked = [((each.row.laps, each.row.point), each.place, each.row.time_ms or 0) for each in timed]
    below = [(ranked[-1][0], None, ranked[-1][2])] if close_below else []
    needed = {each.row.bib: close for each, close in zip(timed, within_one_second([*ranked, *below]), strict=False)}
    return [needed.get(each.row.bib, False) for each in placed]


def _through(placed: Sequence[Standing], open_at: int, more: bool) -> list[int | None]:
    """Return for each row how many have come to its point; None where nobody is to come, or nobody knows (T70)."""
    counts: list[int | None] = [None] * len(placed)
    end = 0
    for i in range(len(placed) - 1, -1, -1):
        if i + 1 == len(placed) or not level(placed[i].row, placed[i + 1].row):
            end = i + 1
        cut = more and end == len(placed)
        counts[i] = end if open_at >= end and not cut else None
    return counts


# --- one row ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RowView:
    """A row ready to be painted. `slots` are the texts by `data-f`; `facts` is what live.js goes on from.

    `done_m` is how far the team was measured, in metres of its whole way, `due_m` how far it is expected next, 0 where
    nothing is; `late` for how many minutes it has been
    overdue. `label` is the row in one sentence.
    """

    bib: str
    place: int | None
    status: str
    quality: str
    provisional: bool
    done_m: int
    due_m: int
    late: int
    facts: dict[str, Any]
    label: str
    slots: dict[str, str] = field(default_factory=dict)


def view(
    shown: Shown,
    race: Race,
    words: Words,
    category: str,
    of_day: Callable[[int], str],
    overall: Standing | None = None,
    late: int | None = None,
    gun_ms: int | None = None,
    was: str = "",
) -> RowView:
    """Return what a row shows; `category` is the team's category in words, `of_day` tells the time of day.

    `overall` is the standing among all, where `shown` is one of a filter: the script goes on from that. `late` is
    `arrivals.late_minutes` of the row: without it no forecast is shown; `gun_ms` is the gun of the race. `was` is how
    a correction of an official result marks the row.
    """
    standing, row, entry = shown.standing, shown.standing.row, shown.standing.entry
    slots = {
        "place": "" if standing.place is None else str(standing.place),
        "through": "" if shown.through is None else words.say("of", n=shown.through),
        "bib": row.bib,
        "team": entry.team,
        "company": entry.company,
        "category": category,
        "laps": laps_text(row, race),
        "at": at_text(row, race, words),
        "note": was if was and row.status in (*OPEN, "finished") else note(standing, race, words),
        "time": "" if row.time_ms is None else format_time(row.time_ms, tenths=shown.tenths),
        "gap": words.count("lapped", shown.lapped) if shown.lapped else _gap(shown.gap),
        "ahead": _gap(shown.ahead),
        "runners": "+".join(running(standing, race)),
        "next": "",
    }
    if late is not None and row.next is not None:
        slots["next"] = expected_text(row.next, race.course.line, words, of_day, late)
    return RowView(
        bib=row.bib,
        place=standing.place,
        status=row.status,
        quality=row.quality,
        provisional=row.provisional,
        done_m=done_m(row, race),
        due_m=0 if late is None or over(row, race) else due_m(row, race),
        late=late or 0,
        facts={
            **facts(overall or standing, race, standing.place),
            **({} if late is None else expectation(row, race, gun_ms)),
            **({"was": was} if was else {}),
        },
        label=label(shown, race, words, late or 0),
        slots=slots,
    )


def facts(standing: Standing, race: Race, shown_place: int | None) -> dict[str, Any]:
    """Return what the script goes on from: the standing as the stream has it, and the runners that the team lacks.

    What the row says elsewhere is left out, its place too where it is shown as it is: 120 of these go to every phone.
    """
    row, entry = standing.row, standing.entry
    lacks = {each for leg in race.legs for each in leg} - {runner.code for runner in entry.runners}
    some = {"missing": row.missing, "lacks": sorted(lacks), "order": row.order, "doubts": row.doubts}
    return {
        "category": entry.category,
        "laps": row.laps,
        "point": row.point,
        "time_ms": row.time_ms,
        "lap_times_ms": row.lap_times_ms,
        **{name: each for name, each in some.items() if each},
        **({} if standing.place == shown_place else {"place": standing.place}),
    }


def expectation(row: Row, race: Race, gun_ms: int | None) -> dict[str, Any]:
    """Return when the team is expected next, and was seen last where its time does not say that: the script's facts."""
    if row.next is None:
        return {}
    from_gun = gun_ms is not None and row.at_ms == gun_ms + (row.time_ms or 0)
    error_ms = ceil_seconds(row.next.error_ms) * SECOND_MS  # as it is shown
    shown = {"point": row.next.point or race.course.line, "at_ms": row.next.at_ms, "error_ms": error_ms}
    return {"next": shown} if from_gun or row.at_ms is None else {"next": shown, "at_ms": row.at_ms}


def laps_text(row: Row, race: Race) -> str:
    """Return laps done: ``2/3``, in a timed race ``12``."""
    return str(row.laps) if race.laps_total is None else f"{row.laps}/{race.laps_total}"


def at_text(row: Row, race: Race, words: Words) -> str:
    """Return the point inside the loop where a team was measured last: ``km 2``; nothing at the line."""
    if row.point is None or row.point == race.course.line:
        return ""
    return point_text(words, row.point, race.course.line)


def done_m(row: Row, race: Race) -> int:
    """Return how far the team was measured, in metres from the start of the race."""
    beyond = row.point if row.status == "running" and row.point != race.course.line else None
    return row.laps * race.course.length_m + (race.course.at_m.get(beyond, 0) if beyond else 0)


def due_m(row: Row, race: Race) -> int:
    """Return how far the team is expected next, in metres from the start of the race; 0 where nothing is known."""
    if row.next is None:
        return 0
    return row.laps * race.course.length_m + race.course.at_m[row.next.point or race.course.line]


def over(row: Row, race: Race) -> bool:
    """Whether the team has run all laps there are."""
    return race.laps_total is not None and row.laps >= race.laps_total


def running(standing: Standing, race: Race) -> tuple[str, ...]:
    """Return the codes of those who run now; none where the race has one runner all the way."""
    row = standing.row
    if row.status != "running" or over(row, race) or len({each for leg in race.legs for each in leg}) == 1:
        return ()
    return race.runners(standing.entry, row.laps + 1, row.order)


def note(standing: Standing, race: Race, words: Words) -> str:
    """Return what a row is marked with: who is awaited, a time that is no plain measurement, why there is no place."""
    row = standing.row
    if row.status not in (*OPEN, "finished"):
        return words.say(row.status)
    if row.missing:
        return words.say("awaits", who="+".join(row.missing))
    if row.quality != "measured":
        return words.say(row.quality)
    return words.say("provisional") if row.provisional else ""


def now_text(standing: Standing, race: Race, words: Words) -> str:
    """Return what a team does now: ``Lap 2/3, A and B are running``, ``Finish``, ``retired``."""
    row = standing.row
    if row.status == "finished" or (row.status == "running" and over(row, race)):
        return words.say("finish")
    if row.status != "running":
        return words.say(row.status)
    lap = words.say("lap" if race.laps_total is None else "lap_of", n=row.laps + 1, m=race.laps_total)
    who = running(standing, race)
    return f"{lap}, {words.count('run', len(who), who=words.listed(who))}" if who else lap


def missing_text(standing: Standing, race: Race, words: Words) -> str:
    """Return who of the last lap is unseen, in full: ``2 of 3, C still to come``."""
    row = standing.row
    if not row.missing:
        return ""
    of = len(race.runners(standing.entry, row.laps, row.order))
    return words.say("waiting", n=of - len(row.missing), m=of, who=words.listed(row.missing))


def label(shown: Shown, race: Race, words: Words, late: int = 0) -> str:
    """Return the row in one sentence, as a screen reader speaks it (ux.md, 12); of a forecast only that it is past."""
    standing, row = shown.standing, shown.standing.row
    parts = [] if standing.place is None else [place_text(words, standing.place)]
    parts += [standing.entry.team, words.say("bib", bib=row.bib)]
    if row.laps or row.status == "running":
        total = race.laps_total
        parts.append(words.count("laps" if total is None else "laps_of", row.laps, m=total))
    if row.time_ms is not None:
        parts.append(spoken(words, as_shown(row.time_ms, shown.tenths), shown.tenths))
    if shown.lapped:
        parts.append(words.count("laps_behind", shown.lapped))
    elif shown.gap is not None:
        parts.append(words.say("behind", t=spoken(words, *shown.gap)))
    said = [note(standing, race, words), words.say("overdue", n=late) if late else ""]
    return ", ".join([*parts, *(each for each in said if each)])


def _gap(difference: tuple[int, bool] | None) -> str:
    return "" if difference is None else gap_text(*difference)


# --- the last crossings -----------------------------------------------------------------------------------------


def latest(standings: Sequence[Standing], count: int) -> list[Standing]:
    """Return who was measured last, the newest first; teams that will not be placed are left out."""
    seen = [each for each in standings if each.row.at_ms is not None and each.row.status in ("running", "finished")]
    return sorted(seen, key=lambda each: -(each.row.at_ms or 0))[:count]


def crossed_text(row: Row, race: Race, words: Words) -> str:
    """Return where a team was measured last: ``Lap 2``, ``Lap 3, km 1``, ``Finish``; nothing before it was."""
    if over(row, race):
        return words.say("finish")
    if row.point is None:
        return ""
    if row.point == race.course.line:
        return words.say("lap", n=row.laps)
    return f"{words.say('lap', n=row.laps + 1)}, {point_text(words, row.point, race.course.line)}"
