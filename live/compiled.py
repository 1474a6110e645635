"""The core in machine code: the very modules that lie here, compiled by mypyc (`deploy/compile_core.py`, `make setup`).

A passage is judged in two thirds of the time. The sources are what counts: a compiled core is taken only whole, and
only as long as every source is what it was made from. Whoever changes a line runs what he wrote, until he compiles
again; `live doctor` says which of the two runs.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.abc import MetaPathFinder
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Final

PACKAGE: Final = Path(__file__).resolve().parent
FOLDER: Final = PACKAGE.parent / "build" / "core"
"""Where the compiled modules lie, with `MADE`. Never between the sources: there Python would take them unasked."""
MADE: Final = "made.json"
"""What they were made from: `{"made_for": MADE_FOR, "sources": {file: SHA-256}, "modules": {module: file}}`."""
MADE_FOR: Final = EXTENSION_SUFFIXES[0]
"""Python, processor and system, as the end of a compiled module's name: no other can run it."""
SETTING: Final = "LIVE_CORE_FORM"
INTERPRETED: Final = "interpreted"


def hashes(files: Sequence[str]) -> dict[str, str]:
    """Return the SHA-256 of each of these files of the package, "" for one that is not there."""
    return {name: _hash(PACKAGE / name) for name in files}


def _hash(file: Path) -> str:
    try:
        return sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""


def why_not(folder: Path = FOLDER) -> tuple[Mapping[str, str], str]:
    """Return the file of each compiled module, and ""; or none, and in words why the sources must run themselves."""
    if os.environ.get(SETTING) == INTERPRETED:
        return {}, f"{SETTING} says so"
    try:
        made = json.loads((folder / MADE).read_bytes())
        made_for, sources, modules = made["made_for"], made["sources"], made["modules"]
    except FileNotFoundError:
        return {}, "it was not compiled"
    except (OSError, ValueError, KeyError, TypeError) as error:
        return {}, f"{folder / MADE} cannot be read ({error})"
    if made_for != MADE_FOR:
        return {}, f"it was compiled for {made_for}, and this is {MADE_FOR}"
    found = hashes(list(sources))
    other = [name for name, was in sources.items() if found[name] != was]
    if other:
        return {}, f"{', '.join(other)} changed since it was compiled"
    files = {module: folder / file for module, file in modules.items()}
    if gone := [str(file) for file in files.values() if not file.exists()]:
        return {}, f"{', '.join(gone)} is gone"
    return {module: str(file) for module, file in files.items()}, ""


class _Compiled(MetaPathFinder):
    """Finds the modules of the core in their compiled form."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module of the core is, None for all others."""
        file = self._files.get(fullname)
        return None if file is None else spec_from_file_location(fullname, file)


def take() -> str:
    """Have every later import of the core find its compiled form; return "", or in words why the sources run."""
    files, why = why_not()
    if files:
        sys.meta_path.insert(0, _Compiled(files))
    return why


WHY_INTERPRETED: Final = take()
"""Why this process runs the core's sources themselves; "" where it runs what was compiled from them."""
