"""Missed passages: evidence decides, plausibility asks, the true passage undoes. T.. are cases of `docs/rules.md`."""

from typing import Any

from live.messages.decisions import AddCrossing, ResolveDoubt, Revoke, SetStatus, VoidPassage
from live.programme import Course, TimingPoint
from tests.ingest.scene import Scene, entry, ms, race

LINE_ONLY = Course("boucle", 3000, True, (TimingPoint("line", 0),))
BIBS = ("12", "31", "32", "33", "34")


def relay(*bibs: str, **rules: Any) -> Scene:
    """The growing relay on a loop with the line as its only point; nobody is overdue yet."""
    scene = Scene(race(*(entry(bib) for bib in bibs or BIBS), course=LINE_ONLY, **rules))
    scene.now_ms = ms("40:00")
    return scene


def run(scene: Scene, bib: str, *ends: str, without: tuple[str, ...] = ()) -> None:
    """The team ends its laps then; who is in `without` (`1A`) is not read."""
    for number, at in enumerate(ends, start=1):
        for runner in "ABC"[:number]:
            if f"{number}{runner}" not in without:
                scene.read(f"{bib}{runner}", at)


def run_rivals(scene: Scene) -> None:
    """Four teams with laps of about thirteen minutes."""
    for bib, ends in zip(BIBS[1:], (("12:30", "25:10", "38:00"), ("13:00", "26:00", "39:30")) * 2, strict=True):
        run(scene, bib, *ends)


def asked(scene: Scene, bib: str = "12") -> tuple[str, ...]:
    """The team's doubts, but that it should have finished long ago: officials rule after two hours."""
    return tuple(doubt for doubt in scene.row(bib).doubts if not doubt.startswith("overdue"))


def wait(scene: Scene, chip: str, *instants: str) -> None:
    """The runner stands beside the mat then."""
    for at in instants:
        scene.read(chip, at)


def test_who_comes_in_with_the_runner_tells_which_lap_it_is() -> None:
    """T46: A unread at the end of lap 1; B, read waiting and then nowhere, comes in with A: that was lap 2."""
    scene = relay()
    run_rivals(scene)
    wait(scene, "12B", "10:00", "12:20")
    run(scene, "12", "12:40", "26:00", without=("1A",))
    row = scene.row("12")
    assert (row.laps, row.lap_qualities, row.missing) == (2, "em", ())
    assert scene.laps("12") == [13 * 60, 13 * 60]
    assert row.doubts == (f"estimated-passage/relay/12/1/{ms('13:00')}",)


def test_the_unread_lap_is_placed_after_the_team_mate_was_last_read_waiting() -> None:
    """T46: while B still waits the exchange has not been."""
    scene = relay()
    run_rivals(scene)
    wait(scene, "12B", "10:00", "14:10")
    run(scene, "12", "14:20", "26:00", without=("1A",))
    assert scene.laps("12") == [14 * 60 + 10, 11 * 60 + 50]


def test_nobody_else_need_have_run_yet() -> None:
    """T46: the first team of the day: 27 minutes are more than a lap, and B has been nowhere for thirteen of them."""
    scene = relay("12")
    wait(scene, "12B", "13:00")
    run(scene, "12", "13:10", "27:00", without=("1A",))
    assert scene.row("12").lap_qualities == "em"


def test_a_slow_runner_whose_team_mate_stands_beside_the_mat_has_run_one_lap() -> None:
    """T46: B was read a few minutes before: he has not been running."""
    scene = relay()
    run_rivals(scene)
    wait(scene, "12B", "10:00", "20:00")
    scene.read("12A", "26:00")
    scene.read("12B", "26:00")
    row = scene.row("12")
    assert (row.laps, row.lap_qualities, row.doubts) == (1, "m", ())


def test_without_evidence_it_is_a_doubt_with_a_repair() -> None:
    """T46: B was never read waiting: perhaps A was slow. An official is asked, and nothing is invented."""
    scene = relay()
    run_rivals(scene)
    run(scene, "12", "13:00", "26:00", without=("1A",))
    assert scene.row("12").laps == 1
    (doubt,) = scene.card("12")["doubts"]
    assert (doubt["kind"], doubt["lap"], doubt["runner"]) == ("missed_passage", 1, "A")
    assert doubt["repair"] == {
        "type": "add_crossing",
        "race": "relay",
        "bib": "12",
        "runner": "A",
        "point": "line",
        "crossed_at_ms": ms("13:00"),
    }
    scene.rule(AddCrossing("relay", "12", ms("13:00"), "A", "line"))
    assert (scene.row("12").lap_qualities, scene.row("12").doubts) == ("cm", ())


def test_the_true_passage_that_arrives_late_undoes_the_estimate() -> None:
    """T13, T46: measured takes the place of estimated, by itself."""
    scene = relay()
    run_rivals(scene)
    wait(scene, "12B", "12:20")
    run(scene, "12", "12:40", "26:00", without=("1A",))
    assert scene.row("12").lap_qualities == "em"
    scene.read("12A", "12:40")
    row = scene.row("12")
    assert (row.lap_qualities, row.doubts, scene.laps("12")) == ("mm", (), [760, 800])


def test_c_who_goes_on_waiting_says_that_lap_three_has_not_begun() -> None:
    """T46: B came back in time for a slow A; C beside the mat five minutes later is the proof."""
    scene = relay()
    run_rivals(scene)
    wait(scene, "12B", "10:00")
    scene.read("12A", "26:00")
    scene.read("12B", "26:00")
    assert scene.row("12").lap_qualities == "em"
    scene.read("12C", "31:00")
    assert scene.row("12").lap_qualities == "m"


def test_two_laps_in_a_row_may_be_unread() -> None:
    """T13: C, who comes in with A and B, has run lap 3; both laps before it are placed."""
    scene = relay()
    run_rivals(scene)
    wait(scene, "12B", "12:50")
    wait(scene, "12C", "25:30")
    run(scene, "12", "13:00", "26:00", "39:00", without=("1A", "2A", "2B"))
    row = scene.row("12")
    assert (row.laps, row.status, row.lap_qualities) == (3, "finished", "eem")
    assert scene.laps("12") == [780, 780, 780]


def test_in_an_ordinary_relay_the_next_runner_proves_the_exchange() -> None:
    """T46: 1 unread at the exchange; 2, read waiting and then nowhere for thirteen minutes, has run lap 2."""
    bibs = ("5", "6", "7")
    scene = Scene(race(*(entry(bib, "123") for bib in bibs), legs=(("1",), ("2",), ("3",)), course=LINE_ONLY))
    for bib in ("6", "7"):
        for runner, at in zip("123", ("13:00", "26:00", "39:00"), strict=True):
            scene.read(f"{bib}{runner}", at)
    wait(scene, "52", "12:00")
    scene.read("52", "26:30")
    assert scene.row("5").lap_qualities == "em"
    scene.read("53", "39:00")
    assert (scene.row("5").status, scene.row("5").lap_qualities) == ("finished", "emm")


def test_a_lap_that_began_unread_may_have_ended_unread_too() -> None:
    """T13: km 1 proves lap 1; 3, read waiting and then nowhere, comes in with 2: live as from the whole journal."""
    legs = (("1",), ("2",), ("3",))
    live, late = (Scene(race(entry("5", "123"), legs=legs)) for _ in range(2))
    reads = (("51", "7:00", "mat-km1"), ("53", "21:30", "mat-line"), ("52", "27:30", "mat-km1"))
    for chip, at, device in (*reads, ("52", "46:08", "mat-line"), ("53", "46:10", "mat-line")):
        for scene in (live, late):
            scene.read(chip, at, device)
        live.board()
    assert live.row("5") == late.row("5")
    assert (live.row("5").lap_qualities, live.row("5").status) == ("eem", "finished")


def test_a_lap_that_began_unread_is_looked_at_again_when_the_field_moves() -> None:
    """T46: only the rivals say that twenty minutes are too long for that lap."""
    legs = (("1",), ("2",), ("3",))
    live, late = (Scene(race(*(entry(bib, "123") for bib in "567"), legs=legs)) for _ in range(2))
    slow = (("51", "9:00", "mat-km1"), ("53", "32:00", "mat-line"), ("52", "42:00", "mat-km1"))
    rivals = [(f"{bib}{n}", f"{11 * n}:0{bib}", "mat-line") for n in (1, 2) for bib in "67"]
    for chip, at, device in (*slow, ("52", "54:00", "mat-line"), ("53", "54:02", "mat-line"), *rivals):
        for scene in (live, late):
            scene.read(chip, at, device)
        live.board()
    assert live.row("5") == late.row("5")
    assert live.row("5").lap_qualities == "eem"


def test_a_lap_twice_as_long_as_the_others_of_a_single_runner_is_a_doubt() -> None:
    """A lap above 1.7 times both his other laps and his rivals' same lap asks; nobody else's does."""
    bibs = [str(n) for n in range(1, 8)]
    scene = Scene(race(*(entry(bib, "R") for bib in bibs), legs=(("R",),), repeat=5, course=LINE_ONLY))
    scene.now_ms = ms("70:00")
    for bib in bibs:
        for lap in range(1, 6):
            if (bib, lap) != ("4", 3):
                scene.read(f"{bib}R", lap * 780_000 + int(bib) * 1_000)
    assert {bib: [d.split("/")[0] for d in scene.row(bib).doubts] for bib in bibs if scene.row(bib).doubts} == {
        "4": ["missed-passage"]
    }
    (doubt,) = scene.card("4")["doubts"]
    assert (doubt["lap"], doubt["at_ms"]) == (3, ms(3 * 780_000 + 4_000))


def test_a_slow_team_among_fast_ones_is_no_doubt() -> None:
    """Its own other laps say that it is slow."""
    scene = relay()
    run_rivals(scene)
    run(scene, "12", "24:00", "47:00", "71:00")
    assert scene.row("12").doubts == ()


def test_a_weak_b_is_no_doubt() -> None:
    """1.8 times A's lap, but nothing out of the ordinary for that lap."""
    scene = relay()
    run_rivals(scene)
    run(scene, "12", "10:00", "26:00")
    assert scene.row("12").doubts == ()


def test_an_official_s_time_holds_against_the_true_passage_that_comes_later() -> None:
    """T81: he had added the crossing; the mat delivers its own, half a minute earlier: no lap of thirty seconds."""
    scene = relay()
    scene.rule(AddCrossing("relay", "12", ms("13:30"), "A", "line"))
    scene.read("12A", "13:00")
    run(scene, "12", "13:30", "26:00", without=("1A",))
    assert (scene.row("12").lap_qualities, scene.laps("12")[0]) == ("cm", 810)
    assert scene.verdicts("12")[0] == ("A", "ignored", "official_time", 1)


def test_too_fast_is_a_doubt_and_so_is_who_is_seen_after_he_retired() -> None:
    """T62, T73, T42: the official is told, with the decision that would settle it."""
    scene = relay("12", "31")
    scene.read("12A", "5:00")
    (doubt,) = scene.card("12")["doubts"]
    assert (doubt["kind"], doubt["runner"], doubt["repair"]["crossed_at_ms"]) == ("too_fast", "A", ms("5:00"))
    scene.rule(SetStatus("relay", "31", "dns"))
    scene.read("31A", "13:00")
    (doubt,) = scene.card("31")["doubts"]
    assert (doubt["kind"], doubt["repair"]["status"]) == ("seen_after_status", None)
    assert scene.row("31").status == "dns"


def test_who_retires_after_his_last_crossing_is_no_doubt() -> None:
    """T73: only what is seen later says that he runs on."""
    scene = relay("12")
    scene.read("12A", "13:00")
    scene.rule(SetStatus("relay", "12", "dnf"), at="20:00")
    assert scene.row("12").doubts == ()
    scene.read("12A", "27:00")
    assert scene.row("12").doubts == ("seen-after-status/relay/12/dnf",)


def test_somebody_still_unseen_at_the_finish_becomes_a_doubt_when_the_wait_is_over() -> None:
    """T54: within the two minutes they are still arriving."""
    scene = relay("12")
    run(scene, "12", "13:00", "26:00", "39:00", without=("3C",))
    scene.now_ms = ms("41:00") - 1
    assert (scene.row("12").missing, scene.row("12").doubts) == (("C",), ())
    assert scene.meeting.next_tick_ms(scene.now_ms) == ms("41:00")
    scene.now_ms = ms("41:00")
    assert scene.row("12").doubts == ("unseen/relay/12/3",)


def test_the_wait_for_who_is_unseen_ends_before_who_is_still_out_would_be_overdue() -> None:
    """T54: each lap's end says when the next one is overdue, the last one's when the wait is over."""
    scene = relay("12")
    run(scene, "12", "13:00", "26:00")
    scene.now_ms = ms("27:00")
    scene.board()
    assert scene.meeting.next_tick_ms(scene.now_ms) == ms("42:15") + 1
    scene.read("12A", "39:00")
    scene.read("12B", "39:00")
    scene.now_ms = ms("40:00")
    scene.board()
    assert scene.meeting.next_tick_ms(scene.now_ms) == ms("41:00")


def test_a_team_that_should_have_finished_long_ago_is_a_doubt_and_can_be_let_in() -> None:
    """T13: the line was blind when it came in, or it has stopped; an official who saw it accepts the expected time."""
    scene = relay()
    run_rivals(scene)
    run(scene, "12", "13:00", "26:00")
    assert scene.row("12").doubts == ()
    expected = scene.row("12").finish
    assert expected is not None
    scene.now_ms = ms("50:00")
    (doubt,) = scene.card("12")["doubts"]
    assert (doubt["kind"], doubt["lap"], doubt["repair"]["crossed_at_ms"]) == ("overdue", 3, expected.at_ms)
    scene.rule(ResolveDoubt(doubt["id"], True))
    row = scene.row("12")
    assert (row.status, row.lap_qualities, row.at_ms, row.missing) == ("finished", "mmc", expected.at_ms, ())
    for runner in "ABC":
        scene.read(f"12{runner}", "39:10")
    assert (scene.row("12").lap_qualities, scene.laps("12")[2]) == ("mmm", 13 * 60 + 10)


def test_what_an_official_answers_holds_until_the_true_passage_comes() -> None:
    """T46, T86: accepted, the unread lap has ended there; refused, it was one lap; taken back, he is asked again."""
    scene = relay()
    run_rivals(scene)
    run(scene, "12", "13:00", "26:00", without=("1A",))
    (doubt,) = asked(scene)
    accepted = scene.rule(ResolveDoubt(doubt, True))
    assert (scene.row("12").lap_qualities, asked(scene)) == ("cm", ())
    scene.read("12A", "12:50")
    assert (scene.row("12").lap_qualities, scene.laps("12")) == ("mm", [770, 790])
    scene.rule(VoidPassage("mat-line", "e1", scene.seqs["mat-line"]))
    scene.rule(Revoke(accepted))
    assert asked(scene) == (doubt,)
    scene.rule(ResolveDoubt(doubt, False))
    assert (scene.row("12").lap_qualities, asked(scene)) == ("m", ())


def test_an_estimate_is_confirmed_or_refused_by_an_official() -> None:
    """T46, T77: confirmed it is corrected; refused, it was one lap."""
    scene = relay()
    run_rivals(scene)
    wait(scene, "12B", "10:00", "12:20")
    run(scene, "12", "12:40", "26:00", without=("1A",))
    (estimated,) = asked(scene)
    confirmed = scene.rule(ResolveDoubt(estimated, True))
    assert (scene.row("12").lap_qualities, asked(scene)) == ("cm", ())
    assert "confirmed_unread" in {each["reason"]["code"] for each in scene.card("12")["crossings"]}
    scene.rule(Revoke(confirmed))
    scene.rule(ResolveDoubt(estimated, False))
    assert (scene.row("12").lap_qualities, asked(scene)) == ("m", ())


def test_a_late_crossing_that_is_accepted_ends_its_lap_and_unseen_runners_are_waived() -> None:
    """T54, T60b: B, lame, ended lap 2 after all; C was there at the finish, says the official."""
    scene = relay("12")
    run(scene, "12", "13:00", "27:00", without=("2B",))
    scene.read("12B", "34:30")
    run_on = scene.rule(ResolveDoubt("late-crossing/relay/12/2/B", True))
    assert (scene.laps("12"), scene.row("12").incomplete) == ([780, 21 * 60 + 30], ())
    scene.rule(Revoke(run_on))
    assert (scene.laps("12"), scene.row("12").incomplete) == ([780, 840], (2,))
    for runner in "AB":
        scene.read(f"12{runner}", "42:00")
    scene.now_ms = ms("45:00")
    assert scene.row("12").provisional
    scene.rule(ResolveDoubt("unseen/relay/12/3", True))
    assert (scene.row("12").provisional, scene.row("12").missing) == (False, ())


def test_a_late_crossing_that_is_accepted_is_of_its_lap_alone() -> None:
    """T60b: it counts, and says so; A, a second later, ends lap 3 without B."""
    scene = relay("12")
    run(scene, "12", "13:00", "27:00", without=("2B",))
    scene.read("12B", "41:00")
    scene.rule(ResolveDoubt("late-crossing/relay/12/2/B", True))
    assert scene.verdicts("12")[-1] == ("B", "counted", "crossing", 2)
    scene.read("12A", "41:01")
    row = scene.row("12")
    assert (row.laps, row.missing, scene.verdicts("12")[-2:]) == (
        3,
        ("B", "C"),
        [("B", "counted", "crossing", 2), ("A", "counted", "crossing", 3)],
    )


def test_a_line_that_was_blind_for_most_teams_is_found_out_by_those_that_it_saw() -> None:
    """T13: six of eight unread at the end of lap 1, B read waiting before: the other two say how long a lap is."""
    scene = relay(*"12345678")
    for n, bib in enumerate("12345678"):
        ends = (f"{12 + n % 3}:{20 + n}", f"{25 + n % 3}:{10 + n}", f"{38 + n % 3}:{n + 10}")
        wait(scene, f"{bib}B", "6:00", "11:30")
        run(scene, bib, *ends, without=() if bib in "18" else ("1A",))
    assert {bib: scene.row(bib).lap_qualities for bib in "12345678"} == {
        **dict.fromkeys("18", "mmm"),
        **dict.fromkeys("234567", "emm"),
    }


def test_a_line_that_was_blind_for_everybody_is_found_out_by_the_laps_that_follow() -> None:
    """T13: nobody's lap 1 was seen to end; each team's own lap 2 says that it was two."""
    scene = relay(*"123")
    for n, bib in enumerate("123"):
        wait(scene, f"{bib}B", "6:00", "11:00")
        run(scene, bib, "12:20", f"24:{40 + n}", f"37:{n:02}", without=("1A",))
    assert {scene.row(bib).lap_qualities for bib in "123"} == {"emm"}
