"""Who may import whom: the contracts in pyproject.toml hold, and each would name whoever breaks it."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LINT = Path(sys.executable).with_name("lint-imports")


def lint(folder: Path) -> tuple[int, str]:
    """Run the contracts on the package in a folder; return exit code and output."""
    run = subprocess.run(
        [LINT, "--no-cache", "--config", str(ROOT / "pyproject.toml")],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return run.returncode, run.stdout + run.stderr


def test_contracts_hold() -> None:
    code, said = lint(ROOT)
    assert code == 0, said


@pytest.mark.parametrize(
    ("module", "stray", "broken"),
    [
        ("ingest/laps.py", "import time", "live.ingest.laps -> time"),
        ("ingest/meeting.py", "import random", "live.ingest.meeting -> random"),
        ("broadcast/hub.py", "import asyncio", "live.broadcast.hub -> asyncio"),
        ("boards.py", "from live import config", "live.boards -> live.config"),
        ("web/api.py", "import paho.mqtt.client", "live.web.api -> paho"),
        ("web/api.py", "from live.ingest import meeting", "live.web.api -> live.ingest.meeting"),
        ("ingest/laps.py", "from live.ingest import race", "live.ingest.laps -> live.ingest.race"),
        ("times.py", "from live import wire", "live.times -> live.wire"),
        ("web/state.py", "import msgspec", "live.web.state -> msgspec"),
    ],
)
def test_stray_import_is_named(module: str, stray: str, broken: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "live", tmp_path / "live", ignore=shutil.ignore_patterns("static", "locale", "__pycache__"))
    file = tmp_path / "live" / module
    file.write_text(file.read_text(encoding="utf-8") + f"\n{stray}\n", encoding="utf-8")
    code, said = lint(tmp_path)
    assert code == 1
    assert broken in said


def test_packages_are_described_and_hold_nothing_else() -> None:
    """But the first one, which says in which form the core is found: before anything of it can be imported."""
    for file in (ROOT / "live").rglob("__init__.py"):
        text = file.read_text(encoding="utf-8")
        if file.parent == ROOT / "live":
            text = text.partition("\nimport live.compiled  # noqa: F401")[0]
        assert text.startswith('"""'), file
        assert text.rstrip().endswith('"""'), file


def test_no_module_is_called_utils_or_helpers() -> None:
    names = {file.stem for file in (ROOT / "live").rglob("*.py")}
    assert not names & {"utils", "util", "helpers", "helper", "common", "misc"}


def test_whatever_is_pure_is_covered_whole() -> None:
    """`make coverage` looks at the modules of the contract, and at no others."""
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    pure = next(each for each in tools["importlinter"]["contracts"] if each["name"].startswith("The core is pure"))
    covered = [file.removesuffix(".py").replace("/", ".") for file in tools["coverage"]["report"]["include"]]
    assert sorted(covered) == sorted(pure["source_modules"])
