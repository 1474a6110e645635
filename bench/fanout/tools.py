"""What the measurement needs beside us, made once in one folder: load client, limit server, and the peers' packages.

Two C programs are compiled; bun and ws come from npm, python-socketio from PyPI, nginx with nchan from Debian. What
cannot be had is left out of the table, with the reason.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
NPM = ("bun@1.4.5", "ws@8.23.0")
PYPI = "python-socketio==5.18.1"


class Missing(Exception):
    """Something that one of the servers needs cannot be had here; the text says what."""


def compiled(name: str, tools: Path) -> Path:
    """Return the path of one of the C programs, compiled from the source beside this file.

    Raises:
        Missing: there is no compiler, or no zlib.
    """
    program, source = tools / name, HERE / f"{name}.c"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        install(["gcc", "zlib1g-dev"], shutil.which("gcc") is not None and Path("/usr/include/zlib.h").exists())
        run(["gcc", "-O2", "-Wall", "-o", str(program), str(source), "-lz"], tools)
    return program


def node_modules(tools: Path) -> Path:
    """Return where bun and ws are.

    Raises:
        Missing: npm is not there, or reaches no registry.
    """
    modules = tools / "node_modules"
    if not all((modules / each.partition("@")[0]).exists() for each in NPM):
        install(["npm"], shutil.which("npm") is not None)
        (tools / "package.json").write_text("{}", encoding="utf-8")
        run(["npm", "install", "--silent", "--no-audit", "--no-fund", *NPM], tools)
        run(["node", "node_modules/bun/install.js"], tools)
    return modules


def socketio(tools: Path) -> Path:
    """Return a folder of packages with python-socketio in it: it is no dependency of ours.

    Raises:
        Missing: pip reaches no registry.
    """
    packages = tools / "python"
    if not (packages / "socketio").exists():
        run([sys.executable, "-m", "pip", "install", "-q", "--target", str(packages), PYPI], tools)
    return packages


def nchan() -> str:
    """Return nginx's name, once it is there with its module nchan.

    Raises:
        Missing: it is not, and Debian's package cannot be installed.
    """
    install(["libnginx-mod-nchan"], Path("/usr/lib/nginx/modules/ngx_nchan_module.so").exists())
    return "/usr/sbin/nginx"


def install(packages: list[str], there: bool) -> None:
    """Install Debian's packages if they are not there.

    Raises:
        Missing: that needs another user, or another system.
    """
    if there:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Missing(f"needs {' and '.join(packages)} (apt-get install, as root)")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], Path("/"), environment)


def run(words: list[str], folder: Path, environment: dict[str, str] | None = None) -> None:
    """Run a command to its end.

    Raises:
        Missing: it failed; the text is the last line that it wrote.
    """
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Missing(f"{words[0]} failed: {said[-1] if said else done.returncode}")
