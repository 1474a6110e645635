"""Tokens and passwords: kept as hashes in files of our own, changed in one step, seen at once by who reads them."""

import asyncio
import stat
import sys
from pathlib import Path

import bcrypt
import pytest

from live.secrets import ROLES, Secrets, new_token

GRANT = "import sys; from pathlib import Path; from live.secrets import Secrets;"


def test_token_is_recognised_as_its_owners_in_its_role_only(tmp_path: Path) -> None:
    token, _ = Secrets(tmp_path).grant("official", "anna")
    secrets = Secrets(tmp_path)
    assert secrets.verify_official(token) == "anna"
    assert secrets.verify_speaker(token) is None
    assert secrets.verify_device(token) is None
    assert secrets.verify_official(token + "x") is None
    assert secrets.verify_official("") is None


def test_token_never_looks_like_an_option_and_is_long(tmp_path: Path) -> None:
    tokens = {new_token() for _ in range(2_000)}
    assert len(tokens) == 2_000
    assert not any(token.startswith("-") for token in tokens)
    assert min(map(len, tokens)) * 6 >= 128  # six bits a letter


def test_new_token_ends_the_earlier_one(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path)
    first, _ = secrets.grant("official", "anna")
    second, _ = secrets.grant("official", "anna")
    assert (secrets.verify_official(first), secrets.verify_official(second)) == (None, "anna")


def test_revoked_token_is_void_at_once_for_a_reader_who_knew_it(tmp_path: Path) -> None:
    reader = Secrets(tmp_path)
    token, _ = Secrets(tmp_path).grant("device", "mat-line")
    assert reader.verify_device(token) == "mat-line"
    Secrets(tmp_path).revoke("device", "mat-line")
    assert reader.verify_device(token) is None


def test_revoking_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="'ben'"):
        Secrets(tmp_path).revoke("official", "ben")


@pytest.mark.parametrize("name", ["Anna", "a b", "", "a/b", "#", "é", "x" * 65])
def test_name_that_cannot_stand_in_a_topic_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="topic"):
        Secrets(tmp_path).grant("official", name)


@pytest.mark.parametrize("name", ["ingest", "web", "replay"])
def test_device_cannot_take_the_name_of_a_service(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="our own services"):
        Secrets(tmp_path).grant("device", name)


def test_no_file_holds_a_token_and_nobody_else_may_read_them(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path)
    tokens = [secrets.grant(role, "name")[0] for role in ROLES]
    secrets.password("replay")
    secrets.confirm(3)
    files = list(secrets.folder.iterdir())
    assert not any(token in file.read_text() for token in tokens for file in files)
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(secrets.folder.stat().st_mode) == 0o700


def test_broker_can_check_a_devices_token(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path)
    token, _ = secrets.grant("device", "mat-line")
    assert bcrypt.checkpw(token.encode(), secrets.tokens.device["mat-line"].bcrypt.encode())


def test_password_of_a_service_is_made_once(tmp_path: Path) -> None:
    first = Secrets(tmp_path).password("replay")
    assert Secrets(tmp_path).password("replay") == first
    assert Secrets(tmp_path).password("web") != first


def test_version_grows_with_each_change_and_is_confirmed(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path)
    assert (secrets.tokens.version, secrets.confirmed) == (0, 0)
    assert [secrets.grant("device", "a")[1], secrets.revoke("device", "a")] == [1, 2]
    secrets.confirm(2)
    assert secrets.confirmed == 2


async def test_changes_of_many_processes_at_once_are_all_kept(tmp_path: Path) -> None:
    names = [f"mat-{number}" for number in range(12)]
    code = GRANT + "Secrets(Path(sys.argv[1])).grant('device', sys.argv[2])"
    running = [await asyncio.create_subprocess_exec(sys.executable, "-c", code, tmp_path, name) for name in names]
    assert [await process.wait() for process in running] == [0] * len(names)
    assert set(Secrets(tmp_path).tokens.device) == set(names)


def test_half_written_file_of_a_power_cut_does_no_harm(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path)
    token, _ = secrets.grant("official", "anna")
    (secrets.folder / "tokens.json.new").write_text('{"versi')
    assert Secrets(tmp_path).verify_official(token) == "anna"
    assert Secrets(tmp_path).grant("official", "ben")[1] == 2
