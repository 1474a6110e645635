"""The opening handshake as browsers ask for it (RFC 6455, 4.2.1; RFC 7692, 7.1), answered in a few µs. Pure.

websockets takes 90 µs for one, which is what ten thousand phones wait for after a restart. So what is ordinary is
answered here, and everything else by websockets: more headers of a name, another spelling, other extensions, errors.
The tests hold the two against each other.
"""

import re
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha1

LONGEST = 4_096
_REQUEST = re.compile(rb"GET (/[!-~]*) HTTP/1\.1\r\n((?:[!#-'*+.^-z|~0-9A-Z-]+:[\t -~]*\r\n){1,64})\r\n")
_KEY = re.compile(rb"[A-Za-z0-9+/]{21}[AQgw]==")
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_UNUSUAL = frozenset((b"content-length", b"transfer-encoding", b"sec-websocket-protocol", b"expect"))

OFFERS = frozenset((b"permessage-deflate", b"permessage-deflate; client_max_window_bits"))
"""How browsers offer compression. What asks for less than the whole window, or no context, gets none."""

DEFLATE = "permessage-deflate; client_no_context_takeover"
"""Our answer. What a client says is read without a context, which would cost 32 KiB a phone."""

_SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
_DEFLATING = b"\r\nSec-WebSocket-Extensions: " + DEFLATE.encode()


@dataclass(frozen=True, slots=True)
class Opening:
    """What a client asks for: which path, for whose page, at which host; `forwarded`: for whom a proxy asks."""

    path: str
    origins: tuple[str, ...]
    hosts: tuple[str, ...]
    forwarded: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """An ordinary opening, and how it is answered; `deflates` when it offers compression that fits."""

    opening: Opening
    deflates: bool
    _accept: bytes

    def switching(self, deflating: bool) -> bytes:
        """Return the response that accepts it, with compression or without."""
        return _SWITCHING + self._accept + (_DEFLATING if deflating else b"") + b"\r\n\r\n"


def read(request: bytes) -> Answer | None:
    """Return the answer to a whole request that is an ordinary opening; None: websockets should look at it."""
    found = _REQUEST.fullmatch(request) if len(request) <= LONGEST else None
    headers = _headers(found[2]) if found else None
    if found is None or headers is None or _UNUSUAL & headers.keys():
        return None
    key, offer = headers.get(b"sec-websocket-key", b""), headers.get(b"sec-websocket-extensions")
    if (
        headers.get(b"upgrade", b"").lower() != b"websocket"
        or headers.get(b"connection", b"").lower() not in (b"upgrade", b"keep-alive, upgrade")
        or headers.get(b"sec-websocket-version") != b"13"
        or not _KEY.fullmatch(key)
        or not (offer is None or offer in OFFERS)
    ):
        return None
    opening = Opening(
        path=found[1].decode(),
        origins=_all(headers, b"origin"),
        hosts=_all(headers, b"host"),
        forwarded=headers[b"x-forwarded-for"].decode() if b"x-forwarded-for" in headers else None,
    )
    return Answer(opening, offer is not None, b64encode(sha1(key + _GUID).digest()))


def _headers(lines: bytes) -> dict[bytes, bytes] | None:
    """Return the headers by lower-case name, None when one comes twice."""
    headers: dict[bytes, bytes] = {}
    for line in lines[:-2].split(b"\r\n"):
        name, _, value = line.partition(b":")
        name = name.lower()
        if name in headers:
            return None
        headers[name] = value.strip(b" \t")
    return headers


def _all(headers: dict[bytes, bytes], name: bytes) -> tuple[str, ...]:
    return (headers[name].decode(),) if name in headers else ()
