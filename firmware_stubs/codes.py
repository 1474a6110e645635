"""A barcode or QR module over UART: it sends each code that it sees as a line."""

MAX_CODE = 64


def open_uart(config):
    """Return the UART of the module, set up to send a code with CR behind it.

    Wires: module TX to pin `CODES_RX`, RX to pin `CODES_TX`, common ground, 3.3 V. 9,600 baud, 8N1.
    """
    from machine import UART

    return UART(2, baudrate=9_600, rx=config.CODES_RX, tx=config.CODES_TX, rxbuf=512)


class Codes:
    """Takes codes from the module. `uart` has a `read()` that never waits."""

    def __init__(self, uart):
        self._uart = uart
        self._bytes = b""

    def reads(self):
        """Return the codes since the last call, in upper case; what is no short printable text is left out."""
        self._bytes += self._uart.read() or b""
        *lines, self._bytes = self._bytes.replace(b"\n", b"\r").split(b"\r")
        self._bytes = self._bytes[-2 * MAX_CODE :]
        codes = [line.strip() for line in lines]
        return [
            code.decode().upper()
            for code in codes
            if 0 < len(code) <= MAX_CODE and all(32 < byte < 127 for byte in code)
        ]
