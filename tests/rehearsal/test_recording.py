"""A recording is read whole, and every problem is named with its line and column before anything is sent."""

import gzip
from pathlib import Path

import pytest

from live.messages.devices import Passage
from live.rehearsal.recording import RecordingProblems, epoch_of, parse_recording, read_recording, to_csv

DEVICES = ("mat-line", "mat-km1")
HEADER = "device,seq,chip,bib,runner,at_ms\n"


def parsed(text: str) -> list[Passage]:
    """Return the passages of a recording given as text."""
    return list(parse_recording(text.encode(), "race.csv", DEVICES).passages)


def problems(text: str) -> list[str]:
    """Return what is wrong with it, as people read it."""
    with pytest.raises(RecordingProblems) as raised:
        parsed(text)
    return [str(problem) for problem in raised.value.problems]


def test_rows_become_passages_in_the_order_of_the_file() -> None:
    passages = parsed(HEADER + "mat-line,1,12A,,,1000\nmat-km1,1,,12,b,900\n")
    epoch = passages[0].epoch
    assert passages == [
        Passage("mat-line", epoch, 1, 1_000, chip="12A"),
        Passage("mat-km1", epoch, 1, 900, bib="12", runner="B"),
    ]


def test_the_epoch_is_the_first_eight_hex_digits_of_the_files_sha256() -> None:
    assert epoch_of(b"abc") == "ba7816bf"
    text = HEADER + "mat-line,1,12A,,,1000\n"
    assert parsed(text)[0].epoch == epoch_of(text.encode())
    assert parsed(text + "\n")[0].epoch != parsed(text)[0].epoch


def test_codes_have_their_one_normal_form() -> None:
    """T18: trimmed, upper case, leading zeros kept."""
    (passage,) = parsed(HEADER + " MAT-Line ,1, 007a ,,,1000\n")
    assert (passage.device, passage.chip) == ("mat-line", "007A")


def test_a_semicolon_a_byte_order_mark_and_further_columns_are_fine() -> None:
    (passage,) = parsed("\ufeffdevice;seq;chip;bib;runner;at_ms;point;race;colour\nmat-line;1;1A;;;5;km1;relay;red\n")
    assert (passage.point, passage.race) == ("km1", "relay")


def test_json_lines_hold_a_passage_or_a_message_each() -> None:
    passages = parsed(
        '{"device":"mat-line","seq":1,"chip":"1A","at_ms":5,"epoch":"aa"}\n'
        '{"v":1,"device":"mat-line","epoch":"aa","passages":[{"seq":2,"bib":"1","at_ms":6},{"seq":3,"bib":"1","at_ms":7}]}\n'
    )
    assert [passage.identity for passage in passages] == [("mat-line", "aa", seq) for seq in (1, 2, 3)]


def test_a_packed_file_is_the_same_recording(tmp_path: Path) -> None:
    text = HEADER + "mat-line,1,12A,,,1000\n"
    packed = tmp_path / "race.csv.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    assert list(read_recording(packed, DEVICES).passages) == parsed(text)


def test_a_torn_packed_file_is_named(tmp_path: Path) -> None:
    packed = tmp_path / "race.csv.gz"
    packed.write_bytes(gzip.compress((HEADER * 100).encode())[:-12])
    with pytest.raises(RecordingProblems, match=r"race\.csv\.gz"):
        read_recording(packed, DEVICES)


def test_a_hole_is_named_with_its_line_device_and_missing_seq() -> None:
    (problem,) = problems(HEADER + "mat-line,1,1A,,,1\nmat-km1,1,1A,,,2\nmat-line,3,1A,,,3\n")
    assert problem.startswith("race.csv:4: seq: mat-line")
    assert "seq 2 is missing" in problem


def test_a_device_counts_from_one() -> None:
    (problem,) = problems(HEADER + "mat-line,5,1A,,,1\n")
    assert "seq 1 to 4 are missing" in problem


def test_epochs_count_apart_and_order_does_not_matter() -> None:
    text = "device,seq,chip,bib,runner,at_ms,epoch\nmat-line,2,1A,,,1,aa\nmat-line,1,1A,,,1,bb\nmat-line,1,1A,,,1,aa\n"
    assert [passage.epoch for passage in parsed(text)] == ["aa", "bb", "aa"]


def test_an_unknown_device_is_named_with_those_that_are_known() -> None:
    (problem,) = problems(HEADER + "mat-lien,1,1A,,,1\n")
    assert problem.startswith("race.csv:2: device: 'mat-lien' is no device of this event")
    assert "mat-line" in problem


@pytest.mark.parametrize(
    ("row", "line", "column"),
    [
        ("mat-line,one,1A,,,1000", 2, "seq"),
        ("mat-line,0,1A,,,1000", 2, "seq"),
        ("mat-line,1,1A,,,16:30", 2, "at_ms"),
        ("mat-line,1,1A,,,-5", 2, "at_ms"),
        ("mat-line,1,,,,1000", 2, "chip"),
        ("mat-line,1," + "9" * 65 + ",,,1000", 2, "chip"),
        ("mat-line,1,1A,,1000", 2, "row"),
        (",1,1A,,,1000", 2, "device"),
    ],
)
def test_a_bad_row_is_named_by_line_and_column(row: str, line: int, column: str) -> None:
    (problem,) = problems(HEADER + row + "\n")
    assert problem.startswith(f"race.csv:{line}: {column}: ")


def test_every_bad_row_is_named_not_the_first_only() -> None:
    found = problems(HEADER + "mat-line,x,1A,,,1\nmat-line,2,1A,,,y\n")
    assert [problem.split(":")[1] for problem in found] == ["2", "3"]


def test_a_missing_column_is_named() -> None:
    (problem,) = problems("device,seq,chip,bib,runner\nmat-line,1,1A,,\n")
    assert problem.startswith("race.csv:1: at_ms: this column is missing")


@pytest.mark.parametrize("text", ["", "\n", HEADER, '{"device":"mat-line"\n', "[1]\n", '{"device":"mat-line","v":9}\n'])
def test_what_is_no_recording_is_refused(text: str) -> None:
    assert problems(text)


def test_bytes_that_are_no_text_are_refused_with_their_line() -> None:
    with pytest.raises(RecordingProblems, match=r"race\.csv:2: file: it is not UTF-8"):
        parse_recording(HEADER.encode() + b"mat-line,1,\xff,,,1\n", "race.csv", DEVICES)


def test_what_is_written_is_read_back() -> None:
    passages = [Passage("mat-line", "", 1, 5, chip="1A", race="relay"), Passage("mat-line", "", 2, 6, bib="7")]
    assert [(p.chip, p.bib, p.race) for p in parsed(to_csv(passages))] == [("1A", None, "relay"), (None, "7", None)]
