# mypy: ignore-errors
"""Runs on MicroPython: puts passages into the outbox until it is killed, and says each when it is kept.

The first line that it prints says what it found at its start: [[seq, chip], …].
"""

import json
import sys

from outbox import Outbox

folder, life = json.loads(sys.stdin.readline())
box = Outbox(folder, per_segment=50)
box.stored(box.epoch, 0)
found = []
while batch := box.take(0):
    for text in batch[1]:
        passage = json.loads(text)
        found.append((passage["seq"], passage.get("chip")))
print(json.dumps(found))
number = 0
while True:
    chips = [f"{life}-{number + step}" for step in range(number % 3 + 1)]
    first = box.last_seq + 1
    box.put([{"chip": chip, "at_ms": 0} for chip in chips])
    number += len(chips)
    print(json.dumps([(first + step, chip) for step, chip in enumerate(chips)]))
