"""The command `live`: each subcommand is a few lines that call what does the work.

What does the work is imported by the command that needs it, so that `live token` need not wait for a web server.
"""

import argparse
import asyncio
import os
import shlex
import sys
import time
from collections.abc import Sequence
from datetime import datetime

from live.command_line import parse
from live.config import SERVICES, Config, ConfigError, read_config, shown
from live.event import examine, read_devices, read_event
from live.problems import EventProblems, Problem, unusable

DONE, PROBLEM, STOPPED = 0, 1, 130
SHOWN_PROBLEMS = 10
CONFIRMED_S = 5.0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code: 0 done, 1 a problem was found, 2 wrong use."""
    args = parse(argv)
    if hasattr(args, "data") and args.data is None:
        args.data = args.folder / "data"
    try:
        return int(COMMANDS[args.command](args))
    except EventProblems as error:
        return _refuse(_told(error.problems))
    except ConfigError as error:
        return _refuse(error)
    except KeyboardInterrupt:
        return STOPPED
    except BrokenPipeError:  # as in `live journal … | head`: whoever read us has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PROBLEM


def _refuse(reason: object, place: object = None) -> int:
    """Say why not. `place` is where it was about to write: a full disk is told without a name."""
    if isinstance(reason, OSError):
        reason = unusable(reason, reason.filename2 or reason.filename or place)
    print(f"live: {reason}", file=sys.stderr)
    return PROBLEM


def _told(problems: Sequence[Problem]) -> str:
    lines = [str(problem) for problem in problems[:SHOWN_PROBLEMS]]
    if len(problems) > SHOWN_PROBLEMS:
        lines.append(f"… and {len(problems) - SHOWN_PROBLEMS} more: live check tells them all")
    return "the event folder cannot be used:\n" + "\n".join(lines)


# --- the event folder -------------------------------------------------------------------------------------------


def _init(args: argparse.Namespace) -> int:
    from live.first_event import write_first_event

    try:
        files = write_first_event(args.folder, datetime.now().date())
    except OSError as error:
        return _refuse(error, args.folder)
    for file in files:
        print(f"wrote {file}")
    folder = shlex.quote(str(args.folder))  # to be copied into a terminal
    print(f"Edit them, then: live check {folder}, and live serve {folder}")
    return DONE


def _check(args: argparse.Namespace) -> int:
    reading = examine(args.folder)
    for problem in reading.problems:
        print(problem)
    for notice in reading.notices:
        print(f"notice: {notice}")
    if reading.event is None:
        count = len(reading.problems)
        return _refuse(f"{count} problem{'s' if count > 1 else ''} in {args.folder}")
    event = reading.event
    for race in event.races:
        runners = sum(len(entry.runners) for entry in race.entries)
        print(f"{race.id}: {len(race.entries)} entries, {runners} runners, {race.laps_total or 'open'} laps")
    print(f"{event.id}: {len(event.races)} races, {len(event.devices)} devices, ready to serve")
    return DONE


def _token(args: argparse.Namespace) -> int:
    from live.secrets import Secrets
    from live.supervisor import runs

    devices = [device.id for device in read_devices(args.folder)]
    if args.role == "device" and args.name not in devices and not args.revoke:
        known = ", ".join(devices) or "none"
        return _refuse(f"event.toml has no device {args.name!r} (it has: {known}): add it there first.")
    secrets = Secrets(args.data)
    try:
        if args.revoke:
            token, version = "", secrets.revoke(args.role, args.name)
        else:
            token, version = secrets.grant(args.role, args.name)
    except (ValueError, LookupError, OSError) as error:
        return _refuse(error.args[0] if isinstance(error, LookupError) else error, secrets.folder)
    if token:
        print(token, flush=True)
    deadline = time.monotonic() + CONFIRMED_S
    while args.role == "device" and runs(args.data, "broker") and secrets.confirmed < version:
        if time.monotonic() > deadline:
            return _refuse(f"The broker that runs on {args.data} did not take the change over: restart `live serve`.")
        time.sleep(0.02)
    return DONE


# --- the race ---------------------------------------------------------------------------------------------------


def _serve(args: argparse.Namespace) -> int:
    import uvloop

    from live.status import Status
    from live.supervisor import Plan, ServeFailed, serve

    config = _config(args)
    if args.print_config:
        print(shown(config), end="")
        return DONE
    services = tuple(name for name in SERVICES if name in args.services) or SERVICES
    plan = Plan(read_event(args.folder), config, services)
    status = Status(plan)
    try:
        with status.shown():
            uvloop.run(serve(plan, log=status.log, changed=status.changed))
    except (ServeFailed, OSError) as error:  # OSError: the data folder cannot be used
        return _refuse(error)
    return DONE


def _config(args: argparse.Namespace) -> Config:
    """The settings of `live serve`."""
    given = {
        "bus.url": args.broker,
        "broker.host": args.mqtt_host,
        "broker.port": args.mqtt_port,
        "ingest.skip": ",".join(map(str, args.skip)) if args.skip else None,
        "web.host": args.host,
        "web.port": args.port,
        "web.workers": args.workers,
    }
    return read_config(args.data.absolute(), os.environ, given)


def _demo(args: argparse.Namespace) -> int:
    import uvloop

    from live.rehearsal.demo import demo
    from live.rehearsal.stage import RehearsalFailed
    from live.supervisor import ServeFailed

    numbers = {"teams": args.teams, "walkers": args.walkers, "speed": args.speed}
    try:
        uvloop.run(demo(**numbers, port=args.port, mqtt_port=args.mqtt_port))
    except (ServeFailed, RehearsalFailed) as error:
        return _refuse(error)
    return DONE


def _replay(args: argparse.Namespace) -> int:
    import uvloop

    from live.bus import BusRefused
    from live.rehearsal.recording import RecordingProblems
    from live.rehearsal.replay import ReplayFailed, replay

    try:
        stored = uvloop.run(replay(args.folder, args.file, data=args.data, broker=args.broker, speed=args.speed))
    except (RecordingProblems, ReplayFailed, BusRefused, OSError) as error:
        return _refuse(error)
    print(f"{stored} passages stored")
    return DONE


def _simulate(args: argparse.Namespace) -> int:
    import uvloop

    from live.bus import BusRefused
    from live.rehearsal.folder import rehearsed_event
    from live.rehearsal.replay import ReplayFailed, replay_link, send_all
    from live.rehearsal.simulate import simulate

    try:
        event = rehearsed_event(args.folder, teams=args.teams, walkers=args.walkers, seed=args.seed)
        simulation = simulate(event, args.seed)
        if args.broker is not None:
            passages = [reading.passage for reading in simulation.readings]
            print(uvloop.run(send_all(event, passages, replay_link(args.data, args.broker), args.speed)), "stored")
        elif args.out is not None:
            args.out.write_text(simulation.recording(), encoding="utf-8")
        else:
            sys.stdout.write(simulation.recording())
    except EventProblems:
        raise
    except (ValueError, OSError, ReplayFailed, BusRefused) as error:
        return _refuse(error, args.out)
    return DONE


# --- the journal ------------------------------------------------------------------------------------------------


def _export(args: argparse.Namespace) -> int:
    from live.export import ExportFailed, export
    from live.ingest.journal import journal_file
    from live.ingest.sqlite import JournalRefused

    event, settings = read_event(args.folder), read_config(args.data, os.environ)
    try:
        exporting = export(
            event,
            journal_file(args.data),
            args.out,
            race=args.race,
            formats=args.format,
            skipped=settings.ingest.skipped,
            origin=settings.web.origin.rstrip("/"),
        )
        files = asyncio.run(exporting)
    except (ExportFailed, JournalRefused, OSError) as error:
        return _refuse(error, args.out)
    for file in files:
        print(file)
    return DONE


def _journal(args: argparse.Namespace) -> int:
    from live.facts import print_facts, verify
    from live.ingest.journal import journal_file
    from live.ingest.sqlite import JournalRefused

    event = read_event(args.folder)
    try:
        if not args.verify:
            asyncio.run(print_facts(event, journal_file(args.data)))
            return DONE
        config = read_config(args.data.absolute(), os.environ)
        wrong, summary = asyncio.run(verify(event, journal_file(args.data), config.backups, config.ingest.skipped))
    except BrokenPipeError:
        raise  # who reads us has enough: an OSError, but none of the journal's
    except (JournalRefused, OSError, ValueError) as error:
        return _refuse(error)
    for line in summary:
        print(line)
    return _refuse("the journal is damaged:\n" + "\n".join(wrong)) if wrong else DONE


def _restore(args: argparse.Namespace) -> int:
    from live.ingest.sqlite import JournalFull, JournalRefused
    from live.restore import RestoreFailed, restore
    from live.supervisor import ServeFailed

    event, config = read_event(args.folder), read_config(args.data.absolute(), os.environ)
    try:
        asyncio.run(restore(event, config.data, config.backups, args.source, print))
    except (RestoreFailed, ServeFailed, JournalRefused, JournalFull, OSError) as error:
        return _refuse(error, args.data)
    return DONE


def _doctor(args: argparse.Namespace) -> int:
    from live.doctor.examination import examination
    from live.doctor.finding import Finding
    from live.strict_json import to_json

    given = {"bus.url": args.broker, "broker.port": args.mqtt_port, "web.port": args.port, "web.workers": args.workers}
    config, now_ms = read_config(args.data.absolute(), os.environ, given), time.time_ns() // 1_000_000

    async def look() -> list[Finding]:
        found = []
        async for finding in examination(args.folder, config, args.phones, now_ms):
            print(to_json(finding).decode() if args.json else finding, flush=True)
            found.append(finding)
        return found

    problems = sum(finding.level == "problem" for finding in asyncio.run(look()))
    return _refuse(f"{problems} problem{'s' if problems > 1 else ''} on this machine") if problems else DONE


COMMANDS = {
    "demo": _demo,
    "init": _init,
    "check": _check,
    "serve": _serve,
    "replay": _replay,
    "simulate": _simulate,
    "export": _export,
    "journal": _journal,
    "restore": _restore,
    "doctor": _doctor,
    "token": _token,
}

if __name__ == "__main__":
    sys.exit(main())
