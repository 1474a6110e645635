"""Around every answer: ETag and 304, compression, headers, who may read it from another site."""

import asyncio
import gzip

import brotli
import httpx
import pytest
from starlette.routing import Route

from live.web import representation
from live.web.app import create_app
from live.web.headers import HTMX_CDN, content_policy
from live.web.representation import compress, pick_encoding
from live.web.state import WebSettings, WebState
from tests.web.conftest import row

STANDINGS = "/api/v1/races/relay/standings"


async def on_the_wire(web: httpx.AsyncClient, path: str, accepted: str) -> tuple[httpx.Headers, bytes]:
    """Return an answer's headers, and its bytes as they were sent."""
    request = web.build_request("GET", path, headers={"Accept-Encoding": accepted})
    answer = await web.send(request, stream=True)
    return answer.headers, b"".join([chunk async for chunk in answer.aiter_raw()])


async def test_what_has_not_changed_is_not_sent_again(web: httpx.AsyncClient) -> None:
    etag = (await web.get(STANDINGS)).headers["ETag"]
    answer = await web.get(STANDINGS, headers={"If-None-Match": f'"other", W/{etag}'})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["ETag"] == etag
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_a_new_row_has_a_new_etag(web: httpx.AsyncClient, state: WebState) -> None:
    first = await web.get(STANDINGS)
    state.boards.by_race["relay"].put([row("21", 15, 700_000)], 15)
    second = await web.get(STANDINGS, headers={"If-None-Match": first.headers["ETag"]})
    assert second.status_code == 200
    assert second.json()["standings"][2]["bib"] == "21"


async def test_an_error_is_never_kept(web: httpx.AsyncClient) -> None:
    answer = await web.get("/api/v1/races/nowhere/standings")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers


async def test_what_officials_read_is_never_kept(web: httpx.AsyncClient) -> None:
    answer = await web.get("/api/v1/decisions")
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_cache_in_front_may_answer_for_a_second_and_officials_past_it(web: httpx.AsyncClient) -> None:
    """What is polled: a CDN asks us once a second, whoever holds the newest is told 304, an official gets his own."""
    told = await web.get(STANDINGS)
    assert told.headers["Cache-Control"] == "public, max-age=0, s-maxage=1"
    assert "Authorization" in told.headers["Vary"]
    again = await web.get(STANDINGS, headers={"If-None-Match": told.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Cache-Control"] == told.headers["Cache-Control"]
    assert "Authorization" in again.headers["Vary"]


async def test_the_same_bytes_whatever_the_encoding(web: httpx.AsyncClient) -> None:
    plain_headers, plain = await on_the_wire(web, STANDINGS, "identity")
    small_headers, small = await on_the_wire(web, STANDINGS, "gzip, br")
    zipped_headers, zipped = await on_the_wire(web, STANDINGS, "gzip, br;q=0")
    assert "Content-Encoding" not in plain_headers
    assert small_headers["Content-Encoding"] == "br" and zipped_headers["Content-Encoding"] == "gzip"
    assert brotli.decompress(small) == gzip.decompress(zipped) == plain
    assert len(small) == int(small_headers["Content-Length"]) < len(plain)
    assert {each["Vary"] for each in (plain_headers, small_headers, zipped_headers)} == {
        "Authorization, Accept-Encoding"
    }


async def test_a_large_answer_is_compressed_once_for_a_crowd(
    web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def counted(body: bytes, encoding: str) -> bytes:
        calls.append(encoding)
        return compress(body, encoding)

    monkeypatch.setattr(representation, "LARGE", 1_000)
    monkeypatch.setattr(representation, "compress", counted)
    crowd = [on_the_wire(web, STANDINGS, "br") for _ in range(20)]
    assert len({body for _, body in await asyncio.gather(*crowd)}) == 1
    await on_the_wire(web, STANDINGS, "br")
    assert calls == ["br"]


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("", ""),
        ("br", "br"),
        ("gzip;q=0.5, br;q=0", "gzip"),
        ("*", "br"),
        ("*;q=0", ""),
        ("br;q=x", ""),
        ("GZIP", "gzip"),
    ],
)
def test_an_encoding_is_taken_only_where_the_client_does(accepted: str, encoding: str) -> None:
    assert pick_encoding(accepted) == encoding


async def test_head_is_get_without_the_body(web: httpx.AsyncClient) -> None:
    told = await web.head(STANDINGS, headers={"Accept-Encoding": "identity"})
    full = await web.get(STANDINGS, headers={"Accept-Encoding": "identity"})
    assert told.content == b""
    assert told.headers["ETag"] == full.headers["ETag"]
    assert int(told.headers["Content-Length"]) == len(full.content)


# --- other sites ------------------------------------------------------------------------------------------------


async def test_any_site_may_read_the_public_api(web: httpx.AsyncClient) -> None:
    for path in ("/api/v1/event", STANDINGS, "/api/v1/races/nowhere/standings", "/api/v1/openapi.json"):
        answer = await web.get(path, headers={"Origin": "https://partner.example"})
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers


async def test_no_other_site_reads_or_does_what_needs_a_token(web: httpx.AsyncClient) -> None:
    for path in ("/api/v1/decisions", "/api/v1/passages", "/api/v1/devices", "/metrics"):
        answer = await web.get(path, headers={"Origin": "https://partner.example"})
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert (await web.options(path)).status_code == 405


async def test_a_browser_may_ask_before_a_get_with_an_etag(web: httpx.AsyncClient) -> None:
    answer = await web.options(STANDINGS, headers={"Access-Control-Request-Headers": "if-none-match"})
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Headers"] == "If-None-Match"
    assert "POST" not in answer.headers["Access-Control-Allow-Methods"]


# --- security headers -------------------------------------------------------------------------------------------


def observatory_score(headers: httpx.Headers) -> int:
    """Return what Mozilla's HTTP Observatory gives (its published table of 2024), up to the choices that we have.

    Over HTTPS with a redirect, which is the proxy's doing; scripts of our own origin only.
    """
    policy = dict(each.strip().partition(" ")[::2] for each in headers.get("Content-Security-Policy", "").split(";"))
    unsafe = any("unsafe" in value for value in policy.values())
    scripts = str(policy.get("script-src") or policy.get("default-src") or "*")
    score = 100
    if not policy or unsafe or "*" in scripts or "data:" in scripts:
        score -= 25
    elif policy.get("default-src") == "'none'" and policy.get("form-action") in ("'self'", "'none'"):
        score += 10
    else:
        score += 5
    score += 5 if "frame-ancestors" in policy else (0 if "X-Frame-Options" in headers else -20)
    score += 5 if headers.get("Referrer-Policy") in ("no-referrer", "same-origin", "strict-origin") else 0
    score += {"same-origin": 10, "same-site": 10}.get(headers.get("Cross-Origin-Resource-Policy", ""), 0)
    score -= 0 if headers.get("X-Content-Type-Options") == "nosniff" else 5
    hsts = headers.get("Strict-Transport-Security", "")
    score -= 0 if hsts.startswith("max-age=") and int(hsts[8:].partition(";")[0]) >= 15_768_000 else 20
    if headers.get("Access-Control-Allow-Credentials"):
        score -= 50
    for cookie in headers.get_list("Set-Cookie"):
        score += 5 if "samesite" in cookie.lower() and "secure" in cookie.lower() else -20
    return score


HIGHEST = 130
"""Without a cookie to protect, without a hash for our own scripts, and not in the browsers' own HSTS list."""


async def test_every_route_scores_as_high_as_headers_can(web: httpx.AsyncClient, state: WebState) -> None:
    values = {"race": "relay", "bib": "7", "format": "csv", "l": "fr", "language": "fr", "path": "none"}
    paths = {"/no/such/address"}
    for route in create_app(state).routes:
        if isinstance(route, Route):
            paths.add(route.path_format.format(**{name: values.get(name, "x") for name in route.param_convertors}))
    assert len(paths) > 15
    for path in sorted(paths):
        for method in ("GET", "POST"):
            answer = await web.request(method, path)
            assert observatory_score(answer.headers) >= HIGHEST, f"{method} {path}: {answer.headers}"


async def test_an_error_of_ours_has_the_headers_too(web: httpx.AsyncClient) -> None:
    answer = await web.get("/api/v1/races/relay/teams/7")  # the test's ingest knows no answer: KeyError
    assert answer.status_code == 500
    assert observatory_score(answer.headers) >= HIGHEST


def test_only_htmx_comes_from_elsewhere_and_only_where_it_is_set() -> None:
    foreign = content_policy(WebSettings(htmx="cdn"))
    assert f"script-src 'self' {HTMX_CDN};" in foreign and f"connect-src 'self' {HTMX_CDN};" in foreign
    assert "https:" not in content_policy(WebSettings(htmx="local"))
    assert "unsafe" not in foreign
