"""The outbox: files in flash that keep every passage of the race, sent and unsent. Only `stored` lets one go.

A segment is a file named by the epoch and the seq of its first passage. A line is a checksum, a seq and the passage
as it stands in a message; a line with seq 0 notes the watermark instead. What was cut off by a power cut fails its
checksum, and was never sent: the next passage opens a new segment, and a segment ends where the next one begins.
"""

import binascii
import json
import os

MAX_PASSAGES = 40  # in one message
MAX_BYTES = 4096  # of passages in one message: it has to fit into a small memory
MAX_LINE = 512  # bytes of one record
ENOSPC = 28
RESEND_AFTER_MS = 6_000  # a PUBACK is no proof; without a watermark for so long it is sent again
LONGEST_PAUSE_MS = 60_000  # between two rounds of sending again while the watermark does not move


class OutboxFull(Exception):
    """All room is taken by passages that are not yet stored, or the flash takes no more. Nothing was kept."""


class Outbox:
    """The passages of this device, numbered from 1 without holes under an epoch of its own.

    `through` is the watermark, `last_seq` the newest passage. `now_ms` is of any clock that never steps.
    """

    def __init__(self, folder, capacity=20_000, per_segment=500):
        """Open the outbox in this folder, or make it. The oldest stored passages go when more than `capacity` wait."""
        self._folder = folder
        self._capacity = capacity
        self._per_segment = per_segment
        self._file = None
        try:
            os.mkdir(folder)
        except OSError:
            pass  # it is there; where it cannot be made, opening a file in it says so
        self._open()

    def _open(self):
        names = sorted(name for name in os.listdir(self._folder) if name.endswith(".log"))
        self.epoch = names[-1].split("-")[0] if names else binascii.hexlify(os.urandom(4)).decode()
        self._firsts = [int(name.split("-")[1][:-4]) for name in names]
        self.last_seq = self._firsts[-1] - 1 if names else 0
        self.through = self._marked = 0
        whole = self._learn(self._firsts[-1]) if names else False
        self._next = self.through + 1  # the first that was not sent since we started
        self._sent = []  # [seq, at_ms, since_ms]: all up to this seq were sent, within a second, the last of them then
        self._old = 0  # all up to this seq were sent more than 6 s ago
        self._round = None  # while sending again: [next seq, last seq]
        self._round_at_ms = 0
        self._pause_ms = RESEND_AFTER_MS
        self._places = {}  # where in which file a seq begins: reading goes on there
        if whole:
            self._file = open(self._path(self._firsts[-1]), "ab")
        elif not names:
            self._new_segment()

    def _learn(self, first):
        """Take last seq and watermark from the newest segment; return whether it ends with a whole line."""
        whole = True
        with open(self._path(first), "rb") as file:
            while line := file.readline(MAX_LINE):
                record = _record(line)
                whole = record is not None
                if whole and record[0]:
                    self.last_seq = record[0]
                elif whole:
                    self.through = self._marked = int(record[1])
        return whole

    def wipe(self):
        """Forget everything, stored or not, and begin a new epoch. Between races only."""
        self._file.close()
        for first in self._firsts:  # the oldest first: what a power cut leaves keeps its numbers from being used again
            os.remove(self._path(first))
        self._open()

    @property
    def queued(self):
        """How many passages are not yet stored."""
        return self.last_seq - max(self.through, self._firsts[0] - 1)

    @property
    def unsent(self):
        """How many passages were not sent since we started."""
        return self.last_seq - self._next + 1

    # -- in -------------------------------------------------------------------------------------------------------

    def put(self, passages):
        """Keep passages, given as the members of a message without `seq`. When this returns they are durable.

        Raises:
            OutboxFull: nothing was kept; try again when the watermark has moved.
        """
        lines, seq = [], self.last_seq
        if passages and self._marked != self.through:
            lines.append(_line(0, str(self.through)))
        for passage in passages:
            seq += 1
            lines.append(_line(seq, json.dumps(dict(passage, seq=seq), separators=(",", ":"))))
            if len(lines[-1]) > MAX_LINE:
                raise ValueError("a passage of more than %d bytes" % MAX_LINE)
        while seq - self._firsts[0] >= self._capacity:
            self._forget_oldest()
        while not self._written(b"".join(lines)):
            self._forget_oldest()
        self.last_seq = seq
        self._marked = self.through

    def note_watermark(self):
        """Write the watermark down, for the next start. For quiet moments: `put` does it too."""
        if self._marked != self.through and self._file is not None:
            self._noted(lambda: self._write(_line(0, str(self.through))))
            self._marked = self.through

    def _noted(self, write):
        try:
            write()
        except OSError:  # no room: it is only a note, and the next passage will say so
            self._close()

    def _written(self, data):
        """Write and sync; return False when the flash has no room."""
        try:
            if self._file is None or self.last_seq - self._firsts[-1] + 1 >= self._per_segment:
                self._new_segment()
            self._write(data)
            return True
        except OSError as error:
            self._close()  # what it holds of these passages is cut off by the next segment
            if error.errno != ENOSPC:
                raise OutboxFull("the flash takes nothing: %s" % error)
            return False

    def _forget_oldest(self):
        if len(self._firsts) < 2 or self._firsts[1] - 1 > self.through:
            raise OutboxFull("%d passages are not yet stored" % self.queued)
        os.remove(self._path(self._firsts[0]))
        del self._firsts[0]

    def _new_segment(self):
        self._close()
        first = self.last_seq + 1
        self._file = open(self._path(first), "wb")  # one of the same name holds nothing whole
        if self._firsts[-1:] != [first]:
            self._firsts.append(first)
        self._write(_line(0, str(self.through)))
        self._marked = self.through

    def _close(self):
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, data):
        if self._file.write(data) != len(data):
            raise OSError("written in part")
        self._file.flush()  # on LittleFS and on Unix this is a sync of the file
        if hasattr(os, "sync"):
            os.sync()

    def _path(self, first):
        return f"{self._folder}/{self.epoch}-{first:08d}.log"

    # -- out ------------------------------------------------------------------------------------------------------

    def take(self, now_ms):
        """Return (seqs, texts) of the passages for the next message, new ones first; None where nothing is due."""
        batch = self._new(now_ms) or self._again(now_ms)
        if not batch:
            return None
        return [seq for seq, _ in batch], [text for _, text in batch]

    def _new(self, now_ms):
        batch = self._read(self._next, self.last_seq)
        if batch:
            self._next = batch[-1][0] + 1
            if self._sent and now_ms - self._sent[-1][2] < 1000:
                self._sent[-1][0] = batch[-1][0]  # a second is near enough, and keeps the list short
                self._sent[-1][1] = now_ms
            else:
                self._sent.append([batch[-1][0], now_ms, now_ms])
        return batch

    def _again(self, now_ms):
        while self._sent and now_ms - self._sent[0][1] >= RESEND_AFTER_MS:
            self._old = self._sent.pop(0)[0]
        if self._round is None:
            if self._old <= self.through or now_ms < self._round_at_ms:
                return None
            self._round = [self.through + 1, self._old]
        begin, end = max(self._round[0], self.through + 1), self._round[1]
        batch = self._read(begin, end)
        if batch:
            self._round[0] = batch[-1][0] + 1
            return batch
        self._round = None
        self._round_at_ms = now_ms + self._pause_ms
        self._pause_ms = min(2 * self._pause_ms, LONGEST_PAUSE_MS)
        return None

    def stored(self, epoch, through):
        """Hear the watermark. It may go back, where the server lost its journal: then all above it is sent again.

        Another epoch's watermark says that nothing of ours is stored.
        """
        if epoch != self.epoch:
            through = 0
        if through < self.through:
            self.rewind(through + 1)
        if through != self.through:
            self._round_at_ms = 0
            self._pause_ms = RESEND_AFTER_MS
        self.through = through
        self._next = max(self._next, through + 1)
        if through > self.last_seq:  # our flash lost what the server has: those numbers are never used again
            self.last_seq = through
            self._close()
            self._noted(self._new_segment)

    def rewind(self, seq):
        """Send from this seq on at once, as if it had not been sent: the connection that carried it is gone."""
        self._next = min(self._next, seq)
        self._sent = [[min(last, seq - 1), at_ms, since_ms] for last, at_ms, since_ms in self._sent]
        self._old = min(self._old, seq - 1)
        self._round = None
        self._round_at_ms = 0

    # -- reading --------------------------------------------------------------------------------------------------

    def _read(self, seq, last):
        """Return [(seq, text)] in order, from `seq` to at most `last`, no more than fits into a message."""
        seq = max(seq, self._firsts[0])
        batch, size = [], 0
        while seq <= last:
            first, end = self._segment(seq)
            with open(self._path(first), "rb") as file:
                file.seek(self._places.pop((first, seq), 0))
                for found, text, begin in _records(file, seq, end):
                    if found > last or len(batch) == MAX_PASSAGES or size > MAX_BYTES:
                        self._remember(first, found, begin)
                        return batch
                    batch.append((found, text))
                    size += len(text)
                seq = end + 1
                self._remember(first, seq, file.tell())
        return batch

    def _segment(self, seq):
        """Return first and last seq of the segment that holds this one."""
        end = self.last_seq
        for first in reversed(self._firsts):
            if first <= seq:
                return first, end
            end = first - 1
        raise AssertionError("no segment holds %d" % seq)

    def _remember(self, first, seq, offset):
        if len(self._places) == 4:
            self._places.clear()
        self._places[first, seq] = offset


def _records(file, seq, end):
    """Yield (seq, text, where its line begins) from `seq` to `end`, without holes.

    What is damaged is said to be so: the server sets it aside under its number, and counts it as heard.
    """
    begin = file.tell()
    while seq <= end:
        line = file.readline(MAX_LINE)
        found, text = (_record(line) or (0, "")) if line else (end + 1, "")
        if found >= seq:
            while seq < min(found, end + 1):
                yield seq, '{"seq":%d,"damaged":true}' % seq, begin
                seq += 1
            if seq <= end:
                yield seq, text, begin
                seq += 1
        begin = file.tell()


def _line(seq, text):
    body = f"{seq} {text}".encode()
    return b"%08x %s\n" % (binascii.crc32(body), body)


def _record(line):
    """Return (seq, text) of a line that is whole and undamaged, otherwise None."""
    if line[-1:] != b"\n" or line[8:9] != b" ":
        return None
    body = line[9:-1]
    try:
        if int(line[:8], 16) != binascii.crc32(body):
            return None
    except ValueError:
        return None
    seq, text = body.split(b" ", 1)
    return int(seq), text.decode()
