"""`live export` from a real journal: the same list as the boards, while ingest still writes."""

import csv
import io
import json
from pathlib import Path

import pytest

from live.boards import RaceBoard
from live.export import ExportFailed, export
from live.ingest.journal import Journal
from live.ingest.meeting import Meeting
from live.ingest.sqlite import JournalRefused
from live.messages.decisions import AdjustTime, Decision
from live.messages.devices import Passage
from live.programme import Event
from live.web.paper_lists import results_pdf
from live.web.results import as_csv, as_json, results_of
from live.web.workbook import as_xlsx
from tests.conftest import START_MS

LAP_MS = 720_000


def race_of_three_teams() -> list[Passage | Decision]:
    """Return two teams that finish, the first with a penalty that costs it the place, and one after a lap."""
    crossed = [("1A", 1, 0), ("2A", 1, 5_000), ("3A", 1, 9_000)]
    crossed += [(f"1{runner}", 2, 0) for runner in "AB"] + [(f"2{runner}", 2, 5_000) for runner in "AB"]
    crossed += [(f"1{runner}", 3, 0) for runner in "ABC"] + [(f"2{runner}", 3, 5_000) for runner in "ABC"]
    facts: list[Passage | Decision] = [
        Passage("mat-line", "e1", seq, START_MS + lap * LAP_MS + late_ms, chip=chip)
        for seq, (chip, lap, late_ms) in enumerate(crossed, 1)
    ]
    return [*facts, Decision("d1", "marie", START_MS + 4 * LAP_MS, AdjustTime("relay", "1", 30_000), "cut the corner")]


async def test_the_exported_list_is_that_of_the_boards(tmp_path: Path, event: Event) -> None:
    """T107: read beside a journal that is open for writing."""
    async with Journal(tmp_path / "journal", event.id) as journal:
        recorded = await journal.append(race_of_three_teams(), [], START_MS + 5 * LAP_MS)
        written = await export(event, tmp_path / "journal", tmp_path / "out" / "results")
        meeting = Meeting(event, journal.id)
    for fact in recorded:
        meeting.apply(fact)
    meeting.changes(START_MS + 5 * LAP_MS)
    board = RaceBoard(event.by_race["relay"])
    board.hear(meeting.head("relay"))
    board.hear(meeting.page("relay", 0))
    assert [path.name for path in written] == ["relay.csv", "relay.json", "relay.xlsx", "relay.pdf"]
    assert written[0].read_bytes() == as_csv(results_of(board))
    assert written[1].read_bytes() == as_json(results_of(board))
    assert written[2].read_bytes() == as_xlsx(results_of(board), event, "fr")
    assert written[3].read_bytes() == results_pdf(results_of(board), event, "fr")


async def test_penalties_and_status_are_in_the_list(tmp_path: Path, event: Event) -> None:
    async with Journal(tmp_path / "journal", event.id) as journal:
        await journal.append(race_of_three_teams(), [], START_MS + 5 * LAP_MS)
    (sheet,) = await export(event, tmp_path / "journal", tmp_path, race="relay", formats=["csv"])
    rows = list(csv.DictReader(io.StringIO(sheet.read_text(encoding="utf-8"))))
    assert [(row["place"], row["bib"], row["status"], row["time"]) for row in rows[:3]] == [
        ("1", "2", "finished", "36:05"),
        ("2", "1", "finished", "36:30"),
        ("3", "3", "running", "12:09"),
    ]


async def test_a_skipped_fact_is_left_out(tmp_path: Path, event: Event) -> None:
    async with Journal(tmp_path / "journal", event.id) as journal:
        recorded = await journal.append(race_of_three_teams(), [], START_MS + 5 * LAP_MS)
    skipped = frozenset({recorded[-1].seq})
    (told,) = await export(event, tmp_path / "journal", tmp_path, formats=["json"], skipped=skipped)
    assert json.loads(told.read_bytes())["results"][0]["bib"] == "1"


async def test_what_cannot_be_exported_is_said(tmp_path: Path, event: Event) -> None:
    with pytest.raises(ExportFailed, match="no race 'walk': relay"):
        await export(event, tmp_path / "journal", tmp_path, race="walk")
    (tmp_path / "file").write_text("x")
    async with Journal(tmp_path / "journal", event.id):
        pass
    for out, why in (("file", "there already, and is no folder"), ("file/deeper", "is a file, not a folder")):
        with pytest.raises(ExportFailed, match=f"{out}/relay.csv: .*{why}: choose another place"):
            await export(event, tmp_path / "journal", tmp_path / out)
    (tmp_path / "relay.csv").mkdir()
    with pytest.raises(ExportFailed, match=r"/relay\.csv: this is a folder"):
        await export(event, tmp_path / "journal", tmp_path)


async def test_without_a_journal_there_is_nothing_to_export(tmp_path: Path, event: Event) -> None:
    with pytest.raises(JournalRefused, match="no journal"):
        await export(event, tmp_path / "journal", tmp_path)
