"""A process that dies with the one that started it, however that dies: nobody would be left to stop it."""

import ctypes
import os
import signal
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_prctl = ctypes.CDLL(None).prctl  # looked up here: between fork and exec no library may be loaded


def die_with(parent: int) -> None:
    """Let the kernel kill this process, and what it becomes by exec, when its parent dies; at once if that is dead."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
