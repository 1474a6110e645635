"""`live serve`: the embedded broker and the services as processes, each started again when it dies or hangs.

Order of start: broker, ingest, then broadcast and web. They stop within 5 s, the broker last. Nobody outlives the
supervisor: the kernel kills its children when it dies. A full disk ends nothing: what needs room waits for it. The
supervisor of the broker sends the canary, and looks after the broker (`broker_watch`).
"""

import asyncio
import errno
import fcntl
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from live.broker import Broker, BrokerDamaged, BrokerFailed, BrokerFull, BrokerUser, device_user, service_user
from live.broker_watch import BrokerWatch
from live.canary_device import CanaryDevice, canary_link
from live.child import Child, ChildFailed, Orders
from live.config import Config
from live.messages.services import BrokerHealth
from live.notify import Notify
from live.problems import unusable
from live.programme import Event
from live.secrets import SERVICE_USERS, Secrets, SecretsDamaged, hashed
from live.wire import Topics, in_topic

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
ANYWHERE = ("0.0.0.0", "::", "")
TOKENS_EVERY_S = 0.1
BROKER_PAUSE_S = 0.5
FULL_PAUSE_S = 1.0
"""No room on the disk: so long until the next try."""


class ServeFailed(RuntimeError):
    """The services cannot run; the message says why, and what to do."""


@dataclass(frozen=True)
class Plan:
    """What `live serve` was asked for."""

    event: Event
    config: Config
    services: tuple[str, ...]

    @property
    def has_broker(self) -> bool:
        """The embedded broker is to run: no other one is named."""
        return not self.config.bus.url

    @property
    def orders(self) -> Config:
        """The settings for the children, who always need an address of the broker."""
        if not self.has_broker:
            return self.config
        host = "127.0.0.1" if self.config.broker.host in ANYWHERE else self.config.broker.host
        url = f"mqtt://{f'[{host}]' if ':' in host else host}:{self.config.broker.port}"
        return replace(self.config, bus=replace(self.config.bus, url=url, user="", password=""))

    @property
    def sends_canary(self) -> bool:
        """The canary is for us to send: whoever keeps the broker does, otherwise whoever keeps the journal."""
        return self.has_broker or "ingest" in self.services

    @property
    def has_web(self) -> bool:
        """Somebody listens on the web port."""
        return "web" in self.services or "broadcast" in self.services


@dataclass
class State:
    """How it goes, for whoever shows it."""

    children: Sequence[Child]
    broker: Broker | None

    @property
    def ready(self) -> bool:
        """Everybody does his work."""
        return not self.away

    @property
    def away(self) -> list[str]:
        """Who does not do his work, by name."""
        away = [child.name for child in self.children if not child.ready]
        return away if self.broker is None or self.broker.serving else ["broker", *away]


async def serve(plan: Plan, *, log: Callable[[str], None], changed: Callable[[State], None]) -> None:
    """Run until SIGTERM, SIGINT or SIGHUP; `changed` is told of every change of the state.

    Raises:
        ServeFailed: a port is taken, the data folder is in use, the broker or a service does not start.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    notify = Notify(os.environ)

    def end() -> None:
        notify.say("STOPPING=1")
        stop.set()

    for each in STOP_SIGNALS:
        loop.add_signal_handler(each, end)
    plan.config.data.mkdir(parents=True, exist_ok=True)
    with claimed(plan.config.data, ["broker", *plan.services] if plan.has_broker else plan.services):
        _check_ports(plan)
        await _Supervisor(plan, log, _telling(notify, changed)).run(stop, notify)


def _telling(notify: Notify, changed: Callable[[State], None]) -> Callable[[State], None]:
    """Return what tells systemd, too, how it goes."""

    def tell(state: State) -> None:
        if state.children:
            notify.say("READY=1\nSTATUS=all well" if state.ready else f"STATUS=waits for {', '.join(state.away)}")
        changed(state)

    return tell


class _Supervisor:
    def __init__(self, plan: Plan, log: Callable[[str], None], changed: Callable[[State], None]) -> None:
        self.plan = plan
        self.log = log
        self.secrets = Secrets(plan.config.data)
        self.applied = 0
        self.barred: frozenset[str] = frozenset()
        self.broker = self._embedded() if plan.has_broker else None
        self.watch = BrokerWatch(self.broker, log) if self.broker is not None else None
        self.state = State([], self.broker)
        self.changed: Callable[[], None] = lambda: changed(self.state)

    async def run(self, stop: asyncio.Event, notify: Notify) -> None:
        stopping = asyncio.create_task(stop.wait())
        notifying = asyncio.create_task(notify.keep_alive())
        try:
            if self.broker is not None:
                starting = asyncio.create_task(self._start_broker(self.broker))
                await asyncio.wait([starting, stopping], return_when=asyncio.FIRST_COMPLETED)
                if not starting.done():
                    starting.cancel()
                await asyncio.gather(starting, return_exceptions=stop.is_set())
            if not stop.is_set():
                await self._keep_all(stopping)
        finally:
            stopping.cancel()
            if self.broker is not None:
                await self.broker.stop()
            notifying.cancel()

    async def _keep_all(self, stopping: "asyncio.Task[bool]") -> None:
        self.state.children = self._children()
        keepers: list[asyncio.Task[None]] = [asyncio.create_task(each.keep()) for each in self.state.children]
        if self.broker is not None and self.watch is not None:
            keepers.append(asyncio.create_task(self._keep_broker(self.broker)))
            keepers.append(asyncio.create_task(self._keep_tokens(self.broker, self.watch)))
            keepers.append(asyncio.create_task(self.watch.run()))
        canary = asyncio.create_task(self._canary())
        try:
            await asyncio.wait([stopping, *keepers], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for keeper in (canary, *keepers):
                keeper.cancel()
            results = await asyncio.gather(canary, *keepers, return_exceptions=True)
        for result in results:
            if isinstance(result, ChildFailed | BrokerFailed):
                raise ServeFailed(str(result)) from result
            if isinstance(result, Exception):
                raise result

    # -- services -------------------------------------------------------------------------------------------------

    def _children(self) -> list[Child]:
        found = []
        if "ingest" in self.plan.services:
            found.append(self._child("ingest", ("ingest",)))
        outward = tuple(name for name in self.plan.services if name != "ingest")
        workers = self.plan.config.web.workers
        for number in range(1, workers + 1 if outward else 1):
            name = "+".join(outward) + (f" {number}" if workers > 1 else "")
            found.append(self._child(name, outward))
        return found

    def _child(self, name: str, services: tuple[str, ...]) -> Child:
        return Child(name, Orders(services, self.plan.orders, self.plan.event), self.log, self.changed)

    # -- the embedded broker --------------------------------------------------------------------------------------

    def _embedded(self) -> Broker:
        config = self.plan.config
        host, port, store_mb = config.broker.host, config.broker.port, config.broker.store_mb
        return Broker(config.data, host, port, (), store_mb=store_mb)  # its users come with each start

    def _users(self, barred: frozenset[str]) -> list[BrokerUser]:
        """Our own services and every device that has a token, but those that take others' connections from them."""
        event, tokens = self.plan.event.id, self.secrets.tokens.device
        devices = [(name, token) for name, token in tokens.items() if in_topic(name) not in barred]
        services = [service_user(event, user, hashed(self.secrets.password(user))) for user in SERVICE_USERS]
        return [*services, *(device_user(event, name, token.bcrypt) for name, token in devices)]

    async def _start_broker(self, broker: Broker) -> None:
        """Start it for the first time; wait for room where the disk is full.

        Raises:
            ServeFailed: it does not start for another reason.
        """
        said = ""
        while True:
            try:
                await self._with_users(broker)
                return
            except BrokerFull as error:
                text = str(error)
            except BrokerFailed as error:
                raise ServeFailed(str(error)) from error
            except SecretsDamaged as error:
                raise ServeFailed(str(error)) from error
            except OSError as error:  # our own secrets
                if error.errno != errno.ENOSPC:
                    raise ServeFailed(unusable(error)) from error
                text = f"no room on the disk for {error.filename or self.secrets.folder}"
            if text != said:
                self.log(f"broker: {text}: it is tried again until there is some")
                said = text
            await asyncio.sleep(FULL_PAUSE_S)

    async def _with_users(self, broker: Broker) -> None:
        self.applied = self.secrets.tokens.version
        broker.users = tuple(self._users(self.barred))
        await self._with_a_store(broker)
        self.secrets.confirm(self.applied)

    async def _with_a_store(self, broker: Broker) -> None:
        """Start it; if it cannot read its store, with an empty one: devices send again what is not in the journal.

        Raises:
            BrokerFailed: nor with that.
        """
        try:
            await broker.start()
        except BrokerDamaged as error:
            self.log(f"broker: {error}")
            aside = broker.put_store_aside()
            self.log(f"broker: begins anew, its store is put aside as {aside}; devices send again what is not stored")
            await broker.start()

    async def _keep_broker(self, broker: Broker) -> None:
        """Start it again whenever it ends; its store has everything that it acknowledged."""
        while True:
            code = await broker.wait()
            self.log(f"broker: ended (exit code {code}), starts again")
            self.changed()
            said = ""
            while not broker.alive:
                try:
                    await self._with_a_store(broker)
                except BrokerFailed as error:
                    if said != str(error):
                        said = str(error)
                        self.log(f"broker: {said}")
                    await asyncio.sleep(BROKER_PAUSE_S)
            self.changed()

    async def _keep_tokens(self, broker: Broker, watch: BrokerWatch) -> None:
        """Hand every change of a device's token, or of who is barred, to the broker; confirm it to `live token`."""
        while True:
            await asyncio.sleep(TOKENS_EVERY_S)
            try:
                version, barred = self.secrets.tokens.version, watch.barred
                if (version, barred) == (self.applied, self.barred) or not broker.alive:
                    continue
                await broker.reload(self._users(barred))
                self.secrets.confirm(version)
            except (BrokerFailed, OSError, ValueError) as error:
                # It died meanwhile, or another user made a token and the file is his: the race goes on with the tokens
                # there were, and the next round tries again.
                self.log(f"tokens: {error}")
                continue
            self._tell_barred(barred)
            self.applied, self.barred = version, barred

    def _tell_barred(self, barred: frozenset[str]) -> None:
        for user in sorted(barred - self.barred):
            self.log(f"broker: {user} is refused: give it its own id as client id, it may try again in a minute")
        for user in sorted(self.barred - barred):
            self.log(f"broker: {user} may try again")

    # -- the canary -----------------------------------------------------------------------------------------------

    async def _canary(self) -> None:
        """Send canaries, and tell how the broker is, where that is for us to do.

        Always as the user `canary`: what the address of a broker says about a user is of ingest, or of web.
        """
        if not self.plan.sends_canary:
            return
        bus, password = self.plan.orders.bus, self.secrets.password("canary")
        link = canary_link(bus.url, password, bus.keepalive_s)
        health = self.watch.health if self.watch is not None else _unwatched
        device = CanaryDevice(link, Topics(self.plan.event.id), health, self.log)
        if self.watch is not None:
            self.watch.waits_s = device.waits_s
        await device.run()


def _unwatched(taken_at_ms: int) -> BrokerHealth:
    """Of a broker that is not ours we know only what it confirms."""
    return BrokerHealth(time.time_ns() // 1_000_000, taken_at_ms)


# --- who else is at work ----------------------------------------------------------------------------------------


def runs(data: Path, name: str) -> bool:
    """Whether a `live serve` runs this service, or the embedded broker (`broker`), on this data folder."""
    lock = _lock_file(data, name)
    if not os.path.exists(lock):  # or it is not ours to see
        return False
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextmanager
def claimed(data: Path, names: Sequence[str]) -> Iterator[None]:
    """Hold a lock for the broker or a service of each name: two of them on one data folder would fight.

    Raises:
        ServeFailed: another one is at work there.
    """
    with ExitStack() as stack:
        for name in names:
            lock = _lock_file(data, name)
            lock.parent.mkdir(parents=True, exist_ok=True)
            file = stack.enter_context(lock.open("a+b"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                other = file.read(20).decode(errors="replace")
                raise ServeFailed(
                    f"Another `live serve` (process {other}) runs {name} on {data}: "
                    "stop it, or give this one another --data."
                ) from None
            with suppress(OSError):  # for whoever reads it; a full disk is no reason not to serve
                os.ftruncate(file.fileno(), 0)
                os.write(file.fileno(), str(os.getpid()).encode())
        yield


def _lock_file(data: Path, name: str) -> Path:
    return data / "locks" / name


def _check_ports(plan: Plan) -> None:
    """Say which port is taken before anything starts."""
    config = plan.config
    if plan.has_broker and plan.has_web and config.broker.port == config.web.port:
        raise ServeFailed(
            f"Port {config.web.port} cannot be for devices and browsers both: choose another --mqtt-port."
        )
    if plan.has_broker:
        check_port(config.broker.host, config.broker.port, "--mqtt-host", "--mqtt-port")
    if plan.has_web:
        check_port(config.web.host, config.web.port, "--host", "--port")


def check_port(host: str, port: int, host_option: str, port_option: str) -> None:
    """See that a port is free.

    Raises:
        ServeFailed: it is not; the message says why, and behind a colon the cure.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
            trial.listen(1)
    except PermissionError:
        raise ServeFailed(
            f"Port {port} is reserved for the system: choose one above 1023 with {port_option}."
        ) from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            cure = f"stop the program that has it, or choose another with {port_option}"
            raise ServeFailed(f"Port {port} is in use: {cure}.") from None
        raise ServeFailed(f"{host!r} is no address of this machine: choose another with {host_option}.") from None
