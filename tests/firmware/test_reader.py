"""Reads into passages, on the real MicroPython."""

from typing import Any

from tests.firmware.board import says

FEED = """
import json, sys
from reader import Reader
reads, until_ms, options = json.loads(sys.stdin.readline())
reader, passages = Reader(**options), []
for now_ms in range(0, until_ms, 100):
    while reads and reads[0][1] <= now_ms:
        reader.read(*reads.pop(0))
    while passage := reader.next_passage(now_ms):
        passages.append(dict(passage, said_ms=now_ms))
print(json.dumps(passages))
"""

Read = tuple[str, int, int | None]


def passages(reads: list[Read], until_ms: int = 60_000, **options: int) -> list[dict[str, Any]]:
    """Return what a reader makes of reads (chip, instant, dBm) when it is asked every 100 ms."""
    found: list[dict[str, Any]] = says(FEED, sorted(reads, key=lambda read: read[1]), until_ms, options)
    return found


def crossing(chip: str, at_ms: int) -> list[Read]:
    """Return seven reads around the instant at which the chip is over the mat."""
    return [(chip, at_ms + 150 * step, -50 - 6 * abs(step)) for step in range(-3, 4)]


def test_one_crossing_is_one_passage_at_its_strongest_read() -> None:
    """T01: four to ten reads, one passage, at the moment nearest the line."""
    [passage] = passages(crossing("12A", 5_000))
    assert passage == {"chip": "12A", "at_ms": 5_000, "reads": 7, "rssi": -50, "said_ms": passage["said_ms"]}


def test_a_passage_is_given_when_the_chip_has_left_the_mat() -> None:
    [passage] = passages(crossing("12A", 5_000), quiet_ms=800)
    assert 5_450 + 800 <= passage["said_ms"] <= 5_450 + 900


def test_three_who_cross_together_are_three_passages_in_order_of_their_instants() -> None:
    reads = crossing("12C", 5_200) + crossing("12A", 5_000) + crossing("12B", 5_100)
    reads += [(chip, 6_000, -80) for chip in ("12C", "12B", "12A")]  # all are over the mat at once
    assert [(each["chip"], each["at_ms"]) for each in passages(reads)] == [
        ("12A", 5_000),
        ("12B", 5_100),
        ("12C", 5_200),
    ]


def test_who_stands_beside_the_mat_gives_one_passage_a_window_however_often_read() -> None:
    """T06: a waiting runner in range for ten minutes, read five times a second."""
    reads: list[Read] = [("12B", at_ms, -60) for at_ms in range(0, 600_000, 200)]
    found = passages(reads, 640_000, again_ms=30_000)
    assert len(found) <= 1 + 600_000 // 30_000
    assert sum(each["reads"] for each in found) == len(reads)


def test_who_stands_on_the_mat_is_not_waited_for() -> None:
    """The first passage comes after one window, though reads go on."""
    reads: list[Read] = [("12B", at_ms, -60) for at_ms in range(0, 20_000, 200)]
    assert passages(reads, 20_000, window_ms=3_000)[0]["said_ms"] == 3_000


def test_a_runner_who_crosses_at_last_while_lingering_is_placed_at_the_crossing() -> None:
    """Two passages: when he came into range, and when he was nearest in the window after."""
    reads: list[Read] = [("12A", at_ms, -75) for at_ms in range(0, 20_000, 200)]
    assert [each["at_ms"] for each in passages([*reads, ("12A", 20_000, -45)])] == [0, 20_000]


def test_the_next_lap_is_a_passage_of_its_own() -> None:
    reads = crossing("12A", 5_000) + crossing("12A", 45_000)
    assert [each["at_ms"] for each in passages(reads)] == [5_000, 45_000]


def test_an_antenna_that_gives_no_strength_gives_the_first_read() -> None:
    [passage] = passages([("12A", 5_000, None), ("12A", 5_300, None)])
    assert (passage["at_ms"], passage["reads"], "rssi" in passage) == (5_000, 2, False)


def test_a_scanned_code_is_a_passage_at_once() -> None:
    [passage] = passages([("12A", 5_000, None), ("12A", 5_900, None)], 30_000, quiet_ms=0, window_ms=0)
    assert (passage["at_ms"], passage["said_ms"]) == (5_000, 5_000)


def test_memory_is_bounded_and_nobody_is_forgotten_unsaid() -> None:
    """A disturbed antenna invents chips: what there is no room to remember is said early, not lost."""
    reads: list[Read] = [(f"C{number}", number, -60) for number in range(1_000)]
    found = passages(reads, 10_000, most_chips=50)
    assert sorted(each["chip"] for each in found) == sorted(f"C{number}" for number in range(1_000))
