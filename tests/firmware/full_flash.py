# mypy: ignore-errors
"""Runs on MicroPython: fills a small flash with LittleFS, and looks how the outbox takes it.

Prints one line of JSON: how many passages were kept, how often the outbox refused one, which seqs it sent afterwards,
and the last seq after 60 more, put when the server had stored them.
"""

import json

import vfs
from outbox import Outbox, OutboxFull
from power_cuts import Flash


def main():
    flash = Flash(1_000_000)
    vfs.VfsLfs2.mkfs(flash)
    vfs.mount(vfs.VfsLfs2(flash), "/flash")
    box = Outbox("/flash/outbox", per_segment=20)
    refused = 0
    while refused < 10:
        try:
            box.put([{"chip": "12A", "at_ms": 0}])
        except OutboxFull:
            refused += 1
    kept, sent = box.last_seq, []
    while batch := box.take(0):
        sent.extend(batch[0])
    box.stored(box.epoch, kept)
    for _ in range(60):
        box.put([{"chip": "12B", "at_ms": 0}])
        box.stored(box.epoch, box.last_seq)
    box = Outbox("/flash/outbox", per_segment=20)
    print(json.dumps({"kept": kept, "refused": refused, "sent": sent, "last_seq": box.last_seq}))


main()
