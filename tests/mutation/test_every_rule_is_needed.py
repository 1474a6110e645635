"""Each rule of the core is held by a test: taken out, one turns red."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutation.rules import AROUND_THE_JUDGE, RULES, Rule

REPOSITORY = Path(__file__).parents[2]
CORE = [
    f"tests/ingest/test_{name}.py"
    for name in (
        "crossing_rules",
        "crossings",
        "added_crossings",
        "standing_rules",
        "standings",
        "missed_rules",
        "missed",
        "set_right",
        "meeting_rules",
        "meeting",
        "forecast",
        "missed_properties",
        "device_book",
        "shortcuts",
        "overdue",
        "late",
        "a_little_late",
        "very_late",
    )
]
AROUND = [
    *(f"tests/test_{name}.py" for name in ("boards", "honours", "prizes", "walkers", "arrivals")),
    *(
        f"tests/ingest/test_{name}.py"
        for name in (
            "explain",
            "states",
            "frozen",
            "past",
            "device_doubts",
            "at_line",
            "clocks",
            "standings",
            "set_right",
        )
    ),
]
"""Of what is made of the judging: boards and what follows from them, states, the past, what is of no team."""
OPTIONS = [
    *("-x", "-q", "--tb=no", "-p", "no:randomly", "-p", "no:cacheprovider"),
    *("-m", "not deep and not hypothesis"),
    "--deselect=tests/ingest/test_meeting.py::test_a_long_quarrel_over_one_decision_ends",  # many seconds
]
LEFT_OUT = shutil.ignore_patterns("__pycache__", "static", "templates")
LIMIT_S = 120


def names(rule: Rule) -> str:
    return f"{Path(rule.file).stem}: {rule.name}"


def without(rule: Rule) -> str:
    """The text of the rule's file without the rule."""
    text = (REPOSITORY / "live" / rule.file).read_text()
    found = text.count(rule.old)
    assert found == 1, f"tests/mutation/rules.py is out of date: {names(rule)} stands {found} times in live/{rule.file}"
    return text.replace(rule.old, rule.new)


def those_of(rule: Rule) -> list[str]:
    """The fast tests, one of which must be red without the rule, first those beside it."""
    return [*AROUND, *CORE] if Path(rule.file).stem in AROUND_THE_JUDGE else [*CORE, *AROUND]


def ended(folder: Path, tests: list[str]) -> int:
    """Run these tests against the copy in `folder`; return how pytest ended."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", *OPTIONS, *tests],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        timeout=LIMIT_S,
        check=False,
    ).returncode


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The core and its tests, to be changed."""
    shutil.copytree(REPOSITORY / "live", tmp_path / "live", ignore=LEFT_OUT)
    shutil.copytree(REPOSITORY / "tests" / "ingest", tmp_path / "tests" / "ingest", ignore=LEFT_OUT)
    beside = [name for name in AROUND if "ingest" not in name]
    for name in ("pyproject.toml", "tests/__init__.py", "tests/conftest.py", *beside):
        shutil.copy(REPOSITORY / name, tmp_path / name)
    return tmp_path


def test_the_table_of_rules_is_that_of_the_core() -> None:
    """Whoever changes a rule changes its line: each stands in its file exactly once, and what is left is Python."""
    for rule in RULES:
        compile(without(rule), rule.file, "exec")
    assert len({names(rule) for rule in RULES}) == len(RULES)


@pytest.mark.deep
def test_the_core_as_it_is_passes_its_tests_in_the_copy(copy: Path) -> None:
    """So what turns red below is red for the rule alone."""
    assert ended(copy, [*CORE, *AROUND]) == pytest.ExitCode.OK


@pytest.mark.deep
@pytest.mark.parametrize("rule", RULES, ids=names)
def test_without_the_rule_a_test_is_red(rule: Rule, copy: Path) -> None:
    """Those with examples; exit code 1 says that tests ran and failed, not that the copy could not be read."""
    (copy / "live" / rule.file).write_text(without(rule))
    assert ended(copy, those_of(rule)) == pytest.ExitCode.TESTS_FAILED
