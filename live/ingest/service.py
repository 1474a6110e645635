"""Ingest: deliver, append, acknowledge, apply, publish. The one path of every fact.

The journal is the truth: a restart replays it, then listens. Nothing is acknowledged that is not in it.
"""

import asyncio
import contextlib
import gc
import logging
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from live.bus import Bus, BusLink, BusRefused, Delivery
from live.config import Config
from live.failures import first
from live.ingest.answering import Answering
from live.ingest.at_line import AtLine
from live.ingest.backups import Backups
from live.ingest.board_publisher import BoardPublisher, wall_ms
from live.ingest.claim import Claim
from live.ingest.comparing import behind
from live.ingest.device_book import DeviceBook
from live.ingest.journal import Journal, journal_file
from live.ingest.meeting import Meeting
from live.ingest.sharing import share_texts
from live.ingest.sqlite import RESTORE, JournalFull, JournalRefused
from live.ingest.stuck import NEW_SESSION, StuckDelivery
from live.messages.decisions import Decision, Verdict
from live.messages.devices import ClockAnswer, ClockAsked, DeviceStatus, Passage, PassageBatch, Rejected, Stored
from live.messages.facts import Recorded
from live.messages.services import Ask, BrokerHealth, Canary, Health
from live.problems import unusable
from live.programme import Event
from live.secrets import Secrets
from live.strict_json import from_json
from live.wire import CANARY, Message, Topics, Unreadable

log = logging.getLogger(__name__)

MOST_PASSAGES: Final = 2_000
"""So many share a commit at most, however many a message holds."""

APPLIED_AT_ONCE: Final = 500

FROZEN_EVERY: Final = 5_000
"""Facts, after which what they became is put out of the garbage collector's sight. They stay for ever, and looking
through those of a long day held everything up for seconds, again and again."""

COLLECTED: Final = 20_000, 20, 20
"""`gc.set_threshold`: most of what a passage makes stays, and looking it through after every 700 objects costs 4 to 8 %
of what judging it costs."""

FULL_PAUSE_S: Final = 1.0
"""The disk is full: so long until the next try."""

STORED_TICK_S: Final = 0.05
HEALTH_EVERY_S: Final = 1.0
QUIET_S: Final = 20.0
"""So long without a fact, and the journal is tidied."""

FAREWELL_S: Final = 1.0


async def run(
    config: Config,
    event: Event,
    *,
    on_ready: Callable[[], None] | None = None,
    on_health: Callable[[Health], None] | None = None,
) -> None:
    """Serve until cancelled. `on_ready` is called when boards are on the bus and passages are taken.

    `on_health` is told what everybody on the bus is told once a second.

    Raises:
        JournalRefused: the journal is in use, not of this event, damaged, or behind its own backup.
        BusRefused: the broker does not let us hear what we need.
        Replaced: another ingest has taken over.
    """
    async with Journal(journal_file(config.data), event.id, config.ingest.skipped) as journal:
        await _check_whole(journal, config.backups)
        meeting, devices = Meeting(event, journal.id), DeviceBook(event, journal.watermarks)
        await _replay(journal, meeting, devices)
        topics = Topics(event.id)
        each_per_s = config.ingest.device_per_s
        async with Bus(_link(config), topics, topics.for_ingest, persistent=True, each_per_s=each_per_s) as bus:
            ingest = _Ingest(config, journal, meeting, devices, bus)
            ingest.on_health = on_health
            await ingest.run(on_ready)


async def _check_whole(journal: Journal, backups: Path) -> None:
    """See that the journal has what was known of it before.

    Raises:
        JournalRefused: a backup of it, or a note of a decision, says more.
    """
    try:
        wrong = await asyncio.to_thread(behind, journal.path, journal.id, journal.event, backups)
    except OSError as error:  # a stick that fails does not keep the race from starting
        log.warning("the journal is not compared with its backups: %s", unusable(error, backups))
        return
    if wrong:
        raise JournalRefused(f"{journal.path} is damaged ({wrong[0]})", RESTORE)


async def _replay(journal: Journal, meeting: Meeting, devices: DeviceBook) -> None:
    started = time.monotonic()
    gc.disable()  # what is read stays: looking through it for garbage takes as long as reading and judging it
    try:
        async for facts in journal.read():
            for recorded in facts:
                _apply(meeting, devices, recorded)
            await asyncio.sleep(0)
        meeting.changes(wall_ms())
        gc.freeze()
    finally:
        gc.set_threshold(*COLLECTED)
        gc.enable()
    for seq in sorted(journal.skipped):
        log.warning("fact %d is left out", seq)
    log.info("journal %s: %d facts in %.1f s", journal.id, journal.version, time.monotonic() - started)


def _apply(meeting: Meeting, devices: DeviceBook, recorded: Recorded) -> None:
    if isinstance(recorded.fact, Passage):
        share_texts(recorded.fact)
    try:
        meeting.apply(recorded)
    except Exception:
        log.critical("fact %d cannot be applied; to go on without it: --skip %d", recorded.seq, recorded.seq)
        raise
    devices.apply(recorded)


def _link(config: Config) -> BusLink:
    user = config.bus.user or "ingest"
    password = config.bus.password or Secrets(config.data).password("ingest")
    link = BusLink.parse(config.bus.url, client_id="ingest", user=user, password=password)
    return replace(link, keepalive_s=config.bus.keepalive_s)


def _backups(config: Config, journal: Journal) -> Backups:
    keep, ours = config.ingest.backup_keep, not config.ingest.backup_folder
    return Backups(journal, Secrets(config.data), config.backups, keep=keep, ours=ours, wall_ms=wall_ms)


@dataclass(slots=True)
class _Batch:
    """What shares one commit, and what waits for it."""

    passages: list[Passage] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    senders: set[tuple[str, str]] = field(default_factory=set)
    canary: Canary | None = None


class _Ingest:
    def __init__(self, config: Config, journal: Journal, meeting: Meeting, devices: DeviceBook, bus: Bus) -> None:
        self.config = config.ingest
        self.journal = journal
        self.meeting = meeting
        self.devices = devices
        self.bus = bus
        self.claim = Claim(wall_ms(), secrets.token_hex(8))
        self.line = AtLine(meeting)
        self.line.recall()
        self.boards = BoardPublisher(config.ingest, meeting, self.line, devices, bus)
        self.backups = _backups(config, journal)
        self.answering = Answering(meeting, devices, journal, self.line, bus, self.backups)
        self.on_health: Callable[[Health], None] | None = None
        self.alarm = ""
        self.canary: Canary | None = None
        self.delivery = StuckDelivery()
        self.batch = _Batch()
        self.heard_s = time.monotonic()
        self.tidy = True

    async def run(self, on_ready: Callable[[], None] | None) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._take_all(), name="deliveries")
                group.create_task(self.boards.publish_changes(), name="changes")
                group.create_task(self.boards.publish_state(), name="pages")
                group.create_task(self._tell_stored(), name="stored")
                group.create_task(self._show_health(), name="health")
                group.create_task(self._tidy_journal(), name="tidy")
                group.create_task(self._watch_delivery(), name="delivery")
                group.create_task(self.backups.note_decisions(), name="decisions")
                group.create_task(self._back_up(), name="backups")
                if on_ready is not None:
                    await self.boards.published.wait()
                    await self.bus.flush()
                    on_ready()
        except BaseExceptionGroup as failures:
            raise first(failures) from None
        finally:
            await self.answering.close()
            await self._say_farewell()

    # -- in -------------------------------------------------------------------------------------------------------

    async def _take_all(self) -> None:
        """Take what came, a turn at a time: no device waits for more than a turn of what the others sent."""
        async for deliveries in self.bus.deliveries(self.config.batch):
            await self._take(deliveries)

    async def _take(self, deliveries: Sequence[Delivery]) -> None:
        """Take some deliveries in order: what is to be kept first, in one commit; a decision by itself."""
        asked: list[Ask] = []
        for delivery in deliveries:
            message = self._read(delivery)
            match message:
                case PassageBatch(device=device) if device == CANARY:
                    self._hear_canary(message)
                    self.batch.deliveries.append(delivery)
                case PassageBatch():
                    self.batch.passages.extend(message.passages)
                    self.batch.rejected.extend(message.rejected)
                    self.batch.deliveries.append(delivery)
                    self.batch.senders.add((message.device, message.epoch))
                    if len(self.batch.passages) >= MOST_PASSAGES:
                        await self._commit()
                case Rejected():
                    self.batch.rejected.append(message)
                    self.batch.deliveries.append(delivery)
                case Decision():
                    await self._commit()
                    await self._decide(message, delivery)
                case Ask():
                    asked.append(message)
                case _:
                    self._note(message, delivery)
        await self._commit()
        for ask in asked:
            self.answering.ask(ask)

    def _read(self, delivery: Delivery) -> Message | Rejected:
        """Return what a delivery says, or why it is set aside. Never raises: it is anybody's bytes."""
        topics = self.bus.topics
        try:
            message = topics.decode(delivery.topic, delivery.payload)
        except Unreadable as error:
            if delivery.topic.startswith(f"{topics.root}decisions/"):
                self._refuse_unread(delivery.payload, error.rejected.reason)
            return error.rejected
        if delivery.retained and isinstance(message, PassageBatch | Decision):  # said once, heard at every connection
            return Rejected(delivery.topic, delivery.payload, "a retained message: passages and decisions never are")
        return message

    def _refuse_unread(self, payload: bytes, reason: str) -> None:
        with contextlib.suppress(ValueError):
            body = from_json(payload)
            if isinstance(body, dict) and isinstance(body.get("id"), str):
                self.bus.publish(Verdict(body["id"], 422, self.journal.version, reason))

    def _note(self, message: Message, delivery: Delivery) -> None:
        """Take what is not for the journal."""
        delivery.ack()
        match message:
            case ClockAsked(device, sent_ms):
                now_ms = wall_ms()
                self.bus.publish(ClockAnswer(device, sent_ms, heard_ms=now_ms, answered_ms=now_ms))
            case DeviceStatus():
                self.devices.hear(message, wall_ms())
            case Health():
                self.claim.hear(message.claim)
            case BrokerHealth():
                self.delivery.told(message.taken_at_ms)

    def _hear_canary(self, message: PassageBatch) -> None:
        for passage in message.passages[-1:]:
            self.batch.canary = Canary(message.epoch, passage.seq, passage.at_ms, wall_ms(), 0)
            self.delivery.heard(passage.at_ms)

    # -- kept -----------------------------------------------------------------------------------------------------

    async def _commit(self) -> None:
        """Store, then acknowledge, then tell, then think."""
        batch, self.batch = self.batch, _Batch()
        if not batch.deliveries:
            return
        recorded = await self._append(batch.passages, batch.rejected, batch.canary)
        for delivery in batch.deliveries:
            delivery.ack()
        for device, epoch in batch.senders:
            self.devices.owe(device, epoch)
        self._tell_due()
        if batch.canary is not None:
            self._tell_canary(replace(batch.canary, stored_at_ms=wall_ms()))
        for number, each in enumerate(recorded):
            if number % APPLIED_AT_ONCE == 0:  # acknowledgements leave first, or the broker delivers once more
                await asyncio.sleep(0)
            _apply(self.meeting, self.devices, each)
            if each.seq % FROZEN_EVERY == 0:
                gc.collect()  # of what came since: what is garbage now would be frozen, too
                gc.freeze()
        for passage in self.line.heard(recorded, wall_ms()):
            self.bus.publish(passage)
        self.boards.wake()

    async def _decide(self, decision: Decision, delivery: Delivery) -> None:
        verdict = self.meeting.judge(decision)
        if verdict is None:
            for recorded in await self._append([decision], []):
                self.backups.wake()
                _apply(self.meeting, self.devices, recorded)
            entered = self.meeting.rulings.entered.get(decision.id)
            version = self.journal.decisions[decision.id]
            verdict = self.meeting.accepted(entered) if entered else Verdict(decision.id, 202, version)
            self.boards.wake()
        delivery.ack()
        self.bus.publish(verdict)

    def _tell_canary(self, canary: Canary) -> None:
        """Tell its device that it is stored, and everybody that it came through."""
        self.canary = canary
        self.bus.publish(Stored(CANARY, canary.epoch, canary.seq))
        self.boards.show(canary)

    async def _append(
        self, facts: Sequence[Passage | Decision], rejected: Sequence[Rejected], canary: Canary | None = None
    ) -> list[Recorded]:
        """Append to the journal; while the disk is full hold everything, unacknowledged, and raise the alarm."""
        if facts or rejected:  # a canary alone leaves the journal as tidy as it was
            self.heard_s, self.tidy = time.monotonic(), False
        heard_at_ms = wall_ms()
        while True:
            try:
                recorded = await self.journal.append(facts, rejected, heard_at_ms, canary)
            except JournalFull as error:
                if not self.alarm:
                    log.critical("%s: passages wait on their devices until there is room", error)
                self.alarm = str(error)
                await asyncio.sleep(FULL_PAUSE_S)
            else:
                self.alarm = ""
                return recorded

    # -- out ------------------------------------------------------------------------------------------------------

    def _tell_due(self) -> None:
        for stored in self.devices.due(time.monotonic_ns() // 1_000_000):
            self.bus.publish(stored)

    async def _tell_stored(self) -> None:
        generation = 0
        while True:
            await self.bus.until_connected()
            if self.bus.generation != generation:
                generation = self.bus.generation
                self.devices.owe_all()
            self._tell_due()
            await asyncio.sleep(STORED_TICK_S)

    async def _show_health(self) -> None:
        while True:
            await self.bus.until_connected()
            await asyncio.sleep(HEALTH_EVERY_S)
            version, passages = self.journal.version, self.journal.version - len(self.journal.decisions)
            health = Health(
                claim=self.claim.make(),
                at_ms=wall_ms(),
                journal=self.journal.id,
                version=version,
                passages=passages,
                rejected=self.journal.rejected_count,
                alarm=self.alarm,
                canary_heard_at_ms=self.delivery.heard_at_ms,
                canary_stored_at_ms=self.canary.sent_at_ms if self.canary is not None else 0,
                backup=self.backups.state,
            )
            self.bus.publish(health)
            if self.on_health is not None:
                self.on_health(health)

    async def _watch_delivery(self) -> None:
        """Connect anew where the broker has taken what it does not deliver; the second time with a new session."""
        while True:
            await asyncio.sleep(HEALTH_EVERY_S)
            cure = self.delivery.cure(time.monotonic(), hearing=self.bus.connected and not self.alarm)
            if cure is not None:
                log.error("the broker has taken messages that it does not deliver: %s", cure)
                self.bus.reconnect(new_session=cure == NEW_SESSION)

    async def _tidy_journal(self) -> None:
        while True:
            await asyncio.sleep(QUIET_S / 4)
            if not self.tidy and time.monotonic() - self.heard_s > QUIET_S:
                self.tidy = True
                await self._checkpoint()

    async def _back_up(self) -> None:
        await self.boards.published.wait()  # people see the race first
        await self.backups.copy_every(self.config.backup_s)

    async def _checkpoint(self) -> None:
        """Cut the WAL. Without room on the disk it stays as it is: appending raises the alarm, and tries again."""
        try:
            await self.journal.checkpoint()
        except JournalFull as error:
            log.warning("%s", error)

    async def _say_farewell(self) -> None:
        """Give devices the watermarks that they wait for, if the broker is there."""
        self._tell_due()
        with contextlib.suppress(TimeoutError, BusRefused):
            async with asyncio.timeout(FAREWELL_S):
                await self.bus.flush()
