# mypy: ignore-errors
"""Runs on MicroPython: cuts the power at every single write to a flash with LittleFS, and looks what is left.

A flash in memory ends the power at its n-th write or erase, before it or half-way through it; then the same flash is
mounted again as after a start. Prints one line of JSON: how many cuts, and what was wrong.
"""

import json

import vfs
from outbox import Outbox, OutboxFull

BLOCK, BLOCKS = 512, 96
PUTS = 30
EIO = 5


class Flash:
    """A block device that has power for so many writes and erases."""

    def __init__(self, power, half=False, data=None):
        self.power, self.half = power, half
        self.data = bytearray(data or BLOCK * BLOCKS)

    def readblocks(self, block, buffer, offset=0):
        if self.power <= 0:
            raise OSError(EIO)
        begin = block * BLOCK + offset
        buffer[:] = self.data[begin : begin + len(buffer)]

    def writeblocks(self, block, buffer, offset=0):
        begin = block * BLOCK + offset
        self.power -= 1
        size = len(buffer) if self.power > 0 else len(buffer) // 2 if self.half and self.power == 0 else 0
        self.data[begin : begin + size] = buffer[:size]
        if self.power <= 0:
            raise OSError(EIO)

    def ioctl(self, what, argument):
        if what == 4:
            return BLOCKS
        if what == 5:
            return BLOCK
        if what == 6:
            self.power -= 1
            if self.power <= 0:
                raise OSError(EIO)
            begin = argument * BLOCK
            self.data[begin : begin + BLOCK] = b"\xff" * BLOCK
        return 0


def one_life(flash, said):
    """Put passages in, two segments' worth, until the power ends; `said` collects those that were kept."""
    try:
        vfs.mount(vfs.VfsLfs2(flash), "/flash")
        box = Outbox("/flash/outbox", per_segment=10)
        for number in range(PUTS):
            box.put([{"chip": f"C{number}", "at_ms": number}])
            said.append((box.last_seq, f"C{number}"))
            if number == 15:
                box.stored(box.epoch, 12)
        return True
    except (OSError, OutboxFull):
        return False
    finally:
        flash.power = 0
        vfs.umount("/flash")


def what_is_left(data):
    """Start anew with what is in the flash, put one more passage in; return all that would be sent, and the marks."""
    vfs.mount(vfs.VfsLfs2(Flash(1_000_000, data=data)), "/flash")
    try:
        box = Outbox("/flash/outbox", per_segment=10)
        box.put([{"chip": "LAST", "at_ms": 0}])
        through, last_seq = box.through, box.last_seq
        box.stored(box.epoch, 0)
        texts = []
        while batch := box.take(0):
            texts.extend(batch[1])
        return [(each.get("seq"), each.get("chip")) for each in map(json.loads, texts)], through, last_seq
    finally:
        vfs.umount("/flash")


def wrong_with(said, left, through, last_seq):
    """Return what is wrong in words, empty when nothing is."""
    passages = dict(left)
    if [seq for seq, _ in left] != list(range(1, last_seq + 1)):
        return "holes or doubles"
    if any(passages.get(seq) != chip for seq, chip in said):
        return "a passage that was kept is lost"
    if passages[last_seq] != "LAST" or last_seq > len(said) + 2:
        return "a passage that nobody put"
    if through not in (0, 12) or through > len(said):
        return "a watermark that nobody said"
    return ""


def main():
    cuts, wrong = 0, []
    for half in (False, True):
        power = 1
        whole = False
        while not whole:
            flash, said = Flash(1_000_000, half), []
            vfs.VfsLfs2.mkfs(flash)
            flash.power = power
            whole = one_life(flash, said)
            try:
                fault = wrong_with(said, *what_is_left(flash.data))
            except Exception as error:
                fault = repr(error)
            if fault:
                wrong.append((power, half, len(said), fault))
            cuts += 1
            power += 1
    print(json.dumps({"cuts": cuts, "wrong": wrong}))


if __name__ == "__main__":
    main()
