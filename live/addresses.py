"""How many connections each address may have. Pure.

Behind one address there may be a whole site (its NAT, a mobile operator's), so the bound is generous, and the site's
own is not counted at all. It keeps one machine from taking everybody's places.
"""

from collections import Counter
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

Networks = tuple[IPv4Network | IPv6Network, ...]


class Addresses:
    """Counts connections by address; an IPv6 address stands for its /64, which one subscriber has."""

    def __init__(self, most: int, exempt: Networks) -> None:
        """At most so many each, but for addresses in `exempt` and this machine's own."""
        self._most = most
        self._exempt = exempt
        self._count: Counter[str] = Counter()
        self.whose = lru_cache(maxsize=4_096)(self._whose)

    def enter(self, whose: str | None) -> bool:
        """Count one more; False, and not counted, when there are too many. None is not counted."""
        if whose is not None and self._count[whose] >= self._most:
            return False
        if whose is not None:
            self._count[whose] += 1
        return True

    def leave(self, whose: str | None) -> None:
        """One less."""
        if whose is not None:
            self._count[whose] -= 1
            if not self._count[whose]:
                del self._count[whose]

    def _whose(self, peer: str, forwarded: str | None) -> str | None:
        """Return whom to count a connection from `peer` for, None for nobody.

        A proxy on this machine says for whom it asks: its last word in X-Forwarded-For, the others are hearsay.
        """
        try:
            address = ip_address(peer.partition("%")[0])
            if address.is_loopback and forwarded is not None:
                address = ip_address(forwarded.rpartition(",")[2].strip())
        except ValueError:
            return peer
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if address.is_loopback or any(address in network for network in self._exempt):
            return None
        return str(IPv6Network((address, 64), strict=False) if isinstance(address, IPv6Address) else address)
