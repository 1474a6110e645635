"""What comes late is judged as if it had come in time: facts told in disorder against the same facts told at once.

Each day is drawn by its number, the same everywhere; what chance finds beside these is the properties' to find.
"""

import random

import pytest

from live.ingest.meeting import Meeting
from live.messages.decisions import FireGun, Restart
from live.messages.devices import Passage
from tests.ingest.scene import GROWING, GUN_MS, Scene, entry, ms, race

FORMATS = {
    "growing": {"legs": GROWING, "repeat": 4},
    "pairs": {"legs": (("A", "B"),), "repeat": 12},
    "ordinary": {"legs": (("A",), ("B",), ("C",)), "repeat": 4},
    "first": {"legs": (("A", "B"),), "repeat": 12, "team_time": "first"},
}


def day(seed: int, legs: tuple[tuple[str, ...], ...], repeat: int) -> list[Passage]:
    """Two teams of which some are unread, late, seen by hand or inside the loop; told a little out of order."""
    chance = random.Random(seed)
    told: list[tuple[int, str, str | None, str | None]] = []
    for bib in ("12", "31"):
        at_ms = GUN_MS
        for lap in range(len(legs) * repeat):
            at_ms += chance.randrange(430_000, 600_000)
            for code in legs[lap % len(legs)]:
                seen_ms = at_ms + chance.choice((0, 0, 1_000, 9_000, 30_000, 119_000, 150_000, 440_000))
                if chance.random() < 0.85:
                    told.append((seen_ms, "mat-line", bib + code, None))
                if chance.random() < 0.3:
                    told.append((seen_ms + chance.randrange(-9_000, 9_000), "mat-backup", bib + code, None))
                if chance.random() < 0.2:
                    told.append((seen_ms + chance.randrange(0, 12_000), "scanner-1", None, bib))
                if chance.random() < 0.3:
                    told.append((at_ms - chance.randrange(60_000, 300_000), "mat-km2", bib + code, None))
            for _ in range(chance.randrange(6)):
                told.append((at_ms + chance.randrange(0, 400_000), "mat-line", bib + chance.choice("ABC"), None))
    told.sort(key=lambda each: each[0] + chance.choice((0, 0, 0, 0, 0, 5_000, 20_000, 300_000, 3_000_000)))
    return [Passage(where, "e1", n, at_ms, chip, who) for n, (at_ms, where, chip, who) in enumerate(told, start=1)]


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("seed", range(8))
def test_a_day_told_in_disorder_is_the_day_told_at_once(kind: str, seed: int) -> None:
    """T10, T64: to the last verdict, with what is doubtful and expected."""
    scene = Scene(race(entry("12"), entry("31"), **FORMATS[kind]))
    for passage in day(seed, **{name: FORMATS[kind][name] for name in ("legs", "repeat")}):  # type: ignore[arg-type]
        scene.hear(passage)
        scene.meeting.changes(scene.now_ms)
    assert_as_anew(scene)


@pytest.mark.parametrize("ruling", [FireGun("relay", ms("1:00")), Restart("relay", 3, ms("20:00"))])
def test_another_gun_and_a_restart_teach_the_field_anew(ruling: FireGun | Restart) -> None:
    """T38, T60c: what is expected is what it would be, had it been so from the start."""
    bibs = [str(n) for n in range(1, 8)]
    scene = Scene(race(*(entry(bib, "R") for bib in bibs), legs=(("R",),), repeat=4))
    scene.now_ms = ms("40:00")
    for n, bib in enumerate(bibs):
        for lap in range(1, 4):
            scene.read(f"{bib}R", lap * 780_000 - 500_000 + n * 9_000, "mat-km1")
            if (lap, bib) != (3, "7"):
                scene.read(f"{bib}R", lap * 780_000 + n * 10_000)
    scene.board()
    scene.rule(ruling)
    assert_as_anew(scene)


def test_who_comes_after_a_mass_restart_is_expected_by_it() -> None:
    """T60c: ruled when the field has learned already; 7 is on lap 3, and its lap 4 begins at 30:00 with that of all."""
    bibs = [str(n) for n in range(1, 8)]
    scene = Scene(race(*(entry(bib, "R") for bib in bibs), legs=(("R",),), repeat=4))
    scene.now_ms = ms("28:00")
    for n, bib in enumerate(bibs):
        for lap in (1, 2):
            scene.read(f"{bib}R", lap * 780_000 + n * 10_000)
    before = scene.row("7").finish
    scene.rule(Restart("relay", 4, ms("30:00")))
    after = scene.row("7").finish
    assert before is not None and after is not None
    assert before.at_ms - after.at_ms > 8 * 60_000


def assert_as_anew(scene: Scene) -> None:
    """The boards and the teams are what all facts make of them at once."""
    scene.meeting.changes(scene.now_ms)
    anew = Meeting(scene.event, "paper")
    for recorded in scene.facts:
        anew.apply(recorded)
    anew.changes(scene.now_ms)
    assert anew.page("relay", 0) == scene.meeting.page("relay", 0)
    for bib in scene.event.races[0].by_bib:
        asked = {"race": "relay", "bib": bib}
        assert anew.answer("team", asked) == scene.meeting.answer("team", asked)
