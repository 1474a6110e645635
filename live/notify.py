"""The word to systemd: ready, stopping, and the watchdog's sign of life. Without systemd it says nothing."""

import asyncio
import os
import socket
from collections.abc import Mapping


class Notify:
    """What `sd_notify` does: datagrams to the socket that systemd names in the environment."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """`environ` is that of the process that systemd started."""
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        ours = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.every_s = int(environ.get("WATCHDOG_USEC", "0")) / 2_000_000 if ours else 0.0

    def say(self, word: str) -> None:
        """Send a word, as ``READY=1``; whoever does not listen loses nothing."""
        if self._address:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sock:
                try:
                    sock.sendto(word.encode(), self._address)
                except OSError:
                    return  # systemd is busy or gone: the next word will do

    async def keep_alive(self) -> None:
        """Say that we live, twice in the time that systemd allows, for as long as the event loop turns."""
        while self.every_s:
            self.say("WATCHDOG=1")
            await asyncio.sleep(self.every_s)
