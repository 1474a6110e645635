"""What may stand on the command line of `live`, and its help."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from live.config import SERVICES, broker_address

EXIT_CODES = "exit code: 0 done, 1 a problem was found, 2 wrong use"
MOST_TEAMS = 10_000
RESULT_FORMATS = ("csv", "json", "xlsx", "pdf")


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the arguments; wrong use prints what is wrong and exits with 2, `--help` exits with 0."""
    parser = _parser()
    args, extra = parser.parse_known_args(argv)
    if args.command == "serve" and all(each in SERVICES for each in extra):
        args.services += extra  # argparse takes no further names behind an option
    elif extra:
        args.parser.error(f"unrecognized arguments: {' '.join(extra)}")
    return args


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "live",
        description="Live race tracking, from the mat at the line to the phone.",
        epilog="""\
a race of your own:
  live init my-race           write an event folder, then edit event.toml and entries.csv
  live check my-race          see what is wrong with it
  live serve my-race          run it; in another terminal:
  live token my-race device mat-line
  live token my-race official anna

only to see it: live demo.   More: live COMMAND --help.
"""
        + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for add in (_demo, _init, _check, _serve, _replay, _simulate, _export, _journal, _restore, _doctor, _token):
        add(commands)
    return parser


def _command(commands: Any, name: str, does: str, more: str, examples: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=does,
        description=f"{does[0].upper()}{does[1:]}. {more}".strip(),
        epilog=f"examples:\n{examples}\n\n{EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(parser=parser)
    return parser


def _folder(parser: argparse.ArgumentParser, *, data: bool = True) -> None:
    parser.add_argument("folder", metavar="DIR", type=Path, help="the event folder: event.toml and entries.csv")
    if data:
        help = "where journal, broker store and secrets are (default: DIR/data)"
        parser.add_argument("--data", metavar="D", type=Path, help=help)


def _number(least: float, most: float) -> Any:
    """A type for `add_argument`: a number in a range."""
    kind = int if isinstance(least, int) else float

    def number(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is no number") from None
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text} is not between {least} and {most}")
        return value

    return number


def _port(parser: argparse.ArgumentParser, option: str, what: str) -> None:
    parser.add_argument(option, metavar=option[2].upper(), type=_number(1, 65_535), help=what)


def _demo(commands: Any) -> None:
    parser = _command(
        commands,
        "demo",
        "run a simulated SMARTRUN: nothing to prepare",
        "Starts the broker and all services; mats and handhelds publish over real MQTT.\nCtrl-C ends everything.",
        "  live demo\n  live demo --teams 400 --walkers 1500 --speed 60",
    )
    count = _number(1, MOST_TEAMS)
    parser.add_argument("--teams", metavar="N", type=count, default=120, help="teams in the relay (default: 120)")
    walkers = _number(0, MOST_TEAMS)
    parser.add_argument("--walkers", metavar="N", type=walkers, default=300, help="walkers (default: 300)")
    speed = _number(0.1, 1_000.0)
    parser.add_argument("--speed", metavar="X", type=speed, default=20.0, help="times real speed (default: 20)")
    _port(parser, "--port", "port of the pages (default: 8000)")
    _port(parser, "--mqtt-port", "port for devices (default: 1883)")


def _init(commands: Any) -> None:
    parser = _command(
        commands,
        "init",
        "write an event folder to begin with",
        "A growing relay and a walk. Never overwrites a file.",
        "  live init my-race",
    )
    parser.add_argument("folder", metavar="DIR", type=Path, help="the folder to write; made if it is not there")


def _check(commands: Any) -> None:
    parser = _command(
        commands,
        "check",
        "say what is wrong with an event folder",
        "Each problem with its file, line and column, and what to do.",
        "  live check my-race",
    )
    _folder(parser, data=False)


def _serve(commands: Any) -> None:
    parser = _command(
        commands,
        "serve",
        "run the race: broker, ingest, broadcast, web",
        "Prints `ready` when it serves. SIGTERM or Ctrl-C stops it within 5 s; nothing is lost.\n"
        "Settings beyond these options are environment variables: see --print-config.",
        "  live serve my-race\n  live serve my-race --port 80 --mqtt-port 1883 --workers 2\n\n"
        "  on two machines, with the same event folder:\n  live serve my-race ingest\n"
        "  live serve my-race broadcast web --broker mqtt://web:PASSWORD@192.168.1.10\n"
        "  (PASSWORD: what the first machine has in my-race/data/secrets/web)",
    )
    _folder(parser)
    help = f"which to run: {', '.join(SERVICES)} (default: all)"
    parser.add_argument("services", metavar="SERVICE", nargs="*", type=_service, help=help)
    help = "use this broker instead of the embedded one: mqtt://[user:password@]host[:port], mqtts:// for TLS"
    parser.add_argument("--broker", metavar="URL", type=_broker, help=help)
    parser.add_argument("--host", metavar="H", help="address for browsers (default: all of this machine)")
    _port(parser, "--port", "port for browsers (default: 8000)")
    parser.add_argument("--mqtt-host", metavar="H", help="address for devices (default: all of this machine)")
    _port(parser, "--mqtt-port", "port for devices (default: 1883)")
    help = "how many processes serve pages and phones (default: 1)"
    parser.add_argument("--workers", metavar="N", type=_number(1, 64), help=help)
    help = "leave this fact of the journal out, the emergency exit; may be given several times"
    parser.add_argument("--skip", metavar="SEQ", type=_number(1, 2**53), action="append", help=help)
    help = "print all settings with their values, secrets masked, and end"
    parser.add_argument("--print-config", action="store_true", help=help)


def _service(text: str) -> str:
    if text not in SERVICES:
        raise argparse.ArgumentTypeError(f"{text!r} is no service: {', '.join(SERVICES)}")
    return text


def _broker(text: str) -> str:
    try:
        return broker_address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _replay(commands: Any) -> None:
    parser = _command(
        commands,
        "replay",
        "publish recorded passages as their devices would",
        "Ends when all are stored. Replaying the same file again changes nothing.",
        "  live replay my-race passages.csv --speed 10\n  live replay my-race passages.jsonl --speed 0",
    )
    _folder(parser)
    help = "CSV with the header device,seq,chip,bib,runner,at_ms (and point, race), or JSON lines"
    parser.add_argument("file", metavar="FILE", type=Path, help=help)
    help = "times real speed; 0: as fast as they are stored (default: 1)"
    parser.add_argument("--speed", metavar="X", type=_number(0.0, 1e6), default=1.0, help=help)
    help = "the broker (default: mqtt://127.0.0.1:1883)"
    parser.add_argument("--broker", metavar="URL", type=_broker, default="mqtt://127.0.0.1:1883", help=help)


def _simulate(commands: Any) -> None:
    parser = _command(
        commands,
        "simulate",
        "run a race by dice, with the mishaps of a real day",
        "Writes what its devices would send, as `replay` takes it; with --broker it sends that.\n"
        "A DIR without event.toml is made, for the race of the demo.",
        "  live simulate my-race --seed 7 --out passages.csv\n"
        "  live simulate rehearsal --teams 40 --walkers 100 --out passages.csv\n"
        "  live simulate my-race --broker mqtt://127.0.0.1:1883 --speed 20",
    )
    _folder(parser)
    parser.add_argument("--seed", metavar="N", type=_number(0, 2**53), default=1, help="the dice (default: 1)")
    parser.add_argument("--teams", metavar="N", type=_number(1, MOST_TEAMS), help="teams, where DIR is made")
    parser.add_argument("--walkers", metavar="N", type=_number(0, MOST_TEAMS), help="walkers, where DIR is made")
    to = parser.add_mutually_exclusive_group()
    to.add_argument("--out", metavar="FILE", type=Path, help="where to write it (default: standard output)")
    to.add_argument(
        "--broker", metavar="URL", type=_broker, help="send it there, with the credentials in the data folder"
    )
    speed = _number(0.0, 1e6)
    parser.add_argument("--speed", metavar="X", type=speed, default=1.0, help="with --broker: times real speed")


def _export(commands: Any) -> None:
    parser = _command(
        commands,
        "export",
        "write the results from the journal",
        "Also while the service runs. Files are called OUT/RACE.FORMAT.",
        "  live export my-race\n  live export my-race --race relay --format csv --out results",
    )
    _folder(parser)
    parser.add_argument("--race", metavar="R", help="only this race (default: all)")
    help = "csv, json, xlsx, pdf, with commas (default: all)"
    parser.add_argument("--format", metavar="F", type=_formats, default=RESULT_FORMATS, help=help)
    parser.add_argument(
        "--out", metavar="OUT", type=Path, default=Path(), help="the folder for the files (default: here)"
    )


def _formats(text: str) -> tuple[str, ...]:
    formats = tuple(dict.fromkeys(each.strip() for each in text.split(",")))
    for each in formats:
        if each not in RESULT_FORMATS:
            raise argparse.ArgumentTypeError(f"{each!r} is no format: {', '.join(RESULT_FORMATS)}")
    return formats


def _journal(commands: Any) -> None:
    parser = _command(
        commands,
        "journal",
        "print the facts: every passage and every decision, one JSON object a line",
        "Also while the service runs.",
        "  live journal my-race | tail\n  live journal my-race --verify",
    )
    _folder(parser)
    help = "instead of printing, check that nothing is missing or changed, and judge everything anew"
    parser.add_argument("--verify", action="store_true", help=help)


def _restore(commands: Any) -> None:
    parser = _command(
        commands,
        "restore",
        "take the newest good backup after the journal was lost or damaged",
        "Checks it first, and says what it holds. The service must not run. The damaged journal is kept\n"
        "under another name. Then start `live serve`: the devices send again what the backup lacks.",
        "  live restore my-race\n  live restore my-race --from /media/stick/my-race_….sqlite",
    )
    _folder(parser)
    help = "this backup (default: the newest good one in the folder of backups)"
    parser.add_argument("--from", metavar="FILE", dest="source", type=Path, help=help)


def _doctor(commands: Any) -> None:
    parser = _command(
        commands,
        "doctor",
        "look whether this machine is fit for the race",
        "Event folder, disks, ports, broker, certificates, clock, limits, journal, backups, devices.\n"
        "Each line says `ok`, `warning` or `problem`, what was found, and what to do.",
        "  live doctor my-race\n  live doctor my-race --phones 20000 --port 80",
    )
    _folder(parser)
    phones = _number(1, 1_000_000)
    help = "how many phones are expected at once (default: 5000)"
    parser.add_argument("--phones", metavar="N", type=phones, default=5_000, help=help)
    parser.add_argument("--broker", metavar="URL", type=_broker, help="this broker is used instead of the embedded one")
    _port(parser, "--port", "port for browsers (default: 8000)")
    _port(parser, "--mqtt-port", "port for devices (default: 1883)")
    help = "how many processes serve pages and phones (default: 1)"
    parser.add_argument("--workers", metavar="N", type=_number(1, 64), help=help)
    parser.add_argument("--json", action="store_true", help="print each finding as a line of JSON")


def _token(commands: Any) -> None:
    parser = _command(
        commands,
        "token",
        "make an access token, and print it once",
        "It takes the place of an earlier one of that name, also while the service runs.\n"
        "A device connects with its id as user name and client id, and the token as password.\n"
        "An official signs in with it, or sends it as a bearer token.",
        "  live token my-race device mat-line\n  live token my-race official anna\n"
        "  live token my-race official anna --revoke",
    )
    _folder(parser)
    parser.add_argument(
        "role", metavar="ROLE", choices=("official", "speaker", "device"), help="official, speaker or device"
    )
    parser.add_argument("name", metavar="NAME", help="a-z, 0-9 and -; for a device its id in event.toml")
    parser.add_argument("--revoke", action="store_true", help="end the token at once")
