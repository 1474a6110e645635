"""A UHF reader module of the M100 family (YRM100, R200 and others), over UART.

Its frames: BB, type, command, length (2 bytes), parameters, checksum, 7E. A read is a notice of command 22 with RSSI,
PC, EPC and CRC as parameters; the module has checked the CRC.
"""

INVENTORY = b"\xbb\x00\x27\x00\x03\x22\xff\xff\x4a\x7e"  # read 65,535 times
SILENT_MS = 2_000  # a module that reads says something all the time, were it only that there is no chip
MAX_FRAME = 80


def open_uart(config):
    """Return the UART of the module.

    Wires: module TXD to pin `ANTENNA_RX`, module RXD to pin `ANTENNA_TX`, common ground, module EN to 3.3 V; the
    module's 5 V from the battery's converter, not from the board. 115,200 baud, 8N1, levels 3.3 V.
    """
    from machine import UART

    return UART(1, baudrate=115_200, rx=config.ANTENNA_RX, tx=config.ANTENNA_TX, rxbuf=4096)


class Antenna:
    """Keeps the module reading, and takes its reads. `uart` has `read()` and `write()` that never wait.

    `silent` says that the module does not read at present (T14).
    """

    def __init__(self, uart, chip_is_text=False):
        """`chip_is_text`: chips are written with their text, as `12A`, not with a number."""
        self._uart = uart
        self._chip_is_text = chip_is_text
        self._bytes = b""
        self._heard_ms = self._asked_ms = -SILENT_MS
        self.silent = False

    def reads(self, now_ms):
        """Return [(chip, rssi)] of what was read since the last call."""
        data = self._uart.read()
        if data:
            self._heard_ms = now_ms
        self.silent = now_ms - self._heard_ms >= SILENT_MS
        if self.silent and now_ms - self._asked_ms >= SILENT_MS:  # new, done with its reads, or restarted
            self._asked_ms = now_ms
            self._uart.write(INVENTORY)
        self._bytes += data or b""
        found = []
        while frame := self._next_frame():
            if frame[1:3] == b"\x02\x22" and len(frame) > 12:
                rssi = frame[5] - 256 if frame[5] > 127 else frame[5]
                found.append((self._chip(frame[8:-4]), rssi))
        return found

    def _next_frame(self):
        """Return the next frame whose checksum is right, without anything that is none; b"" when none is whole."""
        while True:
            begin = self._bytes.find(b"\xbb")
            data = self._bytes = self._bytes[begin:] if begin >= 0 else b""
            if len(data) < 5:
                return b""
            size = 7 + (data[3] << 8 | data[4])
            if size <= MAX_FRAME and len(data) < size:
                return b""
            if size <= MAX_FRAME and data[size - 1] == 0x7E and sum(data[1 : size - 2]) & 0xFF == data[size - 2]:
                self._bytes = data[size:]
                return data[:size]
            self._bytes = data[1:]

    def _chip(self, epc):
        text = epc.rstrip(b"\x00")
        if self._chip_is_text and text and all(0x20 < byte < 0x7F for byte in text):
            return text.decode().upper()
        return epc.hex().upper()
