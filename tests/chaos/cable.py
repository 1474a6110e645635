"""A cable between here and a namespace on which every packet takes its time: `python -m tests.chaos.cable …`.

Words: the namespace, the name of our end, the name of the end there, the file that says how long (s, ``0.1 2.0``: each
packet between these, so that one overtakes another; nothing in it: at once). Says ``up`` when both ends are there.
"""

import asyncio
import contextlib
import ctypes
import fcntl
import os
import random
import struct
import sys
from functools import partial
from pathlib import Path

ATTACH = 0x400454CA  # TUNSETIFF
PLAIN_PACKETS = 0x1001  # IFF_TUN, IFF_NO_PI
NETWORK = 0x40000000  # CLONE_NEWNET
MOST_BYTES = 65_536
LOOK_EVERY_S = 0.05


def _end(name: str) -> int:
    """Return the descriptor of a new network device in the namespace that we are in."""
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, ATTACH, struct.pack("16sH", name.encode(), PLAIN_PACKETS))
    return descriptor


def _enter(namespace: str) -> None:
    descriptor = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, NETWORK):
        raise OSError(ctypes.get_errno(), f"the namespace {namespace} lets nobody in")
    os.close(descriptor)


class _Cable:
    def __init__(self, ends: tuple[int, int], orders: Path) -> None:
        self.orders = orders
        self.delay_s = (0.0, 0.0)
        self.loop = asyncio.get_running_loop()
        for one, other in (ends, ends[::-1]):
            self.loop.add_reader(one, self._carry, one, other)

    async def obey(self) -> None:
        while True:
            words = self.orders.read_text().split() if self.orders.exists() else []
            self.delay_s = (float(words[0]), float(words[1])) if len(words) == 2 else (0.0, 0.0)
            await asyncio.sleep(LOOK_EVERY_S)

    def _carry(self, one: int, other: int) -> None:
        packet = os.read(one, MOST_BYTES)
        if self.delay_s == (0.0, 0.0):
            _put(other, packet)
        else:
            self.loop.call_later(random.uniform(*self.delay_s), partial(_put, other, packet))


def _put(end: int, packet: bytes) -> None:
    with contextlib.suppress(OSError):  # the end is not up yet, or full: a packet gets lost, as packets do
        os.write(end, packet)


async def _run(namespace: str, here: str, there: str, orders: str) -> None:
    ours = _end(here)
    _enter(namespace)
    cable = _Cable((ours, _end(there)), Path(orders))
    print("up", flush=True)
    await cable.obey()


if __name__ == "__main__":
    asyncio.run(_run(*sys.argv[1:]))
