"""Has the broker taken messages that it does not deliver to us? Some of its sessions are known to stick. Pure.

The canary tells: whoever sends it says every second when the newest was sent that the broker has confirmed.
"""

from typing import Final

STUCK_S: Final = 10.0
"""A canary that the broker has had for so long without delivering it."""

CONNECT_ANEW: Final = "connecting anew"
NEW_SESSION: Final = "beginning a new session; devices send again what it held"


class StuckDelivery:
    """`heard_at_ms` is when the newest canary was sent that was delivered to us, 0 before the first."""

    def __init__(self) -> None:
        """Nothing was taken or delivered yet."""
        self.heard_at_ms = 0
        self._taken_at_ms = 0
        self._since_s: float | None = None
        self._tries = 0

    def told(self, taken_at_ms: int) -> None:
        """The broker has confirmed the canary that was sent then."""
        self._taken_at_ms = taken_at_ms

    def heard(self, sent_at_ms: int) -> None:
        """The canary that was sent then was delivered."""
        self.heard_at_ms = max(self.heard_at_ms, sent_at_ms)
        self._since_s = None
        self._tries = 0

    def cure(self, now_s: float, hearing: bool) -> str | None:
        """Return what to do now, in words, or None; each cure gets its time before the next.

        `hearing` says whether we are connected and take what comes: otherwise it is not the broker that is stuck.
        """
        if not hearing or self._taken_at_ms <= self.heard_at_ms:
            self._since_s = None
            return None
        if self._since_s is None:
            self._since_s = now_s
        if now_s - self._since_s < STUCK_S:
            return None
        self._since_s = None
        self._tries += 1
        return CONNECT_ANEW if self._tries == 1 else NEW_SESSION
