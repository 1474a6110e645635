"""Which of two ingests is the one: the newest. Each publishes its claim, retained; who hears a newer one ends. Pure.

A broker does not say that another client took over a session, and two ingests would judge decisions twice.
"""


class Replaced(RuntimeError):
    """Another ingest has started since and taken over; this one must end, and not come back."""


class Claim:
    """Our claim to be ingest: when we started, and a random name in case two start in the same millisecond."""

    def __init__(self, started_ms: int, name: str) -> None:
        """`name` is random."""
        self._started_ms = started_ms
        self._name = name
        self._made = False

    def make(self) -> str:
        """Return the claim, to be published. From now on a newer one is somebody else's."""
        self._made = True
        return f"{self._started_ms}-{self._name}"

    def hear(self, claim: str) -> None:
        """Compare with a claim that was heard, maybe our own.

        Before ours was made, a newer one is left over from a machine whose clock is ahead: we started later.

        Raises:
            Replaced: it is newer than ours.
        """
        started, _, name = claim.partition("-")
        if not (started.isascii() and started.isdecimal() and len(started) < 20) or name == self._name:
            return
        if (int(started), name) < (self._started_ms, self._name):
            return
        if self._made:
            raise Replaced("another ingest of this event has started since and taken over: this one ends")
        self._started_ms = int(started) + 1
