"""What anybody may put on the wire, through the whole line: set aside, counted, shown with the reason."""

import asyncio
import struct
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from live.bus import Bus, BusLink
from live.messages.devices import PassageBatch
from live.rehearsal.field import Field
from live.rehearsal.folder import write_event
from live.rehearsal.simulate import simulate
from live.secrets import Secrets
from live.strict_json import to_json
from live.wire import Outgoing, Topics
from tests.conftest import DEADLINE_S, START_MS
from tests.races.doors import Http
from tests.serving import Served

Serve = Callable[..., Awaitable[Served]]
MAT = "mat-line"

HOSTILE: dict[bytes, str] = {
    b"": "no JSON",
    b"\xff\xfe\x00": "no JSON",
    b'{"v":1,"epoch":"e","passages":[{"seq":1,"chip":"\xff","at_ms":5}]}': "no JSON",
    b'{"v":1,"epoch":"e","passages":[{"seq":1,"chip":"\x00","at_ms":5}]}': "no JSON",
    b'{"v":1,"epoch":"e","passages":[{"seq":1,"chip":"\\ud800","at_ms":5}]}': "no JSON",
    b'{"v":1,"epoch":"e","passages":[{"seq":1,"chip":"1A","at_ms":1e400}]}': "no JSON",
    b'{"v":1,"epoch":"e","passages":[{"seq":1,"chip":"1A","at_ms":NaN}]}': "no JSON",
    b"[" * 10_000 + b"]" * 10_000: "no JSON",
    b'{"v":1,"epoch":"e","passages":["' + b"x" * 7_900_000 + b'"]}': "a passage that is no JSON object",
    b'{"v":1,"epoch":"e","passages":[{"seq":1,"chip":"1A","chip":"2A","at_ms":5}]}': "the member 'chip' is there twice",
    b'{"v":1,"epoch":"e","passages":[{"seq":1180591620717411303424,"chip":"1A","at_ms":5}]}': "`seq`",
    b'{"v":1,"epoch":"e","passages":[{"seq":1,"chip":"1A","at_ms":-5}]}': "`at_ms` is no whole number",
    b'{"v":1,"epoch":"e","passages":[{"seq":2,"chip":"1\\u0000A","at_ms":5}]}': "`chip` holds a control character",
    b'{"v":1,"epoch":["e"],"passages":[]}': "`epoch` is no text",
    b'{"v":2,"epoch":"e","passages":[]}': "version 2: this server understands version 1",
    b'{"v":1,"state":"offline"}': "`epoch` is no text",
}
"""What stands on the topic of passages, and what the officials are told of it."""


def shown(http: Http) -> dict[str, Any]:
    return http.get("/rejected", limit="1000")


async def until_so_many(http: Http, count: int) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while shown(http)["count"] < count:  # noqa: ASYNC110 - polled over HTTP
            await asyncio.sleep(0.05)


async def until_all_came_twice(http: Http) -> None:
    """Wait for the second of each: one that waits with its like is taken when the broker delivers it once more."""
    async with asyncio.timeout(DEADLINE_S):
        while {each["times"] for each in shown(http)["rejected"]} != {2}:  # noqa: ASYNC110 - polled over HTTP
            await asyncio.sleep(0.05)


async def until_finished(http: Http) -> None:
    """Wait for the race to have gone on: a board follows the passages it stands on."""
    async with asyncio.timeout(DEADLINE_S):
        while http.board("relay")["standings"][0]["status"] != "finished":  # noqa: ASYNC110 - polled over HTTP
            await asyncio.sleep(0.05)


async def die_with_a_will(port: int, user: str, password: str, topic: str, will: bytes) -> None:
    """Connect as a device does, in the bytes of MQTT 3.1.1, and be gone without a word: the broker speaks the will."""

    def field(value: bytes) -> bytes:
        return struct.pack(">H", len(value)) + value

    flags = 0b1100_1110  # user name, password, a will of QoS 1, a clean session
    texts = (user.encode(), topic.encode(), will, user.encode(), password.encode())
    body = field(b"MQTT") + bytes([4, flags]) + struct.pack(">H", 60) + b"".join(map(field, texts))
    length = bytes([len(body) % 128 | 0x80, len(body) // 128]) if len(body) > 127 else bytes([len(body)])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"\x10" + length + body)
    assert await reader.readexactly(4) == b"\x20\x02\x00\x00"
    writer.transport.abort()


async def test_hostile_messages_are_shown_with_their_reasons_and_the_race_goes_on(
    served: Serve, tmp_path: Path
) -> None:
    """T20, T21: also a last will on the topic of passages, which no live device could have said."""
    simulation = simulate(write_event(tmp_path / "event", Field(6, 3, 1, START_MS, gun=True)), seed=1)
    passages = tuple(each.passage for each in simulation.readings if each.passage.device == MAT)
    data, topics = tmp_path / "data", Topics(simulation.event.id)
    token, judge = Secrets(data).grant("device", MAT)[0], Secrets(data).grant("official", "judge")[0]
    running = await served(tmp_path / "event", "--data", str(data))
    link = BusLink("127.0.0.1", running.mqtt_port, MAT, token, MAT)
    with Http(running.url, judge) as http:
        async with Bus(link, topics, topics.for_device(MAT)) as bus:
            await bus.until_connected()
            for payload in (*HOSTILE, *HOSTILE):
                bus.publish(Outgoing(topics.passages(MAT), payload, qos=1))
            bus.publish(PassageBatch(MAT, passages[0].epoch, passages))
            await bus.flush()
        await until_so_many(http, len(HOSTILE))
        await until_all_came_twice(http)
        will = to_json({"v": 1, "state": "offline", "epoch": simulation.epoch})
        await die_with_a_will(running.mqtt_port, MAT, token, topics.passages(MAT), will)
        await until_so_many(http, len(HOSTILE) + 1)
        await until_finished(http)
        found = shown(http)
        assert found["count"] == len(found["rejected"]) == len(HOSTILE) + 1
        *_, first = found["rejected"]
        assert found["rejected"][0]["raw"] == will.decode()
        for kept, (payload, reason) in zip(reversed(found["rejected"][1:]), HOSTILE.items(), strict=True):
            assert reason in kept["reason"], payload[:100]
            assert (kept["times"], kept["device"]) == (2, MAT)
        assert first["topic"] == topics.passages(MAT)
        counted = Counter(each["device"] for each in http.get("/passages", limit="1000")["passages"])
        assert counted == {MAT: len(passages)}
