"""Four lines of text for whoever stands beside the device: on an SSD1306 display, and on the console."""

import framebuf

WIDTH, HEIGHT, LINE = 128, 64, 16
SETUP = b"\xae\x20\x00\x40\xa1\xa8\x3f\xc8\xd3\x00\xda\x12\xd5\x80\xd9\xf1\xdb\x30\x81\xff\xa4\xa6\x8d\x14\xaf"
WHOLE = b"\x21\x00\x7f\x22\x00\x07"  # columns 0 to 127, pages 0 to 7


def open_i2c(config):
    """Return the I2C bus of the display, None where it has none.

    Wires: SDA to pin `SCREEN_SDA`, SCL to pin `SCREEN_SCL`, 3.3 V, ground. 128 x 64 points, address 3C.
    """
    if config.SCREEN_SDA is None:
        return None
    from machine import I2C, Pin

    return I2C(0, sda=Pin(config.SCREEN_SDA), scl=Pin(config.SCREEN_SCL), freq=400_000)


class Screen:
    """Shows lines, and says them on the console when they change."""

    def __init__(self, i2c, address=0x3C):
        self._i2c = i2c
        self._address = address
        self._shown = None
        self._points = bytearray(WIDTH * HEIGHT // 8)
        self._frame = framebuf.FrameBuffer(self._points, WIDTH, HEIGHT, framebuf.MONO_VLSB)
        self._broken = i2c is None
        self._send(b"\x00", SETUP)

    def show(self, lines):
        """Show up to four lines of 16 characters."""
        if lines == self._shown:
            return
        self._shown = lines
        print(" | ".join(lines))
        self._frame.fill(0)
        for number, line in enumerate(lines[:4]):
            self._frame.text(line[:16], 0, LINE * number + 4)
        self._send(b"\x00", WHOLE)
        self._send(b"\x40", self._points)

    def _send(self, kind, data):
        if self._broken:
            return
        try:
            self._i2c.writeto(self._address, kind + data)
        except OSError:
            self._broken = True  # a display that came loose must not cost a passage
