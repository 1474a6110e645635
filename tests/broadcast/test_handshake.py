"""The ordinary handshake: what it accepts websockets accepts too, with the same answer; the rest it leaves to it."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.http11 import Request
from websockets.server import ServerProtocol

from live.broadcast.handshake import read
from live.broadcast.sockets import SharedDeflateFactory

BROWSER = {
    "Host": "live.example",
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Origin": "https://live.example",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
}
NAMES = (
    *BROWSER,
    "sec-websocket-key",
    "Content-Length",
    "Transfer-Encoding",
    "Sec-WebSocket-Protocol",
    "Bad name",
    "X",
)
VALUES = (
    *BROWSER.values(),
    *("keep-alive, Upgrade", "close", "WebSocket", "h2c", "12", "", "AAAA", "dGhlIHNhbXBsZSBub25jZR==", "x" * 24),
    *("permessage-deflate", "permessage-deflate; server_no_context_takeover", "permessage-deflate;", "é", "a\tb", "0"),
    *("permessage-deflate; server_max_window_bits=10", "permessage-deflate; client_max_window_bits=10", "chunked"),
)


def request(headers: Iterable[tuple[str, str]], line: str = "GET /api/v1/races/relay/stream HTTP/1.1") -> bytes:
    """The bytes of a request."""
    return "".join((line, "\r\n", *(f"{name}: {value}\r\n" for name, value in headers), "\r\n")).encode()


def by_the_book(asked: bytes) -> tuple[int, str | None, str | None]:
    """How websockets answers: the status, the accept key, the extensions; 400 for what is no HTTP."""
    parser = ServerProtocol(extensions=[SharedDeflateFactory()])
    parser.receive_data(asked)
    events = parser.events_received()
    if not events:
        return 400, None, None
    assert isinstance(events[0], Request)
    response = parser.accept(events[0])
    headers = response.headers
    return response.status_code, headers.get("Sec-WebSocket-Accept"), headers.get("Sec-WebSocket-Extensions")


def answered(asked: bytes) -> tuple[int, str | None, str | None] | None:
    """How the ordinary handshake answers, None where it leaves the request to websockets."""
    answer = read(asked)
    if answer is None:
        return None
    lines = dict(line.split(": ", 1) for line in answer.switching(answer.deflates).decode().split("\r\n")[1:-2])
    return 101, lines["Sec-WebSocket-Accept"], lines.get("Sec-WebSocket-Extensions")


@given(
    st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES)), max_size=3),
    st.lists(st.sampled_from(sorted(BROWSER)), max_size=2),
    st.sampled_from(["GET /x HTTP/1.1", "GET /x HTTP/1.0", "POST /x HTTP/1.1", "GET  /x HTTP/1.1", "GET x HTTP/1.1"]),
)
@settings(max_examples=500)
def test_what_is_accepted_websockets_accepts_with_the_same_answer(
    changed: list[tuple[str, str]], left_out: list[str], line: str
) -> None:
    """Some headers of a browser's request left out, some others, or the same again, added."""
    headers = [item for item in BROWSER.items() if item[0] not in left_out] + changed
    asked = request(headers, line)
    fast = answered(asked)
    assert fast is None or fast == by_the_book(asked)


@pytest.mark.parametrize("extensions", ["permessage-deflate; client_max_window_bits", "permessage-deflate", None])
def test_what_browsers_send_is_ordinary(extensions: str | None) -> None:
    headers = {**BROWSER, "User-Agent": "Mozilla/5.0", "Connection": "keep-alive, Upgrade", "Cache-Control": "no-cache"}
    del headers["Sec-WebSocket-Extensions"]
    asked = request([*headers.items(), *([("Sec-WebSocket-Extensions", extensions)] if extensions else [])])
    fast = answered(asked)
    assert fast is not None
    assert fast == by_the_book(asked)
    assert fast[1] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # of RFC 6455's example
    assert (fast[2] is None) == (extensions is None)


@pytest.mark.parametrize(
    "asked",
    [
        "permessage-deflate; server_no_context_takeover",
        "permessage-deflate; server_max_window_bits=10",
        "permessage-deflate; server_max_window_bits=10, x-webkit-deflate-frame",
    ],
)
def test_who_cannot_share_a_context_gets_no_compression(asked: str) -> None:
    assert by_the_book(request({**BROWSER, "Sec-WebSocket-Extensions": asked}.items()))[::2] == (101, None)


def test_a_second_offer_that_fits_is_taken() -> None:
    offers = "permessage-deflate; server_max_window_bits=10, permessage-deflate"
    answer = by_the_book(request({**BROWSER, "Sec-WebSocket-Extensions": offers}.items()))
    assert answer[2] == "permessage-deflate; client_no_context_takeover"


@pytest.mark.parametrize(
    "changed", [("Upgrade", "h2c"), ("Sec-WebSocket-Version", "12"), ("Sec-WebSocket-Key", "AAAA")]
)
def test_what_is_not_ordinary_is_left_to_who_knows_every_case(changed: tuple[str, str]) -> None:
    assert answered(request({**BROWSER, changed[0]: changed[1]}.items())) is None


def test_a_header_that_comes_twice_is_left_to_who_knows_every_case() -> None:
    """Which of two origins holds is nothing to guess."""
    assert answered(request([*BROWSER.items(), ("origin", "https://elsewhere.example")])) is None
