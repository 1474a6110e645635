"""Clocks of devices: what their readings tell against them, as faults and as doubts. T..: cases of `docs/rules.md`."""

from dataclasses import replace

from live.ingest.clocks import Reading, Wrong, differs_by_ms, faults

NOON_MS = 1_464_274_800_000
MINUTE_MS = 60_000


def readings(*plan: tuple[int, int, int], plausible: bool = True) -> list[Reading]:
    """Of each (how many, seconds between them, seconds that the clock is behind): heard 200 ms after they were."""
    made: list[Reading] = []
    true_ms = NOON_MS
    for count, every_s, behind_s in plan:
        for _ in range(count):
            true_ms += every_s * 1_000
            said_ms = true_ms - behind_s * 1_000
            made.append(Reading(len(made) + 1, said_ms, said_ms, true_ms + 200, plausible))
    return made


def found(made: list[Reading], goes_on: bool = True) -> list[tuple[str, int | None]]:
    return [(each.fault, each.by_ms) for each in faults(made, heard_live=True, goes_on=goes_on)]


def test_a_clock_37_seconds_slow_the_whole_day_is_found() -> None:
    """T23: never heard sooner than 37 s after it was; what is still to come is meant too."""
    made = readings((60, 11, 37))
    assert faults(made, heard_live=True) == [Wrong("behind", made[0].said_ms, None, 37_200)]
    assert faults(made, heard_live=True, goes_on=False) == [Wrong("behind", made[0].said_ms, made[-1].said_ms, 37_200)]


def test_a_right_clock_is_not_found() -> None:
    """T23: also when messages take up to nine seconds, and now and then the network is jammed for a minute."""
    made = [replace(each, heard_ms=each.at_ms + each.seq * 37 % 10 * 1_000) for each in readings((60, 11, 0))]
    made[20:28] = [replace(each, heard_ms=made[28].at_ms + each.seq) for each in made[20:28]]
    assert found(made) == []


def test_a_device_that_was_off_line_has_no_slow_clock() -> None:
    """T09: its batch is heard within seconds, however late."""
    made = readings((100, 12, 0))
    flushed = [Reading(r.seq, r.said_ms, r.at_ms, made[-1].at_ms + 600_000 + 20 * r.seq) for r in made]
    assert found(flushed) == []
    assert found([*flushed[:50], *made[50:]]) == []


def test_a_clock_ahead_of_its_reception_is_found_by_a_single_reading() -> None:
    """T32: what is heard before it was, was not then."""
    made = readings((20, 11, 0), (1, 11, -3_600), (20, 11, 0))
    wrong = made[20]
    assert faults(made, heard_live=True) == [Wrong("stepped", wrong.said_ms, wrong.said_ms, -3_599_800)]
    assert found(readings((3, 60, -43_200))) == [("ahead", -43_199_800)]


def test_a_clock_is_ahead_by_more_than_two_seconds() -> None:
    """T32: less is how far two clocks may be apart."""
    assert found(readings((3, 60, -3))) == [("ahead", -2_800)]
    assert found(readings((3, 60, -2))) == []


def test_a_few_readings_or_a_few_seconds_do_not_say_that_a_clock_is_behind() -> None:
    """T23, T09: four over a minute do; fewer may have been held up, and a batch is heard at once."""
    assert found(readings((3, 60, 37))) == []
    assert found(readings((6, 2, 37))) == []
    assert found(readings((4, 60, 37))) == [("behind", 37_200)]


def test_gaps_that_are_all_alike_are_a_clock_that_is_behind() -> None:
    """T11: whether each was heard when the next was made, nobody can tell."""
    made = [replace(each, heard_ms=each.at_ms + 11_000) for each in readings((60, 11, 0))]
    assert found(made) == [("behind", 11_000)]


def test_two_devices_differ_where_four_crossings_say_so_and_most_of_them_alike() -> None:
    """T17, T27: two of three; who types may be three seconds late."""
    assert [differs_by_ms([2_000] * n, by_hand=False) for n in (3, 4)] == [None, 2_000]
    assert differs_by_ms([2_000] * 4 + [9_000, -9_000], by_hand=False) == 2_000
    assert differs_by_ms([2_000] * 3 + [9_000, 12_000, -9_000], by_hand=False) is None
    assert [differs_by_ms([ms] * 4, by_hand=True) for ms in (3_000, 4_000)] == [None, 4_000]


def test_a_clock_that_stepped_has_two_spans_that_part_where_it_stepped() -> None:
    """T24: the first 61 readings were 90 s slow; the numbers say which."""
    for behind in ((90, 0), (0, 90), (90, 45)):
        made = readings((61, 11, behind[0]), (59, 11, behind[1]))
        parts = [made[:61], made[61:]]
        wrong = [
            Wrong("stepped", part[0].said_ms, part[-1].said_ms if part is parts[0] else None, by * 1_000 + 200)
            for part, by in zip(parts, behind, strict=True)
            if by
        ]
        assert faults(made, heard_live=True) == wrong


def test_seconds_since_power_on_are_dated_by_the_least_delay() -> None:
    """T25: one ruling for all of them, also for those to come; a second time switched on is a span of its own."""
    first = [Reading(n, 5_000 * n, 5_000 * n, NOON_MS + 5_000 * n + 90 * (3 - n), False) for n in (1, 2, 3)]
    assert faults(first, heard_live=True) == [Wrong("date", 5_000, 15_000 + 24 * 60 * MINUTE_MS, NOON_MS)]
    again = [Reading(4, 1_000, 1_000, NOON_MS + 600_000, False)]
    assert [each.by_ms for each in faults([*first, *again], heard_live=True)] == [NOON_MS, NOON_MS + 599_000]


def test_a_placeholder_that_stands_still_is_no_clock() -> None:
    """T30: midnight as "nothing yet": no shift mends it."""
    made = [Reading(n, 0, 0, NOON_MS + n * MINUTE_MS, False) for n in (1, 2, 3)]
    assert found(made) == [("date", None)]


def test_reads_that_come_one_behind_are_found() -> None:
    """T11: each was heard when the next was made, so its delay is the gap to the next; its instant is right."""
    gaps = (7, 31, 12, 55, 18, 9, 40, 23)
    at = [NOON_MS + sum(gaps[:n]) * 1_000 for n in range(len(gaps))]
    made = [Reading(n + 1, at[n], at[n], at[n + 1] + 150) for n in range(len(gaps) - 1)]
    assert faults(made, heard_live=True) == [Wrong("held_back", at[0], at[5], None)]
    live = [Reading(r.seq, r.said_ms, r.at_ms, r.at_ms + 150) for r in made]
    assert found(live) == []


def test_in_a_replay_the_instant_of_reception_says_nothing() -> None:
    """T23, T11: `clock = "facts"`: only a date that cannot be is found."""
    made = [*readings((60, 11, 37)), Reading(61, 0, 0, NOON_MS, False)]
    assert [each.fault for each in faults(made, heard_live=False)] == ["date"]
