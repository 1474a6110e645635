"""Companies and fastest laps. T.. are cases of the sport's timing systems."""

from dataclasses import replace

from live.honours import company_ranking, fastest
from live.messages.decisions import AddCrossing, AdjustTime, ReorderRunners, ResolveDoubt, SetStatus
from tests.ingest.scene import Scene, entry, ms, race

FINISHES = {"1": "40:00", "2": "42:00", "3": "41:00", "4": "44:00", "5": "43:00"}
COMPANIES = {"1": "Un", "2": "Un", "3": "Deux", "4": "Deux", "5": "Trois"}


def finished(count: int, laps: int = 1) -> Scene:
    """Five teams of three companies; their times as above."""
    entries = [replace(entry(bib, "R"), company=COMPANIES[bib]) for bib in FINISHES]
    scene = Scene(race(*entries, legs=(("R",),), repeat=laps, companies_count=count))
    for bib, at in FINISHES.items():
        scene.read(f"{bib}R", at)
    return scene


def companies(scene: Scene) -> list[tuple[int | None, str, tuple[str, ...]]]:
    return [(each.place, each.company, each.bibs) for each in company_ranking(scene.board())]


def test_a_company_is_ranked_by_its_best_team() -> None:
    assert companies(finished(1)) == [(1, "Un", ("1",)), (2, "Deux", ("3",)), (3, "Trois", ("5",))]


def test_a_company_with_too_few_teams_is_listed_below() -> None:
    """T78: incomplete, with what it has and what is needed."""
    scene = finished(2)
    assert companies(scene) == [(1, "Un", ("1", "2")), (2, "Deux", ("3", "4")), (None, "Trois", ("5",))]
    last = company_ranking(scene.board())[-1]
    assert (len(last.bibs), last.needed, last.teams) == (1, 2, 1)


def test_companies_of_equal_time_share_the_place() -> None:
    scene = finished(1)
    scene.rule(AddCrossing("relay", "5", ms("41:00"), "R"))
    assert companies(scene) == [(1, "Un", ("1",)), (2, "Deux", ("3",)), (2, "Trois", ("5",))]


def test_who_has_no_place_counts_for_no_company() -> None:
    scene = finished(1)
    scene.rule(SetStatus("relay", "1", "dsq"))
    assert companies(scene)[:2] == [(1, "Deux", ("3",)), (2, "Un", ("2",))]


def test_the_fastest_lap_and_the_fastest_of_each_leg() -> None:
    """A on the lap that he runs alone, B on that on which he joins, C likewise."""
    scene = Scene(race(entry("12"), entry("31")))
    for bib, (one, two, three) in {"12": ("13:00", "27:00", "40:30"), "31": ("12:30", "27:00", "41:00")}.items():
        scene.read(f"{bib}A", one)
        for runner in "AB":
            scene.read(f"{bib}{runner}", two)
        for runner in "ABC":
            scene.read(f"{bib}{runner}", three)
    found = {each.leg: (each.lap_ms // 1000, each.laps) for each in fastest(scene.board())}
    assert found == {
        None: (750, (("31", 1),)),
        "A": (750, (("31", 1),)),
        "B": (840, (("12", 2),)),
        "C": (810, (("12", 3),)),
    }


def test_what_was_not_measured_whole_is_never_the_fastest() -> None:
    """T76: no time of an official's hand, no lap that somebody is still missing from, no zero."""
    scene = Scene(race(entry("12"), entry("31")))
    scene.read("12A", "13:00")
    scene.rule(AddCrossing("relay", "31", ms("12:00"), "A"))
    scene.read("12A", "20:30")
    assert [(each.leg, each.laps) for each in fastest(scene.board())] == [
        (None, (("12", 1),)),
        ("A", (("12", 1),)),
    ]


def test_teams_of_one_name_are_told_apart_by_bib() -> None:
    """T79: in two companies; and a company written in two ways is one."""
    spelt = {"1": "Ideta", "2": " IDETA ", "3": "Lutosa", "4": "lutosa", "5": "Trois  Suisses"}
    entries = [replace(entry(bib, "R"), company=spelt[bib], team="Les Rapides") for bib in FINISHES]
    scene = Scene(race(*entries, legs=(("R",),), companies_count=2))
    for bib, at in FINISHES.items():
        scene.read(f"{bib}R", at)
    assert companies(scene) == [
        (1, "Ideta", ("1", "2")),
        (2, "Lutosa", ("3", "4")),
        (None, "Trois  Suisses", ("5",)),
    ]


def test_a_time_of_nought_is_of_no_company() -> None:
    """T76: a bonus as long as the race."""
    scene = finished(1)
    scene.rule(AdjustTime("relay", "5", -43 * 60_000))
    assert companies(scene)[2] == (None, "Trois", ())


def test_a_lap_that_begins_with_an_estimate_is_never_the_fastest() -> None:
    """T76: nor one that ends with it."""
    scene = Scene(race(entry("1", "R"), entry("2", "R"), legs=(("R",),), repeat=2))
    for at in ("5:00", "18:00"):
        scene.read("1R", at, "mat-km1")
    scene.read("1R", "22:00")
    for at in ("13:00", "26:00"):
        scene.read("2R", at)
    assert scene.row("1").lap_qualities == "em"
    assert [(each.leg, each.laps) for each in fastest(scene.board())] == [(None, (("2", 1), ("2", 2)))]


def test_a_lap_of_which_a_runner_stayed_unseen_is_never_the_fastest() -> None:
    """T76: when it ended nobody knows, nor when the next began."""
    scene = Scene(race(entry("12")))
    scene.read("12A", "13:00")
    scene.read("12A", "27:00")
    for runner in "ABC":
        scene.read(f"12{runner}", "40:00")
    assert scene.row("12").incomplete == (2,)
    assert [(each.leg, each.laps) for each in fastest(scene.board())] == [(None, (("12", 1),)), ("A", (("12", 1),))]


def test_who_has_no_company_is_in_no_ranking_of_companies() -> None:
    """T78: nor does an empty company join teams that have none."""
    scene = Scene(race(entry("1", "R", company=" "), entry("2", "R", company="Deux"), legs=(("R",),)))
    scene.read("1R", "40:00")
    scene.read("2R", "41:00")
    assert companies(scene) == [(1, "Deux", ("2",))]


def test_no_lap_of_who_is_out_of_the_ranking_is_the_fastest() -> None:
    """T74, T75."""
    scene = finished(1)
    assert fastest(scene.board())[0].laps == (("1", 1),)
    scene.rule(SetStatus("relay", "1", "dsq"))
    scene.rule(SetStatus("relay", "3", "out_of_competition"))
    assert fastest(scene.board())[0].laps == (("2", 1),)


def test_a_lap_of_nought_is_never_the_fastest() -> None:
    """T76: B came in so long after A that A ended the next lap with him; an official accepts it."""
    scene = Scene(race(entry("1", "AB"), legs=(("A", "B"), ("A",)), min_lap_ms=120_000))
    for chip, at in (("1A", "2:00"), ("1B", "4:00"), ("1A", "4:00")):
        scene.read(chip, at)
    scene.rule(ResolveDoubt("late-crossing/relay/1/1/B", True))
    assert scene.row("1").lap_times_ms == (240_000, 0)
    assert fastest(scene.board())[0].laps == (("1", 1),)


def test_the_leg_of_a_runner_is_his_who_runs_in_his_place() -> None:
    """T56: B runs where A joins; the place of C is left open, so that the team has no leg of C."""
    scene = Scene(race(entry("12", "AB"), entry("31")))
    scene.rule(ReorderRunners("relay", "12", ("B", "A")))
    for chip, at in (("12B", "13:00"), ("12A", "27:00"), ("12B", "27:00"), ("12A", "40:00"), ("12B", "40:00")):
        scene.read(chip, at)
    assert [(each.leg, each.laps) for each in fastest(scene.board()) if each.leg] == [
        ("A", (("12", 1),)),
        ("B", (("12", 2),)),
    ]


def lapped(count: int, **finishes: tuple[str, ...]) -> Scene:
    """With the leader, three laps; each company's teams cross at these instants, `a1` is the first of company A."""
    entries = [entry(name, "R", company=name[0]) for name in finishes]
    scene = Scene(race(*entries, legs=(("R",),), repeat=3, finish="with_leader", companies_count=count))
    for name, crossed in finishes.items():
        for at in crossed:
            scene.read(f"{name}R", at)
    return scene


def test_a_company_whose_team_was_lapped_is_behind_those_whose_were_not() -> None:
    """T69: the lapped team comes in before the second does, and a lap less is no better time."""
    scene = lapped(1, a1=("10:00", "20:00", "34:00"), b1=("10:00", "20:30", "34:30"), c1=("17:00", "34:10"))
    assert [(each.place, each.company, each.laps) for each in company_ranking(scene.board())] == [
        (1, "a", 3),
        (2, "b", 3),
        (3, "c", 2),
    ]


def test_the_laps_of_all_that_count_for_a_company_are_summed() -> None:
    """T69: its best are those who ran more laps; equal laps and times share the place."""
    crossed = {"whole": ("10:00", "20:00", "34:00"), "short": ("17:00", "34:00")}
    scene = lapped(
        2,
        a1=crossed["whole"],
        a2=crossed["whole"],
        b1=crossed["whole"],
        b2=crossed["short"],
        b3=("10:00", "20:00", "34:20"),
        c1=crossed["short"],
        c2=crossed["short"],
        d1=crossed["short"],
        d2=crossed["short"],
    )
    assert companies(scene) == [
        (1, "a", ("a1", "a2")),
        (2, "b", ("b1", "b3")),
        (3, "c", ("c1", "c2")),
        (3, "d", ("d1", "d2")),
    ]
