"""Signing in: a cookie that no script reads, that works on a local network, and that no other site can use."""

import httpx
import pytest
import pytest_asyncio

from live.web.app import create_app
from live.web.state import WebState
from tests.web.conftest import Keeper

HERE = "http://live.test"
FORM = {"token": "speaker-token", "to": "/speaker"}


@pytest.fixture
def keeper(keeper: Keeper) -> Keeper:
    """Nobody is at the line, nothing was decided."""
    keeper.answers = {"line": {"passages": []}, "devices": {"devices": []}, "decisions": {"decisions": []}}
    return keeper


@pytest_asyncio.fixture
async def https(state: WebState) -> httpx.AsyncClient:
    """A client behind TLS."""
    transport = httpx.ASGITransport(create_app(state), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="https://live.test")


async def test_a_token_becomes_a_cookie_that_opens_the_page(web: httpx.AsyncClient) -> None:
    """On a local network there is no TLS: the cookie works there, out of reach of scripts and of other sites."""
    assert 'data-page="sign-in"' in (await web.get("/speaker")).text
    answer = await web.post("/sign-in", data=FORM, headers={"Origin": HERE})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/speaker")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("live-session=")
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "Secure" not in cookie
    shown = await web.get("/speaker")
    assert 'id="line"' in shown.text
    assert shown.headers["Cache-Control"] == "no-store"


async def test_over_tls_the_cookie_is_bound_to_host_and_tls(https: httpx.AsyncClient) -> None:
    async with https:
        answer = await https.post("/sign-in", data=FORM, headers={"Origin": "https://live.test"})
        cookie = answer.headers["Set-Cookie"]
        assert (
            cookie.startswith("__Host-live=") and "Secure" in cookie and "Path=/" in cookie and "Domain" not in cookie
        )
        https.cookies.clear()
        plain = await https.get("/speaker", headers={"Cookie": "live-session=speaker-token"})
        assert 'id="line"' not in plain.text, "a cookie that came without TLS counts for nothing with it"


async def test_a_wrong_token_signs_nobody_in(web: httpx.AsyncClient) -> None:
    answer = await web.post("/sign-in", data={"token": "nonsense"}, headers={"Origin": HERE})
    assert answer.status_code == 401 and "Set-Cookie" not in answer.headers
    assert (await web.post("/sign-in", data={"token": "x" * 5_000}, headers={"Origin": HERE})).status_code == 401


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "null", "", "http://live.test.elsewhere.example"])
async def test_another_site_can_neither_sign_in_nor_decide(web: httpx.AsyncClient, origin: str) -> None:
    """A browser sends the cookie along, whoever's page it is on; it says whose page that is."""
    headers = {"Origin": origin} if origin else {}
    assert (await web.post("/sign-in", data=FORM, headers=headers)).status_code == 401
    web.cookies.set("live-session", "judge-token")
    decision = {"id": "d1", "type": "close_race", "race": "relay"}
    assert (await web.post("/api/v1/decisions", json=decision, headers=headers)).status_code == 401
    ours = await web.post("/api/v1/decisions", json=decision, headers={"Origin": HERE})
    assert ours.status_code == 202
    assert (await web.get("/api/v1/screens", headers=headers)).status_code == 200, "reading changes nothing"


async def test_whoever_opens_the_address_of_the_form_gets_it(web: httpx.AsyncClient) -> None:
    """As after a reload; who is signed in is led on, and nowhere else."""
    shown = await web.get("/sign-in?to=/speaker?race=short")
    assert (shown.status_code, shown.headers["Cache-Control"]) == (200, "no-store")
    assert 'value="/speaker?race=short"' in shown.text
    assert 'value="/speaker"' in (await web.get("/sign-in?to=//elsewhere.example")).text
    web.cookies.set("live-session", "speaker-token")
    led = await web.get("/sign-in?to=/speaker?race=short")
    assert (led.status_code, led.headers["Location"]) == (303, "/speaker?race=short")


async def test_an_address_that_only_takes_a_form_says_so_to_people(web: httpx.AsyncClient) -> None:
    answer = await web.get("/sign-out", headers={"Accept": "text/html", "Accept-Language": "nl"})
    assert answer.status_code == 405
    assert "Op dit adres valt niets te lezen" in answer.text


async def test_signing_in_leads_to_no_other_site(web: httpx.AsyncClient) -> None:
    for to in ("https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", ""):
        answer = await web.post("/sign-in", data={**FORM, "to": to}, headers={"Origin": HERE})
        assert answer.headers["Location"] == "/speaker"


async def test_signing_out_forgets_the_cookie(web: httpx.AsyncClient) -> None:
    await web.post("/sign-in", data=FORM, headers={"Origin": HERE})
    await web.post("/sign-out", headers={"Origin": "http://elsewhere.example"})
    assert 'id="line"' in (await web.get("/speaker")).text
    await web.post("/sign-out", headers={"Origin": HERE})
    assert 'id="line"' not in (await web.get("/speaker")).text
