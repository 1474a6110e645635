"""Times as people read them: for every duration that there is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from live.times import format_time, parse_duration, parse_instant

SHOWN = re.compile(r"(−?)(?:([1-9]\d*):([0-5]\d)|([0-5]?\d)):([0-5]\d)(?:\.(\d))?")
"""Hours only where there are some; minutes and seconds to 59; one sign at most, before all of it."""

durations = some.integers(-(2**53), 2**53) | some.integers(-100_000_000, 100_000_000)
edges = some.builds(lambda whole, by: whole * 1_000 + by, some.integers(-90_000, 90_000), some.integers(-1, 1))


@given(durations | edges, some.booleans())
def test_no_time_has_sixty_seconds_or_a_negative_part(duration_ms: int, tenths: bool) -> None:
    """T35: and read again it is the time rounded up to what is shown (T34)."""
    text = format_time(duration_ms, tenths=tenths)
    shown = SHOWN.fullmatch(text)
    assert shown is not None, text
    sign, hours, of_hour, minutes, seconds, fraction = shown.groups()
    assert (fraction is not None) == tenths
    whole_s = int(hours or 0) * 3_600 + int(of_hour or minutes) * 60 + int(seconds)
    read_ms = (whole_s * 1_000 + int(fraction or 0) * 100) * (-1 if sign else 1)
    assert 0 <= read_ms - duration_ms < (100 if tenths else 1_000)


@given(some.integers(0, 359_999_999), some.booleans())
def test_a_time_as_shown_is_read_again(duration_ms: int, tenths: bool) -> None:
    """T34, T35."""
    text = format_time(duration_ms, tenths=tenths)
    assert format_time(parse_duration(text), tenths=tenths) == text


@pytest.mark.parametrize("text", ["", "7", "7:60", "1:60:00", "-7:00", "7:00,5"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """With the forms that there are."""
    with pytest.raises(ValueError, match="no duration: write minutes:seconds"):
        parse_duration(text)


def test_an_instant_needs_its_offset_from_utc() -> None:
    """A time without one would be another instant on another machine."""
    assert parse_instant("2016-05-26T16:30:00.250+02:00") == 1_464_273_000_250
    with pytest.raises(ValueError, match=r"has no offset from UTC: write it as 2016-05-26T16:30:00\+02:00"):
        parse_instant("2016-05-26T16:30:00")
