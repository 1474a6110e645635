"""`live`, but that the ingest of its `serve` runs with failpoints: `python -m tests.chaos.with_failpoints serve …`"""

import sys
from collections.abc import Sequence

from live import child
from live.__main__ import main

_plain = child._command


def _command(name: str) -> Sequence[str]:
    command = list(_plain(name))
    if name == "ingest":
        command[command.index("live.process")] = "tests.chaos.failpoint"
    return command


if __name__ == "__main__":
    child._command = _command
    sys.exit(main())
