"""Recorded passages as a file: CSV or JSON lines, read whole and checked before anything is sent."""

import csv
import gzip
import hashlib
import io
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from live.fact_members import VERSION, read_passages
from live.messages.devices import Passage
from live.problems import Findings, Problem, one_of
from live.strict_json import from_json

COLUMNS = ("device", "seq", "chip", "bib", "runner", "at_ms")
OPTIONAL = ("point", "race", "epoch", "rssi", "reads")
NUMBERS = ("seq", "at_ms", "rssi", "reads")


class RecordingProblems(ValueError):
    """The file cannot be replayed; `problems` says why, in the order of its lines."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"{problems[0]}{more}")


@dataclass(frozen=True)
class Recording:
    """The passages of a file, in its order, ready to be sent."""

    passages: tuple[Passage, ...]


def epoch_of(content: bytes) -> str:
    """Return the epoch of passages that name none: it follows from the file's content (unpacked)."""
    return hashlib.sha256(content).hexdigest()[:8]


def to_csv(passages: Iterable[Passage]) -> str:
    """Return passages as a recording; `point` and `race` have a column where one of them is set."""
    passages = list(passages)
    columns = [*COLUMNS, *(name for name in ("point", "race") if any(getattr(p, name) for p in passages))]
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([getattr(passage, name) for name in columns] for passage in passages)
    return table.getvalue()


def read_recording(file: Path, devices: Collection[str]) -> Recording:
    """Return the recording in `file` (``.gz`` is unpacked), whose devices must be among `devices`.

    Raises:
        RecordingProblems: a bad row, an unknown device, a hole in a device's seq. All of them.
        OSError: the file cannot be read.
    """
    try:
        return parse_recording(_content(file), file.name, devices)
    except (gzip.BadGzipFile, EOFError) as error:
        raise RecordingProblems(
            [Problem(file.name, 1, "file", f"no whole gzip file ({error})", "Copy it again")]
        ) from error


def parse_recording(content: bytes, name: str, devices: Collection[str]) -> Recording:
    """Return the recording that `content` holds; `name` is for messages.

    Raises:
        RecordingProblems: as `read_recording`.
    """
    findings = Findings(name)
    epoch = epoch_of(content)
    rows: list[tuple[int, Passage]] = []
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        findings.problem(line, "file", "it is not UTF-8", "Save it as UTF-8")
        raise RecordingProblems(findings.problems) from error
    lines = _json_lines(text, findings) if text.lstrip().startswith("{") else _csv_rows(text, findings)
    for line, members in lines:
        rows += ((line, passage) for passage in _passages(line, members, epoch, devices, findings))
    if not rows and not findings.problems:
        findings.problem(1, "file", "it holds no passage", "Give a file of recorded passages")
    if not findings.problems:
        _find_holes(rows, findings)
    if findings.problems:
        raise RecordingProblems(sorted(findings.problems, key=lambda problem: problem.line))
    return Recording(tuple(passage for _, passage in rows))


def _content(file: Path) -> bytes:
    content = file.read_bytes()
    return gzip.decompress(content) if file.suffix == ".gz" else content


def _csv_rows(text: str, findings: Findings) -> Iterator[tuple[int, dict[str, Any]]]:
    header = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter=";" if ";" in header else ",", strict=True)
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        for missing in [name for name in COLUMNS if name not in names]:
            findings.problem(1, missing, "this column is missing", f"The header is {','.join(COLUMNS)}")
        if findings.problems:
            return
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(names):
                findings.problem(
                    reader.line_num, "row", f"{len(cells)} cells under {len(names)} columns", "Give each column a cell"
                )
                continue
            row = _csv_members(reader.line_num, dict(zip(names, cells, strict=True)), findings)
            if row is not None:
                yield reader.line_num, row
    except csv.Error as error:
        findings.problem(reader.line_num, "row", f"no CSV ({error})", "Mend the quotes of this row")


def _csv_members(line: int, cells: dict[str, str], findings: Findings) -> dict[str, Any] | None:
    """The cells of a row as members of a passage; an empty cell is none."""
    members: dict[str, Any] = {}
    for name in (*COLUMNS, *OPTIONAL):
        cell = cells.get(name, "").strip()
        if cell and name in NUMBERS:
            try:
                members[name] = int(cell)
            except ValueError:
                findings.problem(line, name, f"{cell!r} is no whole number", "Write digits only")
                return None
        elif cell:
            members[name] = cell
    return members


def _json_lines(text: str, findings: Findings) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, raw in enumerate(text.splitlines(), 1):
        if not raw.strip():
            continue
        try:
            members = from_json(raw)
        except ValueError as error:
            findings.problem(line, "line", str(error), "Write one JSON object a line")
            continue
        if isinstance(members, dict):
            yield line, members
        else:
            findings.problem(line, "line", "no JSON object", "Write one JSON object a line")


def _passages(
    line: int, members: dict[str, Any], epoch: str, devices: Collection[str], findings: Findings
) -> Iterator[Passage]:
    """The passages of a row or of a message; a single passage is a message of one."""
    device = members.get("device")
    if not isinstance(device, str) or device.strip().lower() not in devices:
        findings.problem(line, "device", f"{device!r} is no device of this event", one_of(devices, str(device)))
        return
    if members.get("v", VERSION) != VERSION:
        findings.problem(line, "v", f"version {members['v']!r}", f"This program understands version {VERSION}")
        return
    message = members if "passages" in members else {"epoch": members.get("epoch"), "passages": [members]}
    try:
        batch = read_passages("", device.strip().lower(), {**message, "epoch": message.get("epoch") or epoch})
    except ValueError as error:
        findings.problem(line, _column(str(error)), str(error), "Mend this line")
        return
    for rejected in batch.rejected:
        findings.problem(line, _column(rejected.reason), rejected.reason, "Mend this line")
    yield from batch.passages


def _column(reason: str) -> str:
    """The column that a reason of `wire` names between backquotes."""
    parts = reason.split("`")
    return parts[1] if len(parts) > 2 else "row"


def _find_holes(rows: list[tuple[int, Passage]], findings: Findings) -> None:
    """A device's seq counts from 1 without holes, in every epoch: the watermark would stop at a hole for ever."""
    lines: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    for line, passage in rows:
        lines[passage.device, passage.epoch].setdefault(passage.seq, line)
    for (device, epoch), by_seq in lines.items():
        before = 0
        for seq in sorted(by_seq):
            if seq > before + 1:
                missing = f"seq {before + 1} is" if seq == before + 2 else f"seq {before + 1} to {seq - 1} are"
                text = f"{device} (epoch {epoch}) has seq {seq}, but {missing} missing"
                findings.problem(by_seq[seq], "seq", text, "Add the missing passages, or number them without holes")
            before = seq
