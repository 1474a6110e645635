"""websockets' own broadcast(): FILE PORT [z]."""

import sys

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

from bench.fanout.peers.publishing import Texts, obey


async def main(file: str, port: str, deflate: str = "") -> None:
    """Serve until standard input ends."""
    texts, phones = Texts(file), set[ServerConnection]()

    async def follow(phone: ServerConnection) -> None:
        phones.add(phone)
        try:
            await phone.wait_closed()
        finally:
            phones.discard(phone)

    async def publish() -> None:
        broadcast(phones, texts.next())

    compression = "deflate" if deflate == "z" else None
    async with serve(follow, "127.0.0.1", int(port), backlog=4096, compression=compression):
        await obey(publish)


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
