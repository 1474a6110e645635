"""Lap number and laps done never go back on a screen without a word about it. T.. are cases of `docs/rules.md`."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from live.messages.decisions import VoidPassage
from tests.conftest import examples
from tests.ingest.scene import GROWING, LOOP, Scene, entry, race

BIBS = ("12", "31", "32")
DEVICES = ("mat-line", "mat-line", "mat-backup", "mat-km1", "mat-km2")
FORMATS: dict[str, dict[str, Any]] = {
    "growing": {"legs": GROWING},
    "single": {"legs": (("A",),), "repeat": 5},
    "all": {"legs": (("A", "B", "C"),), "repeat": 3},
    "relay": {"legs": (("A",), ("B",), ("C",))},
}
READS = st.lists(
    st.tuples(st.integers(1, 4_000), st.sampled_from(BIBS), st.sampled_from("ABC"), st.sampled_from(DEVICES)),
    max_size=40,
)


@examples(150)
@given(st.sampled_from(sorted(FORMATS)), READS)
def test_laps_never_go_back_while_passages_come_in_order(name: str, plan: list[tuple[int, str, str, str]]) -> None:
    """T71: only an estimate is ever taken back, and it was announced as one; no passage changes another team's laps."""
    scene = Scene(race(*(entry(bib) for bib in BIBS), course=LOOP, **FORMATS[name]))
    before = scene.board().rows
    for second, bib, runner, device in sorted(plan):
        scene.now_ms = scene.event.races[0].start_ms + second * 1_000
        scene.read(f"{bib}{runner}", second * 1_000, device)
        rows = scene.board().rows
        for each in BIBS:
            was, now = before[each], rows[each]
            sure = (was.lap_qualities + "e").index("e")  # what was counted behind an estimate falls with it
            assert now.laps >= was.laps or "e" in was.lap_qualities
            assert now.laps >= min(was.laps, sure)
            if "e" not in was.lap_qualities + now.lap_qualities and each != bib:
                assert now.lap_times_ms == was.lap_times_ms, "another team's passage changes no lap"
        before = dict(rows)


def test_the_leader_on_his_next_lap_stays_first_while_others_finish_the_one_before() -> None:
    """T71: no flicker of rank."""
    scene = Scene(race(*(entry(bib, "R") for bib in BIBS), legs=(("R",),), repeat=3))
    shown = []
    for bib, at, device in (
        ("12", "12:00", "mat-line"),
        ("31", "12:30", "mat-line"),
        ("12", "16:00", "mat-km1"),
        ("32", "16:10", "mat-line"),
        ("31", "16:40", "mat-km1"),
        ("12", "24:00", "mat-line"),
        ("32", "24:30", "mat-km2"),
        ("31", "25:00", "mat-line"),
    ):
        scene.read(f"{bib}R", at, device)
        shown.append([bib for place, bib in scene.places() if place == 1])
    assert shown == [["12"]] * 8


def test_a_lap_goes_back_where_an_official_says_so() -> None:
    """T71: a correction is announced as one: the row has the version of the decision."""
    scene = Scene(race(entry("12", "R"), legs=(("R",),), repeat=3))
    scene.read("12R", "13:00")
    scene.read("12R", "26:00")
    assert scene.row("12").laps == 2
    scene.rule(VoidPassage("mat-line", "e1", 2))
    assert (scene.row("12").laps, scene.row("12").version) == (1, 3)
