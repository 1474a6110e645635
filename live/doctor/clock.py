"""The clock of the server is everybody's: is it kept right, and can it be what it says?"""

import ctypes
import os
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from live.doctor.finding import Finding, ok, problem, shown_at, warning
from live.ingest.checking import held
from live.ingest.sqlite import UNREADABLE, reading
from live.programme import Event
from live.times import DAY_MS, SECOND_MS

SLACK_MS: Final = 5 * SECOND_MS
_STA_UNSYNC: Final = 0x40

CURE: Final = "Set the clock (timedatectl set-time), and let NTP keep it."


class _Timex(ctypes.Structure):
    """The beginning of the kernel's `struct timex`, and room for the rest."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        *((name, ctypes.c_long) for name in ("offset", "freq", "maxerror", "esterror")),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    )


def clock(event: Event | None, journal: Path, now_ms: int) -> Iterator[Finding]:
    """Look at the clock: against NTP, the newest fact of the journal, and the day of the event."""
    yield _synchronised()
    zone = ZoneInfo(event.timezone) if event else UTC
    heard_at_ms = _newest_fact(journal)
    if now_ms < heard_at_ms - SLACK_MS:
        newest = f"the newest fact of the journal was heard at {shown_at(heard_at_ms, zone)}"
        yield problem("clock", f"it shows {shown_at(now_ms, zone)}, and {newest}", CURE)
    starts = [race.start_ms for race in event.races] if event and event.clock == "wall" else []
    if not starts:
        return
    away_days = (min(starts) - now_ms) // DAY_MS
    if away_days > 365:
        yield problem("clock", f"it shows {shown_at(now_ms, zone)}, more than a year before the event", CURE)
    elif now_ms > max(starts) + 2 * DAY_MS:
        found = f"it shows {shown_at(now_ms, zone)}, days after the event began"
        yield warning("clock", found, "Set the clock, or the start in event.toml, if the race is still to be run.")
    else:
        yield ok("clock", f"it shows {shown_at(now_ms, zone)}, the event begins at {shown_at(min(starts), zone)}")


def _synchronised() -> Finding:
    """Ask the kernel, as `timedatectl` does."""
    libc = ctypes.CDLL(None, use_errno=True)
    timex = _Timex()  # with no `modes` it only asks
    if libc.adjtimex(ctypes.byref(timex)) < 0:
        cause = os.strerror(ctypes.get_errno())
        return warning("clock", f"nobody can say whether it is kept right ({cause})", "See that NTP runs: timedatectl.")
    if timex.status & _STA_UNSYNC:
        cure = "Turn NTP on (timedatectl set-ntp true), or set the clock by hand just before the race."
        return warning("clock", "it is not synchronised with NTP", cure)
    return ok("clock", "it is synchronised with NTP")


def _newest_fact(journal: Path) -> int:
    """Return when the newest fact was heard; 0 without a journal, or where it cannot be read: another check says so."""
    if not os.path.exists(journal):
        return 0
    try:
        db = reading(journal)
        try:
            return held(db).heard_at_ms
        finally:
            db.close()
    except (*UNREADABLE, KeyError):
        return 0
