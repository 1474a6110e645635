"""The time of a rehearsal: it runs `speed` times as fast as ours."""

import asyncio
import time


class RaceClock:
    """Starts at an instant when it is made, and goes on by itself."""

    def __init__(self, start_ms: int, speed: float) -> None:
        """Raises ValueError when the speed is not above zero."""
        if not speed > 0:
            raise ValueError(f"speed is {speed:g}: it must be above 0")
        self.speed = speed
        self._start_ms = start_ms
        self._started_s = time.monotonic()

    def now_ms(self) -> int:
        """The instant that it is in the race."""
        return self._start_ms + int((time.monotonic() - self._started_s) * 1_000 * self.speed)

    async def until(self, at_ms: int) -> None:
        """Wait for an instant of the race; return at once when it is past."""
        left_ms = at_ms - self.now_ms()
        if left_ms > 0:
            await asyncio.sleep(left_ms / self.speed / 1_000)
