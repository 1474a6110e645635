"""The device's clock: kept against the server's, without a step while the race is on. Pure.

`uptime_ms` counts from the start of the device and never steps; the clock is that plus a base. The base is set once
after a start, when the server has answered four times, and from then on moves by at most 5 ms at an answer, and only
as far as it is provably off: order within the device can be trusted.
"""

SANE_MS = 1_704_067_200_000  # 2024: a clock that shows less was never set
ASK_FIRST_MS = 500
ASK_EVERY_MS = 10_000
ANSWER_MS = 3_000
SAMPLES = 4
NUDGE_MS = 5
DRIFT = 20_000  # a sample ages by 1 ms in so many: 50 ppm


class Clock:
    """What this device says the time is, in ms since 1970, and how good that is."""

    def __init__(self, uptime_ms, rtc_ms):
        """Start from what the device's own clock shows, however wrong."""
        self._base_ms = rtc_ms - uptime_ms
        self._asked = None
        self._ask_at_ms = uptime_ms
        self._samples = []  # (uptime_ms, base_ms, error_ms)
        self.is_set = False

    def utc(self, uptime_ms):
        """Return the instant at which the uptime was so much."""
        return self._base_ms + uptime_ms

    def question(self, uptime_ms):
        """Return `sent_ms` of the question that is due, or None."""
        if uptime_ms < self._ask_at_ms:
            return None
        self._asked = (uptime_ms, self.utc(uptime_ms))
        self._ask_at_ms = uptime_ms + ANSWER_MS
        return self._asked[1]

    def hear(self, sent_ms, heard_ms, answered_ms, uptime_ms):
        """Take the server's answer to the last question; another one, or one that cannot be, is no answer."""
        if self._asked is None or sent_ms != self._asked[1]:
            return
        asked_ms = self._asked[0]
        self._asked = None
        way_ms = (uptime_ms - asked_ms) - (answered_ms - heard_ms)
        if heard_ms < SANE_MS or way_ms < 0 or answered_ms < heard_ms:
            return
        base_ms = (heard_ms + answered_ms) // 2 - (asked_ms + uptime_ms) // 2
        self._samples = self._samples[1 - SAMPLES :] + [(uptime_ms, base_ms, (way_ms + 1) // 2)]
        full = len(self._samples) == SAMPLES
        self._ask_at_ms = uptime_ms + (ASK_EVERY_MS if full else ASK_FIRST_MS)
        if full:
            self._mend(uptime_ms)

    def _mend(self, uptime_ms):
        off_ms, error_ms = self._measured(uptime_ms)
        if not self.is_set:
            self._base_ms -= off_ms
            self.is_set = True
        elif off_ms > error_ms:
            self._base_ms -= min(NUDGE_MS, off_ms - error_ms)
        elif -off_ms > error_ms:
            self._base_ms += min(NUDGE_MS, -off_ms - error_ms)

    def state(self, uptime_ms):
        """Return `{"offset_ms", "error_ms"}`: how far we are ahead of the server; None before its first answer."""
        if not self._samples:
            return None
        off_ms, error_ms = self._measured(uptime_ms)
        return {"offset_ms": off_ms, "error_ms": error_ms}

    def _measured(self, uptime_ms):
        at_ms, base_ms, error_ms = min(self._samples, key=lambda each: each[2] + (uptime_ms - each[0]) // DRIFT)
        return self._base_ms - base_ms, error_ms + (uptime_ms - at_ms) // DRIFT
