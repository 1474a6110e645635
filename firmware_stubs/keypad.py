"""A matrix keypad with digits and A to D, on which somebody at the line types bibs."""

KEYS = ("123A", "456B", "789C", "*0#D")
MAX_DIGITS = 6


class Typed:
    """What was typed so far. Type the bib as the runner comes near, press # as he crosses: that is the instant.

    A letter after the bib names the runner of the team; * takes the last key back.
    """

    def __init__(self):
        self.text = ""

    def press(self, key, at_ms):
        """Take a key; return the passage that # makes of a bib, otherwise None."""
        has_runner = self.text[-1:].isalpha()
        if key == "#" and self.text:
            return self._passage(at_ms)
        if key == "*":
            self.text = self.text[:-1]
        elif key.isdigit() and not has_runner and len(self.text) < MAX_DIGITS:
            self.text += key
        elif key.isalpha() and self.text:
            self.text = (self.text[:-1] if has_runner else self.text) + key
        return None

    def _passage(self, at_ms):
        text, self.text = self.text, ""
        if text[-1].isalpha():
            return {"bib": text[:-1], "runner": text[-1], "at_ms": at_ms}
        return {"bib": text, "at_ms": at_ms}


class Keypad:
    """Says which keys went down. `pressed(row, column)` tells whether a key is down now."""

    def __init__(self, pressed):
        self._pressed = pressed
        self._down = {}

    def keys(self, now_ms):
        """Return the keys that went down since the last call; contacts bounce, so a key rests for 50 ms."""
        found = ""
        for row, names in enumerate(KEYS):
            for column, name in enumerate(names):
                if self._pressed(row, column):
                    if name not in self._down:
                        found += name
                    self._down[name] = now_ms
                elif now_ms - self._down.get(name, now_ms) >= 50:
                    del self._down[name]
        return found


def open_keypad(config):
    """Return `pressed(row, column)` of a 4 x 4 matrix.

    Wires: the four rows to pins `KEYPAD_ROWS`, the four columns to pins `KEYPAD_COLUMNS`. A row is pulled low while it
    is looked at; the columns have pull-ups.
    """
    from machine import Pin

    rows = [Pin(number, Pin.OPEN_DRAIN, value=1) for number in config.KEYPAD_ROWS]
    columns = [Pin(number, Pin.IN, Pin.PULL_UP) for number in config.KEYPAD_COLUMNS]

    def pressed(row, column):
        rows[row].value(0)
        down = columns[column].value() == 0
        rows[row].value(1)
        return down

    return pressed
