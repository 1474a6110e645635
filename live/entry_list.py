"""entries.csv or entries.xlsx: rows, one a runner, as text by column, each with its line."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from difflib import get_close_matches
from pathlib import Path

import python_calamine

from live.problems import READABLE, Findings

COLUMNS = (
    "race", "bib", "team", "company", "category", "runner", "first_name", "last_name", "sex", "chips", "public",
    "wave", "start", "pronunciation",
)  # fmt: skip
REQUIRED = ("bib",)
SAVE_AS = "Save it as CSV with the encoding UTF-8"


@dataclass(frozen=True, slots=True)
class Row:
    """One row; a cell that is not there is empty."""

    line: int
    cells: dict[str, str]


def find_entries(folder: Path) -> Path:
    """The list of entries of an event folder: entries.csv, or entries.xlsx where there is no CSV."""
    sheet = folder / "entries.xlsx"
    return sheet if sheet.exists() and not (folder / "entries.csv").exists() else folder / "entries.csv"


def read_rows(file: Path, findings: Findings) -> list[Row]:
    """Read the list; what is wrong with the file as such goes to `findings`."""
    if file.suffix == ".csv" and file.with_suffix(".xlsx").exists():
        findings.problem(1, "file", "there is an entries.xlsx beside it", "Keep one of the two")
    if not file.exists():
        cure = f"Begin it with {','.join(COLUMNS[:-2])}, then a row per runner (live init writes an example)"
        findings.problem(1, "file", "the file does not exist", cure)
        return []
    numbered = _sheet(file, findings) if file.suffix == ".xlsx" else _csv(file, findings)
    return list(_rows(numbered, findings))


# --- from the file to cells -------------------------------------------------------------------------------------


def _csv(file: Path, findings: Findings) -> Iterator[tuple[int, list[str]]]:
    try:
        text = _decoded(file.read_bytes(), findings)
    except OSError as error:
        findings.problem(1, "file", f"it cannot be read ({error.strerror})", READABLE)
        return
    first = text.lstrip("\n").partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        cure = "Close the quotes on this line; a quote inside quotes is written twice"
        findings.problem(line, "row", f"the row cannot be read ({error})", cure)


def _decoded(raw: bytes, findings: Findings) -> str:
    """The text; empty when it is none. Never guessed: a wrong guess garbles names on the big screen."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        findings.problem(1, "text", "the file is UTF-16, not UTF-8", SAVE_AS)
        return ""
    if b"\0" in raw:
        line = raw[: raw.index(b"\0")].count(b"\n") + 1
        findings.problem(line, "text", "the file holds a zero byte: it is no text", SAVE_AS)
        return ""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        around = raw[max(0, error.start - 12) : error.start + 12].decode("cp1252", "replace")
        seen = " ".join(around.split())
        findings.problem(
            line, "text", f"the file is not UTF-8 (near {seen!r})", SAVE_AS + ", in a spreadsheet: “CSV UTF-8”"
        )
        return ""


def _sheet(file: Path, findings: Findings) -> Iterator[tuple[int, list[str]]]:
    try:
        workbook = python_calamine.load_workbook(str(file))
        rows = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, OSError) as error:
        findings.problem(1, "file", f"the workbook cannot be read ({error})", "Save it as .xlsx again, or as CSV UTF-8")
        return
    for number, cells in enumerate(rows, start=1):
        yield number, [_cell(value) for value in cells]


def _cell(value: object) -> str:
    """A cell as it would stand in the CSV. A number typed into a spreadsheet is a float there."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    return value.isoformat() if isinstance(value, datetime | date | time) else str(value)


# --- from cells to rows -----------------------------------------------------------------------------------------


def _rows(numbered: Iterator[tuple[int, list[str]]], findings: Findings) -> Iterator[Row]:
    names: list[str] | None = None
    for line, cells in numbered:
        cells = [cell.strip() for cell in cells]
        if not any(cells):
            continue
        if names is None:
            names = _header(line, cells, findings)
            if not names:
                return
            continue
        if any(cells[len(names) :]):
            text = f"the row has {len(cells)} cells, the header {len(names)}"
            findings.problem(line, "row", text, "Put quotes around a cell that holds the delimiter")
            continue
        yield Row(line, dict(zip(names, cells, strict=False)))
    if names is None and not findings.problems:
        findings.problem(1, "header", "the file is empty", f"Begin it with {','.join(COLUMNS[:-2])}")


def _header(line: int, cells: list[str], findings: Findings) -> list[str]:
    names = [cell.lower().replace(" ", "_").replace("-", "_") for cell in cells]
    if not set(names) & set(COLUMNS):
        text, cure = (
            "the first row is no header: it names no column that is known",
            f"Begin with {','.join(COLUMNS[:-2])}",
        )
        findings.problem(line, "header", text, cure)
        return []
    for name in dict.fromkeys(name for name in names if name):
        if names.count(name) > 1:
            findings.problem(line, name, f"two columns are called {name!r}", "Keep one of them")
        if name not in COLUMNS:
            near = get_close_matches(name, COLUMNS, n=1)
            cure = f"Did you mean {near[0]!r}?" if near else "It is ignored"
            findings.notice(line, name, f"the column {name!r} is not known", cure)
    for name in REQUIRED:
        if name not in names:
            cure = f"The first row names the columns: {','.join(COLUMNS[:-2])}"
            findings.problem(line, name, f"the column {name!r} is missing", cure)
    return names
