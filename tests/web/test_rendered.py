"""One rendering for a crowd, and a bound to what is kept."""

import asyncio
import threading

import httpx
import pytest

from live.web import api
from live.web.rendered import Rendered
from live.web.state import WebState


class Renderer:
    """Renders what it is told to, and remembers how often."""

    def __init__(self) -> None:
        self.rendered = Rendered(kept=2)
        self.calls: list[str] = []

    def get(self, name: str, stamp: int) -> bytes:
        """Return the answer of this name and state."""

        def render() -> bytes:
            self.calls.append(f"{name}{stamp}")
            return self.calls[-1].encode()

        return self.rendered.get(name, stamp, render)


def test_a_crowd_costs_one_rendering() -> None:
    renderer = Renderer()
    assert [renderer.get("a", stamp) for stamp in (1, 1, 2, 2)] == [b"a1", b"a1", b"a2", b"a2"]
    assert renderer.calls == ["a1", "a2"]


def test_the_longest_unused_goes_first() -> None:
    renderer = Renderer()
    for name in ("a", "b", "a", "c", "a", "b"):
        renderer.get(name, 1)
    assert renderer.calls == ["a1", "b1", "c1", "b1"]


async def test_a_large_answer_is_rendered_aside_once_for_all_who_wait() -> None:
    rendered, go_on, calls = Rendered(), threading.Event(), []

    def render() -> bytes:
        go_on.wait(20)
        calls.append(threading.current_thread())
        return b"large"

    waiting = [asyncio.create_task(rendered.aside("a", stamp, lambda: render)) for stamp in (1, 1, 2)]
    await asyncio.sleep(0)
    go_on.set()
    assert [await each for each in waiting] == [b"large"] * 3
    assert await rendered.aside("a", 1, lambda: render) == b"large"
    assert len(calls) == 1 and calls[0] is not threading.main_thread()


async def test_a_rendering_that_fails_is_not_kept() -> None:
    rendered = Rendered()
    with pytest.raises(ZeroDivisionError):
        await rendered.aside("a", 1, lambda: lambda: b"%d" % (1 // 0))
    assert await rendered.aside("a", 1, lambda: lambda: b"well") == b"well"


async def test_a_large_board_says_the_same_as_a_small_one(
    web: httpx.AsyncClient, state: WebState, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [f"/api/v1/races/relay/{each}" for each in ("standings", "laps", "results.csv", "results.json")]
    small = [(await web.get(path)).content for path in paths]
    monkeypatch.setattr(api, "LARGE", 0)
    state.rendered = Rendered()
    assert [(await web.get(path)).content for path in paths] == small
