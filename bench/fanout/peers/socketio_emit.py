"""python-socketio on uvicorn, WebSocket transport only, emit() to everybody: FILE PORT."""

import asyncio
import sys

import socketio
import uvicorn
import uvloop

from bench.fanout.peers.publishing import Texts, obey
from live.strict_json import from_json


async def main(file: str, port: str, deflate: str = "") -> None:
    """Serve until standard input ends."""
    texts = Texts(file)
    server = socketio.AsyncServer(async_mode="asgi", transports=["websocket"], ping_interval=300)

    async def publish() -> None:
        await server.emit("race", from_json(texts.next()))

    config = uvicorn.Config(
        socketio.ASGIApp(server), host="127.0.0.1", port=int(port), backlog=4096, log_level="critical",
        ws="websockets-sansio", ws_per_message_deflate=deflate == "z",
    )  # fmt: skip
    running = uvicorn.Server(config)
    serving = asyncio.create_task(running.serve())
    while not running.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    await obey(publish)
    running.should_exit = running.force_exit = True
    await serving


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
