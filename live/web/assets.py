"""Script, style, fonts: read once, compressed once, kept by browsers for a year under an address with their hash."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from live.web.representation import compress, pick_encoding

STATIC: Final = Path(__file__).parent / "static"
KINDS: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
YEAR: Final = "public, max-age=31536000, immutable"


@cache
def content(name: str) -> bytes | None:
    """Return a file of `static/`, None where there is none of that name or it is of no kind that pages use."""
    path = (STATIC / name).resolve()
    if not path.is_relative_to(STATIC) or path.suffix not in KINDS or not path.is_file():
        return None
    return path.read_bytes()


@cache
def address(name: str) -> str:
    """Return where a page finds the file; the address changes with the content.

    Raises:
        LookupError: there is no such file.
    """
    body = content(name)
    if body is None:
        raise LookupError(f"no file {name!r} in {STATIC.name}/")
    return f"/static/{name}?v={digest(body)}"


def digest(body: bytes) -> str:
    """Return what stands in an address that changes with the content."""
    return sha256(body).hexdigest()[:10]


@cache
def encoded(name: str, encoding: str) -> bytes:
    """Return the file's content, as small as the encoding makes it."""
    body = content(name) or b""
    return compress(body, encoding, quality=11) if encoding else body


async def static(request: Request) -> Response:
    """GET /static/<name>."""
    name = request.path_params["name"]
    body = content(name)
    if body is None:
        return Response("no such file\n", 404, media_type="text/plain")
    kind = KINDS[Path(name).suffix]
    squeezed = kind in ("font/woff2", "image/png")
    encoding = "" if squeezed else pick_encoding(request.headers.get("Accept-Encoding", ""))
    current = request.query_params.get("v", "") == address(name).rpartition("=")[2]
    headers = {"Cache-Control": YEAR if current else "no-cache", "Vary": "Accept-Encoding"}
    if encoding:
        headers["Content-Encoding"] = encoding
    return Response(encoded(name, encoding), headers=headers, media_type=kind)
