"""Where the broker is, and who connects to it."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Self
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class BusLink:
    """How to reach the broker, and as whom."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    client_id: str
    keepalive_s: int = 5
    tls: bool = False

    @classmethod
    def parse(cls, url: str, *, client_id: str, user: str = "", password: str = "") -> Self:
        """Return the link of ``mqtt://[user:password@]host[:port]``, or ``mqtts://`` for TLS.

        What the URL says about the user comes before `user` and `password`.

        Raises:
            ValueError: another scheme, no host, or a port that is no port.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname or parts.path.strip("/"):
            raise ValueError(f"{url!r} is no broker: write mqtt://host:port, or mqtts://host:port for TLS")
        tls = parts.scheme == "mqtts"
        return cls(
            host=parts.hostname,
            port=parts.port or (8883 if tls else 1883),
            user=unquote(parts.username or "") or user,
            password=unquote(parts.password or "") or password,
            client_id=client_id,
            tls=tls,
        )

    @property
    def is_local(self) -> bool:
        """The broker is on this machine: connecting never takes long."""
        if self.tls:
            return False
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False
