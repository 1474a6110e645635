"""What was said is said again: in any order, many times, a whole journal; and by a second device with the same id."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from random import Random

from live.bus import Bus, BusLink
from live.messages.devices import Passage, PassageBatch
from live.secrets import Secrets
from live.wire import Topics
from tests.chaos.devices import PATIENCE_S, Stalled
from tests.chaos.line import Line

TIMES = (1, 5)
SHUFFLED = 400
MESSAGE = 40
QUARREL_S = 2.0


async def duplicate(line: Line, rng: Random) -> float:
    """Passages of all devices, each once more to five times more, in any order."""
    known = line.devices.journaled()
    said = [each for each in rng.sample(known, min(SHUFFLED, len(known))) for _ in range(rng.randint(*TIMES))]
    rng.shuffle(said)
    await say(line, link_as_replay(line), said)
    return await line.devices.next_commit(line.now_ns())


async def replay_device(line: Line, rng: Random) -> float:
    """A device sends its whole journal again."""
    name = line.devices.busy(rng)
    replayed = line.devices.journal_of(name)
    await say(line, link_as_replay(line), replayed)
    return await line.devices.next_commit(line.now_ns())


async def double_device(line: Line, rng: Random) -> float:
    """A second device with the id and the token of a first one: each throws the other out, and it contradicts him.

    Only what is stored: a number that the first has not sent yet would be taken by the second, and told him as stored.
    """
    name = line.devices.busy(rng)
    through = line.devices.through[name]
    known = [each for each in line.devices.journal_of(name) if each.seq <= through]
    contradicted = [
        replace(each, chip=f"X{rng.getrandbits(40):010X}") for each in rng.sample(known, min(3, len(known)))
    ]
    line.forged += len(contradicted)
    await say(line, _link(line, name, line.tokens[name]), contradicted, QUARREL_S)
    return await line.devices.next_commit(line.now_ns(), name)


def link_as_replay(line: Line) -> BusLink:
    """Return how somebody connects who may speak for every device."""
    return _link(line, "replay", Secrets(line.ground.data).password("replay"))


def _link(line: Line, user: str, password: str) -> BusLink:
    return BusLink(line.ground.host, line.mqtt_port, user, password, user)


async def say(line: Line, link: BusLink, passages: Iterable[Passage], stays_s: float = 0.0) -> None:
    """Publish passages as somebody, until the broker has confirmed them; stay connected a little longer.

    Raises:
        Stalled: the broker does not, for as long as anybody would wait.
    """
    topics = Topics(line.script.event.id)
    try:
        async with Bus(link, topics, ()) as bus, asyncio.timeout(PATIENCE_S):
            await bus.until_connected()
            for batch in _batches(passages):
                bus.publish(batch)
            await bus.flush()
            await asyncio.sleep(stays_s)
    except TimeoutError:
        raise Stalled(f"the broker does not take what {link.user} says") from None


def _batches(passages: Iterable[Passage]) -> Iterable[PassageBatch]:
    """The passages as messages of their devices, in the order in which one becomes full."""
    waiting: dict[tuple[str, str], list[Passage]] = defaultdict(list)
    for passage in passages:
        box = waiting[passage.device, passage.epoch]
        box.append(passage)
        if len(box) == MESSAGE:
            yield PassageBatch(passage.device, passage.epoch, tuple(box))
            box.clear()
    yield from (PassageBatch(*key, tuple(box)) for key, box in waiting.items() if box)
