"""A device's clock, kept against the server's, on the real MicroPython."""

from typing import Any

import pytest

from tests.firmware.board import says

NOW_MS = 1_795_000_000_000

ASK = """
import json, sys
from clock import Clock
rtc_ms, server_ms, until_ms, ways, drift_ppm, wrong = json.loads(sys.stdin.readline())
clock, answers, utc, way = Clock(0, rtc_ms), [], [], 0
for uptime_ms in range(0, until_ms, 10):
    sent_ms = clock.question(uptime_ms)
    if sent_ms is not None and ways:
        there, back = ways[way % len(ways)]
        way += 1
        heard_ms = server_ms + (uptime_ms + there) * (1_000_000 + drift_ppm) // 1_000_000
        at_ms = uptime_ms + there + back
        answers.extend((at_ms, sent_ms + wrong_ms, heard_ms + 99_000) for wrong_ms in wrong)
        answers.append((at_ms, sent_ms, heard_ms))
        answers.extend((at_ms, sent_ms, heard_ms + 99_000) for _ in wrong)
    while answers and answers[0][0] <= uptime_ms:
        at_ms, sent_ms, heard_ms = answers.pop(0)
        clock.hear(sent_ms, heard_ms, heard_ms, at_ms)
    utc.append(clock.utc(uptime_ms))
steps = [after - before for before, after in zip(utc, utc[1:])]
server_end_ms = server_ms + (until_ms - 10) * (1_000_000 + drift_ppm) // 1_000_000
print(json.dumps({
    "start": utc[0] - server_ms,
    "off": utc[-1] - server_end_ms,
    "jumps": [step for step in steps if abs(step - 10) > 5],
    "state": clock.state(until_ms),
    "set": clock.is_set,
}))
"""


def clock(
    ahead_ms: int = 0,
    until_ms: int = 60_000,
    ways: list[tuple[int, int]] | None = None,
    drift_ppm: int = 0,
    server_ms: int = NOW_MS,
    wrong: tuple[int, ...] = (),
) -> Any:
    """Run a clock that starts `ahead_ms` of the server's; each question takes `ways` ms there and back, in turn.

    Before each answer come others, to questions `wrong` ms earlier or later, and after it the same with another time.
    """
    ways = [(10, 10)] if ways is None else ways
    return says(ASK, server_ms + ahead_ms, server_ms, until_ms, ways, drift_ppm, wrong)


def test_a_clock_that_starts_in_1970_is_set_once_by_the_server() -> None:
    """T25: one jump, at the start, and none after it."""
    ran = clock(ahead_ms=-NOW_MS)
    assert ran["start"] == -NOW_MS
    assert (ran["off"], len(ran["jumps"])) == (0, 1)


def test_a_clock_37_seconds_slow_is_put_right_before_the_race() -> None:
    """T23."""
    ran = clock(ahead_ms=-37_000)
    assert (ran["off"], len(ran["jumps"])) == (0, 1)


def test_the_answer_with_the_shortest_way_says_the_time() -> None:
    """Wi-Fi that sleeps holds the others up, on one side only."""
    ran = clock(ahead_ms=5_000, ways=[(400, 10), (10, 300), (10, 10), (700, 10)])
    assert abs(ran["off"]) <= 2
    assert ran["state"]["error_ms"] <= 15


def test_without_an_answer_the_clock_runs_on_and_claims_nothing() -> None:
    ran = clock(ahead_ms=5_000, ways=[])
    assert (ran["off"], ran["jumps"], ran["state"], ran["set"]) == (5_000, [], None, False)


@pytest.mark.parametrize("drift_ppm", [100, -100])
def test_a_crystal_that_drifts_is_followed_without_a_step(drift_ppm: int) -> None:
    """T26: a third of a second an hour."""
    ran = clock(until_ms=600_000, drift_ppm=drift_ppm)
    assert abs(ran["off"]) <= 25
    assert ran["jumps"] == []


def test_a_server_that_steps_its_clock_does_not_pull_the_device_along() -> None:
    """T24: the difference is shown, the clock goes on without a jump."""
    script = ASK.replace(
        "at_ms = uptime_ms + there + back",
        "at_ms = uptime_ms + there + back; heard_ms += 60_000 * (uptime_ms > 30_000)",
    )
    ran = says(script, NOW_MS, NOW_MS, 90_000, [(10, 10)], 0, ())
    assert ran["jumps"] == []
    assert abs(ran["state"]["offset_ms"]) > 59_000


def test_a_server_whose_own_clock_was_never_set_is_no_authority() -> None:
    ran = clock(ahead_ms=NOW_MS, server_ms=1_000_000)
    assert (ran["jumps"], ran["state"]) == ([], None)


def test_an_answer_to_another_question_is_none() -> None:
    """T20: nor is a second answer to the same one."""
    assert clock(ahead_ms=5_000, wrong=(-1, 10_000))["off"] == 0
