"""Where a line runs: its data folder, and how its services are started there."""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Ground:
    """A plain folder unless something else is said.

    `work` is a folder of the campaign's own, `data` what `live serve` gets as `--data`. `host` is where devices and
    phones find the services, `words` what stands before the command (`nsenter …`), `module` what runs it.
    """

    work: Path
    data: Path
    host: str = "127.0.0.1"
    listen: str = "127.0.0.1"
    words: tuple[str, ...] = ()
    module: str = "live"
    serve_env: dict[str, str] = field(default_factory=dict)
    device_env: dict[str, str] = field(default_factory=dict)


def plain(work: Path) -> Ground:
    """A folder on the disk."""
    return Ground(work, work / "data")


def system(*command: str, said: str = "") -> str:
    """Run a command of the system, and return what it prints; `said` is its stdin.

    Raises:
        OSError: it fails; with what it said.
    """
    ran = subprocess.run(command, input=said, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise OSError(f"{' '.join(command)}: {ran.stderr.strip()}")
    return ran.stdout
