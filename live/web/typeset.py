"""A template of `paper/` and what it is to say -> a tagged PDF (PDF/UA-1). Typst stays in this module.

Letters that our own font lacks come from the machine's fonts; what is printed needs no network.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

import typst

from live.strict_json import to_json

PAPER: Final = Path(__file__).parent / "paper"
FONTS: Final = Path(__file__).parent / "static" / "fonts"

MOST: Final = 2_000
"""Rows of a list, or bibs, on one PDF. Each row takes 0.14 MB while it is set: of 50,000 no small machine has room."""

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
    with _one_by_one:
        made = typst.Compiler(PAPER / f"{template}.typ", root=PAPER, font_paths=_fonts()).compile(
            format="pdf",
            sys_inputs={"said": to_json(said).decode()},
            pdf_standards=["ua-1"],
            timestamp=max(0, as_of_ms) // 1000,
        )
    assert isinstance(made, bytes), "one PDF, since no output file is named"
    return made
