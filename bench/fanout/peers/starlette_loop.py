"""The plain loop over Starlette's WebSockets, on uvicorn: FILE PORT [z]."""

import asyncio
import sys

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from bench.fanout.peers.publishing import Texts, obey


async def main(file: str, port: str, deflate: str = "") -> None:
    """Serve until standard input ends."""
    texts, phones = Texts(file), set[WebSocket]()

    async def follow(phone: WebSocket) -> None:
        await phone.accept()
        phones.add(phone)
        try:
            while True:
                await phone.receive_text()
        except WebSocketDisconnect:
            pass
        finally:
            phones.discard(phone)

    async def publish() -> None:
        text = texts.next()
        for phone in list(phones):
            await phone.send_text(text)

    config = uvicorn.Config(
        Starlette(routes=[WebSocketRoute("/", follow)]),
        host="127.0.0.1",
        port=int(port),
        ws="websockets-sansio",
        ws_per_message_deflate=deflate == "z",
        backlog=4096,
        log_level="critical",
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    await obey(publish)
    server.should_exit = server.force_exit = True
    await serving


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
