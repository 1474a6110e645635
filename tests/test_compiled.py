"""The core in machine code judges as its sources do, and is taken only where it was made from just them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from live.compiled import FOLDER, MADE, PACKAGE

ROOT = PACKAGE.parent
ASKED = "import live.compiled as c, live.ingest.laps as laps; print(c.WHY_INTERPRETED); print(laps.__file__)"


def python(*words: str, where: Path = ROOT, **environ: str) -> list[str]:
    """Run Python in a checkout; return the lines that it printed."""
    environment = {**os.environ, "PYTHONPATH": str(where), **environ}
    done = subprocess.run(
        [sys.executable, *words], cwd=where, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def compiled() -> None:
    """The core is compiled: at once, where `make` did it."""
    python("deploy/compile_core.py")


@pytest.fixture
def checkout(compiled: None, tmp_path: Path) -> Path:
    """Another checkout of the core, and what was compiled from it."""
    shutil.copytree(PACKAGE, tmp_path / "live", ignore=shutil.ignore_patterns("web", "__pycache__"))
    shutil.copytree(FOLDER, tmp_path / "build" / "core")
    return tmp_path


def test_both_forms_say_the_same_to_the_byte(compiled: None) -> None:
    """A relay of sixty with the mishaps of a real day, laps of a day and night, hostile messages and decisions."""
    first, *machine_code = python("-m", "tests.both_forms")
    second, *sources = python("-m", "tests.both_forms", LIVE_CORE_FORM="interpreted")
    assert (first, second) == ("compiled", "interpreted")
    assert machine_code == sources and len(sources) == 3


def test_what_was_compiled_from_just_these_sources_runs(checkout: Path) -> None:
    why, file = python("-c", ASKED, where=checkout)
    assert why == "" and Path(file).is_relative_to(checkout / "build" / "core")


def test_whoever_changes_a_line_runs_what_he_wrote(checkout: Path) -> None:
    """A module of the core, or one whose constants and classes it has in it."""
    for name in ("ingest/crossings.py", "messages/boards.py"):
        source = checkout / "live" / name
        was = source.read_text(encoding="utf-8")
        source.write_text(was + "# changed\n", encoding="utf-8")
        why, file = python("-c", ASKED, where=checkout)
        assert why == f"{name} changed since it was compiled" and file == str(checkout / "live/ingest/laps.py")
        source.write_text(was, encoding="utf-8")
    assert python("-c", ASKED, where=checkout)[0] == ""


def test_the_sources_run_where_the_setting_says_so(checkout: Path) -> None:
    why, file = python("-c", ASKED, where=checkout, LIVE_CORE_FORM="interpreted")
    assert why == "LIVE_CORE_FORM says so" and file == str(checkout / "live/ingest/laps.py")


def test_what_was_compiled_for_another_python_or_is_damaged_or_gone_is_not_taken(checkout: Path) -> None:
    made = checkout / "build" / "core" / MADE
    was = json.loads(made.read_text(encoding="utf-8"))
    made.write_text(json.dumps({**was, "made_for": ".cpython-39.so"}), encoding="utf-8")
    assert "it was compiled for .cpython-39.so, and this is" in python("-c", ASKED, where=checkout)[0]
    for damaged in ("{", "{}", "[]"):
        made.write_text(damaged, encoding="utf-8")
        assert "cannot be read" in python("-c", ASKED, where=checkout)[0]
    made.write_text(json.dumps(was), encoding="utf-8")
    module = checkout / "build" / "core" / was["modules"]["live.ingest.laps"]
    module.unlink()
    assert python("-c", ASKED, where=checkout) == [f"{module} is gone", str(checkout / "live/ingest/laps.py")]
    made.unlink()
    assert python("-c", ASKED, where=checkout)[0] == "it was not compiled"
