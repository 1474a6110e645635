"""Looks after the embedded broker: frees it from a write error, kills it when it hangs, tells what its users do wrong.

After a full disk nats-server refuses every write until it is restarted (measured with 2.15), and it says PUBACK for a
message that its permissions drop: only its log knows. What is seen here is told to officials with the canary's health.
"""

import asyncio
import json
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, cast

from live.broker import Broker, BrokerFailed
from live.broker_log import Complaint, complaints
from live.broker_users import belongs, takes_over
from live.messages.services import BrokerHealth, Trespass, TrespassKind

LOOK_EVERY_S: Final = 0.5
CONNECTIONS_EVERY: Final = 4
"""So many looks from one question about its connections to the next."""
ANSWER_S: Final = 2.0
HUNG_S: Final = 6.0
"""Without an answer for so long it hangs, and is killed."""
UNCONFIRMED_S: Final = 4.0
"""A canary that is not confirmed for so long: the broker stores nothing."""
CURED_EVERY_S: Final = 5.0
"""Restarts that did not help are so far apart."""
FULL_S: Final = 10.0
BARRED_S: Final = 60.0
"""A device that connected under the client id of another is refused for so long, then it may try again."""
MOST_TOLD: Final = 50
MOST_HEARD: Final = 10_000
"""Complaints between two questions about the connections."""

NO_ROOM: Final = "no room on its disk: devices keep what they see until there is some"
STORES_NOTHING: Final = "it stores nothing"


class BrokerWatch:
    """Run it beside the broker. `waits_s` says how long the canary waits to be confirmed."""

    def __init__(self, broker: Broker, log: Callable[[str], None]) -> None:
        """Nothing was seen yet. Whoever keeps the broker alive starts it again after it was ended here."""
        self.waits_s: Callable[[], float] = lambda: 0.0
        self._broker = broker
        self._log = log
        self._pid: int | None = None
        self._read = 0
        self._answered_s = self._cured_s = self._full_s = time.monotonic()
        self._looks = 0
        self._alarm = ""
        self._broken = False
        self._restarts = 0
        self._known: dict[int, str] = {}
        self._heard: deque[Complaint] = deque(maxlen=MOST_HEARD)
        self._trespasses: OrderedDict[tuple[str, str, str], Trespass] = OrderedDict()
        self._counts: dict[str, int] = {}
        self._barred: dict[str, float] = {}

    @property
    def barred(self) -> frozenset[str]:
        """The users who are to be refused at this moment: each took the connection of another from him."""
        now_s = time.monotonic()
        return frozenset(user for user, until_s in self._barred.items() if now_s < until_s)

    def health(self, taken_at_ms: int) -> BrokerHealth:
        """Return how the broker is, for everybody."""
        told = tuple(self._trespasses.values())
        return BrokerHealth(_wall_ms(), taken_at_ms, self._alarm, self._restarts, told, dict(self._counts))

    async def run(self) -> None:
        """Look twice a second until cancelled."""
        while True:
            looked_s = time.monotonic()
            await asyncio.sleep(LOOK_EVERY_S)
            if time.monotonic() - looked_s > ANSWER_S:  # we were held up ourselves, not the broker
                self._answered_s = time.monotonic()
            if self._broker.serving:
                await self._look()
            else:
                self._answered_s = time.monotonic()

    async def _look(self) -> None:
        if self._broker.pid != self._pid:
            self._pid, self._known = self._broker.pid, {}
        self._read_log()
        await self._cure()
        self._looks += 1
        if self._looks % CONNECTIONS_EVERY == 0:
            await self._ask()

    # -- its log --------------------------------------------------------------------------------------------------

    def _read_log(self) -> None:
        fresh = self._broker.log_since(self._read)
        whole = fresh[: fresh.rfind(b"\n") + 1]
        size = self._broker.log_size()
        self._read = self._read + len(whole) if size >= self._read else len(whole)
        for complaint in complaints(whole.decode(errors="replace")):
            self._hear(complaint)

    def _hear(self, complaint: Complaint) -> None:
        match complaint.what:
            case "write error":
                self._broken = True
            case "full":
                self._full_s = time.monotonic() + FULL_S
            case "publish" | "flood" | "size":
                self._heard.append(complaint)  # the log names the client id; the user is known with the connections

    def _note(self, user: str, what: TrespassKind, about: str) -> None:
        key = (user, what, about)
        before = self._trespasses.pop(key, Trespass(user, what, about, 0, 0))
        if not before.times:
            self._log(f"broker: {_WORDS[what].format(user=user, about=about)}")
        self._trespasses[key] = replace(before, times=before.times + 1, at_ms=_wall_ms())
        self._counts[what] = self._counts.get(what, 0) + 1
        if len(self._trespasses) > MOST_TOLD:
            self._trespasses.popitem(last=False)

    # -- its store ------------------------------------------------------------------------------------------------

    async def _cure(self) -> None:
        """Restart a broker that stores nothing, as soon as there is room: it never does so again by itself."""
        now_s = time.monotonic()
        # One that answers nobody hangs, and is not said to store nothing; refused by a full store is not silent.
        answers = now_s - self._answered_s < UNCONFIRMED_S
        silent = answers and self.waits_s() > UNCONFIRMED_S and now_s > self._full_s
        if not (self._broken or silent):
            self._say("")
        elif not self._broker.has_room:
            self._broken = True
            self._say(NO_ROOM)
        elif now_s - self._cured_s > CURED_EVERY_S:
            self._say(STORES_NOTHING)
            self._log("broker: restarted, since it stores nothing")
            self._cured_s, self._broken = now_s, False
            self._restarts += 1
            await self._broker.stop()

    def _say(self, alarm: str) -> None:
        if alarm and alarm != self._alarm:
            self._log(f"broker: {alarm}")
        self._alarm = alarm

    # -- its connections ------------------------------------------------------------------------------------------

    async def _ask(self) -> None:
        """Ask for its connections: an answer is its sign of life, and tells who goes by another's name."""
        try:
            async with asyncio.timeout(ANSWER_S):
                told = await _get(self._broker.monitor, "/connz?auth=1&state=any&limit=20000")
        except (TimeoutError, OSError, ValueError, BrokerFailed):
            if time.monotonic() - self._answered_s > HUNG_S and self._broker.serving:
                self._log("broker: hangs, is killed")
                await self._broker.kill()
            return
        self._answered_s = time.monotonic()
        names = frozenset(user.name for user in self._broker.users) | {"supervisor"}
        known: dict[int, str] = {}
        for each in told.get("connections") or ():
            cid, user, client_id = each["cid"], each.get("authorized_user", ""), each.get("mqtt_client")
            known[cid] = user
            if cid not in self._known and client_id is not None and user and not belongs(user, client_id, names):
                self._note(user, "client_id", client_id)
                if takes_over(user, client_id, names):
                    self._barred[user] = time.monotonic() + BARRED_S
        self._known = known
        for complaint in self._heard:
            user = known.get(complaint.connection, complaint.client_id)
            self._note(user, cast(TrespassKind, complaint.what), complaint.about)
        self._heard.clear()


_WORDS: Final[dict[TrespassKind, str]] = {
    "publish": "{user} publishes on {about}, which is not his: the broker drops it",
    "client_id": "{user} connects under the client id {about}, which is not his",
    "flood": "{user} publishes more than ingest can take: it is refused until there is room",
    "size": "{user} sends a message of {about}: the broker takes none so large, and ends the connection each time",
}


async def _get(address: str, path: str) -> dict[str, Any]:
    """Return the JSON that the broker's monitor answers.

    Raises:
        OSError, ValueError: it does not answer, or nonsense.
    """
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    finally:
        writer.close()
    if b" 200 " not in head.split(b"\r\n", 1)[0]:
        raise ValueError(f"the broker's monitor says {head[:100]!r}")
    return dict(json.loads(body))


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000
