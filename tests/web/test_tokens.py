"""Colours can be read in the sun, from afar, in light and dark: contrast from the style sheet (WCAG 2.2); sizes."""

import re
from pathlib import Path

import brotli
import pytest

STATIC = Path(__file__).parent.parent.parent / "live" / "web" / "static"
STYLE = (STATIC / "live.css").read_text() + (STATIC / "screen.css").read_text()
LIGHT, DARK, SCREEN, SCREEN_LIGHT = (
    ":root",
    "[data-theme=dark]",
    "[data-page=screen]",
    "[data-page=screen][data-theme=light]",
)
THEMES = {
    "light": (LIGHT,),
    "dark": (LIGHT, DARK),
    "screen": (LIGHT, SCREEN),
    "screen, light": (LIGHT, SCREEN, SCREEN_LIGHT),
}
TEXT = [
    ("ink", "paper"),
    ("soft", "paper"),
    ("ink", "quiet"),
    ("brand", "paper"),
    ("on-brand", "brand"),
    ("on-fresh", "fresh"),
    ("ink", "own"),
    ("soft", "own"),
    ("error", "paper"),
]


def tokens(*selectors: str) -> dict[str, str]:
    """Return the colours of a theme, the later selector above the earlier."""
    found: dict[str, str] = {}
    for selector in selectors:
        rules = re.findall(rf"^{re.escape(selector)} \{{([^}}]*)\}}", STYLE, re.MULTILINE)
        found |= dict(re.findall(r"--([\w-]+): (#[0-9A-Fa-f]{6})", rules[0]))
    return found


def luminance(colour: str) -> float:
    """Return the relative luminance."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_has_a_contrast_of_seven(theme: str, text: str, ground: str) -> None:
    colours = tokens(*THEMES[theme])
    assert contrast(colours[text], colours[ground]) >= 7, f"{text} {colours[text]} on {ground} {colours[ground]}"


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("mark", "ground"), [("rule", "paper"), ("brand", "line")])
def test_marks_have_a_contrast_of_three(theme: str, mark: str, ground: str) -> None:
    colours = tokens(*THEMES[theme])
    assert contrast(colours[mark], colours[ground]) >= 3


def test_what_is_late_is_dark_on_amber() -> None:
    assert contrast("#0B1216", tokens(LIGHT)["late"]) >= 7
    assert contrast(tokens(LIGHT, SCREEN)["gold"], tokens(LIGHT, SCREEN)["paper"]) >= 7


@pytest.mark.parametrize("name", ["live.css", "live.js"])
def test_style_and_script_are_small(name: str) -> None:
    body = (Path(__file__).parent.parent.parent / "live" / "web" / "static" / name).read_bytes()
    assert len(brotli.compress(body, quality=11)) <= 8_000
