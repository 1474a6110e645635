"""The bus against the real broker: it comes back by itself, acknowledges by hand, and never to the wrong connection."""

import asyncio
import contextlib
import gc
import os
import signal
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from live.bus import FIRST_PAUSE_S, MAX_BATCH, Bus, BusLink, BusRefused, Delivery
from live.messages.devices import DeviceStatus, Passage, PassageBatch, Stored
from live.wire import Message, Outgoing, Topics
from tests.conftest import DEADLINE_S, RunningBroker, until

CERTIFICATE = Path(__file__).parent / "data" / "localhost.pem"


def passage(seq: int) -> PassageBatch:
    """Return a message of the mat at the line with one passage."""
    return PassageBatch("mat-line", "e1", (Passage("mat-line", "e1", seq, at_ms=1_000 + seq, chip="1A"),))


async def take(bus: Bus, count: int) -> list[Delivery]:
    """Return the next deliveries, unacknowledged: at least `count`."""
    taken: list[Delivery] = []
    async with asyncio.timeout(DEADLINE_S):
        while len(taken) < count:
            async for batch in bus.deliveries():
                taken += batch
                break
    return taken


async def take_payloads(bus: Bus, count: int) -> set[bytes]:
    """Return the payloads of the next deliveries: so many different ones, however often each comes."""
    payloads: set[bytes] = set()
    async with asyncio.timeout(DEADLINE_S):
        while len(payloads) < count:
            payloads |= {each.payload for each in await take(bus, 1)}
    return payloads


def mat(broker: RunningBroker, will: Outgoing | None = None) -> Bus:
    """Return the bus of the mat at the line."""
    return Bus(broker.link("mat-line"), broker.topics, broker.topics.for_device("mat-line"), will=will)


def ingest(broker: RunningBroker) -> Bus:
    """Return a bus with ingest's persistent session."""
    return Bus(broker.link("ingest"), broker.topics, broker.topics.for_ingest, persistent=True)


async def test_a_passage_arrives_and_its_watermark_comes_back(broker: RunningBroker) -> None:
    async with ingest(broker) as heard, mat(broker) as device:
        await heard.until_connected()
        await device.until_connected()
        device.publish(passage(1))
        [delivery] = await take(heard, 1)
        delivery.ack()
        heard.publish(Stored("mat-line", "e1", 1))
        [answer] = await take(device, 1)
        answer.ack()
    assert broker.topics.decode(delivery.topic, delivery.payload) == passage(1)
    assert broker.topics.decode(answer.topic, answer.payload) == Stored("mat-line", "e1", 1)
    assert not delivery.retained


async def test_state_is_retained_for_whoever_comes_later(broker: RunningBroker) -> None:
    async with mat(broker) as device:
        device.publish(DeviceStatus("mat-line", "online"))
        await device.flush()
    async with ingest(broker) as heard:
        [delivery] = await take(heard, 1)
    assert delivery.retained


async def test_what_was_not_acknowledged_comes_again_and_what_was_does_not(broker: RunningBroker) -> None:
    async with ingest(broker) as heard, mat(broker) as device:
        await heard.until_connected()
        for seq in range(1, 4):
            device.publish(passage(seq))
        first, second, third = await take(heard, 3)
        first.ack()
        third.ack()
        heard.publish(Stored("mat-line", "e", 1))
        await heard.flush()  # what the broker confirms behind them has not overtaken them
    async with ingest(broker) as heard:
        [again] = await take(heard, 1)
    assert again.payload == second.payload


async def test_an_acknowledgement_from_before_a_reconnect_does_nothing(broker: RunningBroker) -> None:
    """The broker numbers packets from 1 again: the old numbers are now other messages."""
    async with ingest(broker) as heard, mat(broker) as device:
        await heard.until_connected()
        for seq in range(1, 11):
            device.publish(passage(seq))
        stale = await take(heard, 10)
        await broker.server.kill()
        await broker.server.start()
        await until(lambda: heard.generation == 2 and heard.connected, "the second connection")
        for delivery in stale:
            delivery.ack()
        sent = {each.payload for each in stale}
        assert await take_payloads(heard, 10) == sent
    async with ingest(broker) as heard:
        assert await take_payloads(heard, 10) == sent


async def test_it_waits_for_a_broker_that_is_not_there_yet(broker: RunningBroker) -> None:
    await broker.server.stop()
    async with mat(broker) as device:
        device.publish(DeviceStatus("mat-line", "online"))
        assert not device.connected
        await broker.server.start()
        await device.flush()
        assert device.connected


async def test_what_was_published_while_the_broker_was_away_arrives_when_it_is_back(broker: RunningBroker) -> None:
    """T22: nothing is lost; of a retained topic only the newest is sent."""
    async with ingest(broker) as heard, mat(broker) as device:
        await heard.until_connected()
        await device.until_connected()
        await broker.server.kill()
        await until(lambda: not device.connected, "the device to notice")
        for seq in range(1, 101):
            device.publish(passage(seq))
            device.publish(DeviceStatus("mat-line", "online", queued=seq))
        assert device.waiting == 101
        await broker.server.start()
        await device.flush()
        taken = await take_payloads(heard, 101)
    expected: list[Message] = [DeviceStatus("mat-line", "online", queued=100), *map(passage, range(1, 101))]
    assert taken == {broker.topics.encode(each).payload for each in expected}


async def test_what_was_flushed_survives_kill_9_of_the_broker(broker: RunningBroker) -> None:
    async with ingest(broker) as heard:
        await heard.until_connected()
    async with mat(broker) as device:
        for seq in range(1, 201):
            device.publish(passage(seq))
        await device.flush()
        await broker.server.kill()
    await broker.server.start()
    async with ingest(broker) as heard:
        taken = await take_payloads(heard, 200)
    assert taken == {broker.topics.encode(passage(seq)).payload for seq in range(1, 201)}


async def test_many_deliveries_come_in_bounded_batches(broker: RunningBroker) -> None:
    async with ingest(broker) as heard, mat(broker) as device:
        await heard.until_connected()
        sizes: list[int] = []
        for seq in range(1, 1_201):
            device.publish(passage(seq))
        async for batch in heard.deliveries():
            sizes.append(len(batch))
            for delivery in batch:
                delivery.ack()
            if sum(sizes) == 1_200:
                break
    assert max(sizes) <= MAX_BATCH


async def test_one_that_floods_is_heard_in_turns_with_the_others(broker: RunningBroker) -> None:
    async with ingest(broker) as heard, mat(broker) as mad, Bus(broker.link("mat-km1"), broker.topics, ()) as other:
        await heard.until_connected()
        for seq in range(1, 301):
            mad.publish(passage(seq))
        await mad.flush()
        other.publish(PassageBatch("mat-km1", "e1", (Passage("mat-km1", "e1", 1, at_ms=1_000, chip="1A"),)))
        await other.flush()
        await until(lambda: len([each for each in heard._unread if each.topic.endswith("mat-km1")]) == 1, "the other's")
        async for batch in heard.deliveries(2):
            assert {each.topic.rpartition("/")[2] for each in batch} == {"mat-line", "mat-km1"}
            break


async def test_what_does_not_fit_into_memory_stays_with_the_broker(
    broker: RunningBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a full disk holds ingest up: bounded in bytes, the connection stays, and all of it comes in the end."""
    monkeypatch.setattr("live.bus.MAX_UNREAD_BYTES", 100_000)
    async with ingest(broker) as heard, mat(broker) as device:
        await heard.until_connected()
        payloads = {b"%2d" % number + bytes(20_000) for number in range(20)}
        for payload in payloads:
            device.publish(Outgoing(broker.topics.passages("mat-line"), payload, 1))
        await device.flush()
        await until(lambda: heard._unread.bytes > 80_000, "its memory to fill")
        arrived: set[bytes] = set()
        async with asyncio.timeout(DEADLINE_S):
            while arrived != payloads:
                assert heard._unread.bytes <= 100_000
                for delivery in await take(heard, 1):
                    delivery.ack()
                    arrived.add(delivery.payload)
        assert heard.generation == 1


async def test_a_new_session_forgets_what_the_broker_held(broker: RunningBroker) -> None:
    async with ingest(broker) as heard, mat(broker) as device:
        await heard.until_connected()
        device.publish(passage(1))
        await take(heard, 1)  # and does not acknowledge it
        heard.reconnect(new_session=True)
        await until(lambda: heard.generation == 2 and heard.connected, "the new session")
        device.publish(passage(2))
        [delivery] = await take(heard, 1)
        assert delivery.payload == broker.topics.encode(passage(2)).payload
        heard.reconnect()
        await until(lambda: heard.generation == 3 and heard.connected, "the same session again")
        assert (await take(heard, 1))[0].payload == delivery.payload


async def test_a_refused_filter_is_fatal_and_named(broker: RunningBroker) -> None:
    async with Bus(broker.link("mat-line"), broker.topics, broker.topics.for_ingest) as bus:
        bus.publish(DeviceStatus("mat-line", "online"))
        for wait in (bus.until_connected(), bus.flush(), take(bus, 1)):
            with pytest.raises(BusRefused, match="refuses mat-line the topics live/test-race/passages/"):
                await wait


async def test_refused_credentials_are_said_and_tried_again(
    broker: RunningBroker, caplog: pytest.LogCaptureFixture
) -> None:
    """A token that the broker does not know yet, or no more, must not end a device."""
    everybody = broker.users()
    await broker.server.reload([user for user in everybody if user.name != "mat-line"])
    async with mat(broker) as device:
        await until(lambda: device.refusal is not None, "the refusal")
        await asyncio.sleep(0.5)  # some more attempts: they are not said again
        await broker.server.reload(everybody)
        async with asyncio.timeout(DEADLINE_S):
            await device.until_connected()
        assert device.refusal is None
    assert len([each for each in caplog.records if "refuses mat-line" in each.getMessage()]) == 1


async def test_a_broken_connection_speaks_the_last_will(broker: RunningBroker) -> None:
    will = broker.topics.encode(DeviceStatus("mat-line", "offline"))
    async with ingest(broker) as heard, through_proxy(broker.port) as proxy:
        await heard.until_connected()
        link = BusLink("127.0.0.1", proxy.port, "mat-line", "secret of mat-line", "mat-line")
        async with Bus(link, broker.topics, (), will=will) as device:
            await device.until_connected()
            proxy.cut()
            [delivery] = await take(heard, 1)
    assert broker.topics.decode(delivery.topic, delivery.payload) == DeviceStatus("mat-line", "offline")


async def test_a_good_bye_speaks_no_last_will(broker: RunningBroker) -> None:
    async with ingest(broker) as heard:
        await heard.until_connected()
        async with mat(broker, will=broker.topics.encode(DeviceStatus("mat-line", "offline"))) as device:
            await device.until_connected()
        async with mat(broker) as device:
            device.publish(passage(1))
            [delivery] = await take(heard, 1)
    assert "passages" in delivery.topic


async def test_three_hundred_devices_fit_in_one_process(broker: RunningBroker) -> None:
    links = [broker.link("replay", f"replay-{number}") for number in range(300)]
    async with ingest(broker) as heard, contextlib.AsyncExitStack() as stack:
        await heard.until_connected()
        for link in links:
            bus = await stack.enter_async_context(Bus(link, broker.topics, [(broker.topics.stored("mat-line"), 1)]))
            bus.publish(Outgoing(broker.topics.passages("mat-line"), link.client_id.encode(), 1))
        taken = await take_payloads(heard, 300)
    assert {each.decode() for each in taken} == {link.client_id for link in links}


async def test_nothing_stays_behind_in_tls(broker: RunningBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    """What OpenSSL has decrypted already wakes nobody: without reading on, the last messages never come."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(CERTIFICATE)
    devices = {f"mat-{number}" for number in range(300)}
    async with Bus(broker.link("replay"), broker.topics, ()) as bus:
        for device in devices:
            bus.publish(DeviceStatus(device, "online"))
        await bus.flush()
    async with through_proxy(broker.port, server) as proxy:
        never_pings = BusLink("localhost", proxy.port, "web", "secret of web", "web", keepalive_s=3_600, tls=True)
        async with Bus(never_pings, broker.topics, [(f"{broker.topics.root}devices/+", 0)]) as bus:
            taken = await take(bus, 300)
    assert {each.topic.rsplit("/")[-1] for each in taken} == devices


@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")  # paho leaves it to the collector
async def test_an_untrusted_certificate_is_refused_and_said(broker: RunningBroker) -> None:
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(CERTIFICATE)
    async with through_proxy(broker.port, server) as proxy:
        link = BusLink.parse(f"mqtts://localhost:{proxy.port}", client_id="mat-line")
        async with Bus(link, broker.topics, ()) as bus:
            await until(lambda: bus.refusal is not None, "the refusal")
            assert "CERTIFICATE_VERIFY_FAILED" in str(bus.refusal)
    gc.collect()


async def test_after_many_interruptions_it_still_comes_back_at_once(
    broker: RunningBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pause grows while nobody answers; a connection that was good ends that."""
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def noted(seconds: float) -> None:
        if seconds >= FIRST_PAUSE_S / 2:
            pauses.append(seconds)
        await sleep(min(seconds, 0.01))

    async with through_proxy(broker.port) as proxy:
        link = BusLink("127.0.0.1", proxy.port, "mat-line", "secret of mat-line", "mat-line")
        async with Bus(link, broker.topics, ()) as device:
            await device.until_connected()
            monkeypatch.setattr(asyncio, "sleep", noted)
            for generation in range(2, 8):
                proxy.cut()
                async with asyncio.timeout(DEADLINE_S):
                    while device.generation < generation or not device.connected:
                        await sleep(0.01)
    assert len(pauses) == 6
    assert max(pauses) <= FIRST_PAUSE_S


@pytest.mark.deep
async def test_a_broker_that_hangs_is_noticed(broker: RunningBroker) -> None:
    async with mat(broker) as device:
        await device.until_connected()
        assert broker.server.pid is not None
        os.kill(broker.server.pid, signal.SIGSTOP)
        try:
            await until(lambda: not device.connected, "the device to notice")
        finally:
            os.kill(broker.server.pid, signal.SIGCONT)
        async with asyncio.timeout(DEADLINE_S):
            await device.until_connected()


@pytest.mark.parametrize(
    "topic",
    ["live/test-race/passages/mat line", "live/+/x", "live/#", "live/\0"],
)
async def test_a_topic_that_would_lock_the_broker_is_never_sent(topic: str) -> None:
    bus = Bus(BusLink("127.0.0.1", 1, "u", "p", "c"), Topics("test-race"), ())
    with pytest.raises(ValueError, match="no topic to publish on"):
        bus.publish(Outgoing(topic, b"", 1))


async def test_a_message_that_the_broker_would_not_take_is_never_sent() -> None:
    bus = Bus(BusLink("127.0.0.1", 1, "u", "p", "c"), Topics("test-race"), ())
    with pytest.raises(ValueError, match=r"the broker takes 8,000,000"):
        bus.publish(Outgoing("live/test-race/x", bytes(8_000_001), 1))


async def test_a_broker_that_says_nothing_of_our_filters_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes us and answers pings: without a deadline nothing would ever be sent or heard."""
    monkeypatch.setattr("live.bus_connection.HANDSHAKE_S", 0.5)
    connections = asyncio.Semaphore(0)

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1_000)
        writer.write(b"\x20\x02\x00\x00")  # CONNACK
        connections.release()
        while await reader.read(1_000):
            pass
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        async with Bus(BusLink("127.0.0.1", port, "u", "p", "c"), Topics("test-race"), [("x", 0)]):
            async with asyncio.timeout(DEADLINE_S):
                await connections.acquire()
                await connections.acquire()


def test_a_broker_is_read_from_its_address() -> None:
    link = BusLink.parse("mqtt://us%40er:pa%3Ass@race.example", client_id="c", user="other", password="other")
    assert link == BusLink("race.example", 1883, "us@er", "pa:ss", "c")
    assert BusLink.parse("mqtts://race.example", client_id="c", user="u").port == 8883
    assert BusLink.parse("mqtt://127.0.0.1:18", client_id="c", user="u").user == "u"
    assert "pa:ss" not in repr(link)


@pytest.mark.parametrize("address", ["http://race.example", "race.example:1883", "mqtt://", "mqtt://h/path"])
def test_an_address_that_is_no_broker_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="is no broker: write mqtt://host:port"):
        BusLink.parse(address, client_id="c")


# --- a stretch of bad network -----------------------------------------------------------------------------------


class Proxy:
    """A TCP connection to the broker that can be cut."""

    def __init__(self, port: int, cut: Callable[[], None]) -> None:
        self.port = port
        self.cut = cut


@contextlib.asynccontextmanager
async def through_proxy(port: int, tls: ssl.SSLContext | None = None) -> AsyncIterator[Proxy]:
    """Listen on a port of its own, optionally with TLS, and pass everything on to the broker."""
    writers: list[asyncio.StreamWriter] = []
    pipes: list[asyncio.Task[None]] = []

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(65_536):
                writer.write(chunk)
                await writer.drain()
        writer.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        writers.extend((writer, far_writer))
        pipes.append(asyncio.create_task(pipe(reader, far_writer)))
        pipes.append(asyncio.create_task(pipe(far_reader, writer)))

    def cut() -> None:
        for writer in writers:
            writer.transport.abort()

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    try:
        yield Proxy(server.sockets[0].getsockname()[1], cut)
    finally:
        server.close()
        cut()
        for each in pipes:
            each.cancel()
        await asyncio.gather(*pipes, return_exceptions=True)
