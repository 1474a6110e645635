"""A template of `paper/` and what it is to say -> a tagged PDF (PDF/UA-1), or a picture. Typst and Pillow stay here.

Letters that our own font lacks come from the machine's fonts; what is printed needs no network. Where none has a
letter, such as an emoji in a team's name, a box stands for it: PDF/UA-1 allows none, so such a PDF is tagged, but
claims no more (T102).
"""

import io
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from threading import Lock
from typing import Any, Final

import typst
from PIL import Image

from live.strict_json import to_json

PAPER: Final = Path(__file__).parent / "paper"
FONTS: Final = Path(__file__).parent / "static" / "fonts"

MOST: Final = 2_000
"""Rows of a list, or bibs, on one PDF. Each row takes 0.14 MB while it is set: of 50,000 no small machine has room."""

COLOURS: Final = 64
"""Of a picture: a few, and the shades at the edges of letters."""

NO_GLYPH: Final = "could not be displayed with font"
"""What typst says where no font has a letter."""

_one_by_one = Lock()
"""Typesetting takes all of a core: who prints must not take every core from the race."""


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=True, font_paths=[FONTS])


def pdf(template: str, said: Mapping[str, Any], as_of_ms: int) -> bytes:
    """Return the PDF of a template; the same bytes for the same words. `as_of_ms` is the instant that it carries.

    What is said reaches the template as data: a name cannot be a command. Takes a tenth of a second for 150 teams, so
    that it is called in a thread.
    """
    made = partial(
        _compiler(template).compile, format="pdf", sys_inputs=_inputs(said), timestamp=max(0, as_of_ms) // 1000
    )
    with _one_by_one:
        try:
            body = made(pdf_standards=["ua-1"])
        except typst.TypstError as error:
            if NO_GLYPH not in str(error):
                raise
            body = made()
    assert isinstance(body, bytes), "one PDF, since no output file is named"
    return body


def png(template: str, said: Mapping[str, Any]) -> bytes:
    """Return the picture of a template of one page, a pixel for each of its points; to be called in a thread, too.

    It has few colours: in 64 of them it takes a third of the bytes.
    """
    with _one_by_one:
        body = _compiler(template).compile(format="png", ppi=72, sys_inputs=_inputs(said))
        assert isinstance(body, bytes), "one picture, since the template has one page"
        small = io.BytesIO()
        Image.open(io.BytesIO(body)).convert("RGB").quantize(COLOURS).save(small, "PNG", optimize=True)
    return small.getvalue()


def _compiler(template: str) -> typst.Compiler:
    return typst.Compiler(PAPER / f"{template}.typ", root=PAPER, font_paths=_fonts())


def _inputs(said: Mapping[str, Any]) -> dict[str, str]:
    return {"said": to_json(said).decode()}
