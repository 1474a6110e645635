"""What every converter of a recorded race shares: its source's columns in, our own three files out.

A converter turns a data set into what the day itself would have given us: an event folder, the passages that devices
would have published, and the decisions that officials had taken. `columns` hands out the columns that it names and
nothing else, so that one can see in each converter that no result goes in.
"""

import csv
import gzip
import hashlib
import io
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

from live.times import parse_instant

DATA = Path(__file__).parent / "data"

ENTRY = ("race", "bib", "team", "company", "category", "runner", "first_name", "last_name", "sex", "chips", "public")


@dataclass(frozen=True, slots=True, order=True)
class Read:
    """What a device knows: an instant, and a chip or (typed by hand) a bib. Sorts as the devices would send."""

    at_ms: int
    device: str
    chip: str = ""
    bib: str = ""


@dataclass(frozen=True)
class RealRace:
    """A recorded race in our own formats; `decisions` are bodies for `POST /api/v1/decisions`."""

    folder: Path
    passages: Path
    decisions: tuple[dict[str, Any], ...]


def columns(file: str, *names: str) -> Iterator[tuple[str, ...]]:
    """Yield the named columns, and only those, of each row of a data set's CSV."""
    raw = (DATA / file).read_bytes()
    text = (gzip.decompress(raw) if file.endswith(".gz") else raw).decode()
    header, *rows = csv.reader(io.StringIO(text))
    pick = itemgetter(*(header.index(name) for name in names))
    for row in rows:
        yield pick(row) if len(names) > 1 else (pick(row),)


def instant(text: str, seconds: str | int = 0) -> int:
    """Return an RFC 3339 instant plus whole seconds, in ms."""
    return parse_instant(text) + int(seconds) * 1_000


def write_folder(folder: Path, event: str, entries: Iterable[dict[str, str]], *further: str) -> None:
    """Write `event.toml` and `entries.csv`; `further` are entry columns beyond the usual ones."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "event.toml").write_text(event, encoding="utf-8")
    with (folder / "entries.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, (*ENTRY, *further), restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(entries)


def write_passages(path: Path, reads: Iterable[Read]) -> dict[Read, dict[str, Any]]:
    """Write the replay file in the order of time; return each read's identity, as a decision names it."""
    in_order = sorted(reads)
    return dict(zip(in_order, write_arrivals(path, in_order), strict=True))


def write_arrivals(path: Path, reads: Iterable[Read]) -> list[dict[str, Any]]:
    """Write the replay file in the order given; return the identity of each read, as a decision names it."""
    seqs: defaultdict[str, int] = defaultdict(int)
    numbered: list[tuple[str, int]] = []
    lines = ["device,seq,chip,bib,runner,at_ms"]
    for read in reads:
        seqs[read.device] += 1
        numbered.append((read.device, seqs[read.device]))
        lines.append(f"{read.device},{seqs[read.device]},{read.chip},{read.bib},,{read.at_ms}")
    content = ("\n".join(lines) + "\n").encode()
    path.write_bytes(content)
    epoch = hashlib.sha256(content).hexdigest()[:8]
    return [{"device": device, "epoch": epoch, "seq": seq} for device, seq in numbered]


def decisions(of: str, rulings: Iterable[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Return rulings as bodies to post: the same ids each time, so that posting them twice changes nothing."""
    return tuple(
        {"v": 1, "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{of}/{number}")), **ruling}
        for number, ruling in enumerate(rulings, 1)
    )
