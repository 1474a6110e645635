"""What dies comes back, and nobody outlives the supervisor."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import psutil
import pytest
import uvloop

from live.bus import Bus, BusLink
from live.child import Child, Orders
from live.config import read_config
from live.secrets import Secrets
from live.wire import Outgoing, Topics
from tests.conftest import DEADLINE_S, SmallDisk, small_event, until
from tests.serving import Served, live

Serving = Callable[..., Awaitable[Served]]
NAMES = ("broker", "ingest", "broadcast+web")


async def kill(serving: Served, name: str) -> None:
    """Kill -9 a process of the service, and wait until another one is in its place."""
    old = serving.children()[name]
    old.kill()

    def replaced() -> bool:
        new = serving.children().get(name)
        return new is not None and new.pid != old.pid

    await until(replaced, f"another {name}")


async def until_page(serving: Served) -> None:
    """Wait until users are served truthfully."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            try:
                if (await serving.get("/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass  # nobody listens yet
            await asyncio.sleep(0.05)


async def until_missing(serving: Served, what: str) -> None:
    """Wait until users are told why they are not served truthfully."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            if what in (await serving.get("/readyz")).text:
                return
            await asyncio.sleep(0.05)


async def store(serving: Served, seq: int) -> None:
    """Publish a passage as a device would and see it stored: broker and ingest are at work."""
    recording = serving.folder / f"{seq}.csv"
    recording.write_text(f"device,seq,chip,bib,runner,at_ms\nmat-line,1,X{seq},,,1464273000000\n")
    where = ("--broker", serving.broker, "--data", serving.data)
    replayed = await live("replay", serving.folder, recording, "--speed", "0", *where)
    assert replayed == (0, "1 passages stored\n", "")


@pytest.mark.parametrize("name", NAMES)
async def test_killed_process_comes_back_and_does_its_work(name: str, folder: Path, served: Serving) -> None:
    """T22, T95"""
    serving = await served(folder)
    await store(serving, 1)
    await kill(serving, name)
    await store(serving, 2)
    await until_page(serving)
    facts = (await live("journal", folder))[1].splitlines()
    assert len(facts) == 2
    assert f"{name}: ended" in serving.log.read_text()


async def test_a_broker_that_cannot_read_its_store_begins_anew(folder: Path, served: Serving) -> None:
    """T22: devices have what was in it, and nobody has to help."""
    serving = await served(folder)
    await store(serving, 1)
    supervisor, broker = psutil.Process(serving.process.pid), serving.children()["broker"]
    supervisor.suspend()
    broker.kill()
    await until(lambda: not _lives(broker), "the end of the broker")
    [meta] = (serving.data / "broker").rglob("$MQTT_msgs/meta.inf")
    meta.write_bytes(meta.read_bytes()[:-1] + b"?")
    supervisor.resume()
    await until(lambda: "its store is put aside" in serving.log.read_text(), "the broker to be told from its store")
    await until_page(serving)
    await store(serving, 2)


async def test_who_was_of_use_is_started_again_at_once_however_often_he_dies(folder: Path, served: Serving) -> None:
    """The chance of a kill every few seconds is that of a bad day; a race must not wait longer each time."""
    serving = await served(folder)
    for seq in (1, 2, 3):
        await kill(serving, "ingest")
        await store(serving, seq)
    deaths = [line for line in serving.log.read_text().splitlines() if "ingest: ended" in line]
    assert [death.rpartition(", ")[2] for death in deaths] == ["starts again"] * 3


def test_who_dies_before_he_has_heard_his_orders_ends_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill in the first milliseconds: writing to him ended the supervisor, and with it the race."""
    orders = Orders(("ingest",), read_config(Path("data"), {}), small_event())

    async def keep_some() -> list[BaseException | None]:
        some = [Child("ingest", orders, lambda line: None, lambda: None) for _ in range(20)]
        return await asyncio.gather(*(child.keep() for child in some), return_exceptions=True)

    monkeypatch.setattr("sys.executable", "/bin/false")
    ended = uvloop.run(keep_some())
    assert [str(each) for each in ended] == ["ingest does not start (exit code 1): it said nothing"] * 20


@pytest.mark.parametrize("name", NAMES)
async def test_process_that_hangs_is_killed_and_comes_back(name: str, folder: Path, served: Serving) -> None:
    """A stopped process lives and does nothing: it is noticed by its silence."""
    serving = await served(folder)
    hung = serving.children()[name]
    hung.send_signal(signal.SIGSTOP)
    await until(lambda: not _lives(hung), "the end of the one that hangs")
    await store(serving, 1)
    await until_page(serving)
    assert f"{name}: ended" in serving.log.read_text()


async def test_process_that_hangs_while_it_waits_for_another_is_killed_too(folder: Path, served: Serving) -> None:
    """It was at work, and is not ready for a reason: that gives it no more time than others have."""
    inner = await served(folder, "ingest")
    password = Secrets(inner.data).password("web")
    broker = f"mqtt://web:{password}@127.0.0.1:{inner.mqtt_port}"
    outer = await served(folder, "broadcast", "web", "--broker", broker, "--data", f"{inner.data}-outer")
    await inner.stop()
    async with asyncio.timeout(DEADLINE_S):
        while (await outer.get("/readyz")).status_code == 200:  # noqa: ASYNC110 - polled over HTTP
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)  # its supervisor hears so within a tenth of a second, which nothing shows
    hung = outer.children()["broadcast+web"]
    hung.send_signal(signal.SIGSTOP)
    await until(lambda: not _lives(hung), "the end of the one that hangs")


async def test_full_disk_ends_nothing_and_work_goes_on_when_there_is_room(
    folder: Path, small_disk: SmallDisk, served: Serving
) -> None:
    """T109: the broker needs a restart after ENOSPC, the journal none; nobody has to do anything."""
    serving = await served(folder, "--data", str(small_disk.path))
    await store(serving, 1)
    small_disk.fill()
    await until(lambda: "no room" in serving.log.read_text(), "the alarm")
    await until_missing(serving, "broker: no room")
    assert serving.process.returncode is None
    small_disk.empty()
    await until_page(serving)
    await store(serving, 2)


async def test_start_on_a_full_disk_waits_for_room(folder: Path, small_disk: SmallDisk, served: Serving) -> None:
    small_disk.fill()
    serving = await served(folder, "--data", str(small_disk.path), ready=False)
    await until(lambda: "tried again until there is some" in serving.log.read_text(), "a word about the disk")
    assert serving.process.returncode is None
    small_disk.empty()
    await serving.until_ready()
    await store(serving, 1)


async def test_broker_killed_on_a_full_disk_comes_back_when_there_is_room(
    folder: Path, small_disk: SmallDisk, served: Serving
) -> None:
    serving = await served(folder, "--data", str(small_disk.path))
    small_disk.fill()
    serving.children()["broker"].kill()
    await until(lambda: "broker: no room on the disk" in serving.log.read_text(), "a word about the disk")
    small_disk.empty()
    await until_page(serving)
    await store(serving, 1)


async def test_what_a_device_does_that_is_not_its_own_is_told_to_officials(folder: Path, served: Serving) -> None:
    """The broker says PUBACK for what it drops, and lets a device throw another one out: somebody must hear of it."""
    serving = await served(folder)
    secrets = Secrets(serving.data)
    official = {"Authorization": f"Bearer {secrets.grant('official', 'marie')[0]}"}
    tokens = {name: (await live("token", folder, "device", name))[1].strip() for name in ("mat-line", "mat-km1")}
    topics = Topics("my-race")
    for client_id in ("mat-line", "mat-km1"):
        async with Bus(
            BusLink("127.0.0.1", serving.mqtt_port, "mat-line", tokens["mat-line"], client_id), topics, ()
        ) as device:
            device.publish(Outgoing(topics.passages("mat-km1"), b"{}", 1))
            await device.flush()

    async with httpx.AsyncClient(base_url=serving.url, headers=official) as client, asyncio.timeout(DEADLINE_S):
        seen: set[tuple[str, str, str]] = set()
        while len(seen) < 2:
            told = (await client.get("/api/v1/devices")).json()["health"]["broker"]
            seen = {(each["user"], each["what"], each["about"]) for each in told["trespasses"]}
        metrics = (await client.get("/metrics")).text
    assert seen == {("mat-line", "publish", topics.passages("mat-km1")), ("mat-line", "client_id", "mat-km1")}
    assert told["counts"] == {"publish": 2, "client_id": 1}
    assert 'live_broker_trespasses_total{what="publish"} 2.0' in metrics
    await until(lambda: "broker: mat-line is refused: give it its own id" in serving.log.read_text(), "the bar")
    for name, granted in (("mat-line", False), ("mat-km1", True)):
        async with Bus(BusLink("127.0.0.1", serving.mqtt_port, name, tokens[name], name), topics, ()) as device:
            await until(lambda: device.connected or device.refusal is not None, "the broker's answer")
            assert device.connected is granted


async def test_all_killed_at_once_come_back(folder: Path, served: Serving) -> None:
    serving = await served(folder)
    old = serving.children()
    for process in old.values():
        process.kill()
    await until(lambda: not {p.pid for p in serving.children().values()} & {p.pid for p in old.values()}, "new ones")
    await store(serving, 1)
    await until_page(serving)


async def test_nobody_outlives_a_killed_supervisor(folder: Path, served: Serving) -> None:
    serving = await served(folder)
    children = list(serving.children().values())
    assert len(children) == 3
    serving.process.kill()
    await serving.process.wait()
    await until(lambda: not any(_lives(child) for child in children), "the children to die")


async def test_data_of_a_killed_supervisor_are_served_again(folder: Path, served: Serving) -> None:
    first = await served(folder)
    await store(first, 1)
    first.process.kill()
    await first.process.wait()
    second = await served(folder)
    await store(second, 2)
    assert len((await live("journal", folder))[1].splitlines()) == 2


async def test_service_comes_back_as_it_was_though_the_folder_was_spoilt(folder: Path, served: Serving) -> None:
    serving = await served(folder)
    (folder / "event.toml").write_text("half an edit [")
    await kill(serving, "broadcast+web")
    await until_page(serving)
    assert (await serving.get("/api/v1/event")).json()["event"]["id"] == "my-race"


async def test_fact_is_left_out_when_the_operator_says_so(folder: Path, served: Serving) -> None:
    first = await served(folder)
    await store(first, 1)
    await first.stop()
    second = await served(folder, "--skip", "1")
    assert "fact 1 is left out" in second.log.read_text()


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:  # it ended between the two questions
        return False
