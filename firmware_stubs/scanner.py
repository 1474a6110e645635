"""The scanner in somebody's hand at the line: bibs typed on a keypad, codes on bibs, kept and sent. On the board:
`main.py` says `import scanner; scanner.main()`.
"""

import device_config
from codes import Codes, open_uart
from device import Device, run
from keypad import Keypad, Typed, open_keypad
from reader import Reader
from screen import Screen, open_i2c


class Scanner:
    """One turn after another: keys and codes, keep, send, show."""

    def __init__(self, config, pressed, uart, i2c):
        self._keypad = Keypad(pressed)
        self._typed = Typed()
        self._codes = Codes(uart)
        self._reader = Reader(0, 0, config.AGAIN_MS)  # a code that is seen is at the line: nothing to wait for
        self._screen = Screen(i2c)
        self._last = ""
        self.device = Device(config)

    def turn(self):
        """Do one turn, some milliseconds."""
        now_ms = self.device.uptime()
        pressed = [self._typed.press(key, now_ms) for key in self._keypad.keys(now_ms)]
        passages = [passage for passage in pressed if passage]
        for code in self._codes.reads():
            self._reader.read(code, now_ms)
        while passage := self._reader.next_passage(now_ms):
            passages.append(passage)
        for passage in passages:
            self._last = passage.get("chip") or passage["bib"] + passage.get("runner", "")
        self.device.step(passages)
        _, online, queued, wrong = self.device.lines()
        self._screen.show([self._typed.text + "_", "last " + self._last, queued, wrong or online])


def main():
    """Run the scanner until the battery is empty."""
    config = device_config
    run(Scanner(config, open_keypad(config), open_uart(config), open_i2c(config)).turn)
