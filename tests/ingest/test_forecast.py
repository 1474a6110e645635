"""The forecast: what a team may be expected to do, from its own marks and from what its rivals had done by then."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from live.ingest.experience import Experience, distance
from live.ingest.field import TEACHERS, Field
from live.ingest.forecast import ENDS, NOTHING, Ends, Estimate, Outlook, Own, Prospect, outlook
from live.ingest.marks import Mark, marks
from live.programme import Course, Device, Race, TimingPoint
from live.times import parse_duration
from tests.ingest.scene import GUN_MS, LOOP, Scene, entry, ms, race

LINE_ONLY = Course("boucle", 3000, True, (TimingPoint("line", 0),))
TEAMS = 8


def laps_race(laps: int = 3, teams: int = TEAMS, course: Course = LINE_ONLY, **rules: object) -> Race:
    """Teams of one, so many laps."""
    numbered = (entry(str(n), "R") for n in range(1, teams + 1))
    return race(*numbered, legs=(("R",),), repeat=laps, course=course, **rules)


def way(*laps: str | int, gun_ms: int = GUN_MS, restarts: Mapping[int, int] | None = None) -> tuple[Mark, ...]:
    """A team's marks at the line, from its lap times."""
    made = [Mark(0, "line", gun_ms, 0, gun_ms, True)]
    for number, took in enumerate(laps, 1):
        took_ms = parse_duration(took) if isinstance(took, str) else took
        end_ms = made[-1].base_ms + took_ms
        base_ms = min(end_ms, (restarts or {}).get(number + 1, end_ms))
        made.append(Mark(number, "line", max(end_ms, made[-1].at_ms), took_ms, base_ms, True))
    return tuple(made)


def field_of(race: Race, ways: Iterable[tuple[Mark, ...]], restarts: Mapping[int, int] | None = None) -> Field:
    """A field that has learned these teams' ways."""
    field = Field(race, restarts or {})
    for number, each in enumerate(ways, 1):
        field.learn(number, each)
    field.settle()
    return field


def lap_ms(field: Field, own: Sequence[Mark]) -> int:
    """How long the next lap is expected to take."""
    following = field.outlook(0, own).next
    assert following is not None
    return following.at_ms - own[-1].at_ms


# --- what is expected --------------------------------------------------------------------------------------------


def test_nothing_is_expected_before_there_is_anything_to_go_by() -> None:
    field = field_of(laps_race(), [way()])
    assert field.outlook(0, way()) == NOTHING
    assert field.outlook(0, ()) == NOTHING


def test_the_first_to_end_a_lap_is_expected_to_run_the_next_as_fast() -> None:
    own = way("13:00")
    assert lap_ms(field_of(laps_race(), [own]), own) == parse_duration("13:00")


def test_a_first_lap_is_expected_where_an_earlier_wave_has_run_it() -> None:
    later = way(gun_ms=ms("30:00"))
    field = field_of(laps_race(), [*[way("13:00")] * 4, later])
    assert lap_ms(field, later) == parse_duration("13:00")


def test_three_rivals_are_an_anecdote() -> None:
    later = way(gun_ms=ms("30:00"))
    assert field_of(laps_race(), [*[way("13:00")] * 3, later]).outlook(0, later) == NOTHING


def test_what_rivals_took_on_the_next_lap_is_expected_of_the_team() -> None:
    """The relay grows: whoever has run lap 2 took half as long again as on lap 1."""
    own = way("60:00")
    field = field_of(laps_race(), [*[way("20:00", "30:00")] * 7, own])
    assert parse_duration("1:05:00") < lap_ms(field, own) < parse_duration("1:30:00")


def test_who_has_been_right_in_this_race_is_believed() -> None:
    """Every second lap takes half as long again: last lap and usual lap are always wrong, the field's ratio never."""
    leaders = [way(*("10:00", "15:00") * 12)] * 4
    followers = [way(*("20:00", "30:00") * 6)] * 3
    own = way(*("21:00", "31:30") * 5)
    field = field_of(laps_race(24), [*leaders, *followers, own])
    assert abs(lap_ms(field, own) - parse_duration("21:00")) < parse_duration("0:40")


def test_what_rivals_do_after_the_last_crossing_is_not_known_then() -> None:
    own = way("20:00")
    field = field_of(laps_race(), [own, *[way("15:00", "4:59")] * 7])
    slow = field_of(laps_race(), [own, *[way("15:00", "5:00")] * 7])
    assert lap_ms(slow, own) == parse_duration("20:00")
    assert lap_ms(field, own) < parse_duration("20:00")


def test_a_team_still_out_is_told_anew_when_twice_as_many_have_ended_its_lap() -> None:
    own = way("20:00")
    field = field_of(laps_race(), [own, *[way("20:00", f"30:0{n}") for n in range(7)]])
    assert field.refreshes_ms(2) == [ms("50:03") + 1]
    assert field.refreshes_ms(4) == []
    anew = field.outlook(1, own, field.refreshes_ms(2)[-1])
    assert anew.next is not None and anew.next.at_ms > ms("50:03")
    assert lap_ms(field, own) == parse_duration("20:00")


def test_a_team_that_is_not_there_yet_is_expected_now_at_the_earliest() -> None:
    own = way("13:00")
    ahead = field_of(laps_race(3), [own]).outlook(1, own, ms("40:00"))
    assert ahead.next is not None
    assert [ahead.next.at_ms, *(end.at_ms for end in ahead.ends)] == [ms("40:00")] * 3


def test_the_point_ahead_is_expected_from_the_team_s_own_last_lap() -> None:
    own = (*splits(1, GUN_MS, 200, 500, 780), *splits(2, GUN_MS + 780_000, 230)[1:])
    ahead = field_of(laps_race(course=LOOP), [own]).outlook(0, own)
    assert ahead.next is not None
    assert (ahead.next.point, ahead.next.at_ms - own[-1].at_ms) == ("km2", 300_000)
    assert ahead.ends[0].at_ms - own[-1].at_ms == 580_000


def test_a_point_that_hardly_anybody_is_seen_at_is_not_expected() -> None:
    """race.md, 8: fewer than a third of a lap's teams."""
    blind = [splits(1, GUN_MS, None, 500, 780 + n) for n in range(9)]
    seen = [splits(1, GUN_MS, 200, 500, 790 + n) for n in range(2)]
    own = splits(1, GUN_MS, 210, 500, 900)
    field = field_of(laps_race(teams=12, course=LOOP), [*blind, *seen, own])
    ahead = field.outlook(0, own).next
    assert ahead is not None and ahead.point == "km2"


def test_the_ends_of_all_laps_are_told_and_the_last_is_the_finish() -> None:
    own = way("13:00")
    ahead = field_of(laps_race(4), [own]).outlook(0, own)
    assert [end.at_ms - GUN_MS for end in ahead.ends] == [parse_duration(at) for at in ("26:00", "39:00", "52:00")]
    assert ahead.finish == ahead.ends[-1]
    assert ahead.next == ahead.ends[0]


def test_the_later_laps_follow_what_the_field_took_on_them() -> None:
    own = way("30:00")
    ahead = field_of(laps_race(3), [*[way("10:00", "10:00", "5:00")] * 7, own]).outlook(0, own)
    assert ahead.finish is not None
    assert ahead.finish.at_ms - ahead.ends[0].at_ms == (ahead.ends[0].at_ms - own[-1].at_ms) // 2


def test_the_finish_of_a_long_race_is_told_and_only_the_next_ends() -> None:
    own = way("1:30")
    ahead = field_of(laps_race(57), [own]).outlook(0, own)
    assert len(ahead.ends) == ENDS
    assert ahead.finish is not None and ahead.finish.at_ms == GUN_MS + 57 * 90_000


def test_a_timed_race_has_no_finish_to_expect() -> None:
    own = way("13:00")
    ahead = field_of(laps_race(1, duration_ms=parse_duration("6:00:00")), [own]).outlook(0, own)
    assert ahead.finish is None
    assert len(ahead.ends) == ENDS


def test_nothing_is_expected_after_the_last_lap() -> None:
    own = way("13:00", "13:00", "13:00")
    assert field_of(laps_race(3), [own]).outlook(0, own) == NOTHING


def test_a_lap_that_a_mass_restart_began_counts_from_it() -> None:
    restarts = {2: ms("15:00")}
    own = way("20:00", restarts=restarts)
    ahead = field_of(laps_race(3), [own], restarts).outlook(0, own)
    assert ahead.next is not None and ahead.next.at_ms == ms("35:00")


def test_a_later_lap_begins_with_the_restart_where_that_comes_first() -> None:
    restarts = {3: ms("30:00")}
    own = way("20:00", restarts=restarts)
    ahead = field_of(laps_race(3), [own], restarts).outlook(0, own)
    assert ahead.finish is not None and ahead.finish.at_ms == ms("50:00")


def test_a_restart_holds_for_laps_that_nobody_has_run_yet() -> None:
    restarts = {4: ms("50:00")}
    own = way("20:00")
    ahead = field_of(laps_race(4), [own], restarts).outlook(0, own)
    assert [end.at_ms for end in ahead.ends] == [ms("40:00"), ms("1:00:00"), ms("1:10:00")]


def test_who_should_have_been_there_already_is_expected_now() -> None:
    restarts = {2: ms("1:00")}
    own = way("20:00", restarts=restarts)
    rivals = [way("5:00", "5:00", restarts=restarts)] * 7
    ahead = field_of(laps_race(3), [*rivals, way("20:00", restarts=restarts)], restarts).outlook(0, own)
    assert ahead.next is not None and ahead.next.at_ms >= own[-1].at_ms


def test_an_estimated_crossing_teaches_nothing() -> None:
    later = way(gun_ms=ms("30:00"))
    estimated = [(begun, end._replace(measured=False)) for begun, end in [way("13:00")] * 7]
    assert field_of(laps_race(), [*estimated, later]).outlook(0, later) == NOTHING


def test_a_crossing_that_turns_out_to_be_estimated_teaches_no_more() -> None:
    later = way(gun_ms=ms("30:00"))
    field = field_of(laps_race(), [way("13:00")] * 4)
    begun, end = way("13:00")
    field.learn(1, (begun, end._replace(measured=False)))
    field.settle()
    assert field.outlook(0, later) == NOTHING


def test_two_points_at_the_same_instant_teach_no_pace() -> None:
    """A clock corrected to the second can put a point and the line together."""
    own = splits(1, GUN_MS, 200, 780, 780)
    field = field_of(laps_race(course=LOOP), [own] * 7)
    later = splits(1, ms("30:00"), 200, 500)
    assert field.outlook(0, later) == NOTHING


# --- how sure it is ----------------------------------------------------------------------------------------------


def test_the_interval_is_wide_until_the_race_has_shown_how_far_off_forecasts_are() -> None:
    own = way("10:00")
    ahead = field_of(laps_race(), [own]).outlook(0, own).next
    assert ahead is not None and ahead.error_ms == parse_duration("4:00")


def test_the_interval_is_what_held_four_of_five_forecasts_so_far() -> None:
    """Nine steady teams and one in five that take a tenth longer on every lap: a fifth of the forecasts miss by 9 %."""
    steady = [way(*["10:00"] * 8)] * 9
    own = way(*["10:00"] * 6)
    sure = field_of(laps_race(12, 10), [*steady, own]).outlook(0, own).next
    assert sure is not None and sure.error_ms < parse_duration("0:10")
    wild = [way(*("8:00", "12:00") * 4)] * 9
    unsure = field_of(laps_race(12, 10), [*wild, own]).outlook(0, own).next
    assert unsure is not None and unsure.error_ms > parse_duration("0:30")


def test_what_lies_further_ahead_is_never_surer() -> None:
    """Even where two laps together have always been forecast to the second, and one never was."""
    experience = Experience("line")
    for _ in range(9):
        experience.far[distance(1)].add(GUN_MS, 0)
    own = Own("line", way("10:00"), 2)
    to_line = Estimate(2, "line", own.base_ms, 600_000, 60_000, (False, True, False), ())
    ends = Ends([to_line.at_ms], 600_000, 2)
    told = outlook(laps_race(3), experience, Prospect(own, None, to_line, ends))
    assert [end.error_ms for end in told.ends] == [60_000, 60_000]


# --- what learning costs -----------------------------------------------------------------------------------------


def test_settling_says_from_which_instant_on_outlooks_may_differ() -> None:
    field = field_of(laps_race(), [way("13:00"), way("14:00")])
    assert field.settle() is None
    field.learn(1, way("13:00", "13:00"))
    assert field.settle() == ms("26:00")
    field.learn(2, way("12:00"))
    assert field.settle() == ms("12:00")


def test_a_large_field_learns_from_a_sample_and_tells_everybody() -> None:
    """Every second of 600 teaches; the others are told what it taught."""
    field = field_of(laps_race(teams=600), [way("10:00", "15:00")] * 40)
    assert TEACHERS < 600
    own = way("40:00")
    field.learn(600, own)
    assert field.settle() is None
    assert lap_ms(field, own) > parse_duration("43:00")


# --- from crossings to marks -------------------------------------------------------------------------------------


def splits(lap: int, begin_ms: int, *seconds: int | None) -> tuple[Mark, ...]:
    """A lap's beginning and its marks at km1, km2 and the line, in seconds from its beginning."""
    made = [Mark(lap - 1, "line", begin_ms, 0, begin_ms, True)]
    for point, second in zip(("km1", "km2", "line"), seconds, strict=False):
        if second is not None:
            at_ms = begin_ms + second * 1_000
            made.append(Mark(lap, point, at_ms, second * 1_000, at_ms, True))
    return tuple(made)


def relay_marks(scene: Scene, bib: str, restarts: Mapping[int, int], kept: Sequence[Mark] = ()) -> tuple[Mark, ...]:
    scene.board()
    live = scene.meeting.races["relay"]
    team = live.teams[bib]
    return marks(live.race, team.gun_ms, restarts, team.judged, team.laps, kept)


def grown() -> Scene:
    """A growing team's first lap and what it ran of the second."""
    scene = Scene(race(entry("12")))
    for chip, at, device in (
        ("12A", "4:20", "mat-km1"),
        ("12A", "13:00", "mat-line"),
        ("12A", "17:40", "mat-km1"),
        ("12B", "17:45", "mat-km1"),
    ):
        scene.read(chip, at, device)
    return scene


def test_a_team_s_marks_are_where_it_was_measured_as_a_team() -> None:
    made = relay_marks(grown(), "12", {})
    assert [(mark.lap, mark.point, (mark.at_ms - GUN_MS) // 1000, mark.took_ms // 1000) for mark in made] == [
        (0, "line", 0, 0),
        (1, "km1", 260, 260),
        (1, "line", 780, 780),
        (2, "km1", 1065, 285),
    ]


def test_a_mark_at_the_line_knows_when_the_next_lap_began() -> None:
    made = relay_marks(grown(), "12", {2: ms("12:00")})
    assert made[2].base_ms == ms("12:00")
    assert made[3].took_ms == parse_duration("5:45")


def test_marks_go_on_from_those_that_stand() -> None:
    scene = grown()
    whole = relay_marks(scene, "12", {})
    assert relay_marks(scene, "12", {}, whole[:3]) == whole


def test_a_point_passed_before_the_team_was_complete_is_no_mark() -> None:
    """B comes a minute after A; C and A are past the first hundred metres by then."""
    course = Course("boucle", 3000, True, (TimingPoint("line", 0), TimingPoint("m100", 100)))
    mats = (Device("mat-line", "line", "boucle", "main"), Device("mat-100", "m100", "boucle", "main"))
    scene = Scene(race(entry("12"), course=course), devices=mats)
    for chip, at, device in (
        ("12A", "13:00", "mat-line"),
        ("12A", "27:00", "mat-line"),
        ("12A", "27:30", "mat-100"),
        ("12B", "28:00", "mat-line"),
    ):
        scene.read(chip, at, device)
    made = relay_marks(scene, "12", {})
    assert [(mark.lap, mark.point, mark.at_ms) for mark in made[1:]] == [
        (1, "line", ms("13:00")),
        (2, "line", ms("28:00")),
    ]


def test_a_point_passed_before_the_one_before_it_is_no_mark() -> None:
    """Two mats whose clocks disagree: what was known first stands."""
    scene = Scene(race(entry("12")))
    scene.read("12A", "5:00", "mat-km1")
    scene.read("12A", "4:50", "mat-km2")
    assert [mark.point for mark in relay_marks(scene, "12", {})] == ["line", "km1"]


def test_the_marks_of_a_finished_team_end_at_the_finish() -> None:
    scene = Scene(race(entry("12", "R"), legs=(("R",),), repeat=2))
    scene.read("12R", "13:00")
    scene.read("12R", "26:00")
    assert [(mark.lap, mark.at_ms) for mark in relay_marks(scene, "12", {})[1:]] == [(1, ms("13:00")), (2, ms("26:00"))]


def test_without_a_gun_a_team_has_no_marks() -> None:
    scene = Scene(replace(race(entry("12")), gun_ms=None))
    assert relay_marks(scene, "12", {}) == ()


# --- the same for any order of the facts -------------------------------------------------------------------------

POINTS = ("km1", "km2", "line")
RACE = laps_race(4, 6, LOOP)


@st.composite
def ways(draw: st.DrawFn) -> tuple[Mark, ...]:
    """A team's marks on up to four laps; mats miss at times, and a lap's end is estimated now and then."""
    made = [Mark(0, "line", GUN_MS + draw(st.sampled_from([0, 0, 60_000])), 0, GUN_MS, True)]
    made[0] = made[0]._replace(base_ms=made[0].at_ms)
    for lap in range(1, draw(st.integers(0, 4)) + 1):
        begin_ms, took_ms = made[-1].base_ms, 0
        for point in POINTS:
            took_ms += draw(st.integers(200, 400)) * 1_000
            if point == "line" or draw(st.integers(0, 3)):
                made.append(
                    Mark(lap, point, begin_ms + took_ms, took_ms, begin_ms + took_ms, draw(st.integers(0, 5)) > 0)
                )
    cut = draw(st.integers(0, len(made) - 1))
    return tuple(made if cut > 2 else made[: len(made) - cut])


def outlooks(field: Field, told: Mapping[int, tuple[Mark, ...]]) -> dict[tuple[int, int], Outlook]:
    """What lay ahead of each team at each of its marks."""
    return {(n, upto): field.outlook(n, way[:upto]) for n, way in told.items() for upto in range(1, len(way) + 1)}


def fresh(told: Mapping[int, tuple[Mark, ...]]) -> dict[tuple[int, int], Outlook]:
    """The same from a field that learned everything at once."""
    return outlooks(field_of(RACE, [told.get(n, ()) for n in range(1, 7)]), told)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 6), ways(), st.booleans()), max_size=14), st.permutations(range(1, 7)))
def test_what_was_learned_in_steps_and_corrected_is_what_is_learned_at_once(
    steps: list[tuple[int, tuple[Mark, ...], bool]], order: list[int]
) -> None:
    """Teams are told in any order, grow, change and are taken back; the field settles in between or not."""
    field, told = Field(RACE, {}), dict[int, tuple[Mark, ...]]()
    for number, new, settle in steps:
        field.learn(number, new)
        told[number] = new
        if settle:
            field.settle()
    field.settle()
    assert outlooks(field, told) == fresh(told)
    other = Field(RACE, {})
    for number in order:
        other.learn(number, told.get(number, ()))
    other.settle()
    assert outlooks(other, told) == fresh(told)


def test_a_fact_many_laps_late_teaches_what_it_would_have_taught_in_time() -> None:
    """What was expected at old marks is not kept: it is made again, as of then."""
    race = laps_race(laps=8)
    paces = [420_000 + 7_000 * n for n in range(TEAMS)]
    told = {n: way(*(pace + 900 * n * (lap % 3) for lap in range(8))) for n, pace in enumerate(paces, 1)}
    field = field_of(race, told.values())
    slower = way(paces[2], paces[2] + 60_000, *(paces[2] for _ in range(6)))
    for number, corrected in ((3, slower), (5, told[5][:4]), (5, told[5]), (3, slower[:2])):
        told[number] = corrected
        field.learn(number, corrected)
        field.settle()
        assert outlooks(field, told) == outlooks(field_of(race, told.values()), told)


@settings(max_examples=60, deadline=None)
@given(st.lists(ways(), min_size=6, max_size=6), ways(), st.integers(1, 6))
def test_what_is_learned_and_forgotten_was_never_learned(
    all_ways: list[tuple[Mark, ...]], passing: tuple[Mark, ...], number: int
) -> None:
    told = dict(enumerate(all_ways, 1))
    field = field_of(RACE, all_ways)
    field.learn(number, passing)
    field.settle()
    field.learn(number, ())
    field.settle()
    assert outlooks(field, told) == outlooks(
        field_of(RACE, [() if n == number else way for n, way in told.items()]), told
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(ways(), min_size=6, max_size=6), ways(), st.integers(1, 6))
def test_whose_last_mark_is_not_later_than_what_was_touched_has_the_same_outlook(
    all_ways: list[tuple[Mark, ...]], new: tuple[Mark, ...], number: int
) -> None:
    """So in order of time a passage changes the outlook of its own team, and of nobody else."""
    told = {n: way for n, way in enumerate(all_ways, 1) if n != number}
    field = field_of(RACE, all_ways)
    before = outlooks(field, told)
    field.learn(number, new)
    touched_ms = field.settle()
    for (n, upto), ahead in outlooks(field, told).items():
        if touched_ms is None or told[n][upto - 1].at_ms <= touched_ms:
            assert ahead == before[n, upto]


@settings(max_examples=40, deadline=None)
@given(st.lists(ways(), min_size=6, max_size=6), st.integers(0, 2_400_000))
def test_told_anew_it_is_as_if_what_came_later_had_not_been(all_ways: list[tuple[Mark, ...]], after_ms: int) -> None:
    """As of an instant: the same from a field that knows nothing later."""
    as_of_ms = GUN_MS + after_ms
    then = field_of(RACE, [tuple(mark for mark in way if mark.at_ms < as_of_ms) for way in all_ways])
    whole = field_of(RACE, all_ways)
    for number, way in enumerate(all_ways, 1):
        known = tuple(mark for mark in way if mark.at_ms < as_of_ms)
        assert whole.outlook(number, known, as_of_ms) == then.outlook(number, known, as_of_ms)


@settings(max_examples=60, deadline=None)
@given(st.lists(ways(), min_size=6, max_size=6))
def test_told_mark_by_mark_in_order_of_time_it_is_as_told_at_once(all_ways: list[tuple[Mark, ...]]) -> None:
    """Every outlook as it was when the mark had just come, nothing later known."""
    told = dict(enumerate(all_ways, 1))
    whole = outlooks(field_of(RACE, all_ways), told)
    field = Field(RACE, {})
    for _, number, index in sorted((m.at_ms, n, i) for n, way in told.items() for i, m in enumerate(way)):
        field.learn(number, told[number][: index + 1])
        field.settle()
        assert field.outlook(number, told[number][: index + 1]) == whole[number, index + 1]
