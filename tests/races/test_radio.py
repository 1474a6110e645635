"""radio-punches: the raw stream of a day, duplicates, disorder and strangers in it, to the official finish times.

`strangers/` is a part of it as a recording that a person can check: the 18 runners of one class, one of whom the finish
read twice, and all reads of chips that nobody wears.
"""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from live.event import read_event
from live.ingest import explain
from live.messages.decisions import AddCrossing, Decision
from live.messages.facts import Recorded
from live.rehearsal.recording import read_recording
from tests.races import radio
from tests.races.convert import RealRace
from tests.races.doors import Core, Door, Http, recorded, shuffled_core
from tests.races.line import Serve, live, on_the_line, settled
from tests.races.tally import Tally
from tests.races.text import board_text
from tests.serving import Served

READS = 2_392
UNWORN = {"1001": 2, "1002": 1, "1005": 1, "1725": 1, "2104": 7, "2105": 7, "2106": 7, "2107": 7}
"""Chips that are in no list, and how often they were read."""

UNREAD = "chip 2110: ours None, official 50702"
"""One runner finished, and no station read him."""

BY_RULE = ["chip 1959: ours 45879, official 45918", "chip 2051: ours 47419, official 47420", UNREAD]

NO_FINISH = {"1033", "2108", "2109"}
STRANGERS = Path(__file__).parent / "strangers"

Verdicts = Counter[tuple[str, str]]


def finishes(door: Door) -> Tally:
    """The whole second of the clock in which each finished; of two rows of a chip the last is official."""
    rows = {row["bib"]: row for row in door.board("middle")["standings"]}
    starts_s = radio.starts()
    tally = Tally()
    for chip, official_s in radio.finishes().items():
        if official_s != radio.PLACEHOLDER:
            row = rows[chip]
            finished = row["status"] == "finished"
            ours = int(starts_s[chip]) + row["time_ms"] // 1_000 if finished else None
            tally.compare(f"chip {chip}", ours, int(official_s))
    return tally


def unfinished(door: Door) -> set[str]:
    return {row["bib"] for row in door.board("middle")["standings"] if row["status"] != "finished"}


def without_decisions(race: RealRace) -> RealRace:
    return replace(race, decisions=())


def as_arrived(race: RealRace) -> Core:
    """The core after a converted race: each passage once, in the order of arrival."""
    event = read_event(race.folder)
    return Core(event, recorded(read_recording(race.passages, event.by_device).passages))


def verdicts(core: Core, device: str | None = None) -> Verdicts:
    """How many passages, of one device or of all, have each verdict and reason."""
    outcomes = (explain.outcome(core.meeting, h) for h in core.meeting.in_order if device in (None, h.passage.device))
    return Counter((outcome.verdict, outcome.reason) for outcome in outcomes)


# --- the core ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", [as_arrived, shuffled_core], ids=["as it arrived", "shuffled and doubled"])
def test_finish_times_of_a_raw_stream_are_official_but_for_two_who_were_read_early(tmp_path: Path, told: Any) -> None:
    """T02, T06, T07, T30: of two reads of one crossing the first counts; a placeholder of the list is no finish."""
    door = told(without_decisions(radio.convert(tmp_path)))
    assert finishes(door) == Tally(1_096, BY_RULE)
    assert unfinished(door) == {*NO_FINISH, "2110"}
    assert door.board("middle")["count"] == 1_102  # two chips stand in the list twice: MISSPUNCH, then OK


def test_two_voided_passages_make_every_finish_time_official(tmp_path: Path) -> None:
    """The next read of the same runner counts in the place of the voided one, in any order of arrival."""
    race = radio.convert(tmp_path)
    assert [ruling["type"] for ruling in race.decisions] == ["void_passage", "void_passage"]
    assert finishes(shuffled_core(race)) == Tally(1_098, [UNREAD])


def test_every_read_of_a_raw_stream_has_a_verdict_and_a_reason(tmp_path: Path) -> None:
    """T07: what nobody wears is kept and counted; T16: a second read of a crossing is its witness."""
    assert verdicts(as_arrived(radio.convert(tmp_path))) == {
        ("counted", "crossing"): 1_098,
        ("counted", "split"): 1_248,
        ("ignored", "witness"): 11,
        ("ignored", "already_passed"): 1,
        ("ignored", "already_finished"): 1,
        ("ignored", "unknown_chip"): sum(UNWORN.values()),
    }


def test_a_station_whose_clock_is_days_off_is_seen_and_moves_nobody(tmp_path: Path) -> None:
    """T25, T30: its reads are questionable, kept at the instant that it gave; times at the finish stay as they were."""
    race = radio.convert(tmp_path, clock_off_h={"97": -72})
    core = as_arrived(race)
    assert verdicts(core, "station-97") == {
        ("questionable", "implausible_date"): 475,
        ("ignored", "unknown_chip"): 2,
    }
    assert finishes(core) == Tally(1_096, BY_RULE)


def test_a_station_whose_clock_is_hours_fast_moves_nobody(tmp_path: Path) -> None:
    """By its clock they passed it after they had finished."""
    core = as_arrived(radio.convert(tmp_path, clock_off_h={"97": 3}))
    assert verdicts(core, "station-97") == {("ignored", "already_finished"): 475, ("ignored", "unknown_chip"): 2}
    assert finishes(core) == Tally(1_096, BY_RULE)


@pytest.mark.parametrize("off_h", [-72, -15, 72])
def test_a_finish_whose_clock_is_absurd_finishes_nobody_and_loses_nobody(tmp_path: Path, off_h: int) -> None:
    """T25: all its reads are questionable, and an official can say when somebody crossed."""
    core = as_arrived(radio.convert(tmp_path, clock_off_h={radio.LINE: off_h}))
    assert verdicts(core, "station-2") == {
        ("questionable", "implausible_date"): 1_102,
        ("ignored", "unknown_chip"): 3,
    }
    assert finishes(core).equal == 0
    ruling = AddCrossing("middle", "1029", radio.at_ms("35942.0"))
    core.meeting.apply(
        Recorded(READS + 1, ruling.crossed_at_ms, Decision("d-1", "judge", ruling.crossed_at_ms, ruling))
    )
    core.meeting.changes(0)
    assert finishes(core).equal == 1


# --- a part of it, as a recording -------------------------------------------------------------------------------


def test_chips_that_nobody_wears_stand_beside_the_board_and_not_on_it() -> None:
    """T07: 33 reads of 8 chips at every station, the finish too, in one recording with 18 runners."""
    core = as_arrived(RealRace(STRANGERS / "event", STRANGERS / "passages.csv", ()))
    assert board_text(core.board("middle")) == (STRANGERS / "board.txt").read_text(encoding="utf-8")
    assert verdicts(core)["ignored", "unknown_chip"] == sum(UNWORN.values())


# --- the line ---------------------------------------------------------------------------------------------------


def kept(http: Http, **about: str) -> list[dict[str, Any]]:
    """All passages that the service tells of, page by page."""
    found: list[dict[str, Any]] = []
    before: dict[str, str] = {}
    while True:
        page = http.get("/passages", limit="1000", **about, **before)
        found += page["passages"]
        if page["next"] is None:
            return found
        before = {"before": page["next"]}


async def test_a_raw_stream_through_the_line_has_its_official_finish_times(served: Serve, tmp_path: Path) -> None:
    """T02, T07, T12: nothing refused, nothing lost, nothing doubled, also when all of it is sent a second time."""
    running: list[Served] = []

    async def serve(folder: Path) -> Served:
        running.append(await served(folder))
        return running[0]

    race = radio.convert(tmp_path)
    with await on_the_line(serve, race) as http:
        assert finishes(http) == Tally(1_098, [UNREAD])
        await live("replay", str(race.folder), str(race.passages), "--speed", "0", "--broker", running[0].broker)
        assert http.get("/rejected") == {"rejected": [], "count": 0}
        assert [each["holes"] for each in http.get("/devices")["devices"]] == [[]] * 8
        passages = kept(http)
        assert len(passages) == len({(each["device"], each["epoch"], each["seq"]) for each in passages}) == READS
        unworn = [each["chip"] for each in passages if each["reason"]["en"] == "nobody wears this chip"]
        assert Counter(unworn) == UNWORN
        facts = [json.loads(line) for line in (await live("journal", str(race.folder))).splitlines()]
        assert len(facts) == READS + len(race.decisions)
        for number, ruling in enumerate(race.decisions):  # by rule alone, it is the first read that counts
            taken_back = {"v": 1, "id": f"back-{number}", "type": "revoke", "decision": ruling["id"]}
            version = http.post("/decisions", taken_back)["version"]
        await settled(http, version)
        assert finishes(http) == Tally(1_096, BY_RULE)
