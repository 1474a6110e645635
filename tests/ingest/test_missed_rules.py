"""Each condition of missed passages and doubts, one by one. Numbers T.. are the cases of `docs/rules.md`."""

import pytest

from live.boards import lap_chart
from live.ingest.doubts import Answers, answers_by_team, taken_apart
from live.messages.decisions import AddCrossing, ResolveDoubt, SetStatus, VoidPassage
from live.programme import PlannedRestart
from tests.ingest.scene import Scene, entry, ms, race
from tests.ingest.test_missed import BIBS, LINE_ONLY, relay, run, run_rivals, wait

ORDINARY = (("A",), ("B",), ("C",))


def laps_of(rivals: tuple[int, ...], own: tuple[int, ...]) -> tuple[str, ...]:
    """The doubts about one runner among three rivals, all by their laps in seconds."""
    scene = Scene(race(*(entry(bib, "R") for bib in "1234"), legs=(("R",),), repeat=9, course=LINE_ONLY))
    scene.now_ms = ms(sum(own) * 1000)
    for bib, laps in (("1", own), ("2", rivals), ("3", rivals), ("4", rivals)):
        for n in range(len(laps)):
            scene.read(f"{bib}R", sum(laps[: n + 1]) * 1_000)
    return tuple("/".join(doubt.split("/")[:4:3]) for doubt in scene.row("1").doubts)


ASKED = ("missed-passage/3",)


@pytest.mark.parametrize(
    ("rivals", "own", "asked"),
    [
        ((780,) * 4, (780, 780, 1287, 780), ()),  # 1.65 times both
        ((780,) * 4, (780, 780, 1365, 780), ASKED),  # 1.75 times both
        ((1000,) * 4, (600, 600, 1200, 600), ()),  # twice its own, but 1.2 times the rivals'
        ((1000,) * 4, (600, 600, 1400, 600), ASKED),  # more than twice its own, 1.4 times the rivals'
        ((450,) * 4, (450, 450, 810, 450), ()),  # no two laps of seven minutes
        ((600, 600, 1000, 600), (720, 720, 1500, 720), ()),  # the third lap takes longer: 1.25 times what it should
        ((780,) * 5, (780, 1200, 1560, 780), ASKED),  # one slow lap does not make the team slow
    ],
)
def test_a_lap_is_asked_about_where_it_is_too_long_by_its_own_and_by_its_rivals_laps(
    rivals: tuple[int, ...], own: tuple[int, ...], asked: tuple[str, ...]
) -> None:
    """Missed: 1.7 times one of the two, and 1.3 times the other."""
    assert laps_of(rivals, own) == asked


@pytest.mark.parametrize(("waited", "qualities"), [("16:40", "em"), ("18:00", "m"), ("20:00", "m")])
def test_who_was_nowhere_for_seven_tenths_of_a_lap_has_run_one(waited: str, qualities: str) -> None:
    """T46: of twelve and a half minutes; eight are too few, and six were none."""
    scene = relay()
    run_rivals(scene)
    wait(scene, "12B", waited)
    run(scene, "12", "13:00", "26:00", without=("1A",))
    assert scene.row("12").lap_qualities == qualities


def test_where_nothing_is_known_a_lap_of_twenty_minutes_is_one() -> None:
    """Missed: 1.7 times fourteen are more; and nothing is asked."""
    scene = relay("12")
    wait(scene, "12B", "5:00")
    run(scene, "12", "1:00", "20:00", without=("1A",))
    assert (scene.row("12").lap_qualities, scene.row("12").doubts) == ("m", ())
    scene = relay("12")
    run(scene, "12", "1:00", "27:00", without=("1A",))
    assert (scene.row("12").lap_qualities, scene.row("12").doubts) == ("m", ())


def test_a_last_lap_that_took_long_hides_none() -> None:
    """There is no lap after it."""
    scene = relay()
    run_rivals(scene)
    run(scene, "12", "13:00", "26:00", "52:00")
    assert scene.row("12").doubts == ()


def test_a_lap_whose_end_nobody_saw_says_nothing_about_the_rivals() -> None:
    """Missed: by the points, two ended their lap at about 8:00; fifteen minutes are long beside measured laps only."""
    scene = Scene(race(*(entry(bib, "R") for bib in "1234"), legs=(("R",),), repeat=5))
    scene.now_ms = ms("16:00")
    for bib in "34":
        scene.read(f"{bib}R", "5:30", "mat-km2")
        scene.read(f"{bib}R", "10:30", "mat-km1")
    scene.read("2R", "13:00")
    scene.read("1R", "15:00")
    assert [scene.row(bib).lap_qualities for bib in "1234"] == ["m", "m", "e", "e"]
    assert scene.row("1").doubts == ()


def test_nothing_is_asked_about_a_lap_that_began_with_an_estimate() -> None:
    """How long it took nobody measured."""
    scene = Scene(race(*(entry(bib) for bib in BIBS)))
    scene.now_ms = ms("41:00")
    run_rivals(scene)
    for at in ("4:30", "18:30"):
        scene.read("12A", at, "mat-km1")
    for chip in ("12A", "12B"):
        scene.read(chip, "40:00")
    assert [doubt.split("/")[0] for doubt in scene.row("12").doubts] == ["estimated-passage"]


def test_a_lap_that_a_restart_began_counts_from_it() -> None:
    """Rank 4: lap 2 began at 15:00, though nobody saw A come in."""
    scene = Scene(
        race(*(entry(bib) for bib in BIBS), legs=ORDINARY, course=LINE_ONLY, restarts=(PlannedRestart(2, ms("15:00")),))
    )
    for bib in BIBS[1:]:
        scene.read(f"{bib}A", "13:00")
        scene.read(f"{bib}B", "28:00")
    scene.read("12B", "45:30")
    assert "missed-passage/relay/12/2" in {doubt.rpartition("/")[0] for doubt in scene.row("12").doubts}


def test_who_has_run_his_only_lap_may_stand_beside_the_mat() -> None:
    """T46: A, who ran lap 1, is read there after C came in: nobody waits for a fourth lap."""
    bibs = ("12", "31", "32")
    scene = Scene(race(*(entry(bib) for bib in bibs), legs=ORDINARY, course=LINE_ONLY))
    for bib in bibs[1:]:
        for runner, at in zip("ABC", ("13:00", "26:00", "39:00"), strict=True):
            scene.read(f"{bib}{runner}", at)
    for chip, at in (("12A", "13:00"), ("12C", "25:00"), ("12C", "39:00"), ("12A", "43:00")):
        scene.read(chip, at)
    assert (scene.row("12").lap_qualities, scene.row("12").status) == ("mem", "finished")


def test_only_who_is_out_is_seen_after_it_and_only_by_what_counts() -> None:
    """T73: a disqualified team runs on, and who retires at the line is read there once more."""
    scene = relay("12")
    scene.read("12A", "13:00")
    scene.rule(SetStatus("relay", "12", "dsq"))
    assert scene.row("12").doubts == ()
    scene.rule(SetStatus("relay", "12", "dnf"), at="13:05")
    scene.read("12A", "13:30")
    assert scene.row("12").doubts == ()


def test_just_together_is_together() -> None:
    """T55: fifteen seconds."""
    scene = relay("12")
    scene.read("12A", "13:00")
    scene.read("12A", "27:00")
    scene.read("12B", "27:15")
    assert scene.row("12").doubts == ()


def test_what_officials_answered_is_taken_from_the_names_of_the_doubts() -> None:
    """T86: late crossings and the unseen only where accepted; a name that is none says nothing."""
    answered = {
        "missed-passage/relay/12/1/5": True,
        "overdue/relay/12/2/9": False,
        "estimated-passage/relay/12/2/soon": True,
        "late-crossing/relay/12/2/B": True,
        "late-crossing/relay/12/3/B": True,
        "late-crossing/relay/12/3/C": False,
        "late-crossing/relay/12/last/C": True,
        "unseen/relay/12/2": True,
        "unseen/relay/12/3": True,
        "unseen/relay/12/1": False,
        "unseen/relay/12/last": True,
        "not-together/relay/12/2": True,
        "nonsense": True,
    }
    found = answers_by_team(answered)
    assert found == {("relay", "12"): Answers({5: True, 9: False}, frozenset({(2, "B"), (3, "B")}), frozenset({2, 3}))}
    assert taken_apart("nonsense/relay/12") is None
    assert taken_apart("unseen/relay/12") is None


def test_a_lap_that_begins_with_an_estimate_is_one_itself() -> None:
    """Each time says how sure it is: where the team was at the end of lap 2 was measured, how long that lap took was
    not. At the points inside it is measured.
    """
    scene = Scene(race(entry("12", "R"), legs=(("R",),), repeat=3))
    scene.read("12R", "4:20", "mat-km1")
    scene.read("12R", "17:20", "mat-km1")
    scene.read("12R", "26:00")
    scene.rule(AddCrossing("relay", "12", ms("39:00"), "R"))
    laps = scene.card("12")["laps"]
    said = [(lap["quality"], lap["lap_quality"]) for lap in laps]
    assert said == [("estimated", "estimated"), ("measured", "estimated"), ("corrected", "corrected")]
    assert [split["quality"] for split in laps[0]["splits"]] == ["measured"]
    chart = [(lap.quality, lap.lap_quality) for (lap,) in lap_chart(scene.board())]
    assert chart == said


def two(*reads: str, bibs: tuple[str, ...] = ("1", "2")) -> Scene:
    """An ordinary relay of two teams, each runner read (`1B 31:00`) in turn."""
    scene = Scene(race(*(entry(bib) for bib in bibs), legs=ORDINARY, course=LINE_ONLY))
    for each in reads:
        chip, at = each.split()
        scene.read(chip, at)
        scene.now_ms = ms(at)
        scene.board()
    return scene


def suspected(scene: Scene) -> list[str]:
    return [each for each in scene.row("1").doubts if each.startswith("missed")]


@pytest.mark.parametrize(
    ("reads", "half"),
    [
        (("2A 15:00", "2B 30:00", "1B 31:00"), "15:30"),
        (("1B 31:00", "2A 15:00"), "15:30"),  # the rival's passage comes late
        (("2A 10:00", "1B 20:00"), "10:00"),
    ],
)
def test_one_rival_is_enough_to_ask_whether_a_leg_ended_unread(reads: tuple[str, ...], half: str) -> None:
    """Nothing else is known of leg 1: without a doubt the team would stand at no lap until the end, and nobody ask why.

    Accepted, its next runner's crossing ends leg 2.
    """
    scene = two(*reads)
    (doubt,) = suspected(scene)
    assert doubt == f"missed-passage/relay/1/1/{ms(half)}"
    scene.rule(ResolveDoubt(doubt, accept=True))
    assert (scene.row("1").laps, scene.row("1").lap_qualities, suspected(scene)) == (2, "cm", [])


def test_one_rival_is_enough_to_ask_and_too_few_to_decide() -> None:
    """T46: B was read waiting, then nowhere for more than 0.7 of the rival's lap; with nobody else it stays a doubt."""
    scene = two("2A 10:00", "1B 8:00", "1B 20:00")
    assert (scene.row("1").laps, len(suspected(scene))) == (0, 1)


@pytest.mark.parametrize(
    "reads", [("2A 15:00", "1B 25:00"), ("1B 31:00",), ("1A 20:00", "2A 13:00", "2B 26:00", "1C 53:00")]
)
def test_nothing_is_asked_where_one_rival_was_not_so_much_faster_or_is_not_all_that_is_known(
    reads: tuple[str, ...],
) -> None:
    """1.67 times the rival's leg; no rival at all; 1.65 times the team's own leg, though 2.5 times the rival's."""
    assert suspected(two(*reads)) == []


def test_of_several_rivals_the_fastest_does_not_ask_alone() -> None:
    """1.83 times his leg, 1.57 times the usual one."""
    scene = two("2A 12:00", "3A 14:00", "4A 14:00", "1B 22:00", bibs=("1", "2", "3", "4"))
    assert suspected(scene) == []


def test_a_doubt_by_the_only_rival_goes_when_his_leg_was_none() -> None:
    """His crossing was of somebody else: then nothing is known again."""
    scene = two("2A 15:00", "1B 31:00")
    assert len(suspected(scene)) == 1
    scene.rule(VoidPassage("mat-line", "e1", 1))
    assert suspected(scene) == []
