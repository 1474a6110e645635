"""The embedded broker: who may say what, what it survives, and that it never outlives us."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import stat
import sys
from pathlib import Path

import pytest

from live.broker import Broker, BrokerDamaged, BrokerFailed
from live.bus import Bus, BusLink, BusRefused, Delivery
from live.messages.devices import DeviceStatus, Passage, PassageBatch, Stored
from live.programme import Event
from live.wire import Outgoing
from tests.conftest import DEADLINE_S, RunningBroker, free_port, until


def passage(seq: int, device: str = "mat-line") -> PassageBatch:
    """Return a message with one passage."""
    return PassageBatch(device, "e1", (Passage(device, "e1", seq, at_ms=1_000 + seq, chip="1A"),))


def ingest(broker: RunningBroker) -> Bus:
    """Return a bus with ingest's persistent session."""
    return Bus(broker.link("ingest"), broker.topics, broker.topics.for_ingest, persistent=True)


async def take(bus: Bus, count: int) -> list[Delivery]:
    """Return the next deliveries, acknowledged: at least `count`."""
    taken: list[Delivery] = []
    async with asyncio.timeout(DEADLINE_S):
        while len(taken) < count:
            async for batch in bus.deliveries():
                for delivery in batch:
                    delivery.ack()
                taken += batch
                break
    return taken


# --- who may say what -------------------------------------------------------------------------------------------


async def test_a_device_speaks_for_itself_alone(broker: RunningBroker) -> None:
    """What it says in another's name, forges or decides is nobody's to hear."""
    topics = broker.topics
    async with ingest(broker) as heard, Bus(broker.link("web"), topics, topics.for_web("web")) as web:
        await heard.until_connected()
        await web.until_connected()
        async with Bus(broker.link("mat-line"), topics, ()) as rogue:
            for topic in (
                topics.passages("mat-km1"),
                topics.device("mat-km1"),
                topics.stored("mat-line"),
                topics.stored("mat-km1"),
                topics.decisions("marie"),
                f"{topics.root}boards/relay",
                f"{topics.root}verdicts",
                f"{topics.root}health/ingest",
                f"{topics.root}asks/web",
                "live/another-race/passages/mat-line",
                "$JS/API/STREAM/PURGE/$MQTT_msgs",
            ):
                rogue.publish(Outgoing(topic, b"forged", 1, retain=True))
            rogue.publish(passage(1))
            await rogue.flush()
        [delivery] = await take(heard, 1)
        heard.publish(Stored("mat-line", "e1", 1))
        [stored] = await take(web, 1)
    assert (delivery.topic, stored.topic) == (topics.passages("mat-line"), topics.stored("mat-line"))
    assert b"forged" not in delivery.payload + stored.payload


@pytest.mark.parametrize(
    "filter", ["#", "live/#", "live/test-race/passages/+", "live/test-race/stored/mat-km1", "$SYS/#"]
)
async def test_a_device_hears_what_is_for_it_alone(broker: RunningBroker, filter: str) -> None:
    async with Bus(broker.link("mat-line"), broker.topics, [(filter, 1)]) as nosy:
        with pytest.raises(BusRefused):
            await nosy.until_connected()


@pytest.mark.parametrize(("user", "password"), [("", ""), ("mat-line", "wrong"), ("nobody", "x"), ("admin", "")])
async def test_nobody_comes_in_without_his_password(broker: RunningBroker, user: str, password: str) -> None:
    link = BusLink("127.0.0.1", broker.port, user, password, "someone")
    async with Bus(link, broker.topics, ()) as bus:
        await until(lambda: bus.refusal is not None, "the refusal")
        assert not bus.connected


async def test_a_revoked_device_is_cut_off_and_the_others_stay(broker: RunningBroker) -> None:
    topics = broker.topics
    async with (
        Bus(broker.link("mat-line"), topics, ()) as revoked,
        Bus(broker.link("mat-km1"), topics, ()) as other,
        Bus(broker.link("web"), topics, ()) as web,
    ):
        for bus in (revoked, other, web):
            await bus.until_connected()
        await broker.server.reload([user for user in broker.server.users if user.name != "mat-line"])
        await until(lambda: revoked.refusal is not None, "the revocation to take effect")
        assert not revoked.connected
        other.publish(DeviceStatus("mat-km1", "online"))
        await other.flush()
        assert (other.generation, web.generation) == (1, 1)


async def test_a_session_may_have_ten_filters_at_qos_1(broker: RunningBroker) -> None:
    """They share what the broker lets be under way: too much for each, and the third would be refused."""
    filters = [(broker.topics.stored(f"mat-{number}"), 1) for number in range(10)]
    async with Bus(broker.link("replay"), broker.topics, filters) as bus, asyncio.timeout(DEADLINE_S):
        await bus.until_connected()


async def test_a_service_may_have_several_connections(broker: RunningBroker) -> None:
    async with contextlib.AsyncExitStack() as stack:
        for number in range(4):
            link = broker.link("web", f"web-{number}")
            bus = await stack.enter_async_context(Bus(link, broker.topics, broker.topics.for_web(f"web-{number}")))
            await bus.until_connected()
            assert bus.generation == 1


async def test_the_port_for_administration_is_not_for_devices(broker: RunningBroker) -> None:
    [ports] = broker.server.folder.glob("*.ports")
    [address] = json.loads(ports.read_text())["nats"]
    host, _, port = address.removeprefix("nats://").partition(":")
    assert host == "127.0.0.1"
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b'CONNECT {"verbose":false,"user":"mat-line","pass":"secret of mat-line"}\r\nPING\r\n')
    said = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert b"PONG" not in said
    assert b"-ERR 'Authorization Violation'" in said


async def test_no_secret_is_on_disk_and_nobody_else_reads_the_configuration(broker: RunningBroker) -> None:
    config = broker.server.folder / "nats.conf"
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert stat.S_IMODE(broker.server.folder.stat().st_mode) == 0o700
    text = config.read_text()
    assert "secret of" not in text
    assert text.count("$2b$04$") == len(broker.server.users) + 2


# --- what it survives -------------------------------------------------------------------------------------------


async def test_what_it_acknowledged_survives_kill_9(broker: RunningBroker) -> None:
    async with ingest(broker) as heard:
        await heard.until_connected()
    async with Bus(broker.link("mat-line"), broker.topics, ()) as device:
        for seq in range(1, 101):
            device.publish(passage(seq))
        device.publish(DeviceStatus("mat-line", "online"))
        await device.flush()
    await broker.server.kill()
    assert not broker.server.alive
    await broker.server.start()
    async with ingest(broker) as heard:
        taken = await take(heard, 101)
    assert len({each.payload for each in taken}) == 101


async def test_users_changed_while_it_was_down_count_when_it_is_up(broker: RunningBroker) -> None:
    await broker.server.stop()
    with pytest.raises(BrokerFailed, match="does not run"):
        await broker.server.reload([])
    broker.server.users = tuple(user for user in broker.server.users if user.name != "mat-line")
    await broker.server.start()
    async with Bus(broker.link("mat-line"), broker.topics, ()) as device:
        await until(lambda: device.refusal is not None, "the refusal")


async def test_a_full_store_refuses_devices_and_lets_ingest_drain_it(tmp_path: Path, event: Event) -> None:
    """A PUBACK is given only for what is kept; with room for sessions left, the queue can be emptied."""
    running = RunningBroker(tmp_path, event, free_port())
    running.server = Broker(tmp_path, "127.0.0.1", running.port, running.users(), store_mb=16)
    await running.server.start()
    try:
        async with ingest(running) as heard:
            await heard.until_connected()
        async with Bus(running.link("mat-line"), running.topics, ()) as device:
            for seq in range(40):
                device.publish(Outgoing(running.topics.passages("mat-line"), b"%4d" % seq + bytes(600_000), 1))
            await until(lambda: device.generation > 2, "the broker to refuse")
            assert device.waiting > 0
            async with ingest(running) as heard:
                arrived: set[bytes] = set()
                while len(arrived) < 40:  # some come twice: their PUBACK was lost when the device was cut off
                    arrived |= {each.payload[:4] for each in await take(heard, 1)}
                await device.flush()
    finally:
        await running.server.stop()


# --- a damaged store --------------------------------------------------------------------------------------------


def damage(broker: RunningBroker) -> None:
    """One bit of what the broker knows of the stream of all messages is another one."""
    [file] = broker.server.folder.rglob("$MQTT_msgs/meta.inf")
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 1
    file.write_bytes(whole)


async def test_a_store_that_cannot_be_read_is_told_and_put_aside(broker: RunningBroker) -> None:
    """By itself it would take messages, and deliver none of them to anybody."""
    async with ingest(broker) as heard:
        await heard.until_connected()
    await broker.server.kill()
    damage(broker)
    with pytest.raises(BrokerDamaged, match=r"cannot read its store: .*meta\.inf"):
        await broker.server.start()
    assert not broker.server.alive
    aside = broker.server.put_store_aside()
    assert list(aside.rglob("$MQTT_msgs/meta.inf"))
    await broker.server.start()
    async with ingest(broker) as heard, Bus(broker.link("mat-line"), broker.topics, ()) as mat:
        await heard.until_connected()
        mat.publish(passage(1))
        await mat.flush()
        assert len(await take(heard, 1)) == 1


async def test_of_stores_put_aside_the_latest_is_kept(broker: RunningBroker) -> None:
    for _ in range(2):
        await broker.server.kill()
        broker.server.put_store_aside()
        await broker.server.start()
    assert sorted(each.name for each in broker.server.folder.glob("store*")) == ["store", "store-damaged"]


async def test_after_a_kill_its_store_is_not_called_damaged(broker: RunningBroker) -> None:
    async with ingest(broker) as heard, Bus(broker.link("mat-line"), broker.topics, ()) as mat:
        await heard.until_connected()
        for seq in range(1, 50):
            mat.publish(passage(seq))
        await mat.flush()
        await take(heard, 20)
        await broker.server.kill()
    await broker.server.start()
    async with ingest(broker) as heard:
        assert len(await take(heard, 29)) >= 29


# --- start and end ----------------------------------------------------------------------------------------------


async def test_a_port_that_is_taken_is_named(tmp_path: Path, event: Event) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        running = RunningBroker(tmp_path, event, taken.getsockname()[1])
        with pytest.raises(BrokerFailed, match=r"ended at once: .*address already in use"):
            await running.server.start()
    assert not running.server.alive


async def test_it_ends_when_it_is_stopped(broker: RunningBroker) -> None:
    pid = broker.server.pid
    assert pid is not None and broker.server.alive
    await broker.server.stop()
    assert not broker.server.alive
    assert broker.server.pid is None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert await broker.server.wait() == 0


async def test_one_that_hangs_is_stopped_too(broker: RunningBroker) -> None:
    assert broker.server.pid is not None
    os.kill(broker.server.pid, signal.SIGSTOP)
    await broker.server.stop()
    assert await broker.server.wait() == -signal.SIGKILL


PARENT = """
import asyncio, sys
from pathlib import Path
from live.broker import Broker

async def main():
    broker = Broker(Path(sys.argv[1]), "127.0.0.1", int(sys.argv[2]), [])
    await broker.start()
    print(broker.pid, flush=True)
    await broker.wait()

asyncio.run(main())
"""


async def test_it_dies_with_its_parent_even_by_kill_9(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(tmp_path), str(free_port()), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    parent.kill()
    await parent.wait()
    await until(lambda: _is_gone(pid), "the broker to die")


def _is_gone(pid: int) -> bool:
    """Dead, though maybe nobody has asked yet how it died."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True
