"""A simulated race: the same for a seed, with every pathology of a real day, and judged as it was."""

import random
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from live.event import examine
from live.ingest.meeting import Meeting
from live.messages.boards import Row
from live.messages.decisions import Decision
from live.messages.devices import Passage
from live.messages.facts import Recorded
from live.programme import Entry, Event
from live.rehearsal.field import Field, event_folder
from live.rehearsal.folder import rehearsed_event
from live.rehearsal.recording import parse_recording
from live.rehearsal.simulate import OUTAGE_MS, SPARE_CHIP, Simulation, simulate
from live.rehearsal.witnesses import CLOCK_ERROR_MS, STRANGER, reads_around, strongest
from live.times import MINUTE_MS
from tests.conftest import small_event
from tests.rehearsal.race_day import START_MS, make_event
from tests.rehearsal.truth import expected_ms


@pytest.fixture(scope="module")
def simulation(tmp_path_factory: pytest.TempPathFactory) -> Simulation:
    """A race of 30 teams and 20 walkers."""
    return simulate(make_event(tmp_path_factory.mktemp("event")), seed=1)


def judged(simulation: Simulation) -> dict[tuple[str, str], Row]:
    """Return the final rows by race and bib: all facts in the order in which they are sent, as ingest hears them."""
    facts: list[tuple[int, Passage | Decision]] = [(r.sent_at_ms, r.passage) for r in simulation.readings]
    for number, gun in enumerate(simulation.guns):
        facts.append((gun.gun_at_ms, Decision(f"gun-{number}", "official", gun.gun_at_ms, gun)))
    for number, repair in enumerate(simulation.repairs):
        facts.append((repair.at_ms, Decision(f"repair-{number}", "official", repair.at_ms, repair.ruling)))
    meeting = Meeting(simulation.event, "journal")
    for seq, (at_ms, fact) in enumerate(sorted(facts, key=lambda fact: fact[0]), 1):
        meeting.apply(Recorded(seq, at_ms, fact))
    meeting.changes(facts[-1][0])
    rows = [(race, row) for race, page in meeting.dirty_pages() for row in meeting.page(race, page).rows]
    return {(race, row.bib): row for race, row in rows}


def test_the_event_folder_of_a_rehearsal_has_no_problems(tmp_path: Path) -> None:
    make_event(tmp_path, teams=120, walkers=300)
    reading = examine(tmp_path)
    assert (reading.problems, reading.notices) == ([], [])


def test_the_same_seed_gives_the_same_race_to_the_last_byte(tmp_path: Path, simulation: Simulation) -> None:
    again = simulate(make_event(tmp_path), seed=1)
    assert again == simulation
    assert again.recording() == simulation.recording()


def test_another_seed_gives_another_race(tmp_path: Path, simulation: Simulation) -> None:
    other = simulate(make_event(tmp_path, seed=2), seed=2)
    assert other.recording() != simulation.recording()


def test_simulating_leaves_the_common_random_numbers_alone(tmp_path: Path, simulation: Simulation) -> None:
    """The race follows from its arguments; nothing outside is read or moved."""
    before = random.getstate()
    simulate(simulation.event, seed=3)
    assert random.getstate() == before


def test_final_times_are_those_of_the_most_trusted_witnesses(simulation: Simulation) -> None:
    """T09, T06, T58: late delivery, loiterers and mended chips leave no trace where no crossing was missed."""
    rows = judged(simulation)
    for race in simulation.event.races:
        expected = expected_ms(simulation, race)
        assert len(expected) >= len(race.entries) - len(simulation.missed)
        assert {bib: rows[race.id, bib].time_ms for bib in expected} == expected
        assert {rows[race.id, bib].status for bib in expected} == {"finished"}


def test_every_lap_takes_a_plausible_time(simulation: Simulation) -> None:
    """3 km in about 11 to 20 minutes."""
    for bib in range(1, 31):
        laps_ms = judged_laps(simulation, str(bib))
        assert all(10 * MINUTE_MS <= lap_ms <= 23 * MINUTE_MS for lap_ms in laps_ms), bib


def judged_laps(simulation: Simulation, bib: str) -> list[int]:
    """Return the true lap times of a team."""
    race = simulation.event.by_race["relay"]
    ends: dict[int, int] = defaultdict(int)
    for c in simulation.crossings:
        if (c.race, c.bib, c.point) == (race.id, bib, race.course.line):
            ends[c.lap] = max(ends[c.lap], c.at_ms)
    instants = [simulation.guns[0].gun_at_ms, *(ends[lap] for lap in sorted(ends))]
    return [after - before for before, after in pairwise(instants)]


def test_a_team_grows_by_one_runner_a_lap(simulation: Simulation) -> None:
    runners: dict[tuple[str, int], set[str]] = defaultdict(set)
    for crossing in simulation.crossings:
        if crossing.race == "relay":
            runners[crossing.bib, crossing.lap].add(crossing.runner)
    assert len(runners) == 30 * 3
    assert all(seen == set("ABC"[:lap]) for (_, lap), seen in runners.items())


# --- the pathologies of a real day ------------------------------------------------------------------------------


def test_a_pass_over_a_mat_is_four_to_ten_reads_and_one_passage() -> None:
    """T01: the passage has the instant of the strongest read, the one over the antenna."""
    rng = Random(5)
    counts: Counter[int] = Counter()
    for _ in range(300):
        reads = list(reads_around(1_000_000, rng))
        at_ms, rssi, count = strongest(reads)
        assert (at_ms, count) == (1_000_000, len(reads))
        assert rssi == max(signal for _, signal in reads)
        counts[count] += 1
    assert sorted(counts) == [4, 5, 6, 7, 8, 9, 10]


def test_one_crossing_in_two_hundred_is_seen_by_no_device(simulation: Simulation) -> None:
    share = len(simulation.missed) / len(simulation.crossings)
    assert 1 / 250 <= share <= 1 / 150
    assert any(crossing.point == "line" for crossing in simulation.missed)
    assert not simulation.missed & simulation.shown_ms.keys()


def test_seen_crossings_have_several_witnesses(simulation: Simulation) -> None:
    by_device = Counter(reading.passage.device for reading in simulation.readings)
    assert set(by_device) == set(simulation.event.by_device)
    assert any(reading.passage.bib is not None for reading in simulation.readings)


def test_b_and_c_at_the_mat_give_hundreds_of_passages(simulation: Simulation) -> None:
    """T50: one stands right beside it for as long as the team runs without him."""
    waits: Counter[str] = Counter()
    joined = {(c.bib, c.runner): c.at_ms for c in reversed(simulation.crossings) if c.race == "relay"}
    chips = {runner.chips[0]: (e.bib, runner.code) for e in race_of(simulation) for runner in e.runners}
    for reading in simulation.readings:
        who = chips.get(reading.passage.chip or "")
        if who is not None and who[1] != "A" and reading.passage.at_ms < joined[who]:
            waits[reading.passage.chip or ""] += 1
    assert waits.total() >= 200
    assert max(waits.values()) >= 100


def race_of(simulation: Simulation) -> tuple[Entry, ...]:
    """Return the relay's entries."""
    return simulation.event.by_race["relay"].entries


def test_the_main_mat_is_offline_for_five_minutes_and_delivers_late(simulation: Simulation) -> None:
    outage = simulation.outage
    assert outage is not None
    assert (outage.device, outage.to_ms - outage.from_ms) == ("mat-line", OUTAGE_MS)
    late = [r for r in simulation.readings if r.sent_at_ms > r.put_at_ms]
    assert late
    assert {r.passage.device for r in late} == {"mat-line"}
    assert {r.sent_at_ms for r in late} == {outage.to_ms}


def test_a_device_sends_its_numbers_in_order_and_without_holes(simulation: Simulation) -> None:
    sent: dict[str, list[int]] = defaultdict(list)
    for reading in simulation.readings:
        sent[reading.passage.device].append(reading.passage.seq)
    assert all(seqs == list(range(1, len(seqs) + 1)) for seqs in sent.values())
    instants = [reading.sent_at_ms for reading in simulation.readings]
    assert instants == sorted(instants)


def test_the_backups_clock_is_three_seconds_off(simulation: Simulation) -> None:
    assert simulation.clock_errors_ms == {"mat-line-b": CLOCK_ERROR_MS}
    ahead = [r.passage.at_ms - r.put_at_ms for r in simulation.readings if r.passage.device == "mat-line-b"]
    others = [r.passage.at_ms - r.put_at_ms for r in simulation.readings if r.passage.device == "mat-line"]
    assert min(ahead) > max(others)


def test_a_chip_that_nobody_entered_is_worn_and_assigned_later(simulation: Simulation) -> None:
    """T07: with a stranger's chip beside it, which stays unknown."""
    chips = {runner.chips[0] for race in simulation.event.races for e in race.entries for runner in e.runners}
    unknown = {r.passage.chip for r in simulation.readings if r.passage.chip} - chips
    assert unknown == {SPARE_CHIP, STRANGER}
    assert SPARE_CHIP in {repair.ruling.chip for repair in simulation.repairs}


def test_two_teams_have_swapped_a_chip_until_an_official_mends_it(simulation: Simulation) -> None:
    """T58: without the repairs the boards are wrong, and with them right (see the final times above)."""
    swaps = [repair.ruling for repair in simulation.repairs if repair.ruling.chip != SPARE_CHIP]
    assert [(one.chip, one.bib + one.runner) for one in swaps] == [
        (other.bib + other.runner, other.chip) for other in reversed(swaps)
    ]


# --- any event --------------------------------------------------------------------------------------------------


def test_it_simulates_any_event_with_its_own_devices() -> None:
    """An event without walk, backup or spare teams, its gun already known."""
    simulation = simulate(small_event(), seed=4)
    assert simulation.guns == ()
    assert {r.passage.device for r in simulation.readings} <= {"mat-line", "mat-km1", "hand-1"}
    assert simulation.clock_errors_ms == {"mat-km1": CLOCK_ERROR_MS}


def test_an_event_without_entries_cannot_be_simulated(event: Event) -> None:
    empty = replace(event, races=tuple(replace(race, entries=()) for race in event.races))
    with pytest.raises(ValueError, match="nobody is entered"):
        simulate(empty, seed=1)


def test_the_written_recording_has_the_epoch_of_the_simulation(simulation: Simulation) -> None:
    """Sent directly or replayed from its file, a passage is the same passage."""
    recording = parse_recording(simulation.recording().encode(), "race.csv", simulation.event.by_device)
    identities = [reading.passage.identity for reading in simulation.readings]
    assert [passage.identity for passage in recording.passages] == identities


@pytest.mark.parametrize(("teams", "walkers"), [(0, 10), (5, -1)])
def test_a_field_that_cannot_be_is_refused(teams: int, walkers: int) -> None:
    with pytest.raises(ValueError):
        Field(teams, walkers, 1, START_MS, gun=True)


def test_without_walkers_there_is_no_walk() -> None:
    folder = event_folder(Field(3, 0, 1, START_MS, gun=True))
    assert "walk" not in folder["event.toml"]
    assert "walk" not in folder["entries.csv"]


def test_bibs_of_walkers_are_above_those_of_all_teams() -> None:
    """A bib typed without its race must have one meaning."""
    assert Field(5_000, 2, 1, START_MS, gun=True).walker_bibs == range(10_001, 10_003)


def test_an_event_that_is_there_is_rehearsed_as_it_is(tmp_path: Path) -> None:
    written = rehearsed_event(tmp_path, teams=4, walkers=2)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert rehearsed_event(tmp_path) == written
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
    with pytest.raises(ValueError, match="holds an event already"):
        rehearsed_event(tmp_path, teams=5)
