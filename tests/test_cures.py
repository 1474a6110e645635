"""What keeps a command from its files is told with its place and its cure, and a whole journal is never put aside."""

import os
import shutil
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pysqlite3
import pytest

from live.ingest.backups import Backups
from live.ingest.journal import Journal, journal_file
from live.messages.devices import Passage
from live.secrets import Secrets
from tests.conftest import SmallDisk
from tests.serving import Served, live

EVENT = "my-race"
COMMANDS = (("journal",), ("journal", "--verify"), ("export", "--format", "csv"), ("restore",))
RESTORE = "`live restore` takes the newest good backup"
WITHOUT_RIGHTS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
"""As a user to whom rights apply."""
STRACE = ("strace", "-f", "-qq", "-o", os.devnull, "-e", "trace=pread64,read")


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """An event whose journal has a thousand passages, and a backup of them."""
    folder = tmp_path / EVENT
    data = folder / "data"
    assert (await live("init", folder))[0] == 0
    async with Journal(journal_file(data), EVENT) as journal:
        await journal.append([Passage("mat-line", "e1", seq, seq, chip="1A") for seq in range(1, 1_001)], [], 1)
        keeping = Backups(journal, Secrets(data), data / "backup", keep=5, ours=True, wall_ms=lambda: 1_000_000)
        await keeping.copy()
        assert keeping.state.trouble == ""
    return folder


def kept(data: Path) -> tuple[bytes, list[str]]:
    """Return the journal, and what else lies there under a name of its own."""
    return journal_file(data).read_bytes(), [path.name for path in data.glob("journal.damaged-*")]


async def refused(folder: Path, words: tuple[str, ...], *more: str | Path, under: tuple[str, ...] = ()) -> str:
    """Run a command that must fail; return the one line that it says."""
    code, _, said = await live(words[0], folder, *words[1:], *more, under=under)
    assert code == 1
    assert said.startswith("live: ") and said.count("\n") == 1, said
    return said


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
async def test_a_disk_that_does_not_read_is_no_damaged_journal(folder: Path, words: tuple[str, ...]) -> None:
    """SQLite calls the database malformed then; who believes it puts a whole journal aside."""
    before, journal = kept(folder / "data"), journal_file(folder / "data")
    failing = ("-e", "inject=pread64:error=EIO:when=3+", "-e", "inject=read:error=EIO")
    said = await refused(folder, words, under=(*STRACE, "-P", str(journal), *failing))
    assert f"{journal} is out of reach (Input/output error): see whether the disk is full (df) or fails (dmesg)" in said
    assert "live restore --data FOLDER --from BACKUP" in said and RESTORE not in said
    assert kept(folder / "data") == before


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
async def test_a_journal_of_another_user_is_told_to_be_his(folder: Path, words: tuple[str, ...]) -> None:
    before = kept(folder / "data")
    journal_file(folder / "data").chmod(0)
    said = await refused(folder, words, under=WITHOUT_RIGHTS)
    assert "out of reach" in said and "run `live` as the user who serves" in said and RESTORE not in said
    journal_file(folder / "data").chmod(0o600)
    assert kept(folder / "data") == before


async def test_a_full_disk_is_no_damaged_journal(folder: Path, small_disk: SmallDisk) -> None:
    """Even who only reads needs a page of room beside it."""
    shutil.copytree(folder / "data", small_disk.path, dirs_exist_ok=True)
    before = kept(small_disk.path)
    small_disk.fill()
    for words in COMMANDS:
        said = await refused(folder, words, "--data", small_disk.path)
        assert "whether the disk is full (df)" in said and RESTORE not in said
    said = await refused(folder, ("token", "official", "anna"), "--data", small_disk.path)
    assert said == f"live: {small_disk.path / 'secrets'}: the disk is full: make room.\n"
    assert kept(small_disk.path) == before


async def test_a_journal_that_another_program_holds_is_told_to_be_held(folder: Path) -> None:
    with closing(pysqlite3.connect(str(journal_file(folder / "data")), isolation_level=None)) as shell:
        shell.execute("PRAGMA locking_mode = EXCLUSIVE")
        shell.execute("BEGIN EXCLUSIVE")
        said = await refused(folder, ("restore",))
    assert "out of reach (database is locked" in said and "end the program that holds it" in said


async def test_where_no_journal_is_every_cure_is_named(folder: Path) -> None:
    journal_file(folder / "data").unlink()
    said = await refused(folder, ("journal",))
    assert "there is no journal at" in said
    assert all(cure in said for cure in ("`live serve` makes it", "--data names another folder", RESTORE))


async def test_tokens_that_are_none_are_told_with_their_file(folder: Path) -> None:
    tokens = folder / "data" / "secrets" / "tokens.json"
    tokens.parent.mkdir()
    tokens.write_text('{"half')
    for words in (("token", "official", "anna"), ("serve",)):
        said = await refused(folder, words)
        assert f"{tokens} is damaged" in said and "*.tokens.json" in said and "`live token`" in said
    assert tokens.read_text() == '{"half'
    _, said, _ = await live("doctor", folder)
    assert f"problem  devices: {tokens} is damaged" in said


async def test_backups_that_cannot_be_read_keep_no_race_from_starting(
    folder: Path, served: Callable[..., Awaitable[Served]]
) -> None:
    [backup] = (folder / "data" / "backup").glob("*.sqlite")
    backup.with_name("_".join(backup.name.split("_")[:2]) + ".decisions.jsonl").mkdir()
    serving = await served(folder)
    assert "the journal is not compared with its backups: " in serving.log.read_text()
