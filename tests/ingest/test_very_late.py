"""T10, T28, T106: what comes very late costs what came since, not the whole race; and leaves nothing of what it undid.

Work is counted, not timed: how many sightings were judged. Calls in the compiled core cannot be counted from outside.
"""

import pytest

from live.compiled import WHY_INTERPRETED
from live.ingest.checkpoints import EVERY, FRAMES
from live.ingest.crossings import STEPS, Judge
from live.ingest.judged import Crossing, Sighting
from live.messages.devices import Passage
from tests.ingest.scene import Scene, entry, ms, race

pytestmark = pytest.mark.interpreted

LAPS = 800


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The instants of all sightings that were judged since."""
    if not WHY_INTERPRETED:
        pytest.skip("run it with LIVE_CORE_FORM=interpreted")
    judged: list[int] = []
    see = Judge.see

    def counted(judge: Judge, sighting: Sighting, crossing: Crossing) -> None:
        judged.append(sighting.at_ms)
        see(judge, sighting, crossing)

    monkeypatch.setattr(Judge, "see", counted)
    return judged


def long_race() -> Scene:
    """One runner, who has run so many laps of a minute; every five of them were judged at once."""
    of = race(entry("12", "R"), legs=(("R",),), repeat=LAPS + 1, min_lap_ms=30_000, arrive_within_ms=10_000)
    scene = Scene(of)
    for lap in range(1, LAPS + 1):
        scene.read("12R", lap * 60_000)
        if lap % 5 == 0:
            scene.meeting.changes(ms(lap * 60_000))
    return scene


def test_in_order_each_passage_is_judged_once(seen: list[int]) -> None:
    """However many came before."""
    long_race()
    assert len(seen) == LAPS


@pytest.mark.parametrize("back", [0, 3, STEPS - 1])
def test_what_comes_a_few_late_takes_those_few_back(seen: list[int], back: int) -> None:
    """And is judged with them, nothing else."""
    scene = long_race()
    seen.clear()
    scene.read("12R", (LAPS - back) * 60_000 - 1_000, "mat-backup")
    scene.board()
    assert len(seen) == back + 2


@pytest.mark.parametrize("lap", [LAPS - STEPS - 1, LAPS - 90, 500, 100])
def test_what_comes_very_late_is_judged_from_a_checkpoint_near_it(seen: list[int], lap: int) -> None:
    """The nearer, the later it is in the race: within a good eighth of what had been heard."""
    scene = long_race()
    seen.clear()
    scene.read("12R", lap * 60_000 - 1_000, "mat-backup")
    scene.board()
    assert LAPS - lap < len(seen) <= LAPS - lap + 2 * max(EVERY, lap // FRAMES) + EVERY


def test_the_laps_that_still_change_do_not_spoil_a_checkpoint(seen: list[int]) -> None:
    """A and B, judged whenever A has crossed: B's crossing, a second later, changes that lap."""
    of = race(entry("12", "AB"), legs=(("A", "B"),), repeat=101, min_lap_ms=30_000, arrive_within_ms=10_000)
    scene = Scene(of)
    for lap in range(1, 101):
        scene.read("12A", lap * 60_000)
        scene.board()
        scene.read("12B", lap * 60_000 + 1_000)
    seen.clear()
    scene.read("12A", 90 * 60_000 - 1_000, "mat-backup")
    scene.board()
    assert 20 < len(seen) <= 20 + 2 * EVERY


WAITED = 700
"""So often C is read beside the mat, a second apart."""


def waiting(order: list[int]) -> list[tuple[int, str]]:
    """What becomes of the reads of C, and of the team's lap, where they are heard in this order."""
    scene = Scene(race(entry("12")))
    scene.read("12A", "13:00")
    for n, second in enumerate(order):
        scene.hear(Passage("mat-backup", "e1", second, ms("14:00") + second * 1_000, "12C"))
        if n % 8 == 0 or n >= WAITED - 2:
            scene.board()
    scene.read("12A", "27:00")
    return [(each["at_ms"], each["reason"]["code"]) for each in scene.card("12")["crossings"]]


@pytest.mark.parametrize("late", [(100, 400), (400, 100)])
def test_of_who_waits_very_long_each_read_is_kept_once(late: tuple[int, int]) -> None:
    """T50: no lap changes meanwhile, and two of his reads come very late, one after the other."""
    in_order = list(range(1, WAITED + 1))
    told = waiting([*(second for second in in_order if second not in late), *late])
    assert told == waiting(in_order)
    assert [code for _, code in told] == ["crossing", *["waiting"] * WAITED, "crossing"]
