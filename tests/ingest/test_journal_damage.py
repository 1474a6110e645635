"""Every byte of a journal that matters is watched: changed, it is found out, or nothing else is said."""

from pathlib import Path

import pysqlite3
import pytest

from live.ingest.journal import Journal, JournalReader
from live.ingest.sqlite import JournalRefused
from live.messages.decisions import Decision, FireGun
from live.messages.devices import Passage, Rejected

FACTS: list[Passage | Decision] = [
    *(Passage("mat-line", "9f2c", seq, 1_464_274_200_000 + seq, chip=f"{seq}A") for seq in range(1, 5)),
    Decision("gun-1", "marie", 1_464_274_206_000, FireGun("relay", 1_464_274_199_000), "the gun"),
]


async def journal(folder: Path) -> bytes:
    """Write a small journal into one file; return what is in it."""
    async with Journal(folder / "journal", "race") as writing:
        for fact in FACTS:
            await writing.append([fact], [Rejected("live/race/passages/x", b'{"v":1}', "no epoch", "x", "e", 1)], 9_000)
    return (folder / "journal").read_bytes()


async def said(path: Path) -> tuple[list[str], object]:
    """Return what `verify` complains of, and all that the journal says to whoever asks."""
    try:
        async with JournalReader(path, "race") as reader:
            wrong = await reader.verify()
            if wrong:
                return wrong, None
            return [], (reader.id, [chunk async for chunk in reader.read()], await reader.rejected())
    except JournalRefused as error:
        return [str(error)], None


async def silently_wrong(folder: Path, whole: bytes, bits: int) -> list[int]:
    """Return where a changed byte is neither found nor without effect; what is 0 is mostly room in a page."""
    path = folder / "changed"
    path.write_bytes(whole)
    right = await said(path)
    assert right[0] == []
    found = []
    for place in (place for place, byte in enumerate(whole) if byte):
        changed = bytearray(whole)
        changed[place] ^= bits
        path.write_bytes(changed)
        wrong, answer = await said(path)
        if not wrong and (wrong, answer) != right:
            found.append(place)
    return found


@pytest.mark.parametrize(
    "bits", [0x01, pytest.param(0x20, marks=pytest.mark.deep), pytest.param(0xFF, marks=pytest.mark.deep)]
)
async def test_every_flipped_byte_is_found_or_changes_nothing(tmp_path: Path, bits: int) -> None:
    whole = await journal(tmp_path)
    assert await silently_wrong(tmp_path, whole, bits) == []


async def test_every_flipped_byte_of_a_fact_is_found_and_its_seq_is_named(tmp_path: Path) -> None:
    """What a device or an official has said, and when it was heard."""
    whole = await journal(tmp_path)
    path = tmp_path / "changed"
    body = b'{"device":"mat-line","epoch":"9f2c","seq":3,'
    begin = whole.index(body)
    for place in range(begin, begin + len(body)):
        changed = bytearray(whole)
        changed[place] ^= 0x01
        path.write_bytes(changed)
        wrong, _ = await said(path)
        assert "fact 3: its hash does not follow from its content and the fact before" in wrong


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        ("UPDATE rejected SET raw = x'00'", "rejected message 1: its hash does not follow"),
        ("UPDATE rejected SET times = 1", "rejected message 1: its hash does not follow"),
        ("UPDATE meta SET value = 'other' WHERE name = 'journal'", "what it says about itself was changed"),
        ("DROP INDEX facts_identity", "its tables are not what they should be"),
    ],
)
async def test_what_is_no_fact_is_watched_too(tmp_path: Path, damage: str, complaint: str) -> None:
    await journal(tmp_path)
    vandal = pysqlite3.connect(str(tmp_path / "journal"), isolation_level=None)
    vandal.execute(damage)
    vandal.close()
    wrong, _ = await said(tmp_path / "journal")
    assert any(complaint in each for each in wrong), wrong


async def test_damage_in_the_middle_does_not_hide_what_is_wrong_before_it(tmp_path: Path) -> None:
    """The seq behind which SQLite can read no further is named, and the changed fact before it as well."""
    async with Journal(tmp_path / "journal", "race") as writing:
        await writing.append([Passage("m", "e", seq, seq, chip="1A") for seq in range(1, 3_000)], [], 1)
    vandal = pysqlite3.connect(str(tmp_path / "journal"), isolation_level=None)
    vandal.execute("UPDATE facts SET heard_at_ms = 2 WHERE seq = 5")
    vandal.close()
    whole = bytearray((tmp_path / "journal").read_bytes())
    page = whole.index(b'"seq":2000,') // 4096
    whole[4096 * page : 4096 * (page + 1)] = bytes(4096)
    (tmp_path / "journal").write_bytes(whole)
    wrong, _ = await said(tmp_path / "journal")
    assert any(each.startswith("fact 5: its hash") for each in wrong), wrong
    assert any(each.startswith("behind fact ") and "no further" in each for each in wrong), wrong
