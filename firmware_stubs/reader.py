"""Reads into passages: one crossing is read four to ten times, and gives one passage, at its strongest read.

Pure: every instant is an argument, in ms of a clock that never steps.
"""

QUIET_MS = 1_000  # so long without a read, and the chip is over the mat
WINDOW_MS = 3_000  # a chip that stays gives its passage after so long
AGAIN_MS = 30_000  # a chip gives at most one passage in so long, however often it is read
MOST_CHIPS = 400  # remembered at once: the memory is small


class _Seen:
    """One chip: its reads since its last passage, of which it keeps the strongest."""

    def __init__(self, at_ms):
        self.not_before_ms = at_ms
        self.reads = 0

    def read(self, at_ms, rssi):
        if self.reads == 0:
            self.first_ms, self.best_ms, self.rssi = at_ms, at_ms, rssi
        elif rssi is not None and (self.rssi is None or rssi > self.rssi):
            self.best_ms, self.rssi = at_ms, rssi
        self.last_ms = at_ms
        self.reads += 1

    def due(self, now_ms, quiet_ms, window_ms):
        if self.reads == 0 or now_ms < self.not_before_ms:
            return False
        return now_ms - self.last_ms >= quiet_ms or now_ms - self.first_ms >= window_ms


class Reader:
    """Takes the reads of one antenna, or of the antennas of one line, and gives passages."""

    def __init__(self, quiet_ms=QUIET_MS, window_ms=WINDOW_MS, again_ms=AGAIN_MS, most_chips=MOST_CHIPS):
        self._quiet_ms = quiet_ms
        self._window_ms = window_ms
        self._again_ms = again_ms
        self._most_chips = most_chips
        self._chips = {}
        self._early = []

    def read(self, chip, at_ms, rssi=None):
        """Take one read. `rssi` in dBm, None where the antenna does not say."""
        seen = self._chips.get(chip)
        if seen is None:
            if len(self._chips) >= self._most_chips:
                self._make_room()
            seen = self._chips[chip] = _Seen(at_ms)
        seen.read(at_ms, rssi)

    def next_passage(self, now_ms):
        """Return the next passage as `{"chip", "at_ms", "reads"}`, with `rssi` where known; None when none is due."""
        if self._early:
            return self._early.pop(0)
        self._forget(now_ms)
        due = [chip for chip, seen in self._chips.items() if seen.due(now_ms, self._quiet_ms, self._window_ms)]
        if not due:
            return None
        chip = min(due, key=lambda each: (self._chips[each].best_ms, each))
        passage = self._passage(chip)
        self._chips[chip] = _Seen(now_ms + self._again_ms)
        return passage

    def _passage(self, chip):
        seen = self._chips[chip]
        passage = {"chip": chip, "at_ms": seen.best_ms, "reads": seen.reads}
        if seen.rssi is not None:
            passage["rssi"] = seen.rssi
        return passage

    def _forget(self, now_ms):
        """Forget those who went away: the fewer there are, the shorter is a turn."""
        gone = [chip for chip, seen in self._chips.items() if seen.reads == 0 and now_ms >= seen.not_before_ms]
        for chip in gone:
            del self._chips[chip]

    def _make_room(self):
        """Forget one chip, rather one that waits for nothing; a passage that it still owes is given at once."""
        chips = self._chips
        chip = min(chips, key=lambda each: (chips[each].reads > 0, chips[each].not_before_ms, each))
        if chips[chip].reads:
            self._early.append(self._passage(chip))
        del chips[chip]
