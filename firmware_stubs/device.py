"""What mat and scanner have in common: uptime, clock, outbox, link, and what they say about themselves."""

import time

from clock import Clock
from link import Link
from outbox import Outbox, OutboxFull

TURN_MS = 10
WATCHDOG_MS = 8_000
QUIET_MS = 30_000  # so long without a passage, and the watermark is written down
MOST_HELD = 200  # passages that the flash would not take, in memory


class Uptime:
    """ms since the start, of a counter that wraps every twelve days; it neither wraps nor steps."""

    def __init__(self):
        self._ticks = time.ticks_ms()
        self._ms = 0

    def __call__(self):
        ticks = time.ticks_ms()
        self._ms += time.ticks_diff(ticks, self._ticks)
        self._ticks = ticks
        return self._ms


class Device:
    """One device from the passage on. `lost` counts passages for which there was no room at all."""

    def __init__(self, config):
        """Open the outbox and begin to connect; `config` is the module `device_config`, or what looks like it."""
        self.uptime = Uptime()
        self.clock = Clock(self.uptime(), rtc_ms())
        self.outbox = Outbox(config.OUTBOX_FOLDER, config.OUTBOX_PASSAGES)
        self.link = Link(config, self.outbox, self.clock, open_battery(config))
        self.lost = 0
        self._config = config
        self._held = []
        self._rtc_set = False
        self._quiet_at_ms = 0

    def step(self, passages):
        """Take new passages, their instants by uptime, into the outbox; then send what is due."""
        now_ms = self.uptime()
        for passage in passages:
            if self._config.POINT is not None:
                passage["point"] = self._config.POINT
            passage["at_ms"] = self.clock.utc(passage["at_ms"])
            self._held.append(passage)
        if self._held:
            self._keep()
            self._quiet_at_ms = now_ms + QUIET_MS
        elif now_ms >= self._quiet_at_ms:
            self.outbox.note_watermark()
        self.link.step(now_ms)
        if self.clock.is_set and not self._rtc_set:
            self._rtc_set = True
            set_rtc(self.clock.utc(now_ms))

    def _keep(self):
        try:
            self.outbox.put(self._held)
            self._held = []
        except OutboxFull:
            self.lost += max(0, len(self._held) - MOST_HELD)
            self._held = self._held[-MOST_HELD:]

    def lines(self):
        """Return what to show: who, whether online, how much is not yet stored, and what is wrong."""
        queued = self.outbox.queued + len(self._held)
        wrong = "FLASH FULL %d" % (self.lost + len(self._held)) if self._held else self.link.trouble
        return [self._config.DEVICE, "online" if self.link.online else "OFFLINE", "%d not stored" % queued, wrong]


def run(turn):
    """Call `turn` for ever; a device that hangs or fails starts again by its watchdog."""
    watchdog = open_watchdog()
    while True:
        turn()
        watchdog()
        time.sleep_ms(TURN_MS)


def open_watchdog():
    """Return what is to be called every turn; where there is no watchdog it does nothing."""
    try:
        from machine import WDT
    except ImportError:
        return lambda: None
    return WDT(timeout=WATCHDOG_MS).feed


def open_battery(config):
    """Return what tells the battery's charge, 0 to 1, or None where it cannot be measured.

    Wires: a lithium cell over two equal resistors to pin `BATTERY_PIN`: half its voltage.
    """
    if config.BATTERY_PIN is None:
        return lambda: None
    from machine import ADC, Pin

    adc = ADC(Pin(config.BATTERY_PIN))

    def charge():
        volts = adc.read_u16() * 2 * 3.3 / 65535
        return min(1.0, max(0.0, round((volts - 3.3) / 0.9, 2)))  # 3.3 V is empty, 4.2 V is full

    return charge


def rtc_ms():
    """Return what the clock of the board shows, in ms since 1970; some boards count from 2000."""
    since_ms = 0 if time.gmtime(0)[0] == 1970 else 946_684_800_000
    return time.time_ns() // 1_000_000 + since_ms


def set_rtc(utc_ms):
    """Set the clock of the board, so that it is near the truth after a restart without a network."""
    try:
        from machine import RTC
    except ImportError:
        return  # on Linux the system keeps the time
    since_s = 0 if time.gmtime(0)[0] == 1970 else 946_684_800
    year, month, day, hour, minute, second, weekday, _ = time.gmtime(utc_ms // 1000 - since_s)
    RTC().datetime((year, month, day, weekday, hour, minute, second, utc_ms % 1000 * 1000))


def wipe(config):
    """Empty the outbox between two races: everything in it is gone, and a new epoch begins.

    Raises:
        ValueError: something in it is not known to be stored, and `config.WIPE_UNSTORED` does not say that it may go.
    """
    outbox = Outbox(config.OUTBOX_FOLDER, config.OUTBOX_PASSAGES)
    if outbox.queued and not config.WIPE_UNSTORED:
        raise ValueError("%d passages are not known to be stored" % outbox.queued)
    outbox.wipe()
    return outbox.epoch
