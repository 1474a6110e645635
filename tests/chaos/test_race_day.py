"""The runbook and the campaign know the same faults: what a page says can happen can be made to happen."""

import re
from pathlib import Path

from tests.chaos.__main__ import chosen
from tests.chaos.kinds import KINDS
from tests.serving import live

PAGE = Path(__file__).parents[2] / "docs" / "race-day.md"
COMMANDS = re.compile(r"`make chaos KINDS=(\S+?)(?: N=1)?`")


def test_every_kind_of_fault_is_on_the_page_and_every_command_there_names_kinds() -> None:
    rows = PAGE.read_text(encoding="utf-8").partition("## If this, then that")[2]
    named = [kind.name for kinds in COMMANDS.findall(rows) for kind in chosen(kinds)]
    assert sorted(named) == sorted(KINDS)


async def test_every_command_of_ours_on_the_page_is_one() -> None:
    page = PAGE.read_text(encoding="utf-8")
    named = set(re.findall(r"`live (\w+)", page))
    _, known, _ = await live("--help")
    assert {name for name in named if f"\n    {name} " not in known} == set()
    before = page.partition("## The day before")[2].partition("## The hour before")[0]
    assert {"`live check my-race`", "`live doctor my-race`"} <= set(re.findall(r"`[^`]+`", before))


def test_make_has_the_command_that_the_page_names() -> None:
    makefile = (PAGE.parents[1] / "Makefile").read_text(encoding="utf-8")
    assert "\nchaos:" in makefile
    assert "--kinds $(KINDS)" in makefile
