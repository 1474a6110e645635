"""ETag, 304 and compression for whatever a handler answers to GET: hashed and compressed once per content."""

import asyncio
import gzip
from collections import OrderedDict
from collections.abc import Mapping
from hashlib import blake2b

import brotli
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from live.strict_json import to_json

COMPRESSED = ("text/", "application/json", "application/problem+json", "application/javascript", "image/svg+xml")
STREAMED = "text/event-stream"
"""Passed on as it comes."""
SMALL = 500
"""Bytes below which compression does not save a packet."""
LARGE = 64 * 1024
"""Bytes from which compression leaves the event loop, so that the stream goes on meanwhile."""
KEPT_BYTES = 32 * 1024 * 1024


def pick_encoding(accepted: str) -> str:
    """Return ``br``, ``gzip`` or nothing, as Accept-Encoding allows (RFC 9110, 12.5.3)."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, weight = part.partition(";")
        try:
            weights[name.strip()] = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            weights[name.strip()] = 0
    return next((name for name in ("br", "gzip") if weights.get(name, weights.get("*", 0)) > 0), "")


def compress(body: bytes, encoding: str, *, quality: int = 5) -> bytes:
    """Return the body in this encoding, the same bytes for the same body. At `quality` 11 it is smallest, and slow."""
    if encoding == "br":
        return bytes(brotli.compress(body, quality=quality))
    return gzip.compress(body, min(quality + 1, 9), mtime=0)


def matches(if_none_match: str, etag: str) -> bool:
    """Whether the client has this content already (weak comparison: RFC 9110, 13.1.2)."""
    known = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    return "*" in known or etag in known


def no_store(members: Mapping[str, object], status: int = 200) -> Response:
    """Return an answer in JSON that no cache keeps: it depends on who asks."""
    return Response(to_json(members), status, {"Cache-Control": "no-store"}, "application/json")


class Representation:
    """Middleware. Answers other than 200 to GET and HEAD are compressed but carry no ETag."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._compressed: OrderedDict[tuple[bytes, str], bytes] = OrderedDict()
        self._under_way: dict[tuple[bytes, str], asyncio.Task[bytes]] = {}
        self._kept = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start: Message = {}
        parts: list[bytes] = []
        streams = False

        async def collect(message: Message) -> None:
            nonlocal start, streams
            if message["type"] == "http.response.start":
                start = message
                streams = Headers(raw=message["headers"]).get("Content-Type", "").startswith(STREAMED)
            if streams:
                await send(message)
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))
                if not message.get("more_body", False):
                    await self._send(scope, start, b"".join(parts), send)

        await self._app(scope, receive, collect)

    async def _send(self, scope: Scope, start: Message, body: bytes, send: Send) -> None:
        headers, asked = MutableHeaders(scope=start), Headers(scope=scope)
        reading = scope["method"] in ("GET", "HEAD")
        headers.setdefault("Cache-Control", "no-cache" if reading and start["status"] == 200 else "no-store")
        if scope["method"] == "HEAD" and not body:  # the handler left the body out by itself
            await _out(send, start, body)
            return
        digest = blake2b(body, digest_size=12)
        if reading and start["status"] == 200 and headers["Cache-Control"] != "no-store":
            headers.setdefault("ETag", f'"{digest.hexdigest()}"')
            if matches(asked.get("If-None-Match", ""), headers["ETag"]):
                await _out(send, {**start, "status": 304, "headers": _kept_in_304(headers)}, b"")
                return
        if headers.get("Content-Type", "").startswith(COMPRESSED):
            headers.add_vary_header("Accept-Encoding")
            encoding = pick_encoding(asked.get("Accept-Encoding", ""))
            if encoding and len(body) >= SMALL and "Content-Encoding" not in headers and start["status"] != 206:
                body = await self._encoded(digest.digest(), body, encoding)
                headers["Content-Encoding"] = encoding
        headers["Content-Length"] = str(len(body))
        await _out(send, start, b"" if scope["method"] == "HEAD" else body)

    async def _encoded(self, digest: bytes, body: bytes, encoding: str) -> bytes:
        key = (digest, encoding)
        if key in self._compressed:
            self._compressed.move_to_end(key)
            return self._compressed[key]
        if len(body) < LARGE:
            return self._keep(key, compress(body, encoding))
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.create_task(asyncio.to_thread(compress, body, encoding))
            task.add_done_callback(lambda done: self._under_way.pop(key))
        return self._keep(key, await asyncio.shield(task))

    def _keep(self, key: tuple[bytes, str], body: bytes) -> bytes:
        self._kept += len(body) - len(self._compressed.pop(key, b""))
        self._compressed[key] = body
        while self._kept > KEPT_BYTES and len(self._compressed) > 1:
            self._kept -= len(self._compressed.popitem(last=False)[1])
        return body


def _kept_in_304(headers: MutableHeaders) -> list[tuple[bytes, bytes]]:
    left_out = (b"content-length", b"content-type", b"content-encoding")
    return [(name, value) for name, value in headers.raw if name not in left_out]


async def _out(send: Send, start: Message, body: bytes) -> None:
    await send(start)
    await send({"type": "http.response.body", "body": body})
