"""The queue of what the bus has to send: nothing is lost, of state the newest arrives."""

from itertools import count

from hypothesis import given
from hypothesis import strategies as some

from live.bus_queue import BusQueue
from live.wire import Outgoing

MOST = 3


def event(number: int) -> Outgoing:
    """Return a message that must not be lost."""
    return Outgoing("events", b"%d" % number, 1)


def state(topic: str, number: int) -> Outgoing:
    """Return a message of which only the newest matters."""
    return Outgoing(topic, b"%d" % number, 1, retain=True)


class Wire:
    """A connection that numbers packets from 1, as each does."""

    def __init__(self) -> None:
        self.packets = count(1)
        self.sent: dict[int, Outgoing] = {}

    def send(self, outgoing: Outgoing) -> int:
        packet = next(self.packets)
        self.sent[packet] = outgoing
        return packet


def test_messages_go_out_in_order_and_only_so_many_at_a_time() -> None:
    queue, wire = BusQueue(MOST), Wire()
    for number in range(5):
        queue.put(event(number))
    queue.send(wire.send)
    assert list(wire.sent.values()) == [event(0), event(1), event(2)]
    assert queue.confirm(2)
    queue.send(wire.send)
    assert list(wire.sent.values())[3:] == [event(3)]
    assert len(queue) == 4


def test_what_was_under_way_when_the_connection_broke_goes_out_first() -> None:
    queue, first, second = BusQueue(MOST), Wire(), Wire()
    for number in range(4):
        queue.put(event(number))
    queue.send(first.send)
    queue.confirm(1)
    queue.take_back()
    queue.send(second.send)
    assert list(second.sent.values()) == [event(1), event(2), event(3)]


def test_a_late_confirmation_of_another_connection_confirms_nothing() -> None:
    queue, wire = BusQueue(MOST), Wire()
    queue.put(event(0))
    queue.send(wire.send)
    queue.take_back()
    assert not queue.confirm(1)
    assert len(queue) == 1


def test_its_weight_is_that_of_what_is_not_confirmed() -> None:
    queue, packets = BusQueue(2), iter(range(1, 10))
    for payload in (b"12345", b"1234567"):
        queue.put(Outgoing("boards/relay", payload, 1, retain=True))
    queue.put(Outgoing("passages/mat", b"123", 1))
    assert queue.bytes == 10
    queue.send(lambda _: next(packets))
    queue.put(Outgoing("boards/relay", b"1", 1, retain=True))
    assert queue.bytes == 11
    queue.take_back()
    assert queue.bytes == 4, "the older state is nobody's interest any more"
    queue.send(lambda _: next(packets))
    assert [queue.confirm(packet) for packet in (3, 4, 4)] == [True, True, False]
    assert (queue.bytes, len(queue)) == (0, 0)


def test_newer_state_takes_the_place_of_older_state_that_still_waits() -> None:
    queue, wire = BusQueue(MOST), Wire()
    queue.put(state("a", 1))
    queue.put(event(0))
    queue.put(state("a", 2))
    queue.send(wire.send)
    assert list(wire.sent.values()) == [state("a", 2), event(0)]


def test_state_that_was_under_way_does_not_overtake_newer_state() -> None:
    queue, first, second = BusQueue(MOST), Wire(), Wire()
    queue.put(state("a", 1))
    queue.send(first.send)
    queue.put(state("a", 2))
    queue.take_back()
    queue.send(second.send)
    assert list(second.sent.values()) == [state("a", 2)]


def test_whoever_waits_for_what_was_published_so_far_does_not_wait_for_more() -> None:
    queue, wire = BusQueue(MOST), Wire()
    queue.put(event(0))
    so_far = queue.last
    queue.put(event(1))
    queue.send(wire.send)
    assert queue.holds(so_far)
    queue.confirm(1)
    assert not queue.holds(so_far)
    assert queue.holds(queue.last)


@given(some.lists(some.sampled_from(["event", "a", "b", "send", "confirm", "break"]), max_size=60))
def test_whatever_breaks_nothing_is_lost_and_the_newest_state_comes_last(steps: list[str]) -> None:
    queue, wire = BusQueue(MOST), Wire()
    arrived: list[Outgoing] = []
    put: list[Outgoing] = []
    for number, step in enumerate([*steps, *(["send", "confirm"] * 70)]):
        if step == "send":
            queue.send(wire.send)
        elif step == "confirm" and wire.sent:
            packet = next(iter(wire.sent))
            arrived.append(wire.sent.pop(packet))
            queue.confirm(packet)
        elif step == "break":  # what was sent may have arrived, and is sent again
            arrived.extend(wire.sent.values())
            wire = Wire()
            queue.take_back()
        elif step in ("event", "a", "b"):
            put.append(event(number) if step == "event" else state(step, number))
            queue.put(put[-1])
    assert len(queue) == 0
    assert {each.payload for each in put if not each.retain} <= {each.payload for each in arrived}
    for topic in "ab":
        said = [each.payload for each in put if each.topic == topic]
        assert [each.payload for each in arrived if each.topic == topic][-1:] == said[-1:]
