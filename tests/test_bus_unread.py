"""What the bus has heard: bounded, and heard in turns."""

from dataclasses import dataclass

from live.bus_unread import BURST_S, OVERHEAD, Unread

ROOM = 1_000_000


@dataclass(frozen=True)
class Heard:
    topic: str
    payload: bytes
    packet: int = 0


def told(taken: list[Heard]) -> list[str]:
    """Return topics and payloads as text."""
    return [f"{each.topic}{each.payload.decode()}" for each in taken]


def put(unread: Unread[Heard], *texts: str) -> None:
    """Put what the text says: its first letter is the topic."""
    for text in texts:
        assert unread.put(Heard(text[0], text[1:].encode()))


def test_without_turns_all_comes_in_the_order_of_its_arrival() -> None:
    unread: Unread[Heard] = Unread(ROOM)
    put(unread, "a1", "a1", "b1", "a2")
    assert told(unread.take(3, ROOM, 0)) == ["a1", "a1", "b1"]
    assert told(unread.take(3, ROOM, 0)) == ["a2"]
    assert not unread


def test_one_that_floods_does_not_hold_up_the_others() -> None:
    unread: Unread[Heard] = Unread(ROOM, in_turns=True)
    put(unread, *(f"a{n}" for n in range(100)), "b1", "c1", "b2")
    assert told(unread.take(6, ROOM, 0)) == ["a0", "b1", "c1", "a1", "b2", "a2"]


def test_a_message_delivered_once_more_takes_the_place_of_its_earlier_delivery() -> None:
    """Only the newest delivery can be acknowledged."""
    unread: Unread[Heard] = Unread(ROOM, in_turns=True)
    for delivery in (Heard("a", b"1", 7), Heard("a", b"2", 8), Heard("a", b"1", 9)):
        assert unread.put(delivery)
    assert [each.packet for each in unread.take(10, ROOM, 0)] == [9, 8]
    assert unread.bytes == 0


def test_what_waits_is_bounded_in_bytes_and_one_that_is_larger_than_the_bound_is_taken_alone() -> None:
    unread: Unread[Heard] = Unread(2 * (OVERHEAD + 100), in_turns=True)
    assert unread.put(Heard("a", bytes(5_000)))
    assert not unread.put(Heard("b", b"1"))
    assert len(unread.take(10, ROOM, 0)) == 1
    assert unread.put(Heard("a", bytes(100)))
    assert unread.put(Heard("b", bytes(100)))
    assert not unread.put(Heard("c", b"1"))
    assert unread.put(Heard("b", bytes(100))), "once more the same needs no room"
    unread.clear()
    assert (unread.bytes, bool(unread)) == (0, False)


def test_a_turn_ends_when_it_holds_many_bytes() -> None:
    unread: Unread[Heard] = Unread(ROOM, in_turns=True)
    for number in range(10):
        assert unread.put(Heard("a", b"%d" % number + bytes(1_000)))
    assert len(unread.take(10, 4_000, 0)) == 3


def test_from_one_topic_no_more_is_taken_than_its_share_and_the_others_go_on() -> None:
    unread: Unread[Heard] = Unread(ROOM, in_turns=True, each_per_s=10)
    at_once = int(10 * BURST_S)
    put(unread, *(f"a{n}" for n in range(at_once + 30)), "b1")
    assert len(unread.take(ROOM, ROOM, 100.0)) == at_once + 1
    assert unread
    assert unread.take(ROOM, ROOM, 100.0) == []
    assert told(unread.take(ROOM, ROOM, 100.5)) == [f"a{n}" for n in range(at_once, at_once + 5)]
    put(unread, "c1")
    assert told(unread.take(ROOM, ROOM, 100.5)) == ["c1"]
    assert len(unread.take(ROOM, ROOM, 1_000.0)) == 25


def test_shares_of_many_topics_are_not_remembered_for_ever() -> None:
    unread: Unread[Heard] = Unread(ROOM, in_turns=True, each_per_s=10)
    for number in range(3_000):
        assert unread.put(Heard(f"topic-{number}", b""))
        unread.take(1, ROOM, 0)
    assert len(unread._allowances) <= 1_001
