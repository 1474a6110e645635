"""Every setting of the software: default, unit, one line of help; an environment variable overrides it.

`LIVE_<SECTION>_<NAME>` sets `Config.<section>.<name>`. What belongs to a race is in the event folder, not here;
secrets are in `<data>/secrets` (see `secrets`) or in the environment, never in an event folder.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

from live.bus_link import BusLink

SERVICES = ("ingest", "broadcast", "web")
"""What `live serve` runs, in the order of a passage's way."""

PREFIX = "LIVE_"
_USERINFO = re.compile(r"//[^/]*@")
MASKED = "********"


class ConfigError(ValueError):
    """A setting is missing, unknown or not of its kind; the message names it."""


def _setting(
    default: object,
    unit: str,
    help: str,
    *,
    least: int = 0,
    form: str = ".*",
    check: Callable[[str], object] = str,
    secret: bool = False,
) -> Any:
    """`check` raises ValueError on a text that no form can tell from a right one."""
    meta = {"unit": unit, "help": help, "least": least, "form": re.compile(form), "check": check, "secret": secret}
    return field(default=default, metadata=meta)


def broker_address(text: str) -> str:
    """Return the address of a broker as it was written. Raises ValueError, with how it is written, where it is none."""
    BusLink.parse(text, client_id="")
    return text


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return the networks named, with commas between them. Raises ValueError where one is none."""
    return tuple(ip_network(each.strip(), strict=False) for each in text.split(",") if each.strip())


@dataclass(frozen=True, slots=True)
class BusConfig:
    """How a service reaches the broker. `serve` fills it: from `--broker`, or from its own embedded broker."""

    url: str = _setting(
        "",
        "",
        "the broker: mqtt://host:port, or mqtts:// for TLS; empty: the embedded one",
        check=lambda text: text and broker_address(text),
    )
    user: str = _setting("", "", "user at the broker; empty: `ingest` or `web`, as the service is")
    password: str = _setting("", "", "password at the broker; empty: the one in `<data>/secrets`", secret=True)
    keepalive_s: int = _setting(5, "s", "a silent connection is given up after 1.5 times this", least=1)


@dataclass(frozen=True, slots=True)
class BrokerConfig:
    """The embedded broker."""

    host: str = _setting("0.0.0.0", "", "address on which devices are heard")
    port: int = _setting(1883, "", "port on which devices are heard (MQTT)")
    store_mb: int = _setting(1024, "MB", "room on disk for messages that ingest has not taken yet", least=16)


@dataclass(frozen=True, slots=True)
class IngestConfig:
    """From the device to the journal, and from the journal to the boards."""

    batch: int = _setting(500, "messages", "at most so many share one commit", least=1)
    device_per_s: int = _setting(
        500, "messages/s", "from one device no more are taken in the long run; it keeps the others", least=1
    )
    changes_every_ms: int = _setting(100, "ms", "changes of a board are sent at most this often", least=1)
    pages_every_ms: int = _setting(1000, "ms", "whole boards are kept up to date on the bus this often", least=1)
    skip: str = _setting(
        "", "", "facts of the journal to leave out: their seq, with commas; the emergency exit", form=r"(\d+(,\d+)*)?"
    )
    backup_s: int = _setting(60, "s", "a backup of the journal is made this often, while there is news", least=1)
    backup_keep: int = _setting(5, "files", "so many backups are kept; the oldest goes", least=1)
    backup_folder: str = _setting(
        "", "", "where backups go, best on another disk, there already; empty: `<data>/backup`", form=r"(/.*)?"
    )

    @property
    def skipped(self) -> frozenset[int]:
        """The seqs in `skip`."""
        return frozenset(int(each) for each in self.skip.split(",") if each)


@dataclass(frozen=True, slots=True)
class BroadcastConfig:
    """From the boards to the phones."""

    max_phones: int = _setting(20_000, "connections", "more are asked to come back later", least=1)
    beat_s: int = _setting(10, "s", "a sign of life to the phones after so much silence", least=1)
    slow_s: int = _setting(30, "s", "a phone that takes nothing of what was sent for so long is disconnected", least=1)
    compression: str = _setting("on", "", "messages are compressed, once for all phones: `on`, or `off`", form="on|off")
    per_address: int = _setting(
        1_000, "connections", "phones of one address (IPv6: /64); more are turned away", least=1
    )
    uncounted: str = _setting(
        "",
        "",
        "addresses or networks, with commas, where `per_address` does not count: the site's NAT, a proxy elsewhere",
        check=_networks,
    )
    origins: str = _setting(
        "",
        "",
        "other sites whose pages may open the stream, with commas; `*`: any",
        form=r"|\*|https?://[^,]+(,https?://[^,]+)*",
    )

    @property
    def uncounted_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks in `uncounted`."""
        return _networks(self.uncounted)

    @property
    def listed_origins(self) -> frozenset[str]:
        """The sites in `origins`."""
        return frozenset(each.strip().rstrip("/").lower() for each in self.origins.split(",") if each.strip())


@dataclass(frozen=True, slots=True)
class WebConfig:
    """Pages and API."""

    host: str = _setting("0.0.0.0", "", "address on which browsers are heard")
    port: int = _setting(8000, "", "port on which browsers are heard")
    workers: int = _setting(1, "processes", "how many processes serve pages and phones", least=1)
    origin: str = _setting(
        "", "", "public address behind a proxy, as https://live.example.org; empty: as the browser says"
    )
    htmx: str = _setting("cdn", "", "whence phones take htmx: `cdn`, or `local` from this server", form="cdn|local")
    body_kb: int = _setting(1024, "kB", "a larger request is refused", least=1)
    answer_s: int = _setting(5, "s", "how long a request waits for ingest", least=1)
    canary_s: int = _setting(15, "s", "without a canary for so long the service is not ready", least=6)


@dataclass(frozen=True, slots=True)
class Config:
    """All settings of one process. `data` holds the journal, the broker's store and the secrets."""

    data: Path
    bus: BusConfig
    broker: BrokerConfig
    ingest: IngestConfig
    broadcast: BroadcastConfig
    web: WebConfig

    @property
    def backups(self) -> Path:
        """The folder of backups."""
        return Path(self.ingest.backup_folder) if self.ingest.backup_folder else self.data / "backup"


SECTIONS: dict[str, type] = {
    "bus": BusConfig,
    "broker": BrokerConfig,
    "ingest": IngestConfig,
    "broadcast": BroadcastConfig,
    "web": WebConfig,
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting, as the README's table shows it."""

    variable: str
    default: str
    unit: str
    help: str


def settings() -> Iterator[Setting]:
    """Every setting, in the order of the sections."""
    for section, kind in SECTIONS.items():
        for each in fields(kind):
            default = "" if each.default is MISSING else str(each.default)
            yield Setting(_variable(section, each), default, each.metadata["unit"], each.metadata["help"])


def table() -> str:
    """Every setting as a Markdown table; the README holds exactly this text."""
    lines = ["| setting | default | unit | what it does |", "|---|---|---|---|"]
    for each in settings():
        default = f"`{each.default}`" if each.default else ""
        lines.append(f"| `{each.variable}` | {default} | {each.unit} | {each.help} |")
    return "\n".join(lines) + "\n"


def read_config(data: Path, environ: Mapping[str, str], given: Mapping[str, str | int | None] | None = None) -> Config:
    """Return the settings: the defaults, over them `environ`, over that what the command line gave.

    `given` maps ``section.name`` to a value; None means not given.

    Raises:
        ConfigError: a variable of ours is unknown, has the wrong kind of value, or is missing without a default.
    """
    _refuse_unknown(environ)
    values = {name: str(value) for name, value in (given or {}).items() if value is not None}
    sections = {section: kind(**_section(section, kind, environ, values)) for section, kind in SECTIONS.items()}
    return Config(data=data, **sections)


def shown(config: Config) -> str:
    """Return the settings as lines ``LIVE_…=value`` for people to read, secrets masked."""
    lines = [f"data={config.data}"]
    for section, kind in SECTIONS.items():
        for each in fields(kind):
            value = str(getattr(getattr(config, section), each.name))
            shown = MASKED if value and each.metadata["secret"] else _USERINFO.sub(f"//{MASKED}@", value)
            lines.append(f"{_variable(section, each)}={shown}")
    return "\n".join(lines) + "\n"


def _variable(section: str, each: Field[Any]) -> str:
    return f"{PREFIX}{section}_{each.name}".upper()


def _section(section: str, kind: type, environ: Mapping[str, str], given: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for each in fields(kind):
        variable = _variable(section, each)
        text = given.get(f"{section}.{each.name}", environ.get(variable))
        if text is not None:
            values[each.name] = _value(variable, each, text)
        elif each.default is MISSING:
            raise ConfigError(f"The setting {variable} is missing, and has no default.")
    return values


def _value(variable: str, each: Field[Any], text: str) -> str | int:
    if each.type is not int:
        if not each.metadata["form"].fullmatch(text):
            raise ConfigError(f"{variable} is {text!r}, but it sets: {each.metadata['help']}.")
        try:
            each.metadata["check"](text)
        except ValueError as error:
            raise ConfigError(f"{variable} is {text!r}: {error}.") from None
        return text
    try:
        number = int(text)
    except ValueError:
        raise ConfigError(f"{variable} is {text!r}: a whole number is needed.") from None
    least = each.metadata["least"]
    if number < least:
        raise ConfigError(f"{variable} is {number}: {least} or more is needed.")
    if each.name == "port" and number > 65_535:
        raise ConfigError(f"{variable} is {number}: ports end at 65535.")
    return number


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    """A variable that looks like ours and is none would be a setting silently ignored."""
    ours = [each.variable for each in settings()]
    sections = tuple(f"{PREFIX}{section}_".upper() for section in SECTIONS)
    for variable in environ:
        if variable.startswith(sections) and variable not in ours:
            near = get_close_matches(variable, ours, n=1)
            raise ConfigError(f"{variable} is no setting." + (f" Did you mean {near[0]}?" if near else ""))
