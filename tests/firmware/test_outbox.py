"""The outbox in flash, on the real MicroPython: nothing is lost, nothing is numbered twice, whatever happens."""

import json
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from tests.firmware.board import SCRIPTS, running, says

OPERATE = """
import json, sys
from outbox import Outbox, OutboxFull
folder, options, operations = json.loads(sys.stdin.readline())

def sent(now_ms):
    seqs = []
    while batch := box.take(now_ms):
        assert [json.loads(text)["seq"] for text in batch[1]] == batch[0]
        seqs.append(batch[0])
    return seqs

def put(*chips):
    try:
        box.put([{"chip": chip, "at_ms": 1} for chip in chips])
        return box.last_seq
    except OutboxFull as error:
        return str(error)

def restart():
    global box
    box = Outbox(folder, **options)

restart()
does = {
    "put": put,
    "sent": sent,
    "texts": lambda: box.take(0)[1],
    "stored": lambda through: box.stored(box.epoch, through),
    "stored_of_another": lambda through: box.stored("another", through),
    "rewind": lambda seq: box.rewind(seq),
    "note": lambda: box.note_watermark(),
    "wipe": lambda: box.wipe(),
    "restart": restart,
    "marks": lambda: [box.epoch, box.last_seq, box.through, box.queued],
}
print(json.dumps([does[name](*arguments) for name, *arguments in operations]))
"""


def operate(folder: Path, *operations: tuple[Any, ...], **options: int) -> list[Any]:
    """Do these to an outbox in the folder; return what each gave."""
    said: list[Any] = says(OPERATE, str(folder / "outbox"), options, operations)
    return said


def many(count: int) -> tuple[str, ...]:
    """Return the operation that puts so many passages in, together."""
    return ("put", *(f"C{number}" for number in range(count)))


def flat(messages: list[list[int]]) -> list[int]:
    """Return the seqs of some messages, in order."""
    return list(chain.from_iterable(messages))


def test_passages_are_numbered_from_one_and_stand_as_in_a_message(tmp_path: Path) -> None:
    *_, texts = operate(tmp_path, ("put", "12A"), ("put", "12B", "é"), ("texts",))
    assert [json.loads(text) for text in texts] == [
        {"seq": 1, "chip": "12A", "at_ms": 1},
        {"seq": 2, "chip": "12B", "at_ms": 1},
        {"seq": 3, "chip": "é", "at_ms": 1},
    ]


def test_what_was_put_outlives_a_restart_under_the_same_epoch(tmp_path: Path) -> None:
    epoch, *_ = operate(tmp_path, ("marks",))[0]
    _, *marks, sent = operate(tmp_path, many(3), ("restart",), ("put", "12A"), ("marks",), ("sent", 0))
    assert marks[-1] == [epoch, 4, 0, 4]
    assert sent == [[1, 2, 3, 4]]


def test_wiping_begins_a_new_epoch_from_one(tmp_path: Path) -> None:
    """T08, T40: the reads of last week's test are of another epoch."""
    before, _, _, after, _, sent = operate(
        tmp_path, ("marks",), many(3), ("wipe",), ("marks",), ("put", "12A"), ("sent", 0)
    )
    assert after[0] != before[0]
    assert after[1:] == [0, 0, 0]
    assert sent == [[1]]


def test_a_message_has_at_most_forty_passages(tmp_path: Path) -> None:
    _, sent = operate(tmp_path, many(100), ("sent", 0), per_segment=30)
    assert [len(seqs) for seqs in sent] == [40, 40, 20]
    assert flat(sent) == list(range(1, 101))


def test_a_message_of_long_passages_fits_into_a_small_memory(tmp_path: Path) -> None:
    _, sent = operate(tmp_path, ("put", *("é" * 200 for _ in range(40))), ("sent", 0))
    assert len(sent) > 1
    assert flat(sent) == list(range(1, 41))


def test_a_passage_longer_than_a_record_is_refused_and_takes_no_number(tmp_path: Path) -> None:
    script = OPERATE.replace("OutboxFull as error", "ValueError as error")
    said = says(script, str(tmp_path / "outbox"), {}, [("put", "x" * 600), ("put", "12A"), ("sent", 0)])
    assert said[1:] == [1, [[1]]]


# --- stored -----------------------------------------------------------------------------------------------------


def test_what_is_above_the_watermark_for_longer_than_six_seconds_is_sent_again(tmp_path: Path) -> None:
    said = operate(tmp_path, many(5), ("sent", 0), ("stored", 3), ("sent", 5_999), ("sent", 6_000), ("sent", 6_001))
    assert said[3:] == [[], [[4, 5]], []]


def test_it_is_sent_again_and_again_until_it_is_stored(tmp_path: Path) -> None:
    said = operate(
        tmp_path, many(2), ("sent", 0), ("sent", 6_000), ("sent", 100_000), ("stored", 2), ("sent", 200_000), ("marks",)
    )
    assert said[2:4] == [[[1, 2]], [[1, 2]]]
    assert said[5] == []
    assert said[6][3] == 0


def test_new_passages_do_not_wait_for_those_sent_again(tmp_path: Path) -> None:
    said = operate(tmp_path, many(2), ("sent", 0), ("put", "12A"), ("sent", 6_000))
    assert said[3] == [[3], [1, 2]]


def test_what_is_overdue_is_sent_again_though_new_passages_never_cease(tmp_path: Path) -> None:
    """A mat in the crowd: something new twice a second, and a first message that nobody stored."""
    crowd = [each for half in range(1, 20) for each in (("put", f"N{half}"), ("sent", 500 * half))]
    said = operate(tmp_path, many(2), ("sent", 0), *crowd)
    again = [number for number, sent in enumerate(said[3::2], 1) if any(1 in message for message in sent)]
    assert again and 12 <= again[0] <= 14


def test_without_a_watermark_the_pauses_between_two_rounds_grow(tmp_path: Path) -> None:
    """Ingest is away for an hour: the broker must not fill up with the same passages."""
    seconds = range(0, 3_600_000, 1_000)
    said = operate(tmp_path, many(2), *(("sent", at_ms) for at_ms in seconds))
    assert 50 < len([sent for sent in said[1:] if sent]) < 70


def test_a_lost_connection_sends_at_once_what_it_carried(tmp_path: Path) -> None:
    said = operate(tmp_path, many(5), ("sent", 0), ("rewind", 4), ("sent", 1))
    assert said[3] == [[4, 5]]


def test_the_watermark_outlives_a_restart(tmp_path: Path) -> None:
    said = operate(tmp_path, many(5), ("stored", 4), ("put", "12A"), ("restart",), ("sent", 0), ("marks",))
    assert said[4] == [[5, 6]]
    assert said[5][1:] == [6, 4, 2]


def test_the_watermark_is_noted_in_a_quiet_moment(tmp_path: Path) -> None:
    said = operate(tmp_path, many(5), ("stored", 5), ("note",), ("restart",), ("marks",), ("sent", 0))
    assert said[4][1:] == [5, 5, 0]
    assert said[5] == []


def test_a_server_that_went_back_to_its_backup_gets_everything_above_it_again(tmp_path: Path) -> None:
    """T12: sent and stored passages are kept for the whole race, and can be asked for."""
    said = operate(
        tmp_path, many(90), ("sent", 0), ("stored", 90), ("stored", 30), ("sent", 1), ("marks",), per_segment=20
    )
    assert flat(said[4]) == list(range(31, 91))
    assert said[5][3] == 60


def test_a_server_that_knows_only_another_epoch_has_nothing_of_ours(tmp_path: Path) -> None:
    said = operate(tmp_path, many(5), ("sent", 0), ("stored", 5), ("stored_of_another", 9), ("sent", 1))
    assert said[4] == [[1, 2, 3, 4, 5]]


def test_numbers_that_the_server_has_are_never_used_again(tmp_path: Path) -> None:
    """The flash lost its newest passages, which the server has: the next one must not take their place."""
    said = operate(tmp_path, many(5), ("stored", 8), ("restart",), ("put", "12A"), ("marks",), ("sent", 0))
    assert said[3] == 9
    assert said[4][1:] == [9, 8, 1]
    assert said[5] == [[9]]


# --- bounded ----------------------------------------------------------------------------------------------------


def test_no_passage_leaves_before_it_is_stored(tmp_path: Path) -> None:
    """T15: a full outbox refuses new passages rather than forget one that may be nowhere else."""
    options = {"capacity": 20, "per_segment": 5}
    said = operate(tmp_path, many(20), ("sent", 0), ("put", "12A"), ("marks",), ("rewind", 1), ("sent", 1), **options)
    assert "20 passages are not yet stored" in said[2]
    assert said[3][1] == 20
    assert flat(said[5]) == list(range(1, 21))


def test_the_oldest_stored_passages_make_room(tmp_path: Path) -> None:
    options = {"capacity": 20, "per_segment": 5}
    puts = [("put", f"A{number}") for number in range(20)]
    said = operate(tmp_path, *puts, ("stored", 12), ("put", "B"), ("restart",), ("stored", 0), ("sent", 0), **options)
    assert said[21] == 21
    assert flat(said[-1]) == list(range(6, 22))


def test_a_full_flash_refuses_sends_and_recovers() -> None:
    """LittleFS without room: what was kept is sent; when it is stored there is room again, and no number is lost."""
    said = says(SCRIPTS / "full_flash.py")
    assert said["kept"] > 100
    assert said["refused"] > 0
    assert said["sent"] == list(range(1, said["kept"] + 1))
    assert said["last_seq"] == said["kept"] + 60


# --- power cuts and damage --------------------------------------------------------------------------------------


def test_power_cut_at_every_write_loses_nothing_that_was_kept() -> None:
    """LittleFS in memory, cut before and half-way through each of its writes and erases, then mounted again."""
    said = says(SCRIPTS / "power_cuts.py")
    assert said["cuts"] > 200
    assert said["wrong"] == []


HALF = """
import json, sys
from outbox import Outbox, OutboxFull

class Half:
    def __init__(self, file):
        self.file = file
    def write(self, data):
        self.file.write(data[:len(data) // 2])
        raise OSError(5)
    def close(self):
        self.file.close()

[folder] = json.loads(sys.stdin.readline())
box, refused = Outbox(folder), 0
for number in range(6):
    if number % 2:
        box._file = Half(box._file)
        try:
            box.put([{"chip": "LOST", "at_ms": 1}] * 3)
        except OutboxFull:
            refused += 1
    box.put([{"chip": f"C{number}", "at_ms": 1}])
box, texts = Outbox(folder), []
while batch := box.take(0):
    texts.extend(batch[1])
print(json.dumps([refused, [json.loads(text)["chip"] for text in texts]]))
"""


def test_a_write_that_fails_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    assert says(HALF, str(tmp_path / "outbox")) == [3, [f"C{number}" for number in range(6)]]


SPOIL = """
import json, os, sys
from outbox import Outbox
folder, how = json.loads(sys.stdin.readline())
box = Outbox(folder)
for number in range(4):
    box.put([{"chip": f"C{number}", "at_ms": 1}])
box._close()
name = folder + "/" + os.listdir(folder)[0]
whole = open(name, "rb").read()
found = []
for at in range(len(whole)):
    for other in os.listdir(folder):
        os.remove(folder + "/" + other)
    spoilt = whole[:at] if how == "cut" else whole[:at] + bytes((whole[at] ^ 1,)) + whole[at + 1:]
    with open(name, "wb") as file:
        file.write(spoilt)
    box = Outbox(folder)
    box.put([{"chip": "NEW", "at_ms": 1}])
    box = Outbox(folder)
    left = []
    while batch := box.take(0):
        left.extend(json.loads(text) for text in batch[1])
    assert [passage["seq"] for passage in left] == list(range(1, len(left) + 1))
    found.append([passage.get("chip", "damaged") for passage in left])
    box._close()
print(json.dumps(found))
"""
"""Spoils a file of four passages at each of its bytes in turn, starts anew, puts one more in, and says what is left."""


def test_a_last_record_torn_anywhere_is_dropped_and_its_number_goes_to_the_next(tmp_path: Path) -> None:
    found = says(SPOIL, str(tmp_path / "outbox"), "cut")
    originals = ["C0", "C1", "C2", "C3"]
    assert {tuple(left) for left in found} == {(*originals[:count], "NEW") for count in range(4)}
    assert [len(left) for left in found] == sorted(len(left) for left in found)


def test_damage_anywhere_is_found_and_said_and_spoils_two_passages_at_most(tmp_path: Path) -> None:
    """T13: the server gets the number of what is damaged, sets it aside, and the hole is stated."""
    originals = ["C0", "C1", "C2", "C3"]
    for left in says(SPOIL, str(tmp_path / "outbox"), "flip"):
        assert left[-1] == "NEW"
        assert all(chip in (original, "damaged") for chip, original in zip(left[:-1], originals, strict=False))
        assert len(set(left) & set(originals)) >= 2


@pytest.mark.parametrize("seed", range(3))
async def test_killed_in_mid_write_it_has_every_passage_that_it_said_it_had(tmp_path: Path, seed: int) -> None:
    """kill -9 in the middle of its writing, twelve lives on one flash: nothing lost, nothing doubled."""
    said: dict[int, str] = {}
    for life in range(12):
        async with running(SCRIPTS / "keeper.py", str(tmp_path / "outbox"), life) as board:
            await board.listen(1 + (7 * life + 13 * seed) % 40)
        found, *kept = board.said
        assert [seq for seq, _ in found] == list(range(1, len(found) + 1))
        assert said.items() <= {seq: chip for seq, chip in found}.items()
        said.update((seq, chip) for each in kept for seq, chip in each)
    assert len(said) > 100
