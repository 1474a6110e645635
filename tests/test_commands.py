"""The commands as a user types them: what they print, where, and how they exit."""

import asyncio
import contextlib
import os
import re
import shlex
import signal
import socket
import sys
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from live.bus import Bus, BusLink
from live.event import read_event
from live.ingest.journal import journal_file
from live.wire import Topics
from tests.conftest import free_port, until
from tests.serving import LIVE, Served, lines, live

Serving = Callable[..., Awaitable[Served]]
COMMANDS = (
    *("demo", "init", "check", "serve", "replay", "simulate", "export", "journal", "restore", "doctor", "token"),
)


def contents(folder: Path) -> dict[str, bytes]:
    """What is in a folder."""
    return {file.name: file.read_bytes() for file in folder.iterdir()}


# --- help and wrong use -----------------------------------------------------------------------------------------


async def test_help_names_every_command_and_the_exit_codes() -> None:
    code, out, _ = await live("--help")
    assert code == 0
    assert tuple(re.findall(r"^    (\w+)  +\w", out, re.MULTILINE)) == COMMANDS
    assert "exit code: 0 done, 1 a problem was found, 2 wrong use" in out


@pytest.mark.parametrize("command", COMMANDS)
async def test_help_of_a_command_has_an_example(command: str) -> None:
    code, out, _ = await live(command, "--help")
    assert code == 0
    assert f"examples:\n  live {command}" in out


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("race",),
        ("serve",),
        ("serve", "x", "ingest", "mail"),
        ("serve", "x", "--port", "0"),
        ("serve", "x", "--port", "65536"),
        ("serve", "x", "--speed", "2"),
        ("serve", "x", "--workers", "none"),
        ("demo", "--speed", "0"),
        ("serve", "x", "web", "--broker", "here:1883"),
        ("replay", "x", "p.csv", "--broker", "mqtt://here:port"),
        ("replay", "x"),
        ("export", "x", "--format", "doc"),
        ("token", "x", "king", "anna"),
    ],
    ids=" ".join,
)
async def test_wrong_use_exits_with_2_and_says_what_is_wrong(words: tuple[str, ...]) -> None:
    code, out, err = await live(*words)
    assert (code, out) == (2, "")
    assert "error:" in err


async def test_services_may_stand_behind_options(folder: Path) -> None:
    code, out, _ = await live("serve", folder, "--port", "8001", "ingest", "--print-config")
    assert code == 0
    assert "LIVE_WEB_PORT=8001\n" in out


# --- expected failures: one clear sentence, no traceback --------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("check", "{empty}"), "2 problems in"),
        (("serve", "{folder}/event.toml"), "my-race/event.toml is a file. Name the folder that it is in: "),
        (("serve", "{empty}"), "event.toml:1: event: the file does not exist"),
        (("token", "{empty}", "official", "anna"), "event.toml:1: event: the file does not exist"),
        (("token", "{folder}", "device", "mat-9"), "event.toml has no device 'mat-9' (it has: mat-line,"),
        (("token", "{folder}", "official", "Anna B"), "'Anna B' cannot stand in a topic"),
        (("token", "{folder}", "official", "anna", "--revoke"), "no official has the name 'anna'"),
        (("replay", "{folder}", "{empty}/x.csv"), "empty/x.csv: there is no such file or folder: check the name"),
        (("replay", "{folder}", "{folder}"), "my-race: this is a folder: name a file."),
        (("simulate", "{folder}", "--out", "{empty}/x.csv"), "empty/x.csv: there is no such file or folder: check"),
        (("replay", "{folder}", "{folder}/entries.csv"), "entries.csv:1:"),
        (("journal", "{folder}"), "there is no journal"),
        (("export", "{folder}"), "there is no journal"),
        (("export", "{folder}", "--race", "run"), "no race 'run'"),
        (("simulate", "{folder}", "--teams", "3"), "holds an event already"),
        (("serve", "{folder}", "--data", "{folder}/event.toml"), "event.toml: this is there already, and is no folder"),
        (("serve", "{folder}", "--data", "{folder}/event.toml/d"), "a part of this path is a file, not a folder"),
        (("serve", "{folder}", "--host", "192.0.2.1"), "'192.0.2.1' is no address of this machine"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
async def test_expected_failure_is_one_sentence_on_stderr(
    words: tuple[str, ...], says: str, folder: Path, tmp_path: Path
) -> None:
    code, _, err = await live(*(word.format(folder=folder, empty=tmp_path / "empty") for word in words))
    assert code == 1
    assert err.startswith("live: ")
    assert says in err
    assert "Traceback" not in err
    assert "Errno" not in err


async def test_wrong_setting_in_the_environment_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVE_WEB_PROT", "80")
    code, _, err = await live("serve", folder)
    assert (code, err) == (1, "live: LIVE_WEB_PROT is no setting. Did you mean LIVE_WEB_PORT?\n")


# --- init and check ---------------------------------------------------------------------------------------------


async def test_first_event_is_accepted_by_check(folder: Path) -> None:
    code, out, err = await live("check", folder)
    assert (code, err) == (0, "")
    assert "relay: 6 entries, 18 runners, 3 laps\n" in out
    assert "notice" not in out


async def test_init_never_overwrites(folder: Path) -> None:
    before = contents(folder)
    (folder / "event.toml").unlink()
    code, _, err = await live("init", folder)
    assert code == 1
    assert "entries.csv is there already" in err
    assert contents(folder) == {"entries.csv": before["entries.csv"]}


async def test_check_tells_every_problem_with_its_place(folder: Path) -> None:
    with (folder / "entries.csv").open("a") as file:
        file.write("relay,9,T,,,Q,,,,,,\nrelay,10,T,,,A,,,Z,,,\n")
    code, out, err = await live("check", folder)
    assert code == 1
    problems = [line for line in out.splitlines() if not line.startswith("notice")]
    assert [line.split(": ")[:2] for line in problems] == [
        ["entries.csv:24", "runner"],
        ["entries.csv:25", "sex"],
    ]
    assert err == f"live: 2 problems in {folder}\n"


async def test_serve_refuses_an_event_with_problems(folder: Path) -> None:
    with (folder / "entries.csv").open("a") as file:
        file.write("relay,9,T,,,Q,,,,,,\n" * 12)
    code, _, err = await live("serve", folder)
    assert code == 1
    assert "entries.csv:24: runner: 'Q' runs no lap of 'relay'" in err
    assert "more: live check tells them all" in err


# --- serve ------------------------------------------------------------------------------------------------------


async def test_first_event_is_served_until_sigterm(folder: Path, served: Serving) -> None:
    serving = await served(folder)
    assert (await serving.get("/readyz")).status_code == 200
    assert (await serving.get("/api/v1/event")).json()["event"]["id"] == "my-race"
    processes = serving.children().values()
    assert len(processes) == 3
    assert await serving.stop() == 0
    assert not any(process.is_running() for process in processes)


async def test_folder_may_have_any_name(tmp_path: Path, served: Serving) -> None:
    """Blanks, quotation marks, letters of any alphabet: also nats-server has to read the names of its files."""
    folder = tmp_path / 'course d\'été «2026» "日本" 🏃'
    _, told, _ = await live("init", folder)
    assert f"live serve {shlex.quote(str(folder))}" in told
    assert (await live("check", folder))[0] == 0
    serving = await served(folder)
    assert (await serving.get("/readyz")).status_code == 200


async def test_interrupt_stops_it_as_well(folder: Path, served: Serving) -> None:
    serving = await served(folder)
    processes = serving.children().values()
    serving.process.send_signal(signal.SIGINT)
    assert await serving.stop() == 0
    assert not any(process.is_running() for process in processes)


async def test_terminal_shows_a_status_line(folder: Path) -> None:
    shown, terminal = os.openpty()
    ports = ("--host", "127.0.0.1", "--port", str(free_port()), "--mqtt-port", str(free_port()))
    process = await asyncio.create_subprocess_exec(*LIVE, "serve", folder, *ports, stdout=terminal, stderr=terminal)
    os.close(terminal)
    said = b""
    try:
        while b"all well" not in said:
            said += await asyncio.to_thread(os.read, shown, 4096)
    finally:
        process.terminate()
        with contextlib.suppress(OSError):  # the terminal's other end is gone
            while await asyncio.to_thread(os.read, shown, 4096):
                pass
        os.close(shown)
    assert await process.wait() == 0
    assert b"0 passages" in said and b"10 teams" in said and b"0 phones" in said


async def test_reader_who_has_enough_is_no_fault(folder: Path) -> None:
    """As in `live simulate … | head`."""
    command = f"{sys.executable} -m live simulate {folder} | head -n 1"
    process = await asyncio.create_subprocess_shell(command, stdout=PIPE, stderr=PIPE)
    out, err = await process.communicate()
    assert out.startswith(b"device,seq,")
    assert err == b""


@pytest.mark.parametrize(("which", "option"), [("port", "--port"), ("mqtt_port", "--mqtt-port")])
async def test_busy_port_is_told_before_anything_starts(which: str, option: str, folder: Path, served: Serving) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        serving = await served(folder, ready=False, **{which: port})
        assert await serving.process.wait() == 1
    assert f"Port {port} is in use" in serving.log.read_text()
    assert option in serving.log.read_text()
    assert not (serving.data / "broker").exists()


async def test_one_port_for_devices_and_browsers_is_refused(folder: Path, served: Serving) -> None:
    port = free_port()
    serving = await served(folder, ready=False, port=port, mqtt_port=port)
    assert await serving.process.wait() == 1
    assert f"Port {port} cannot be for devices and browsers both" in serving.log.read_text()
    assert not (serving.data / "broker").exists()


async def test_same_data_is_served_once(folder: Path, served: Serving) -> None:
    first = await served(folder)
    second = await served(folder, ready=False)
    assert await second.process.wait() == 1
    told = second.log.read_text()
    assert f"Another `live serve` (process {first.process.pid}) runs broker on {folder / 'data'}" in told
    assert (await first.get("/readyz")).status_code == 200


async def test_journal_of_another_event_is_refused_in_words(folder: Path, served: Serving) -> None:
    await (await served(folder)).stop()
    text = (folder / "event.toml").read_text()
    (folder / "event.toml").write_text(text.replace('id = "my-race"', 'id = "other"'))
    serving = await served(folder, ready=False)
    assert await serving.process.wait() == 1
    last = serving.log.read_text().splitlines()[-1]
    assert last.startswith(
        f"live: {folder / 'data' / 'journal.sqlite'} is the journal of event 'my-race', not of 'other'"
    )
    assert "give this event another --data" in last


async def test_services_run_apart_as_they_run_together(folder: Path, served: Serving) -> None:
    inner = await served(folder, "ingest")
    outer = await served(folder, "broadcast", "web", "--broker", inner.broker)
    assert set(inner.children()) == {"broker", "ingest"}
    assert set(outer.children()) == {"broadcast+web"}
    assert (await outer.get("/readyz")).status_code == 200


async def test_credentials_for_another_machine_stand_in_the_address(
    folder: Path, served: Serving, tmp_path: Path
) -> None:
    inner = await served(folder, "ingest")
    password = (folder / "data" / "secrets" / "web").read_text().strip()
    address = inner.broker.replace("//", f"//web:{password}@")
    elsewhere = str(tmp_path / "elsewhere")
    outer = await served(folder, "web", "--data", elsewhere, "--broker", address)
    assert (await outer.get("/readyz")).status_code == 200
    assert password not in outer.log.read_text()


async def test_several_workers_share_the_port(folder: Path, served: Serving) -> None:
    serving = await served(folder, "--workers", "2")
    assert set(serving.children()) == {"broker", "ingest", "broadcast+web 1", "broadcast+web 2"}
    answers = [await serving.get("/readyz") for _ in range(8)]
    assert {answer.status_code for answer in answers} == {200}


# --- tokens -----------------------------------------------------------------------------------------------------


def device(serving: Served, name: str, token: str) -> Bus:
    """A device's connection to the broker."""
    topics = Topics(read_event(serving.folder).id)
    return Bus(BusLink("127.0.0.1", serving.mqtt_port, name, token, name), topics, topics.for_device(name))


async def test_token_is_printed_alone(folder: Path) -> None:
    code, out, err = await live("token", folder, "device", "mat-line")
    assert (code, err) == (0, "")
    assert len(out.split()) == 1


async def test_token_made_before_the_start_lets_its_device_in(folder: Path, served: Serving) -> None:
    token = (await live("token", folder, "device", "mat-line"))[1].strip()
    serving = await served(folder)
    async with device(serving, "mat-line", token) as bus:
        await until(lambda: bus.connected, "the device to be let in")


async def test_token_made_while_it_runs_counts_when_the_command_returns(folder: Path, served: Serving) -> None:
    serving = await served(folder)
    token = (await live("token", folder, "device", "mat-line"))[1].strip()
    async with device(serving, "mat-line", token) as bus:
        await until(lambda: bus.connected or bus.refusal is not None, "an answer of the broker")
        assert bus.refusal is None


async def test_revoked_device_is_cut_off_and_not_let_in_again_while_others_stay(folder: Path, served: Serving) -> None:
    serving = await served(folder)
    tokens = {name: (await live("token", folder, "device", name))[1].strip() for name in ("mat-line", "mat-km1")}
    async with (
        device(serving, "mat-line", tokens["mat-line"]) as revoked,
        device(serving, "mat-km1", tokens["mat-km1"]) as other,
    ):
        await until(lambda: revoked.connected and other.connected, "both devices to be let in")
        assert (await live("token", folder, "device", "mat-line", "--revoke"))[0] == 0
        await until(lambda: revoked.refusal is not None, "the revoked device to be refused")
        assert not revoked.connected
        assert other.connected and other.generation == 1
    assert (await serving.get("/readyz")).status_code == 200


async def test_new_token_of_a_device_ends_the_earlier_one(folder: Path, served: Serving) -> None:
    """A lost handheld: whoever found it is out as soon as its successor has a token."""
    serving = await served(folder)
    lost = (await live("token", folder, "device", "hand-1"))[1].strip()
    async with device(serving, "hand-1", lost) as bus:
        await until(lambda: bus.connected, "the device to be let in")
        assert (await live("token", folder, "device", "hand-1"))[0] == 0
        await until(lambda: bus.refusal is not None, "the earlier token to be refused")


async def test_change_of_tokens_leaves_the_services_connected(folder: Path, served: Serving) -> None:
    serving = await served(folder)
    await live("token", folder, "device", "mat-line")
    await live("token", folder, "device", "mat-km1")
    assert serving.log.read_text().count("connected to") == 3  # ingest, broadcast and web, once each


async def test_official_comes_in_with_a_token_until_it_is_revoked(folder: Path, served: Serving) -> None:
    serving = await served(folder)

    async def decisions(token: str) -> int:
        import httpx

        async with httpx.AsyncClient(base_url=serving.url) as client:
            headers = {"Authorization": f"Bearer {token}"}
            return (await client.get("/api/v1/decisions", headers=headers)).status_code

    token = (await live("token", folder, "official", "anna"))[1].strip()
    assert await decisions("nobodys") in (401, 403)
    assert await decisions(token) == 200
    await live("token", folder, "official", "anna", "--revoke")
    assert await decisions(token) in (401, 403)


# --- a rehearsal, its journal, its results ----------------------------------------------------------------------


async def test_simulated_race_is_replayed_printed_verified_and_exported(folder: Path, served: Serving) -> None:
    """T92: the journal, judged anew beside the running service, gives the boards that the service shows."""
    passages = folder / "passages.csv"
    assert (await live("simulate", folder, "--seed", "7", "--out", passages))[0] == 0
    count = len(passages.read_text().splitlines()) - 1
    serving = await served(folder)

    replay = ("replay", folder, passages, "--speed", "0", "--broker", serving.broker)
    assert await live(*replay) == (0, f"{count} passages stored\n", "")
    assert (await live(*replay))[0] == 0  # T02: the same again changes nothing

    code, out, _ = await live("journal", folder)
    facts = lines(out)
    assert code == 0
    assert [fact["fact"] for fact in facts if isinstance(fact, dict)] == list(range(1, count + 1))

    code, out, err = await live("journal", folder, "--verify")
    assert (code, err) == (0, "")
    assert out.startswith(f"{count} facts, none missing, none changed\n")
    assert "\nrelay: " in out

    code, out, _ = await live("export", folder, "--out", folder / "results")
    assert code == 0
    files = [Path(line) for line in out.splitlines()]
    assert [file.name for file in files] == [
        f"{race}.{form}" for race in ("relay", "walk") for form in ("csv", "json", "xlsx", "pdf")
    ]
    shown = (await serving.get("/api/v1/races/relay/results.csv")).content
    assert (folder / "results" / "relay.csv").read_bytes() == shown


async def test_simulation_is_written_to_standard_output_and_the_same_for_a_seed(folder: Path) -> None:
    first, again = [await live("simulate", folder, "--seed", "3") for _ in range(2)]
    assert first[0] == 0
    assert first[1] == again[1] != (await live("simulate", folder, "--seed", "4"))[1]


async def test_replay_without_a_broker_says_so(folder: Path) -> None:
    await live("simulate", folder, "--out", folder / "p.csv")
    code, _, err = await live("replay", folder, folder / "p.csv", "--broker", f"mqtt://127.0.0.1:{free_port()}")
    assert code == 1
    assert "live serve" in err


async def test_changed_journal_is_found(folder: Path, served: Serving) -> None:
    passages = folder / "p.jsonl"
    passages.write_text('{"device":"mat-line","seq":1,"chip":"1A","at_ms":1464273000000}\n')
    serving = await served(folder)
    await live("replay", folder, passages, "--speed", "0", "--broker", serving.broker)
    await serving.stop()
    journal = journal_file(folder / "data")
    raw = journal.read_bytes()
    assert raw.count(b"1464273000000") == 1
    journal.write_bytes(raw.replace(b"1464273000000", b"1464273000009"))
    code, _, err = await live("journal", folder, "--verify")
    assert code == 1
    assert "fact 1" in err
