"""The lines of nats-server's log that somebody must act upon. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

_FROM: Final = r'\[ERR\] \S+ - mid:(?P<connection>\d+) - "(?P<client>[^"]*)" - '
_PUBLISH: Final = re.compile(_FROM + r'Publish Violation - Subject "(?P<about>[^"]*)"')
_FLOOD: Final = re.compile(_FROM + r".*maximum messages per subject exceeded")
_SIZE: Final = re.compile(_FROM + r"maximum payload exceeded: (?P<about>\d+)")
_FULL: Final = re.compile(r"\[ERR\] .*maximum bytes exceeded|\[ERR\] .*insufficient (storage )?resources")
_WRITE_ERROR: Final = re.compile(
    r"\[(ERR|FTL)\] .*(no space left on device|critical write error|input/output error)", re.I
)


@dataclass(frozen=True, slots=True)
class Complaint:
    """``publish``: on a topic of another. ``flood``: more than ingest has taken. ``size``: a message
    that is too large, of so many bytes. ``full``: the store is at its limit.
    ``write error``: the disk refused, and nothing is stored any more.

    `connection` is the broker's number of it.
    """

    what: Literal["publish", "flood", "size", "full", "write error"]
    connection: int = 0
    client_id: str = ""
    about: str = ""


def complaints(log: str) -> Iterator[Complaint]:
    """Yield what these lines complain of."""
    for line in log.splitlines():
        if found := _PUBLISH.search(line):
            yield Complaint("publish", int(found["connection"]), found["client"], topic_of(found["about"]))
        elif found := _FLOOD.search(line):
            yield Complaint("flood", int(found["connection"]), found["client"])
        elif found := _SIZE.search(line):
            yield Complaint("size", int(found["connection"]), found["client"], f"{int(found['about']):,} bytes")
        elif _WRITE_ERROR.search(line):
            yield Complaint("write error")
        elif _FULL.search(line):
            yield Complaint("full")


def topic_of(subject: str) -> str:
    """Return the topic of a subject: `.` stands for `/`, and `//` for `.`."""
    return ".".join(part.replace(".", "/") for part in subject.split("//"))
