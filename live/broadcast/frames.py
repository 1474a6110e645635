"""WebSocket frames as a server sends them (RFC 6455, 5.2; RFC 7692, 7.2.1). Pure.

One frame is built for all who get it, which is why no library builds it: each would build it anew for every
connection. What clients send is read by websockets (`sockets`).
"""

import zlib

PING = b"\x89\x00"
_TEXT, _DEFLATED, _CLOSE = 0x81, 0x40, 0x88
_TAIL = b"\x00\x00\xff\xff"
"""How each message ends that zlib flushed; it is not sent."""


def text(payload: bytes, deflated: bool = False) -> bytes:
    """Return one text message; `deflated` when the payload comes from `deflate`."""
    return _frame(_TEXT | _DEFLATED * deflated, payload)


def alone(message: bytes) -> bytes:
    """Return one text message compressed for itself: whatever its reader has read before, he can read it."""
    return text(deflate(compressor(), message), deflated=True)


def close(code: int) -> bytes:
    """Return a close frame."""
    return _frame(_CLOSE, code.to_bytes(2))


def compressor() -> "zlib._Compress":
    """Return a compressor that has seen nothing yet, with the largest window."""
    return zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, 9)


def deflate(context: "zlib._Compress", message: bytes) -> bytes:
    """Return the message compressed in this context: readable for who has read all before it, and only for him."""
    return (context.compress(message) + context.flush(zlib.Z_SYNC_FLUSH)).removesuffix(_TAIL)


def _frame(first: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((first, size)) + payload
    if size < 1 << 16:
        return bytes((first, 126)) + size.to_bytes(2) + payload
    return bytes((first, 127)) + size.to_bytes(8) + payload
