"""A device's clock, kept against the server's, on the real MicroPython."""

from typing import Any

from tests.firmware.board import says

NOW_MS = 1_795_000_000_000

ASK = """
import json, sys
from clock import Clock
rtc_ms, server_ms, until_ms, ways, drift_ppm, extra = json.loads(sys.stdin.readline())
clock, answers, utc, way = Clock(0, rtc_ms), [], [], 0
for uptime_ms in range(0, until_ms, 10):
    sent_ms = clock.question(uptime_ms)
    if sent_ms is not None and ways:
        there, back = ways[way % len(ways)]
        way += 1
        heard_ms = server_ms + (uptime_ms + there) * (1_000_000 + drift_ppm) // 1_000_000
        answers.append((uptime_ms + there + back, sent_ms, heard_ms))
        answers.extend((uptime_ms + there + back, other_ms, said_ms) for other_ms, said_ms in extra)
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
    extra: list[tuple[int, int]] | None = None,
) -> Any:
    """Run a clock that starts `ahead_ms` of the server's; each question takes `ways` ms there and back, in turn."""
    ways = [(10, 10)] if ways is None else ways
    return says(ASK, server_ms + ahead_ms, server_ms, until_ms, ways, drift_ppm, extra or [])


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


def test_a_crystal_that_drifts_is_followed_without_a_step() -> None:
    """T26: 100 ppm, a third of a second an hour."""
    ran = clock(until_ms=600_000, drift_ppm=100)
    assert abs(ran["off"]) <= 25
    assert ran["jumps"] == []


def test_a_server_that_steps_its_clock_does_not_pull_the_device_along() -> None:
    """T24: the difference is shown, the clock goes on without a jump."""
    script = ASK.replace(
        "answers.append((uptime_ms", "heard_ms += 60_000 * (uptime_ms > 30_000)\n        answers.append((uptime_ms"
    )
    ran = says(script, NOW_MS, NOW_MS, 90_000, [(10, 10)], 0, [])
    assert ran["jumps"] == []
    assert abs(ran["state"]["offset_ms"]) > 59_000


def test_a_server_whose_own_clock_was_never_set_is_no_authority() -> None:
    ran = clock(ahead_ms=NOW_MS, server_ms=1_000_000)
    assert (ran["jumps"], ran["state"]) == ([], None)


def test_an_answer_to_another_question_is_none() -> None:
    """T20: another instant sent, and the right one again."""
    assert clock(ahead_ms=5_000, extra=[(1, NOW_MS + 99_000), (NOW_MS, 5)])["off"] == 0
