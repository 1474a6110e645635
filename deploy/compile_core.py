"""Compile the core: the judging of passages, the standings and the boards, from their sources to machine code by mypyc.

`make setup` runs it; it does nothing where what is there was made from just these sources. It needs a C compiler and
Python's headers, takes about two minutes, and writes `build/core` (see `live.compiled`, which takes it). Without them
the sources run as they are, slower.
"""

import ast
import json
import os
import shutil
import tomllib
from pathlib import Path
from typing import Final

from mypyc.build import mypycify
from setuptools import Distribution
from setuptools.errors import CompileError

from live.compiled import FOLDER, MADE, MADE_FOR, PACKAGE, hashes, why_not

ROOT: Final = PACKAGE.parent
PURE: Final = "The core is pure"
BESIDE_INGEST: Final = (
    *("live.times", "live.boards", "live.board_members", "live.honours"),
    *("live.walkers", "live.contests", "live.arrivals"),
)
"""What boards are made and read with, outside ingest."""
AS_THEY_ARE: Final = {
    "live.ingest.claim": "an exception of its own, which mypyc compiles to no native class",
    "live.ingest.stuck": "for the service, not for the judge",
    "live.ingest.device_book": "for the service, not for the judge",
    "live.ingest.watermarks": "for the service, not for the judge",
    "live.ingest.records": "reads journals that may be damaged: what their rows hold need not be what it should",
}
"""Modules of ingest that are pure but not compiled, and why."""


def core() -> list[str]:
    """Return the modules to compile: those of ingest that a contract in `pyproject.toml` calls pure, and the boards."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    [pure] = [each for each in project["tool"]["importlinter"]["contracts"] if each["name"].startswith(PURE)]
    ingest = [each for each in pure["source_modules"] if each.startswith("live.ingest.") and each not in AS_THEY_ARE]
    return sorted([*ingest, *BESIDE_INGEST])


def compile_core(target: Path) -> None:
    """Compile into `target`. Raises OSError or SystemExit where there is no compiler or it fails."""
    os.chdir(ROOT)
    modules = core()
    files = [f"{module.replace('.', '/')}.py" for module in modules]
    extensions = mypycify(files, opt_level="2", debug_level="0", group_name="smartrun", target_dir=str(target / "c"))
    distribution = Distribution({"name": "smartrun-core", "ext_modules": extensions})
    command = distribution.get_command_obj("build_ext")
    command.build_lib, command.build_temp = str(target), str(target / "c")
    distribution.run_command("build_ext")
    shutil.rmtree(target / "c")
    made = {
        "made_for": MADE_FOR,
        "sources": hashes(_sources(modules)),
        "modules": {
            str(file.relative_to(target)).removesuffix(MADE_FOR).replace("/", "."): str(file.relative_to(target))
            for file in sorted(target.rglob(f"*{MADE_FOR}"))
        },
    }
    (target / MADE).write_text(json.dumps(made, indent=1), encoding="utf-8")


def _sources(modules: list[str]) -> list[str]:
    """Return the files of the package that say what these modules are: their own, and those of all that they import.

    mypyc writes constants and the shapes of classes of what a module imports into its code.
    """
    found: set[str] = set()
    left = [f"{module.replace('.', '/')}.py" for module in modules]
    while left:
        file = left.pop()
        if file in found or not (ROOT / file).exists():
            continue
        found.add(file)
        for each in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
            if isinstance(each, ast.ImportFrom) and each.module and each.module.startswith("live."):
                left.append(f"{each.module.replace('.', '/')}.py")
    return sorted(str(Path(file).relative_to(PACKAGE.name)) for file in found)


def main() -> None:
    """Compile what is not compiled yet; where that cannot be, say why, and that the sources run instead."""
    if why_not()[0]:
        return
    print("The core is being compiled: two minutes.", flush=True)
    fresh = FOLDER.with_name("core-new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        compile_core(fresh)
    except (ImportError, OSError, CompileError, SystemExit) as error:
        print(f"The core could not be compiled ({error}). It runs as it is, in one and a half times the time.")
        print("It needs gcc and Python's headers: on Debian `apt install gcc python3-dev`, then `make setup`.")
        shutil.rmtree(fresh)
        return
    shutil.rmtree(FOLDER, ignore_errors=True)
    fresh.rename(FOLDER)


if __name__ == "__main__":
    main()
