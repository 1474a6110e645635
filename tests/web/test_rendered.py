"""One rendering for a crowd, and a bound to what is kept."""

from live.web.rendered import Rendered


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
