# mypy: ignore-errors
"""Runs on MicroPython: a whole device at work, but for its antenna. It says each passage when it is kept.

Reads one line of JSON: the settings, how many passages it makes (null: without end), how its chips are called, and when
it ends: "stored" when all are stored, "clock" when its clock is set as well, null never. The last line that it prints
then is its marks.
"""

import json
import sys
import time

import device_config
import link
import outbox
from device import Device


class Settings:
    """The defaults, and what differs."""

    def __init__(self, given):
        for name in dir(device_config):
            setattr(self, name, getattr(device_config, name))
        for name, value in given.items():
            setattr(self, name, value)


def main():
    given, count, life, ends = json.loads(sys.stdin.readline())
    outbox.RESEND_AFTER_MS = given.pop("RESEND_AFTER_MS", outbox.RESEND_AFTER_MS)
    link.PUBACK_MS = given.pop("PUBACK_MS", link.PUBACK_MS)
    device = Device(Settings(given))
    made = 0
    trouble = None
    while True:
        first = device.outbox.last_seq + 1
        passages = []
        if made != count:
            passages = [{"chip": f"{life}-{made + step}", "at_ms": device.uptime()} for step in range(made % 3 + 1)]
            passages = passages if count is None else passages[: count - made]
        made += len(passages)
        device.step(passages)
        if passages:
            print(json.dumps({"kept": [(first + step, each["chip"]) for step, each in enumerate(passages)]}))
        if device.link.trouble != trouble:
            trouble = device.link.trouble
            print(json.dumps({"trouble": trouble}))
        if ends and made == count and device.outbox.queued == 0 and (ends == "stored" or device.clock.is_set):
            break
        time.sleep_ms(2)
    state = device.clock.state(device.uptime())
    print(json.dumps({"epoch": device.outbox.epoch, "last_seq": device.outbox.last_seq, "clock": state}))


if __name__ == "__main__":
    main()
