"""Writes the generated parts of docs/reference.md and README.md anew: `python docs/reference.py`.

A test holds them equal to the code.
"""

import re
from argparse import ArgumentParser, _SubParsersAction
from pathlib import Path

from live import command_line, config
from live.web import openapi
from live.wire import Topics

ROOT = Path(__file__).resolve().parent.parent
FILES = (ROOT / "docs" / "reference.md", ROOT / "README.md")
PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def commands() -> str:
    """Return each command with its options, from the parser."""
    parser = command_line._parser()
    found = next(action for action in parser._actions if isinstance(action, _SubParsersAction))
    return "\n".join(_command(name, each) for name, each in found.choices.items())


def _command(name: str, parser: ArgumentParser) -> str:
    positional = [a.metavar or a.dest for a in parser._actions if not a.option_strings]
    lines = [f"### `live {' '.join([name, *map(str, positional)])}`", "", (parser.description or "").strip(), ""]
    lines += ["| | |", "|---|---|"]
    for action in parser._actions:
        if action.dest != "help":
            said = ", ".join(action.option_strings) or str(action.metavar or action.dest)
            value = f" {action.metavar}" if action.option_strings and action.metavar and action.nargs != 0 else ""
            lines.append(f"| `{said}{value}` | {str(action.help).replace('|', '&#124;')} |")
    return "\n".join([*lines, ""])


def endpoints() -> str:
    """Return the endpoints, from the OpenAPI description that the server gives out."""
    lines = ["| endpoint | returns |", "|---|---|"]
    for path, operations in openapi.document("event")["paths"].items():
        for method, operation in operations.items():
            lines.append(f"| `{method.upper()} {path}` | {operation['summary']} |")
    return "\n".join(lines) + "\n"


def topics() -> str:
    """Return the topics that services and devices listen to."""
    of = Topics("event")
    lines = ["| who | listens to | QoS |", "|---|---|---|"]
    listeners = (
        ("ingest", of.for_ingest),
        ("broadcast", of.for_boards),
        ("web", of.for_web("web-1")),
        ("a device", of.for_device("mat-line")),
        ("the canary", of.for_canary),
        ("a replay", of.for_replay),
    )
    for who, filters in listeners:
        lines += [f"| {who} | `{topic}` | {qos} |" for topic, qos in filters]
    return "\n".join(lines) + "\n"


def settings() -> str:
    """Return every setting with its default, unit and meaning."""
    return config.table().rstrip() + "\n"


def rewritten(text: str) -> str:
    """Return a document with its generated parts as they are now."""
    parts = {"commands": commands, "endpoints": endpoints, "topics": topics, "settings": settings}
    return PART.sub(lambda found: f"{found[1]}{parts[found[2]]()}{found[3]}", text)


if __name__ == "__main__":
    for file in FILES:
        file.write_text(rewritten(file.read_text()))
