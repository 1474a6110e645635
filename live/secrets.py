"""Tokens and passwords of one event, below `<data>/secrets`: files of mode 0600, made at first use, no defaults.

`ingest`, `web`, `replay` and `canary` each hold the password of the broker's user of that name, in clear: our own
processes need it. `tokens.json` holds the tokens of devices, officials and speakers, as hashes only: a token is shown
once, by `live token`. Every change replaces the file in one step under a lock, so that `live token` works while the
services run; those notice by the file's stamp.
"""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

import bcrypt

from live.strict_json import convert, from_json, to_json
from live.wire import in_topic

Role = Literal["official", "speaker", "device"]
ROLES: tuple[Role, ...] = ("official", "speaker", "device")

SERVICE_USERS = ("ingest", "web", "replay", "canary")
"""Users of the broker that are ours. A device cannot have one of these names."""

TOKEN_BYTES = 24
BCRYPT_ROUNDS = 4
"""The lowest: a token is 192 random bits, nobody guesses it, and hundreds of devices reconnect at once."""


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a token: its SHA-256 for ourselves and, for a device, a bcrypt hash for the broker."""

    sha256: str
    bcrypt: str = ""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Everybody who may come in, by role and name. `version` grows by one with each change."""

    version: int = 0
    official: dict[str, Token] = field(default_factory=dict)
    speaker: dict[str, Token] = field(default_factory=dict)
    device: dict[str, Token] = field(default_factory=dict)

    def of(self, role: Role) -> dict[str, Token]:
        """The tokens of one role by name."""
        return {"official": self.official, "speaker": self.speaker, "device": self.device}[role]


class SecretsDamaged(ValueError):
    """The file of tokens is not what we wrote; the message says which, `found`, and what to do, `cure`."""

    cure = (
        "Put the copy in its place that lies beside the newest backup (*.tokens.json), "
        "or put it aside and make new tokens with `live token`."
    )

    def __init__(self, found: str) -> None:
        super().__init__(f"{found}. {self.cure}")
        self.found = found


class Secrets:
    """The secrets of one event.

    Making one touches nothing on disk; what is missing is made when it is first asked for.
    """

    def __init__(self, data: Path) -> None:
        self.folder = data / "secrets"
        self._file = self.folder / "tokens.json"
        self._stamp: tuple[int, int, int] | None = None
        self._tokens = Tokens()
        self._names: dict[tuple[Role, str], str] = {}

    # -- passwords of our own services ----------------------------------------------------------------------------

    def password(self, user: str) -> str:
        """Return the password of one of SERVICE_USERS at the broker; made now if there is none yet."""
        file = self.folder / user
        try:
            return file.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            with self._locked():
                if not file.exists():  # another process may have been first
                    _write(file, (new_token() + "\n").encode())
            return file.read_text(encoding="ascii").strip()

    # -- who may come in ------------------------------------------------------------------------------------------

    @property
    def tokens(self) -> Tokens:
        """All tokens, as the file has them at this moment.

        Raises:
            SecretsDamaged: it holds something else.
        """
        try:
            stat = self._file.stat()
        except FileNotFoundError:
            self._stamp, self._tokens, self._names = None, Tokens(), {}
            return self._tokens
        stamp = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        if stamp != self._stamp:
            try:
                self._tokens = _tokens_in(self._file.read_bytes())
            except ValueError as error:
                raise SecretsDamaged(f"{self._file} is damaged ({error})") from error
            self._names = {
                (role, token.sha256): name for role in ROLES for name, token in self._tokens.of(role).items()
            }
            self._stamp = stamp
        return self._tokens

    def verify_official(self, token: str) -> str | None:
        """Return the official whose token this is, or None."""
        return self._verify("official", token)

    def verify_speaker(self, token: str) -> str | None:
        """Return the speaker whose token this is, or None."""
        return self._verify("speaker", token)

    def verify_device(self, token: str) -> str | None:
        """Return the device whose token this is, or None."""
        return self._verify("device", token)

    def _verify(self, role: Role, token: str) -> str | None:
        _ = self.tokens  # reads the file again if it changed
        return self._names.get((role, digest(token)))

    # -- the broker's side ----------------------------------------------------------------------------------------

    def confirm(self, version: int) -> None:
        """Note that the running broker knows the tokens of this version."""
        with self._locked():
            _write(self.folder / "confirmed", str(version).encode())

    @property
    def confirmed(self) -> int:
        """The version of the tokens that the broker was last given; 0 before its first start."""
        file = self.folder / "confirmed"
        return int(file.read_text(encoding="ascii")) if file.exists() else 0

    # -- changing it ----------------------------------------------------------------------------------------------

    def grant(self, role: Role, name: str) -> tuple[str, int]:
        """Make a token, in place of an earlier one of that name; return it and the version in which it counts.

        Raises:
            ValueError: the name cannot stand in a topic, or is one of our own users.
        """
        if in_topic(name) in SERVICE_USERS and role == "device":
            raise ValueError(f"{name!r} is a name of our own services: call the device otherwise")
        token = new_token()
        kept = Token(digest(token), hashed(token) if role == "device" else "")
        with self._locked():
            return token, self._change(role, {**self.tokens.of(role), name: kept})

    def revoke(self, role: Role, name: str) -> int:
        """End a token; return the version from which it is void.

        Raises:
            LookupError: there is none of that name.
        """
        with self._locked():
            left = dict(self.tokens.of(role))
            if left.pop(name, None) is None:
                raise LookupError(f"no {role} has the name {name!r}")
            return self._change(role, left)

    def copy_tokens(self, copy: Path) -> None:
        """Bring a copy of all tokens up to date: hashes, of use to nobody but us. A damaged file takes no copy's place.

        Raises:
            OSError: the disk does not take it.
        """
        raw = self._file.read_bytes() if self._file.exists() else None
        if raw is None or (copy.exists() and copy.read_bytes() == raw):
            return
        with suppress(ValueError):
            _tokens_in(raw)
            _write(copy, raw)

    def take_tokens(self, copy: Path) -> bool:
        """Have the tokens of a copy, where there are none; return whether they were taken."""
        with self._locked():
            if self._file.exists() or not copy.exists():
                return False
            _write(self._file, copy.read_bytes())
            return True

    def _change(self, role: Role, tokens: dict[str, Token]) -> int:
        now = self.tokens
        version = now.version + 1
        _write(self._file, to_json(asdict(replace(now, version=version, **{role: tokens}))))
        return version

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One writer at a time, among all processes."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def _tokens_in(raw: bytes) -> Tokens:
    """Return what a file of tokens says.

    Raises:
        ValueError: it is no such file.
    """
    return convert(from_json(raw), Tokens)


def new_token() -> str:
    """Return 192 random bits as text; never with a leading `-`, which a command would take for an option."""
    while (token := secrets.token_urlsafe(TOKEN_BYTES)).startswith("-"):
        pass
    return token


def digest(token: str) -> str:
    """Return what we keep of a token: enough to recognise it, useless to whoever reads the file."""
    return hashlib.sha256(token.encode()).hexdigest()


def hashed(token: str) -> str:
    """Return the token as the broker's configuration takes it."""
    return bcrypt.hashpw(token.encode(), bcrypt.gensalt(BCRYPT_ROUNDS)).decode()


def _write(file: Path, content: bytes) -> None:
    """Replace the file in one step: a power cut leaves the old one or the new one."""
    fresh = file.with_name(f"{file.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    os.replace(fresh, file)
