"""The mat at the line: reads of its antenna, one passage for each crossing, kept and sent. On the board: `main.py`
says `import mat; mat.main()`.
"""

import device_config
from antenna import Antenna, open_uart
from device import Device, run
from reader import Reader
from screen import Screen, open_i2c


class Mat:
    """One turn after another: read, keep, send, show."""

    def __init__(self, config, uart, i2c):
        self._antenna = Antenna(uart, config.CHIP_IS_TEXT)
        self._reader = Reader(config.QUIET_MS, config.WINDOW_MS, config.AGAIN_MS)
        self._screen = Screen(i2c)
        self.device = Device(config)

    def turn(self):
        """Do one turn, some milliseconds."""
        now_ms = self.device.uptime()
        for chip, rssi in self._antenna.reads(now_ms):
            self._reader.read(chip, now_ms, rssi)
        passages = []
        while passage := self._reader.next_passage(now_ms):
            passages.append(passage)
        self.device.step(passages)
        lines = self.device.lines()
        self._screen.show(lines[:3] + ["ANTENNA SILENT"] if self._antenna.silent else lines)


def main():
    """Run the mat until the battery is empty."""
    config = device_config
    run(Mat(config, open_uart(config), open_i2c(config)).turn)
